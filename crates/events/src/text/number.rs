//! Numbers in a log line.

/// What a token that should be a number turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    /// Fits 64 bits.
    Value(u64),
    /// Digits, but 2^64 or more.
    TooLarge,
    /// Something else.
    NotDigits,
}

/// Reads decimal digits.
#[inline]
pub(super) fn decimal(token: &[u8]) -> Number {
    // 19 digits cannot overflow, so the common case needs no checks.
    if token.len() > 19 || token.is_empty() {
        return long_decimal(token);
    }
    let mut value = 0u64;
    for byte in token {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Number::NotDigits;
        }
        value = value * 10 + u64::from(digit);
    }
    Number::Value(value)
}

#[cold]
fn long_decimal(token: &[u8]) -> Number {
    if token.is_empty() || !token.iter().all(u8::is_ascii_digit) {
        return Number::NotDigits;
    }
    let value = token.iter().try_fold(0u64, |value, byte| {
        value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))
    });
    value.map_or(Number::TooLarge, Number::Value)
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// The number of up to 15 digits at the begin of `bytes` and how many digits
/// it has; `None` where there are none or more, or where `bytes` ends within
/// the eight bytes that the number ends in.
///
/// All eight bytes are looked at together, so that the number of digits, which
/// no branch predictor can guess, costs no branch (SWAR; the arithmetic is that
/// of Daniel Lemire, "Quickly parsing eight digits", 2018).
#[inline]
pub(super) fn leading_number(bytes: &[u8]) -> Option<(u64, usize)> {
    match leading_digits(bytes)? {
        (_, 0) => None,
        (high, 8) => long_number(high, &bytes[8..]),
        short => Some(short),
    }
}

#[inline(never)]
fn long_number(high: u64, rest: &[u8]) -> Option<(u64, usize)> {
    match leading_digits(rest)? {
        (_, 8) => None,
        (low, digits) => Some((high * 10u64.pow(digits as u32) + low, 8 + digits)),
    }
}

/// The number that the first eight bytes begin with, and how many of them are
/// its digits.
#[inline]
fn leading_digits(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    let digits = (non_digits(word).trailing_zeros() / 8) as usize;
    // Shifted twice, as a word cannot be shifted by all its bits.
    let missing = 8 - digits as u32;
    let shifted = (word << (4 * missing)) << (4 * missing);
    Some((eight_digits(shifted), digits))
}

/// A word that is zero in those of its bytes that are digits.
#[inline]
fn non_digits(word: u64) -> u64 {
    // A byte is a digit if its high half is 3, also after adding 6.
    let carried = (word & (0x7f * ONES)) + 6 * ONES;
    ((word ^ (0x30 * ONES)) | (carried ^ (0x30 * ONES))) & (0xf0 * ONES)
}

/// The number of eight digits; zero bytes count as the digit 0.
#[inline]
fn eight_digits(word: u64) -> u64 {
    let digits = word & (0x0f * ONES);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

/// Reads decimal digits, or hexadecimal ones after `0x`: ids are often addresses.
#[inline]
pub(super) fn decimal_or_hex(token: &[u8]) -> Number {
    match token {
        [b'0', b'x' | b'X', digits @ ..] => hexadecimal(digits),
        _ => decimal(token),
    }
}

#[cold]
fn hexadecimal(digits: &[u8]) -> Number {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Number::NotDigits;
    }
    let value = digits.iter().try_fold(0u64, |value, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        value.checked_mul(16)?.checked_add(u64::from(digit))
    });
    value.map_or(Number::TooLarge, Number::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_up_to_64_bits() {
        assert_eq!(decimal(b"0"), Number::Value(0));
        assert_eq!(decimal(b"00018446744073709551615"), Number::Value(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616"), Number::TooLarge);
        assert_eq!(decimal(b"99999999999999999999999"), Number::TooLarge);
        assert_eq!(decimal(b""), Number::NotDigits);
        assert_eq!(decimal(b"-1"), Number::NotDigits);
        assert_eq!(decimal(b"12a"), Number::NotDigits);
        assert_eq!(decimal(b"1234567890123456789012x"), Number::NotDigits);
    }

    #[test]
    fn leading_numbers_agree_with_decimal() {
        for text in [
            "7 Foo 16",
            "97 Foo 16",
            "1234567 ",
            "12345678 Foo 16 7",
            "123456789012345 ",
            "000000 x",
            "00000000000000 x",
            "9:/0/9\u{ff}\u{fa}",
            "99999999:/0/9\u{ff}\u{fa}xx",
        ] {
            let end = text
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len());
            let Number::Value(value) = decimal(&text.as_bytes()[..end]) else {
                panic!("{text}")
            };
            assert_eq!(
                leading_number(text.as_bytes()),
                Some((value, end)),
                "{text}"
            );
        }
        for text in [
            "12345678",
            "x1234567",
            "123 ",
            "1234567890123456 x",
            "12345678 ",
        ] {
            assert_eq!(leading_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn ids_may_be_hexadecimal() {
        assert_eq!(decimal_or_hex(b"0x10"), Number::Value(16));
        assert_eq!(decimal_or_hex(b"0XfF"), Number::Value(255));
        assert_eq!(decimal_or_hex(b"17"), Number::Value(17));
        assert_eq!(decimal_or_hex(b"0x"), Number::NotDigits);
        assert_eq!(decimal_or_hex(b"0x10000000000000000"), Number::TooLarge);
    }
}
