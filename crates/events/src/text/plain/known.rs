//! Names that are expected, and how they are recognised.

/// A part of a name by which it is looked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Key([u64; 2]);

impl Key {
    /// Of a text that begins with a name: 16 bytes, or those to its first space
    /// and that space. With it, how many bytes these are; 17 if there is no space.
    #[inline]
    pub fn of_begin(text: &[u8]) -> Option<(Key, usize)> {
        let (first, rest) = text.split_first_chunk()?;
        let (first, before) = to_space(u64::from_le_bytes(*first));
        let (second, more) = to_space(u64::from_le_bytes(*rest.first_chunk()?));
        Some(match before {
            8 => (Key([first, second]), 8 + more + 1),
            _ => (Key([first, 0]), before + 1),
        })
    }

    /// The same of a text that begins with `name` and a space.
    pub fn of_name(name: &[u8]) -> Key {
        let mut begin = [b' '; 16];
        for (begin, byte) in begin.iter_mut().zip(name) {
            *begin = *byte;
        }
        // 16 bytes are enough, so there is a key.
        Key::of_begin(&begin).unwrap_or_default().0
    }

    /// Of all bytes to the first space, which `text` may have or not: their
    /// number, the last eight and `owner`. `None` if there are fewer, or more
    /// than most names have.
    pub fn of_token(text: &[u8], owner: u32) -> Option<Key> {
        const LONGEST: usize = 256;
        let window = &text[..text.len().min(LONGEST)];
        let token = &window[..memchr::memchr(b' ', window).unwrap_or(window.len())];
        let last = u64::from_le_bytes(*token.last_chunk()?);
        Some(Key([last, (token.len() as u64) << 32 | u64::from(owner)]))
    }

    /// One of `places`, which is a power of two.
    #[inline]
    pub fn place(self, places: usize) -> usize {
        let mixed = (self.0[0] ^ self.0[1].rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (u64::BITS - places.ilog2())) as usize
    }
}

/// The bytes of `word` (the first is the lowest) to its first space, with the
/// space, and how many stand before it.
#[inline]
fn to_space(word: u64) -> (u64, usize) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let other = word ^ (ONES * b' ' as u64);
    // The lowest bit that is set is the highest one of the first zero byte
    // (Warren, "Hacker's Delight", section 6-1).
    let zeros = other.wrapping_sub(ONES) & !other & (ONES << 7);
    let below = (zeros & zeros.wrapping_neg()).wrapping_sub(1);
    (word & below, (zeros.trailing_zeros() / 8) as usize)
}

/// A name and the space behind it, as they are expected in a text.
#[derive(Clone, Default)]
pub(super) struct Known {
    /// The first bytes, eight in a word, with zeros behind them.
    head: [u64; HEAD / 8],
    /// Ones where `head` has a byte.
    mask: [u64; HEAD / 8],
    /// All others.
    tail: Box<[u8]>,
    length: usize,
}

/// Bytes that are compared without a branch: most names have fewer.
const HEAD: usize = 64;

impl Known {
    pub fn new(name: &[u8]) -> Known {
        let mut expected = name.to_vec();
        expected.push(b' ');
        let length = expected.len();
        let tail = expected.split_off(length.min(HEAD));
        Known {
            head: words(expected.iter().copied()),
            mask: words(expected.iter().map(|_| 0xff)),
            tail: tail.into_boxed_slice(),
            length,
        }
    }

    /// What follows the name and its space in `text`; `None` if it begins with
    /// something else, or is too short to be compared.
    #[inline]
    pub fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (head, rest) = text.split_first_chunk::<HEAD>()?;
        let mut differences = 0;
        for ((bytes, word), mask) in head.as_chunks().0.iter().zip(self.head).zip(self.mask) {
            differences |= (u64::from_le_bytes(*bytes) ^ word) & mask;
        }
        if differences != 0 {
            return None;
        }
        if self.length <= HEAD {
            return text.get(self.length..);
        }
        rest.strip_prefix(&*self.tail)
    }
}

/// At most [`HEAD`] bytes as words, with zeros behind them.
fn words(bytes: impl Iterator<Item = u8>) -> [u64; HEAD / 8] {
    let mut words = [0; HEAD / 8];
    for (index, byte) in bytes.enumerate() {
        words[index / 8] |= u64::from(byte) << (8 * (index % 8));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> Vec<u8> {
        format!("{name} 16 src/a.rs:3 7\n{}", "@DROP Foo 16 7\n".repeat(9)).into_bytes()
    }

    #[test]
    fn a_name_is_stripped_from_the_text_that_begins_with_it() {
        let long = "x".repeat(200);
        for name in [
            "",
            "F",
            "Foo",
            "Vec<(u8, u32)>",
            &long[..63],
            &long[..64],
            &long,
        ] {
            let known = Known::new(name.as_bytes());
            let text = text(name);
            assert_eq!(known.strip(&text), text.get(name.len() + 1..), "{name}");
            for at in 0..=name.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                assert_eq!(known.strip(&other), None, "{name} {at}");
            }
        }
    }

    #[test]
    fn a_name_has_the_key_of_the_text_that_begins_with_it() {
        for name in [
            "F",
            "Foo",
            "Foo567",
            "Foo5678",
            "Foo56789",
            "Foo 9",
            "12345678 10",
        ] {
            let key = Key::of_name(name.as_bytes());
            let length = name.find(' ').unwrap_or(name.len()).min(16) + 1;
            assert_eq!(Key::of_begin(&text(name)), Some((key, length)), "{name}");
            assert_ne!(Key::of_name(name.as_bytes()), Key::of_name(b"Bar"));
        }
        for name in ["Foo567890123456", "Foo56789012345678", "Foo56789 12345678"] {
            let key = Key::of_name(name.as_bytes());
            let length = name.find(' ').unwrap_or(name.len()).min(16) + 1;
            assert_eq!(Key::of_begin(&text(name)), Some((key, length)), "{name}");
            let token = name.split(' ').next().expect("a token");
            assert_eq!(
                Key::of_token(&text(name), 1),
                Key::of_token(token.as_bytes(), 1)
            );
        }
    }

    #[test]
    fn names_of_up_to_15_bytes_differ_in_their_keys() {
        let names = [
            "F",
            "Fo",
            "Foo",
            "Foo5678",
            "Foo56789",
            "Foo567890123456",
            "Foo567890123457",
        ];
        for (index, one) in names.iter().enumerate() {
            for other in &names[index + 1..] {
                assert_ne!(Key::of_name(one.as_bytes()), Key::of_name(other.as_bytes()));
            }
        }
    }
}
