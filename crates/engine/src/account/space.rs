//! The part of a linear memory that an allocator has cut up: which extents are in
//! use and which are holes, after each event.

use super::bits::Bits;
use super::holes::Holes;
use super::model::Model;

/// What extents begin at multiples of, beside the state before their block.
const GRAIN: u64 = 8;

/// After so many blocks at multiples of 16 all others will be, too.
const SURELY_ALIGNED: u64 = 64;

/// Extents and holes of one allocator. They lie side by side from the first to
/// the top; two holes never do, and no hole lies below the top.
#[derive(Clone, Debug)]
pub(super) struct Space {
    model: Model,
    /// Where extents and holes begin.
    begins: Bits,
    /// Where extents in use begin.
    used: Bits,
    /// Where the first extent or hole begins; `None` before the first block.
    first: Option<u64>,
    /// Where the highest extent in use ends; `first` if none is in use.
    top: u64,
    /// The highest that `top` has been.
    reached: u64,
    /// Bytes of extents in use.
    used_bytes: u64,
    holes: Holes,
    /// Blocks so far at multiples of 16; `None` if there was another.
    aligned: Option<u64>,
}

/// An extent or a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Whether a block lies in it.
    pub used: bool,
}

impl Space {
    pub fn new(model: Model) -> Space {
        Space {
            model,
            begins: Bits::default(),
            used: Bits::default(),
            first: None,
            top: 0,
            reached: 0,
            used_bytes: 0,
            holes: Holes::default(),
            aligned: model.may_align_to_16.then_some(0),
        }
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    pub fn first(&self) -> Option<u64> {
        self.first
    }

    pub fn top(&self) -> u64 {
        self.top
    }

    pub fn reached(&self) -> u64 {
        self.reached
    }

    #[cfg(test)]
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    /// The holes below the top.
    pub fn holes(&self) -> &Holes {
        &self.holes
    }

    fn grain(&self, address: u64) -> u64 {
        (address + self.model.head) / GRAIN
    }

    fn address(&self, grain: u64) -> u64 {
        grain * GRAIN - self.model.head
    }

    /// Where the extent or hole ends that begins at a grain.
    fn end_of(&self, grain: u64) -> u64 {
        let next = self.begins.next(grain + 1);
        next.map_or(self.top, |next| self.address(next))
    }

    /// What extents are multiples of, as far as the blocks so far tell.
    #[inline]
    fn step(&mut self, pointer: u64) -> u64 {
        let aligned = self.aligned.filter(|_| pointer.is_multiple_of(16));
        self.aligned = aligned.map(|blocks| blocks + 1);
        match self.aligned {
            Some(blocks) if blocks > SURELY_ALIGNED => 16,
            _ => self.model.step,
        }
    }

    /// A block of `size` bytes was handed out at `pointer`. `false`: that cannot be,
    /// it overlaps one in use or is not aligned.
    #[inline]
    pub fn allocate(&mut self, pointer: u64, size: u64) -> bool {
        if pointer < GRAIN || !pointer.is_multiple_of(GRAIN) {
            return false;
        }
        let start = pointer - self.model.head;
        let step = self.step(pointer);
        let end = start.saturating_add(self.model.extent(size, step));
        let end = match self.first {
            None => {
                (self.first, self.top) = (Some(start), start);
                self.above_top(start, end)
            }
            Some(_) if start >= self.top => self.above_top(start, end),
            Some(first) if start < first => self.below_first(start, end, first),
            Some(_) => self.in_hole(start, end),
        };
        if let Some(end) = end {
            let grain = self.grain(start);
            self.begins.insert(grain);
            self.used.insert(grain);
            self.used_bytes += end - start;
        }
        end.is_some()
    }

    /// What is skipped, for alignment or since a new piece of memory came, is a
    /// hole. Too little for one is part of the extent before.
    fn above_top(&mut self, start: u64, end: u64) -> Option<u64> {
        let skipped = start - self.top;
        if skipped >= self.model.split {
            self.begins.insert(self.grain(self.top));
            self.holes.add(skipped);
        } else if self.used_bytes == 0 {
            self.first = Some(start);
        } else {
            self.used_bytes += skipped;
        }
        self.top = end;
        self.reached = self.reached.max(end);
        Some(end)
    }

    fn below_first(&mut self, start: u64, end: u64, first: u64) -> Option<u64> {
        if end > first {
            return None;
        }
        self.first = Some(start);
        let mut hole_end = first;
        let old = self.grain(first);
        if first < self.top && !self.used.contains(old) {
            hole_end = self.end_of(old);
            self.holes.remove(hole_end - first);
            self.begins.remove(old);
        }
        if end < hole_end {
            self.begins.insert(self.grain(end));
            self.holes.add(hole_end - end);
        }
        Some(end)
    }

    /// Takes an extent out of a hole; `None` if there is none.
    #[inline]
    fn in_hole(&mut self, start: u64, end: u64) -> Option<u64> {
        let grain = self.grain(start);
        let hole = match self.begins.contains(grain) {
            true => grain,
            false => self.begins.previous(grain)?,
        };
        let hole_start = self.address(hole);
        let hole_end = self.end_of(hole);
        if self.used.contains(hole) || end > hole_end {
            return None;
        }
        self.holes.remove(hole_end - hole_start);
        let skipped = start - hole_start;
        if skipped >= self.model.split {
            self.holes.add(skipped);
        } else if skipped > 0 {
            self.begins.remove(hole);
            match self.first == Some(hole_start) {
                true => self.first = Some(start),
                false => self.used_bytes += skipped,
            }
        }
        if hole_end - end < self.model.split {
            return Some(hole_end);
        }
        self.begins.insert(self.grain(end));
        self.holes.add(hole_end - end);
        Some(end)
    }

    /// The block at `pointer` is given back.
    #[inline]
    pub fn free(&mut self, pointer: u64) {
        let Some(mut start) = pointer.checked_sub(self.model.head) else {
            return;
        };
        let grain = self.grain(start);
        if !pointer.is_multiple_of(GRAIN) || !self.used.contains(grain) {
            return;
        }
        self.used.remove(grain);
        let next = self.begins.next(grain + 1);
        let mut end = next.map_or(self.top, |next| self.address(next));
        self.used_bytes -= end - start;
        if let Some(next) = next
            && !self.used.contains(next)
        {
            let next_end = self.end_of(next);
            self.holes.remove(next_end - end);
            self.begins.remove(next);
            end = next_end;
        }
        if let Some(previous) = self.begins.previous(grain)
            && !self.used.contains(previous)
        {
            let previous = self.address(previous);
            self.holes.remove(start - previous);
            self.begins.remove(grain);
            start = previous;
        }
        if end == self.top {
            self.begins.remove(self.grain(start));
            self.top = start;
        } else {
            self.holes.add(end - start);
        }
    }

    /// All extents and holes below the top, from the lowest on.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        let mut at = self.first.map(|first| self.grain(first));
        let top = self.grain(self.top);
        std::iter::from_fn(move || {
            let grain = at.filter(|grain| *grain < top)?;
            at = self.begins.next(grain + 1);
            Some(Piece {
                start: self.address(grain),
                end: at.map_or(self.top, |next| self.address(next)),
                used: self.used.contains(grain),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::{DLMALLOC, EMMALLOC, TLSF};
    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// At the n-th hole, or above all; so many grains further; so many bytes.
        Allocate(usize, u64, u64),
        /// The n-th block.
        Free(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (
                0usize..8,
                prop_oneof![4 => Just(0u64), 1 => 0u64..6],
                0u64..300
            )
                .prop_map(|(hole, skip, size)| Step::Allocate(hole, skip, size)),
            (0usize..32).prop_map(Step::Free),
        ]
    }

    /// What lies at each grain: the block that has it, or nothing.
    struct Map {
        grains: Vec<Option<u64>>,
    }

    impl Map {
        fn holes(&self) -> Vec<(u64, u64)> {
            let top = self
                .grains
                .iter()
                .rposition(Option::is_some)
                .map_or(0, |last| last + 1);
            let first = self.grains.iter().position(Option::is_some).unwrap_or(0);
            let mut holes: Vec<(u64, u64)> = Vec::new();
            for (at, _) in (0u64..)
                .zip(&self.grains[..top])
                .skip(first)
                .filter(|(_, b)| b.is_none())
            {
                match holes.last_mut() {
                    Some((_, end)) if *end == at => *end = at + 1,
                    _ => holes.push((at, at + 1)),
                }
            }
            holes
        }
    }

    proptest! {
        #[test]
        fn extents_and_holes_are_those_of_a_map_of_all_grains(
            model in prop_oneof![Just(Model { may_align_to_16: false, ..DLMALLOC }), Just(EMMALLOC), Just(TLSF)],
            steps in proptest::collection::vec(step(), 1..120),
        ) {
            const BASE: u64 = 1 << 16;
            let mut space = Space::new(model);
            let mut map = Map { grains: vec![None; 120 * 60] };
            let mut blocks: Vec<u64> = Vec::new();
            // The first block stays, so that the space begins with it.
            let mut first = true;
            for step in steps {
                match step {
                    Step::Free(n) if blocks.len() > 1 => {
                        let block = blocks.remove(1 + n % (blocks.len() - 1));
                        space.free(block);
                        for grain in map.grains.iter_mut().filter(|grain| **grain == Some(block)) {
                            *grain = None;
                        }
                    }
                    Step::Free(_) => {}
                    Step::Allocate(n, skip, size) => {
                        let holes = map.holes();
                        let top = map.grains.iter().rposition(Option::is_some).map_or(0, |last| last as u64 + 1);
                        let grains = model.extent(size, model.step) / GRAIN;
                        // Less than the least hole is never skipped.
                        let skip = if first || skip == 1 { 0 } else { skip * model.step / GRAIN };
                        let (at, room) = match holes.get(n) {
                            Some((start, end)) if start + skip + grains <= *end => (start + skip, end - start - skip),
                            _ => (top + skip, u64::MAX),
                        };
                        let left = room - grains;
                        let pointer = BASE + at * GRAIN + GRAIN;
                        let grains = if left < model.split / GRAIN { room } else { grains };
                        prop_assert!(space.allocate(pointer, size));
                        for grain in &mut map.grains[at as usize..(at + grains) as usize] {
                            prop_assert!(grain.is_none());
                            *grain = Some(pointer);
                        }
                        blocks.push(pointer);
                        first = false;
                    }
                }
                let address = |grain: u64| BASE + grain * GRAIN + GRAIN - model.head;
                let expected: Vec<(u64, u64)> = map.holes().into_iter()
                    .map(|(start, end)| (address(start), address(end))).collect();
                let found: Vec<(u64, u64)> = space.pieces().filter(|piece| !piece.used)
                    .map(|piece| (piece.start, piece.end)).collect();
                prop_assert_eq!(&found, &expected);
                let bytes: u64 = expected.iter().map(|(start, end)| end - start).sum();
                prop_assert_eq!(space.holes().bytes(), bytes);
                prop_assert_eq!(space.holes().count(), expected.len() as u64);
                prop_assert_eq!(space.holes().largest(), expected.iter().map(|(s, e)| e - s).max().unwrap_or(0));
                let used = map.grains.iter().flatten().count() as u64 * GRAIN;
                prop_assert_eq!(space.used_bytes(), used);
            }
        }
    }
}
