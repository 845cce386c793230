//! Words of static data that cannot be pointers to blocks, whatever their value.

use std::ops::Range;

use unfreed_events::trace::MemoryImage;

use crate::reach::{Bytes, Root};

/// A memory as it was when its first instance had been made, with its static data as
/// the module has them.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    /// The place of the memory.
    pub heap: u16,
    /// The line of the latest allocation of a block that was live then; 0 without any.
    pub newest: u64,
    /// Its bytes.
    pub image: MemoryImage,
}

/// The roots without the words of static data that are as they were at the begin and
/// look like pointers to newer blocks: constants, such as those of tables.
pub(super) fn left_out(
    roots: Vec<Root>,
    now: &Bytes<'_>,
    begin: &Bytes<'_>,
    is_newer: impl Fn(u64) -> bool,
) -> Vec<Root> {
    let mut left = Vec::with_capacity(roots.len());
    for root in roots {
        let Root::Static { range } = root else {
            left.push(root);
            continue;
        };
        let mut from = range.start;
        let mut constants: Vec<u64> = Vec::new();
        now.find_word(range.start, range.end, |at, word| {
            let is_constant = word != 0 && begin.word(at) == Some(word) && is_newer(word);
            constants.extend(is_constant.then_some(at));
            None::<()>
        });
        let mut add = |range: Range<u64>| {
            if !range.is_empty() {
                left.push(Root::Static { range });
            }
        };
        for at in constants {
            add(from..at);
            from = at + now.pointer().bytes();
        }
        add(from..range.end);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::PointerSize;

    #[test]
    fn constants_are_no_pointers_but_what_was_written_since_is() {
        let mut words = [0_u32; 1024];
        (words[0], words[2], words[3]) = (5000, 5000, 7000);
        let begin = MemoryImage::of_bytes(&bytes_of(&words));
        words[1] = 5000;
        let now = MemoryImage::of_bytes(&bytes_of(&words));
        let bytes = |image| Bytes::of(image, PointerSize::Four).expect("a page");
        let roots = vec![Root::Static { range: 0..4096 }];
        // The block at 7000 was live at the begin.
        let left = left_out(roots, &bytes(&now), &bytes(&begin), |word| word == 5000);
        let ranges: Vec<_> = left
            .into_iter()
            .map(|root| match root {
                Root::Static { range } => range,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ranges, [4..8, 12..4096]);
    }

    fn bytes_of(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}
