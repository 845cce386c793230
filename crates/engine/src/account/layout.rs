//! What lies below the heap of a memory.

use std::ops::Range;

use super::partition::Class;

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// What a module tells of its memory. All addresses are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The memory's size when it was made.
    pub initial: u64,
    /// Begin and end of what data segments fill, sorted; none touches the next.
    pub data: Vec<(u64, u64)>,
    /// Where the main shadow stack begins; it grows down from here.
    pub stack_top: Option<u64>,
    /// The end of all static data.
    pub data_end: Option<u64>,
    /// Where the room of an allocator may begin.
    pub heap_base: Option<u64>,
    /// The most that the memory may have.
    pub maximum: Option<u64>,
}

impl Layout {
    /// Whether the stack lies below all data, as with `wasm-ld --stack-first`,
    /// which rustc gives. Without data segments that is not told: zeroed data may
    /// lie on either side.
    fn is_stack_first(&self, top: u64) -> Option<bool> {
        self.data.first().map(|(start, _)| *start >= top)
    }

    /// Where the heap begins, by what the module tells: at `__heap_base`; behind
    /// the stack if that lies behind the data; else, behind all that the memory
    /// has from the start.
    fn heap_start(&self) -> u64 {
        let behind_stack = self
            .stack_top
            .filter(|top| self.is_stack_first(*top) == Some(false));
        self.heap_base.or(behind_stack).unwrap_or(self.initial)
    }

    /// The classes of all bytes below `first`, where the first block begins whose
    /// allocator keeps `lead` bytes of state before it. In order, side by side.
    pub(super) fn below(&self, first: Option<u64>, lead: u64) -> Vec<(Range<u64>, Class)> {
        let start = self.heap_start();
        let heap = match first {
            Some(first) => start.min(first.saturating_sub(lead)),
            None => start,
        };
        let mut parts = self.statics(heap);
        if let Some(first) = first {
            let own = first.saturating_sub(lead).max(heap);
            // An allocator that asks for pages leaves the rest of the last page of
            // the data alone. More is something else's.
            let is_rest = own.is_multiple_of(PAGE) && own - heap < PAGE;
            let class = if is_rest {
                Class::StaticData
            } else {
                Class::Unknown
            };
            parts.push((heap..own, class));
            parts.push((own..first, Class::Overhead));
        }
        parts.retain(|(range, _)| !range.is_empty());
        parts
    }

    /// Data and stack, up to `end`.
    fn statics(&self, end: u64) -> Vec<(Range<u64>, Class)> {
        let clip = |range: Range<u64>| range.start.min(end)..range.end.min(end);
        let Some(top) = self.stack_top else {
            // Where the stack is, if there is one, is not known.
            let known = self.data.iter().map(|(_, end)| *end).max().unwrap_or(0);
            let class = if self.data_end.is_some() {
                Class::StaticData
            } else {
                Class::Unknown
            };
            return vec![
                (clip(0..known), Class::StaticData),
                (clip(known..end), class),
            ];
        };
        if self.is_stack_first(top) != Some(false) {
            let below = match self.data.is_empty() {
                true => Class::Unknown,
                false => Class::MainStack,
            };
            return vec![(clip(0..top), below), (clip(top..end), Class::StaticData)];
        }
        let data = self
            .data
            .iter()
            .map(|(_, end)| *end)
            .filter(|end| *end <= top)
            .max();
        let data = data.unwrap_or(0);
        match self.data_end.filter(|end| *end >= data && *end <= top) {
            Some(data_end) => vec![
                (clip(0..data_end), Class::StaticData),
                (clip(data_end..top), Class::MainStack),
                (clip(top..end), Class::StaticData),
            ],
            // Zeroed data and the stack lie here; where one ends is not told.
            None => vec![
                (clip(0..data), Class::StaticData),
                (clip(data..top), Class::Unknown),
                (clip(top..end), Class::StaticData),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_module_of_rust_has_its_stack_first() {
        let layout = Layout {
            initial: 19 << 16,
            data: vec![(MIB, MIB + 1000)],
            stack_top: Some(MIB),
            ..Layout::default()
        };
        let end = 19 << 16;
        let expected = [
            (0..MIB, Class::MainStack),
            (MIB..end, Class::StaticData),
            (end..end + 4, Class::Overhead),
        ];
        assert_eq!(layout.below(Some(end + 4), 4), expected);
        assert_eq!(layout.below(None, 4), expected[..2]);
    }

    #[test]
    fn a_module_of_emscripten_has_its_stack_behind_its_data() {
        let mut layout = Layout {
            initial: 16 * MIB,
            data: vec![(1024, 5000)],
            stack_top: Some(MIB),
            ..Layout::default()
        };
        let unknown = [
            (0..5000, Class::StaticData),
            (5000..MIB, Class::Unknown),
            (MIB..MIB + 4, Class::Overhead),
        ];
        assert_eq!(layout.below(Some(MIB + 4), 4), unknown);
        layout.data_end = Some(6000);
        let known = [
            (0..6000, Class::StaticData),
            (6000..MIB, Class::MainStack),
            (MIB..MIB + 96, Class::Unknown),
            (MIB + 96..MIB + 100, Class::Overhead),
        ];
        assert_eq!(layout.below(Some(MIB + 100), 4), known);
    }

    #[test]
    fn without_data_segments_zeroed_data_may_lie_below_the_stack() {
        let layout = Layout {
            initial: 2 << 16,
            stack_top: Some(66_576),
            heap_base: Some(66_576),
            ..Layout::default()
        };
        let expected = [
            (0..66_576, Class::Unknown),
            (66_576..66_580, Class::Overhead),
        ];
        assert_eq!(layout.below(Some(66_580), 4), expected);
    }

    #[test]
    fn the_rest_of_the_last_page_of_data_is_no_heap() {
        let layout = Layout {
            initial: 17 << 16,
            data: vec![(MIB, MIB + 1000)],
            stack_top: Some(MIB),
            data_end: Some(MIB + 2000),
            heap_base: Some(MIB + 2000),
            maximum: None,
        };
        let page = 17 << 16;
        let expected = [
            (0..MIB, Class::MainStack),
            (MIB..MIB + 2000, Class::StaticData),
            (MIB + 2000..page, Class::StaticData),
            (page..page + 4, Class::Overhead),
        ];
        assert_eq!(layout.below(Some(page + 4), 4), expected);
    }

    #[test]
    fn without_a_stack_pointer_only_data_are_known() {
        let layout = Layout {
            initial: 65536,
            data: vec![(8, 16)],
            ..Layout::default()
        };
        let expected = [(0..16, Class::StaticData), (16..65536, Class::Unknown)];
        assert_eq!(layout.below(None, 0), expected);
    }

    #[test]
    fn a_heap_inside_of_the_first_pages_ends_the_static_data() {
        let layout = Layout {
            initial: 2 << 16,
            data: vec![(1024, 2048)],
            stack_top: Some(1024),
            ..Layout::default()
        };
        let below = layout.below(Some(4100), 4);
        let expected = [
            (0..1024, Class::MainStack),
            (1024..4096, Class::StaticData),
            (4096..4100, Class::Overhead),
        ];
        assert_eq!(below, expected);
    }
}
