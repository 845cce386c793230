//! Numbers in columns: LEB128, differences, and numbers of 16 and 32 bits whose
//! bytes stand in columns of their own, since zstd counts how often a byte
//! occurs and a low byte is unlike a high one.

/// Appends a LEB128 number.
pub(super) fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a text or other bytes, their length first.
pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Takes a LEB128 number of at most 64 bits from the front.
#[inline]
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    if *first < 0x80 {
        return Some(u64::from(*first));
    }
    let mut value = u64::from(first & 0x7f);
    let mut shift = 7;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if *byte < 0x80 {
            return Some(value);
        }
        shift += 7;
        if shift > 63 {
            return None;
        }
    }
}

/// Takes a LEB128 number of at most 32 bits.
pub(super) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes)?.try_into().ok()
}

/// Takes as many bytes as the number in front of them says.
pub(super) fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// The distance from one address to another as a number that is small where the
/// distance is. Blocks stand at multiples of 8 nearly always.
pub(super) fn difference(from: u64, to: u64) -> u64 {
    let distance = to.wrapping_sub(from) as i64;
    if distance % 8 == 0 {
        zigzag(distance / 8) << 1
    } else {
        zigzag(distance) << 1 | 1
    }
}

/// The address at a [`difference`].
#[inline]
pub(super) fn at_difference(from: u64, difference: u64) -> u64 {
    let distance = unzigzag(difference >> 1);
    let unit = if difference & 1 == 0 { 8 } else { 1 };
    from.wrapping_add_signed(distance.wrapping_mul(unit))
}

pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

#[inline]
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The columns of a block of events, in the order in which they stand.
pub(super) mod columns {
    /// What each event is; see [`super::super::op`].
    pub const OPS: usize = 0;
    /// Differences of addresses that are near another one.
    pub const NEAR: usize = 1;
    /// Addresses that are not, in units of 8 bytes: four columns of bytes, the
    /// lowest first.
    pub const FAR: usize = 2;
    /// How many allocations back a released block is; a pair, low and high.
    pub const BACK: usize = 6;
    /// Sizes; a pair.
    pub const SIZE: usize = 8;
    /// Sites; a pair.
    pub const SITE: usize = 10;
    /// Numbers that do not fit in a pair.
    pub const WIDE: usize = 12;
    /// All other numbers.
    pub const OTHER: usize = 13;
    /// How many columns there are.
    pub const COUNT: usize = 14;
}

/// High byte of numbers that do not fit in a pair.
const IS_WIDE: u8 = 0xff;

/// Columns being written.
#[derive(Default)]
pub(super) struct Written(pub [Vec<u8>; columns::COUNT]);

impl Written {
    pub fn put(&mut self, column: usize, value: u64) {
        put(value, &mut self.0[column]);
    }

    /// Puts a number into a pair of columns.
    pub fn put_pair(&mut self, column: usize, value: u64) {
        if value < u64::from(IS_WIDE) << 8 {
            self.0[column].push(value as u8);
            self.0[column + 1].push((value >> 8) as u8);
        } else {
            self.0[column + 1].push(IS_WIDE);
            put(value, &mut self.0[columns::WIDE]);
        }
    }

    /// Puts a number into four columns.
    pub fn put_far(&mut self, value: u32) {
        let far = self.0[columns::FAR..].iter_mut();
        for (column, byte) in far.zip(value.to_le_bytes()) {
            column.push(byte);
        }
    }
}

/// Columns being read.
#[derive(Default)]
pub(super) struct Taken<'a>(pub [&'a [u8]; columns::COUNT]);

impl Taken<'_> {
    #[inline]
    pub fn byte(&mut self, column: usize) -> Option<u8> {
        let (first, rest) = self.0[column].split_first()?;
        self.0[column] = rest;
        Some(*first)
    }

    #[inline]
    pub fn take(&mut self, column: usize) -> Option<u64> {
        take(&mut self.0[column])
    }

    pub fn take_u32(&mut self, column: usize) -> Option<u32> {
        take_u32(&mut self.0[column])
    }

    /// Takes what [`Written::put_pair`] put.
    #[inline]
    pub fn take_pair(&mut self, column: usize) -> Option<u64> {
        match self.byte(column + 1)? {
            IS_WIDE => self.take(columns::WIDE),
            high => Some(u64::from(high) << 8 | u64::from(self.byte(column)?)),
        }
    }

    /// Takes what [`Written::put_far`] put.
    #[inline]
    pub fn take_far(&mut self) -> Option<u32> {
        let mut bytes = [0; 4];
        for (number, byte) in bytes.iter_mut().enumerate() {
            *byte = self.byte(columns::FAR + number)?;
        }
        Some(u32::from_le_bytes(bytes))
    }

    /// Whether all has been taken.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|column| column.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_taken_as_they_were_put(values: Vec<u64>) {
            let mut written = Written::default();
            let values = || values.iter().enumerate().map(|(n, value)| value >> (n * 7 % 64));
            for value in values() {
                written.put(columns::OTHER, value);
                written.put_pair(columns::SIZE, value);
                written.put_far(value as u32);
            }
            let mut taken = Taken(written.0.each_ref().map(|column| &column[..]));
            for value in values() {
                prop_assert_eq!(taken.take(columns::OTHER), Some(value));
                prop_assert_eq!(taken.take_pair(columns::SIZE), Some(value));
                prop_assert_eq!(taken.take_far(), Some(value as u32));
            }
            prop_assert!(taken.is_empty());
        }

        #[test]
        fn differences_of_addresses_lead_back(from in 0u64..1 << 48, to in 0u64..1 << 48) {
            prop_assert_eq!(at_difference(from, difference(from, to)), to);
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_none() {
        let mut most = Vec::new();
        put(u64::MAX, &mut most);
        assert_eq!(take(&mut &most[..]), Some(u64::MAX));
        assert_eq!(take(&mut &[0xff; 10][..]), None);
        assert_eq!(take(&mut &[0x80, 0x80][..]), None);
        assert_eq!(
            take(&mut &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2][..]),
            None
        );
    }
}
