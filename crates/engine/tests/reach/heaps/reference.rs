//! The same as the engine, slow and obvious: sets that grow until they do not, and
//! retained sizes by leaving out what is asked for.

use std::collections::BTreeSet;

use unfreed_engine::reach::{
    Class, Dominator, Heap, Held, Node, Reachability, Retained, Root, RootKind,
};

use super::input::Input;

/// Pointers to blocks: the index, and whether it is a start-pointer.
type Pointers = BTreeSet<(u32, bool)>;

/// All pointers of an input.
pub struct Reference<'a> {
    input: &'a Input,
    /// By block.
    held: Vec<Pointers>,
    /// By root.
    roots: Vec<Pointers>,
}

impl<'a> Reference<'a> {
    /// Finds all pointers.
    pub fn new(input: &'a Input) -> Reference<'a> {
        let mut reference = Reference {
            input,
            held: Vec::new(),
            roots: Vec::new(),
        };
        for block in &input.blocks {
            let words = reference.words(block.address, block.address + block.size);
            let own = words.into_iter().filter(|(at, _)| {
                !input.roots.iter().any(|root| match root {
                    Root::Stack { extent, .. } => extent.contains(at),
                    _ => false,
                })
            });
            let pointers = own.filter_map(|(_, word)| reference.target(word)).collect();
            reference.held.push(pointers);
        }
        for root in &input.roots {
            let pointers = reference.of_root(root);
            reference.roots.push(pointers);
        }
        reference
    }

    /// The aligned words between two addresses.
    fn words(&self, from: u64, end: u64) -> Vec<(u64, u64)> {
        let width = self.input.pointer.bytes();
        let whole = |at: &u64| at.is_multiple_of(width) && at + width <= end;
        let inside = |at: u64| {
            let bytes = self.input.memory.get(at as usize..(at + width) as usize)?;
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            Some((at, u64::from_le_bytes(word)))
        };
        (from..end).filter(whole).filter_map(inside).collect()
    }

    /// The block at an address, and whether that is its start.
    fn block_at(&self, address: u64) -> Option<(u32, bool)> {
        let found = (0..).zip(&self.input.blocks).find(|(_, block)| {
            (block.address..block.address + block.size.max(1)).contains(&address)
        });
        found.map(|(index, block)| (index, block.address == address))
    }

    fn target(&self, word: u64) -> Option<(u32, bool)> {
        let untagged = word >> self.input.tag_bits << self.input.tag_bits;
        if untagged == 0 {
            return None;
        }
        let start = [word, untagged]
            .into_iter()
            .filter_map(|word| self.block_at(word))
            .find(|(_, is_start)| *is_start);
        start.or(self.block_at(untagged)).or(self.block_at(word))
    }

    fn of_root(&self, root: &Root) -> Pointers {
        let targets =
            |words: Vec<(u64, u64)>| words.into_iter().filter_map(|(_, word)| self.target(word));
        match root {
            Root::Static { range } => {
                let mut words = self.words(range.start, range.end);
                words.retain(|(at, _)| self.block_at(*at).is_none());
                targets(words).collect()
            }
            Root::Stack {
                extent, used_from, ..
            } => {
                let around = self.block_at(extent.start).filter(|_| !extent.is_empty());
                let around = around.map(|(block, _)| (block, true));
                targets(self.words(*used_from, extent.end))
                    .chain(around)
                    .collect()
            }
            Root::Global { value, .. } => self.target(*value).into_iter().collect(),
            Root::Handle { pointer, .. } => {
                let block = self.block_at(*pointer);
                block.map(|(block, _)| (block, true)).into_iter().collect()
            }
        }
    }

    /// What blocks lead to, themselves included, by pointers that pass.
    fn closure(
        &self,
        from: impl IntoIterator<Item = u32>,
        passes: impl Fn(u32, u32, bool) -> bool,
    ) -> BTreeSet<u32> {
        let mut reached: BTreeSet<u32> = from.into_iter().collect();
        loop {
            let next: BTreeSet<u32> = reached
                .iter()
                .flat_map(|from| self.held[*from as usize].iter().map(move |to| (*from, *to)))
                .filter(|(from, (to, is_start))| passes(*from, *to, *is_start))
                .map(|(_, (to, _))| to)
                .chain(reached.iter().copied())
                .collect();
            if next.len() == reached.len() {
                return reached;
            }
            reached = next;
        }
    }

    fn of_kind(&self, kind: RootKind) -> impl Iterator<Item = (u32, bool)> {
        let roots = self.input.roots.iter().zip(&self.roots);
        roots
            .filter(move |(root, _)| root.kind() == kind)
            .flat_map(|(_, pointers)| pointers.iter().copied())
    }

    /// The class of each block.
    pub fn classes(&self) -> Vec<Class> {
        let definite = RootKind::ALL.map(|kind| {
            let starts = self.of_kind(kind).filter(|(_, is_start)| *is_start);
            self.closure(starts.map(|(block, _)| block), |_, _, is_start| is_start)
        });
        let blocks = 0..self.held.len() as u32;
        let mut classes: Vec<Option<Class>> = blocks
            .clone()
            .map(|block| {
                let kind = RootKind::ALL
                    .into_iter()
                    .zip(&definite)
                    .find(|(_, set)| set.contains(&block));
                kind.map(|(kind, _)| Class::Reachable(kind))
            })
            .collect();
        // A block that is not reachable has the strongest kind of what points to it.
        for kind in RootKind::ALL {
            let of_roots = self.of_kind(kind).map(|(block, _)| block);
            let of_blocks = blocks
                .clone()
                .filter(|block| classes[*block as usize] == Some(Class::Reachable(kind)));
            let of_blocks =
                of_blocks.flat_map(|block| self.held[block as usize].iter().map(|(to, _)| *to));
            let from = of_roots
                .chain(of_blocks)
                .filter(|block| classes[*block as usize].is_none());
            let from: Vec<u32> = from.collect();
            for block in self.closure(from, |_, to, _| classes[to as usize].is_none()) {
                classes[block as usize] = Some(Class::PossiblyLost(kind));
            }
        }
        let lost = |block: &u32| classes[*block as usize].is_none();
        let leads: Vec<BTreeSet<u32>> = blocks
            .clone()
            .map(|block| self.closure([block], |_, to, _| lost(&to)))
            .collect();
        let is_head = |block: u32| {
            let mut others = blocks.clone().filter(lost);
            others.all(|other| {
                let (to, from) = (&leads[block as usize], &leads[other as usize]);
                !from.contains(&block) || to.contains(&other) && block <= other
            })
        };
        let class = |block: u32| match classes[block as usize] {
            Some(class) => class,
            None if is_head(block) => Class::DefinitelyLost,
            None => Class::IndirectlyLost,
        };
        blocks.clone().map(class).collect()
    }

    /// The bytes that are not reached without some nodes.
    pub fn retained(&self, classes: &[Class], gone: &[Node]) -> u64 {
        let is_gone = |node: Node| gone.contains(&node) || gone.contains(&Node::All);
        let of_roots = (0..).zip(self.input.roots.iter().zip(&self.roots));
        let of_roots = of_roots.filter(|(number, (root, _))| {
            let is_of_class = match root {
                Root::Handle { class, .. } => is_gone(Node::Class(*class)),
                _ => false,
            };
            !is_of_class && !is_gone(Node::Root(*number)) && !is_gone(Node::Kind(root.kind()))
        });
        let heads = (0..)
            .zip(classes)
            .filter(|(_, class)| **class == Class::DefinitelyLost && !is_gone(Node::Lost));
        let holds = |to: u32, is_start: bool| {
            is_start || !matches!(classes[to as usize], Class::Reachable(_))
        };
        let is_stack = |kind: RootKind| matches!(kind, RootKind::Stack | RootKind::TerminatedStack);
        let is_of_stacks = |block: u32| match classes[block as usize] {
            Class::Reachable(kind) | Class::PossiblyLost(kind) => is_stack(kind),
            _ => false,
        };
        let stacks_may_hold =
            |to: u32| is_of_stacks(to) || !matches!(classes[to as usize], Class::Reachable(_));
        let from = of_roots.flat_map(|(_, (root, pointers))| {
            let is_stack = is_stack(root.kind());
            let pointers = pointers.iter();
            pointers.filter(move |(to, _)| !is_stack || stacks_may_hold(*to))
        });
        let from = from.filter(|(to, is_start)| holds(*to, *is_start));
        let from = from.map(|(to, _)| *to);
        let from = from
            .chain(heads.map(|(head, _)| head))
            .filter(|block| !is_gone(Node::Block(*block)));
        let left = self.closure(from, |from, to, is_start| {
            let is_garbage = classes[from as usize].is_lost() && !classes[to as usize].is_lost();
            let is_borrowed = is_of_stacks(from) && !stacks_may_hold(to);
            holds(to, is_start) && !is_garbage && !is_borrowed && !is_gone(Node::Block(to))
        });
        let size = |block: u32| self.input.blocks[block as usize].size;
        let all: u64 = self.input.blocks.iter().map(|block| block.size).sum();
        all - left.into_iter().map(size).sum::<u64>()
    }
}

/// All nodes of an input.
pub fn nodes(input: &Input) -> Vec<Node> {
    let classes = input.roots.iter().filter_map(|root| match root {
        Root::Handle { class, .. } => Some(Node::Class(*class)),
        _ => None,
    });
    let kinds = RootKind::ALL.map(Node::Kind);
    [Node::All, Node::Lost]
        .into_iter()
        .chain(kinds)
        .chain(classes)
        .chain((0..input.roots.len() as u32).map(Node::Root))
        .chain((0..input.blocks.len() as u32).map(Node::Block))
        .collect()
}

/// The engine finds the same as the reference, and its paths lead to blocks.
///
/// # Panics
///
/// If not.
pub fn assert_agrees(input: &Input) {
    let Ok(heap) = input.heap() else { return };
    let reachability = Reachability::of(&heap);
    let reference = Reference::new(input);
    let expected = reference.classes();
    let found: Vec<Class> = (0..expected.len() as u32)
        .map(|block| reachability.class(block))
        .collect();
    assert_eq!(found, expected);

    let all: u64 = input.blocks.iter().map(|block| block.size).sum();
    let amounts = reachability.amounts(&heap);
    assert_eq!(
        amounts.iter().map(|(_, amount)| amount.bytes).sum::<u64>(),
        all
    );
    assert_eq!(
        amounts.iter().map(|(_, amount)| amount.blocks).sum::<u64>(),
        expected.len() as u64
    );

    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    let nodes = nodes(input);
    for node in &nodes {
        let expected = reference.retained(&expected, &[*node]);
        assert_eq!(retained.bytes(*node), expected, "{node:?}");
    }
    assert_eq!(retained.bytes(Node::All), all);
    for (index, node) in nodes.iter().enumerate() {
        let pair = [*node, nodes[index * 7 % nodes.len()]];
        assert_eq!(
            retained.together(&pair),
            reference.retained(&expected, &pair),
            "{pair:?}"
        );
    }
    assert_groups(input, &retained);
    assert_held(input, &retained);
    (0..expected.len() as u32)
        .for_each(|block| assert_path(input, &reference, &reachability, &heap, block));
}

/// The tree of what is held has each block once, and parts that retain what their nodes do.
fn assert_held(input: &Input, retained: &Retained<'_>) {
    let tree = retained.held(|block| block % 4);
    let sum = |of: fn(&Held) -> u64| tree.iter().map(of).sum::<u64>();
    assert_eq!(sum(|part| part.blocks), input.blocks.len() as u64);
    assert_eq!(sum(|part| part.shallow), tree[0].retained);
    for (index, part) in tree.iter().enumerate() {
        assert!(index == 0 || (part.parent as usize) < index, "{part:?}");
        let node = match part.holder {
            Dominator::All => Node::All,
            Dominator::Kind(kind) => Node::Kind(kind),
            Dominator::Lost => Node::Lost,
            Dominator::Class(class) => Node::Class(class),
            Dominator::Group(_) => continue,
        };
        assert_eq!(part.retained, retained.bytes(node), "{node:?}");
    }
}

/// The blocks of a group that no other of it dominates retain what it retains.
fn assert_groups(input: &Input, retained: &Retained<'_>) {
    let group = |block: u32| (block % 4 != 3).then_some(block % 4);
    let groups = retained.of_groups(group);
    for (number, size) in &groups {
        let of_group = |block: &u32| group(*block) == Some(*number);
        let members: Vec<u32> = (0..input.blocks.len() as u32).filter(of_group).collect();
        let is_outermost = |block: &u32| {
            let mut above = retained.dominator(Node::Block(*block));
            while let Some(node) = above {
                if matches!(node, Node::Block(block) if of_group(&block)) {
                    return false;
                }
                above = retained.dominator(node);
            }
            true
        };
        let outermost = members.iter().filter(|block| is_outermost(block));
        let expected: u64 = outermost
            .map(|block| retained.bytes(Node::Block(*block)))
            .sum();
        assert_eq!(size.retained, expected);
        assert_eq!(size.blocks, members.len() as u64);
        let shallow = members
            .iter()
            .map(|block| input.blocks[*block as usize].size);
        assert_eq!(size.shallow, shallow.sum::<u64>());
    }
}

/// Each word of a path lies in what comes before it and points to what comes next,
/// and no path to a reachable block is shorter.
fn assert_path(
    input: &Input,
    reference: &Reference<'_>,
    reachability: &Reachability,
    heap: &Heap<'_>,
    block: u32,
) {
    let path = reachability.path(heap, block).expect("a block");
    let class = reachability.class(block);
    assert_eq!(path.root.is_none(), class.is_lost());
    assert_eq!(path.steps.last().map(|step| step.block), Some(block));
    let mut before = None;
    for step in &path.steps {
        let address = input.blocks[step.block as usize].address + step.offset;
        let block = reference.block_at(address).expect("the address of a block");
        assert_eq!(block.0, step.block);
        if let Some(at) = step.word {
            let holder = match (before, path.root) {
                (Some(block), _) => reference
                    .block_at(at)
                    .is_some_and(|(found, _)| found == block),
                (None, Some(root)) => match &input.roots[root as usize] {
                    Root::Static { range } | Root::Stack { extent: range, .. } => {
                        range.contains(&at)
                    }
                    _ => false,
                },
                (None, None) => false,
            };
            assert!(holder, "{step:?} of {path:?}");
            let word = reference.words(at, at + input.pointer.bytes())[0].1;
            assert_eq!(
                reference.target(word).map(|(found, _)| found),
                Some(step.block)
            );
        } else {
            assert_eq!(before, None);
        }
        before = Some(step.block);
    }
    if let Class::Reachable(kind) = class {
        assert_eq!(path.steps.len(), reference.distance(kind, block));
    }
}

impl Reference<'_> {
    /// Blocks on the shortest path of start-pointers from a root of a kind.
    fn distance(&self, kind: RootKind, block: u32) -> usize {
        let starts = self.of_kind(kind).filter(|(_, is_start)| *is_start);
        let mut reached: BTreeSet<u32> = starts.map(|(block, _)| block).collect();
        let mut steps = 1;
        while !reached.contains(&block) {
            let held = reached
                .iter()
                .flat_map(|from| self.held[*from as usize].iter());
            let next: BTreeSet<u32> = held
                .filter(|(_, is_start)| *is_start)
                .map(|(to, _)| *to)
                .collect();
            assert!(!next.is_subset(&reached), "no path");
            reached.extend(next);
            steps += 1;
        }
        steps
    }
}
