//! Dominators of a graph.
//!
//! Semi-NCA: semidominators as Lengauer and Tarjan find them ("A fast algorithm for
//! finding dominators in a flowgraph", TOPLAS 1979), then each node's dominator as
//! the nearest common ancestor of its parent and its semidominator (Georgiadis,
//! "Linear-time algorithms for dominators and related problems", 2005).
//!
//! Measured on the heap of `make bench-reach` at a quarter of its size, 1.25 million
//! blocks, this took 2.5 s of one core, the algorithm of Lengauer and Tarjan with
//! simple linking 2.7 s and two more arrays, and that of Cooper, Harvey and Kennedy
//! ("A simple, fast dominance algorithm", 2001) 6.3 s in three passes; its passes walk
//! up the tree, which in long lists may take quadratic time.

use super::error::ReachError;

/// A graph.
pub(super) trait Graph {
    /// How many nodes there are. Node 0 is the root.
    fn count(&self) -> u32;

    /// The first successor of a node from a place on, which is 0 at first; the place
    /// moves behind it.
    fn next(&self, node: u32, place: &mut u32) -> Option<u32>;
}

/// The dominator tree of what the root reaches. Nodes are numbered in the order of a
/// depth-first search, the root with 0, so that a dominator has a smaller number.
#[derive(Clone, Debug)]
pub(super) struct Dominators {
    /// By node: its number, or [`UNREACHED`].
    pub number: Vec<u32>,
    /// By number: the node.
    pub node: Vec<u32>,
    /// By number: the number of the immediate dominator; 0 for the root.
    pub idom: Vec<u32>,
}

/// The root does not lead to the node.
pub(super) const UNREACHED: u32 = u32::MAX;

/// A spanning tree, and what was learnt while it was made.
struct Search {
    number: Vec<u32>,
    node: Vec<u32>,
    /// By number: the number of the parent.
    parent: Vec<u32>,
    /// By number: the smallest number of a node that leads to it, of those that have
    /// smaller numbers. All of these are its ancestors.
    semi: Vec<u32>,
    /// By number: how many edges come from larger numbers.
    later: Vec<u32>,
}

impl Search {
    fn of(graph: &impl Graph) -> Search {
        let mut search = Search {
            number: vec![UNREACHED; graph.count() as usize],
            node: Vec::new(),
            parent: Vec::new(),
            semi: Vec::new(),
            later: Vec::new(),
        };
        search.enter(0, 0);
        let mut at = 0;
        let mut places = vec![0];
        while let Some(place) = places.last_mut() {
            let Some(to) = graph.next(search.node[at as usize], place) else {
                places.pop();
                at = search.parent[at as usize];
                continue;
            };
            match search.number[to as usize] {
                UNREACHED => {
                    at = search.enter(to, at);
                    places.push(0);
                }
                number if number > at => {
                    let semi = &mut search.semi[number as usize];
                    *semi = at.min(*semi);
                }
                number if number < at => search.later[number as usize] += 1,
                _ => {}
            }
        }
        search
    }

    fn enter(&mut self, node: u32, parent: u32) -> u32 {
        let number = self.node.len() as u32;
        self.number[node as usize] = number;
        self.node.push(node);
        self.parent.push(parent);
        self.semi.push(parent);
        self.later.push(0);
        number
    }
}

/// For each number, the larger numbers that lead to it.
struct Later {
    /// By number: where its part of `from` ends.
    ends: Vec<u32>,
    from: Vec<u32>,
}

impl Later {
    fn of(graph: &impl Graph, number: &[u32], mut counts: Vec<u32>) -> Result<Later, ReachError> {
        let total: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        if total > u64::from(u32::MAX) {
            return Err(ReachError::TooMany {
                what: "pointers",
                found: total,
                most: u64::from(u32::MAX),
            });
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += std::mem::replace(count, sum);
        }
        let mut ends = counts;
        let mut from = vec![0; sum as usize];
        // By node, since that is how they lie in memory.
        for (node, at) in (0..).zip(number).filter(|(_, at)| **at != UNREACHED) {
            let mut place = 0;
            while let Some(to) = graph.next(node, &mut place) {
                let to = number[to as usize];
                if to < *at {
                    let end = &mut ends[to as usize];
                    from[*end as usize] = *at;
                    *end += 1;
                }
            }
        }
        Ok(Later { ends, from })
    }

    fn to(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.from[start as usize..self.ends[number] as usize]
    }
}

/// The forest of nodes whose semidominators are known.
struct Forest {
    /// By number: an ancestor, at first the parent.
    ancestor: Vec<u32>,
    /// By number: the smallest semidominator from the node up to its ancestor, which
    /// is not counted.
    label: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The smallest semidominator of a node and its ancestors above `bound`.
    fn smallest(&mut self, number: u32, bound: u32) -> u32 {
        let mut at = number;
        while self.ancestor[at as usize] > bound {
            self.path.push(at);
            at = self.ancestor[at as usize];
        }
        // From the top down, each takes over what the one above it has.
        let top = self.ancestor[at as usize];
        let mut label = self.label[at as usize];
        while let Some(below) = self.path.pop() {
            let below = below as usize;
            label = label.min(self.label[below]);
            self.label[below] = label;
            self.ancestor[below] = top;
        }
        label
    }
}

impl Dominators {
    pub fn of(graph: &impl Graph) -> Result<Dominators, ReachError> {
        let Search {
            number,
            node,
            parent,
            mut semi,
            later,
        } = Search::of(graph);
        let later = Later::of(graph, &number, later)?;
        let mut forest = Forest {
            ancestor: parent.clone(),
            label: semi.clone(),
            path: Vec::new(),
        };
        for at in (1..node.len() as u32).rev() {
            let mut smallest = semi[at as usize];
            for from in later.to(at) {
                smallest = smallest.min(forest.smallest(*from, at));
            }
            semi[at as usize] = smallest;
            forest.label[at as usize] = smallest;
        }
        drop((later, forest));
        let mut idom = parent;
        for at in 1..node.len() {
            let mut dominator = idom[at];
            while dominator > semi[at] {
                dominator = idom[dominator as usize];
            }
            idom[at] = dominator;
        }
        Ok(Dominators { number, node, idom })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Edges(Vec<Vec<u32>>);

    impl Graph for Edges {
        fn count(&self) -> u32 {
            self.0.len() as u32
        }

        fn next(&self, node: u32, place: &mut u32) -> Option<u32> {
            let to = self.0[node as usize].get(*place as usize)?;
            *place += 1;
            Some(*to)
        }
    }

    impl Edges {
        fn reached_without(&self, gone: Option<u32>) -> Vec<bool> {
            let mut reached = vec![false; self.0.len()];
            let mut queue: Vec<u32> = (gone != Some(0)).then_some(0).into_iter().collect();
            while let Some(node) = queue.pop() {
                if !std::mem::replace(&mut reached[node as usize], true) {
                    queue.extend(self.0[node as usize].iter().filter(|to| Some(**to) != gone));
                }
            }
            reached
        }

        /// The immediate dominators by the definition: of all nodes without which a
        /// node is not reached, the one that all others are dominators of.
        fn slow(&self) -> Vec<Option<u32>> {
            let reached = self.reached_without(None);
            let without: Vec<_> = (0..self.count())
                .map(|gone| self.reached_without(Some(gone)))
                .collect();
            let dominates = |of: u32, node: u32| of != node && !without[of as usize][node as usize];
            (0..self.count())
                .map(|node| {
                    let is_found = reached[node as usize];
                    let all = || {
                        (0..self.count()).filter(|of| reached[*of as usize] && dominates(*of, node))
                    };
                    let nearest = || {
                        all().find(|of| all().all(|other| other == *of || dominates(other, *of)))
                    };
                    if is_found { nearest() } else { None }
                })
                .collect()
        }
    }

    fn fast(graph: &Edges) -> Vec<Option<u32>> {
        let dominators = Dominators::of(graph).expect("few edges");
        let idom = |number: &u32| {
            let is_below = *number != UNREACHED && *number != 0;
            is_below.then(|| dominators.node[dominators.idom[*number as usize] as usize])
        };
        dominators.number.iter().map(idom).collect()
    }

    #[test]
    fn the_graph_of_lengauer_and_tarjan() {
        // Figure 1 of their paper; R, A to L.
        let edges: [&[u32]; 13] = [
            &[1, 2, 3],
            &[4],
            &[1, 4, 5],
            &[6, 7],
            &[12],
            &[8],
            &[9],
            &[9, 10],
            &[5, 11],
            &[11],
            &[9],
            &[9, 0],
            &[8],
        ];
        let graph = Edges(edges.map(<[u32]>::to_vec).to_vec());
        let expected = [0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 7, 0, 4];
        let found = fast(&graph);
        assert_eq!(found[0], None);
        assert!(
            found[1..]
                .iter()
                .copied()
                .eq(expected[1..].iter().map(|idom| Some(*idom)))
        );
    }

    proptest! {
        #[test]
        fn dominators_are_those_without_which_a_node_is_not_reached(
            edges in (2usize..14).prop_flat_map(|count| {
                let to = proptest::collection::vec(0..count as u32, 0..4);
                proptest::collection::vec(to, count)
            }),
        ) {
            let graph = Edges(edges);
            prop_assert_eq!(fast(&graph), graph.slow());
        }
    }
}
