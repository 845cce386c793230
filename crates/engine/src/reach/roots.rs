//! What keeps blocks alive from outside of the heap.

use std::ops::Range;

use super::error::ReachError;
use super::pointers::MOST_NODES;

/// The kinds of roots, the strongest reason to be live first: a block that several
/// reach is reachable by the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootKind {
    /// Static data.
    Static,
    /// A global or a table entry of an instance.
    Global,
    /// The pointer of a JS handle.
    Handle,
    /// The shadow stack of a thread that runs. It may have been used deeper than it is,
    /// and calls leave pointers there, so that this is a weaker reason than those before.
    Stack,
    /// The shadow stack of a worker that was terminated: its code never runs again.
    TerminatedStack,
}

impl RootKind {
    /// All kinds, the strongest first.
    pub const ALL: [RootKind; 5] = [
        RootKind::Static,
        RootKind::Global,
        RootKind::Handle,
        RootKind::Stack,
        RootKind::TerminatedStack,
    ];

    /// Whether it is a stack, which owns only what nothing else does.
    pub(super) fn is_stack(self) -> bool {
        matches!(self, RootKind::Stack | RootKind::TerminatedStack)
    }
}

/// A root. Its number is its place among the roots given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// Static data: a data segment or a variable. Words of it that lie in a live
    /// block, as with an allocator that hands out a static array, are the block's.
    ///
    /// What the allocator keeps for itself should be left out: the lists of free
    /// chunks of dlmalloc point to headers, which may be the last word of the live
    /// block before.
    Static {
        /// Its addresses.
        range: Range<u64>,
    },
    /// The value of a global or a table entry. It may be any integer.
    Global {
        /// The caller's number of it.
        global: u32,
        /// The value.
        value: u64,
    },
    /// A shadow stack. It holds the block that it lies in, if there is one, and all
    /// that its used words point to. What it does not use is not looked at, even if
    /// the block around it is.
    Stack {
        /// The thread; 0 is the main thread.
        worker: u32,
        /// Whether the thread still runs.
        alive: bool,
        /// All its addresses.
        extent: Range<u64>,
        /// Where the used part begins, which ends with the extent: the stack pointer.
        used_from: u64,
    },
    /// A JS object that holds a pointer. This is known to be one, so that it counts as
    /// a start-pointer wherever in the block it points: wasm-bindgen gives out
    /// `Rc::into_raw`, which points behind the counters.
    Handle {
        /// The caller's number of its class.
        class: u32,
        /// The caller's number of the handle.
        handle: u64,
        /// The pointer.
        pointer: u64,
    },
}

impl Root {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RootKind {
        match self {
            Root::Static { .. } => RootKind::Static,
            Root::Global { .. } => RootKind::Global,
            Root::Stack { alive: true, .. } => RootKind::Stack,
            Root::Stack { alive: false, .. } => RootKind::TerminatedStack,
            Root::Handle { .. } => RootKind::Handle,
        }
    }

    /// What it takes of the address space.
    fn range(&self) -> Option<&Range<u64>> {
        match self {
            Root::Static { range } | Root::Stack { extent: range, .. } => Some(range),
            Root::Global { .. } | Root::Handle { .. } => None,
        }
    }

    /// 0, or the class of a handle.
    fn class(&self) -> u32 {
        match self {
            Root::Handle { class, .. } => *class,
            _ => 0,
        }
    }
}

/// Roots; the ranges of static data and stacks do not overlap.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    roots: Vec<Root>,
    /// Their numbers, by kind, then by class.
    order: Vec<u32>,
    /// Where each kind begins in `order`, and the end.
    kinds: [u32; RootKind::ALL.len() + 1],
    /// The classes of handles, rising, and where each begins in `order`.
    classes: Vec<(u32, u32)>,
    /// The extents of all stacks, by address.
    stacks: Vec<Range<u64>>,
}

impl Roots {
    /// Roots in any order.
    ///
    /// # Errors
    ///
    /// [`ReachError::RootsOverlap`], [`ReachError::RootRange`] or
    /// [`ReachError::TooMany`].
    pub fn new(roots: Vec<Root>) -> Result<Roots, ReachError> {
        if roots.len() as u64 > MOST_NODES {
            return Err(ReachError::TooMany {
                what: "roots",
                found: roots.len() as u64,
                most: MOST_NODES,
            });
        }
        check_ranges(&roots)?;
        let mut order: Vec<u32> = (0..roots.len() as u32).collect();
        order.sort_by_key(|root| {
            let root = &roots[*root as usize];
            (root.kind(), root.class())
        });
        let sorted = || order.iter().map(|root| &roots[*root as usize]);
        let mut kinds = [order.len() as u32; RootKind::ALL.len() + 1];
        for (start, kind) in kinds.iter_mut().zip(RootKind::ALL) {
            *start = sorted().filter(|root| root.kind() < kind).count() as u32;
        }
        let mut classes: Vec<(u32, u32)> = Vec::new();
        for (place, root) in (0..).zip(sorted()) {
            if let Root::Handle { class, .. } = root
                && classes.last().is_none_or(|(last, _)| last != class)
            {
                classes.push((*class, place));
            }
        }
        let stacks = roots.iter().filter_map(|root| match root {
            Root::Stack { extent, .. } => Some(extent.clone()),
            _ => None,
        });
        let mut stacks: Vec<Range<u64>> = stacks.filter(|extent| !extent.is_empty()).collect();
        stacks.sort_unstable_by_key(|extent| extent.start);
        Ok(Roots {
            kinds,
            classes,
            stacks,
            order,
            roots,
        })
    }

    /// All of them, by number.
    #[must_use]
    pub fn as_slice(&self) -> &[Root] {
        &self.roots
    }

    /// The classes of handles, rising.
    pub fn classes(&self) -> impl Iterator<Item = u32> {
        self.classes.iter().map(|(class, _)| *class)
    }

    /// The numbers of the roots of a kind.
    pub(super) fn of_kind(&self, kind: RootKind) -> &[u32] {
        let kind = kind as usize;
        &self.order[self.kinds[kind] as usize..self.kinds[kind + 1] as usize]
    }

    /// How many classes of handles there are.
    pub(super) fn class_count(&self) -> u32 {
        self.classes.len() as u32
    }

    /// The place of a class among all.
    pub(super) fn class_place(&self, class: u32) -> Option<u32> {
        let place = self
            .classes
            .binary_search_by_key(&class, |(class, _)| *class);
        place.ok().map(|place| place as u32)
    }

    /// The number of a class and those of its handles, by the class's place.
    pub(super) fn class_at(&self, place: u32) -> (u32, &[u32]) {
        let place = place as usize;
        let (class, start) = self.classes[place];
        let end = self.kinds[RootKind::Handle as usize + 1];
        let end = self.classes.get(place + 1).map_or(end, |(_, next)| *next);
        (class, &self.order[start as usize..end as usize])
    }

    /// Whether any stack takes a part of a range.
    #[inline]
    pub(super) fn stacks_touch(&self, start: u64, end: u64) -> bool {
        let after = self.stacks.partition_point(|stack| stack.end <= start);
        self.stacks
            .get(after)
            .is_some_and(|stack| stack.start < end)
    }
}

fn check_ranges(roots: &[Root]) -> Result<(), ReachError> {
    let mut ranges: Vec<(u64, u64, u32)> = Vec::new();
    for (number, root) in (0..).zip(roots) {
        let Some(range) = root.range() else { continue };
        let used = match root {
            Root::Stack { used_from, .. } => *used_from,
            _ => range.start,
        };
        if range.start > range.end || used < range.start || used > range.end {
            return Err(ReachError::RootRange { root: number });
        }
        if !range.is_empty() {
            ranges.push((range.start, range.end, number));
        }
    }
    ranges.sort_unstable();
    match ranges.array_windows().find(|[one, next]| one.1 > next.0) {
        Some([one, next]) => Err(ReachError::RootsOverlap {
            first: one.2,
            second: next.2,
            address: next.0,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(extent: Range<u64>, used_from: u64) -> Root {
        Root::Stack {
            worker: 1,
            alive: false,
            extent,
            used_from,
        }
    }

    #[test]
    fn ranges_that_overlap_are_refused() {
        let data = Root::Static { range: 0..100 };
        let refused = Roots::new(vec![stack(96..200, 150), data.clone()]).expect_err("overlap");
        let expected = ReachError::RootsOverlap {
            first: 1,
            second: 0,
            address: 96,
        };
        assert_eq!(refused, expected);
        assert!(Roots::new(vec![stack(100..200, 200), data]).is_ok());
    }

    #[test]
    fn a_stack_is_used_inside_of_it() {
        for (extent, used_from) in [(8..16, 17), (8..16, 7), (Range { start: 16, end: 8 }, 12)] {
            let refused = Roots::new(vec![stack(extent, used_from)]).expect_err("no stack");
            assert_eq!(refused, ReachError::RootRange { root: 0 });
        }
    }

    #[test]
    fn classes_and_kinds_are_in_order() {
        let handle = |class, handle| Root::Handle {
            class,
            handle,
            pointer: 0,
        };
        let roots = vec![
            handle(7, 0),
            stack(8..16, 8),
            handle(3, 1),
            Root::Global {
                global: 0,
                value: 1,
            },
            handle(7, 2),
        ];
        let roots = Roots::new(roots).expect("no overlap");
        assert!(roots.classes().eq([3, 7]));
        assert_eq!(roots.class_at(0), (3, &[2][..]));
        assert_eq!(roots.class_at(1), (7, &[0, 4][..]));
        assert_eq!(roots.class_place(7), Some(1));
        assert_eq!(roots.class_place(4), None);
        assert_eq!(roots.of_kind(RootKind::Handle), [2, 0, 4]);
        assert_eq!(roots.of_kind(RootKind::Global), [3]);
        assert_eq!(roots.of_kind(RootKind::Static), [0; 0]);
        assert_eq!(roots.of_kind(RootKind::TerminatedStack), [1]);
        assert!(roots.stacks_touch(0, 9) && roots.stacks_touch(15, 20));
        assert!(!roots.stacks_touch(0, 8) && !roots.stacks_touch(16, 20));
    }
}
