//! What is held through what, summed up: the dominator tree with all blocks of a group
//! that hang on the same as one.

use hashbrown::HashMap;

use super::nodes::Node;
use super::retained::Retained;
use super::roots::RootKind;

/// Levels of the tree. What lies deeper counts for the last level above.
const DEPTH: u8 = 64;

/// What something hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dominator {
    /// Everything that is live.
    All,
    /// All roots of a kind.
    Kind(RootKind),
    /// What no root leads to.
    Lost,
    /// The JS handles of a class, by the caller's number.
    Class(u32),
    /// Blocks of a group.
    Group(u32),
}

/// A part of what is live: what one holder has in the place where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The index of what it hangs on, which comes before it; of the first, which is all,
    /// itself.
    pub parent: u32,
    /// What it is.
    pub holder: Dominator,
    /// How many blocks it has itself.
    pub blocks: u64,
    /// Their bytes.
    pub shallow: u64,
    /// With the bytes of all that hangs on it: those of one level never overlap.
    pub retained: u64,
}

impl Retained<'_> {
    /// The dominator tree, with the blocks of a group that hang on the same as one.
    /// Blocks that hang on blocks of their own group are counted with these, and roots
    /// with their kind.
    pub fn held(&self, group: impl Fn(u32) -> u32) -> Vec<Held> {
        let all = Held {
            parent: 0,
            holder: Dominator::All,
            blocks: 0,
            shallow: 0,
            retained: 0,
        };
        let mut tree = vec![all];
        let mut depth = vec![0];
        let mut known: HashMap<(u32, Dominator), u32> = HashMap::new();
        let mut place_of: Vec<u32> = Vec::new();
        self.each(|node, idom, shallow| {
            let above = place_of.get(idom as usize).copied().unwrap_or_default();
            let holder = match node {
                Node::All | Node::Root(_) => tree[above as usize].holder,
                Node::Kind(kind) => Dominator::Kind(kind),
                Node::Lost => Dominator::Lost,
                Node::Class(class) => Dominator::Class(class),
                Node::Block(block) => Dominator::Group(group(block)),
            };
            let at = if holder == tree[above as usize].holder || depth[above as usize] == DEPTH {
                above
            } else {
                *known.entry((above, holder)).or_insert_with(|| {
                    tree.push(Held {
                        parent: above,
                        holder,
                        ..all
                    });
                    depth.push(depth[above as usize] + 1);
                    tree.len() as u32 - 1
                })
            };
            if matches!(node, Node::Block(_)) {
                tree[at as usize].blocks += 1;
                tree[at as usize].shallow += shallow;
            }
            place_of.push(at);
        });
        for at in (0..tree.len()).rev() {
            tree[at].retained += tree[at].shallow;
            if at > 0 {
                let Held {
                    parent, retained, ..
                } = tree[at];
                tree[parent as usize].retained += retained;
            }
        }
        tree
    }
}
