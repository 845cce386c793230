//! A tree that is given by the parent of each node.

/// No node.
const NONE: u32 = u32::MAX;

/// The children of each node. Node 0 is the root; parents have smaller numbers.
pub(super) struct Tree<'a> {
    parent: &'a [u32],
    /// By node: its first child.
    child: Vec<u32>,
    /// By node: the next child of its parent.
    sibling: Vec<u32>,
}

impl<'a> Tree<'a> {
    pub fn of(parent: &'a [u32]) -> Tree<'a> {
        let mut tree = Tree {
            parent,
            child: vec![NONE; parent.len()],
            sibling: vec![NONE; parent.len()],
        };
        for node in (1..parent.len()).rev() {
            let first = &mut tree.child[parent[node] as usize];
            tree.sibling[node] = std::mem::replace(first, node as u32);
        }
        tree
    }

    /// Visits each node twice: with `true` before what is below it, with `false` after
    /// that.
    pub fn walk(&self, mut visit: impl FnMut(u32, bool)) {
        if self.parent.is_empty() {
            return;
        }
        let mut node = 0;
        visit(node, true);
        loop {
            let mut next = self.child[node as usize];
            while next == NONE {
                visit(node, false);
                if node == 0 {
                    return;
                }
                next = self.sibling[node as usize];
                if next == NONE {
                    node = self.parent[node as usize];
                }
            }
            node = next;
            visit(node, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_node_encloses_what_is_below_it() {
        let mut visits = Vec::new();
        Tree::of(&[0, 0, 1, 1, 0]).walk(|node, is_entered| visits.push((node, is_entered)));
        let expected = [
            (0, true),
            (1, true),
            (2, true),
            (2, false),
            (3, true),
            (3, false),
            (1, false),
            (4, true),
            (4, false),
            (0, false),
        ];
        assert_eq!(visits, expected);
        Tree::of(&[]).walk(|_, _| panic!("no node"));
    }
}
