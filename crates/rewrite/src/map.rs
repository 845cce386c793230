//! From places in a rewritten module back to the original one.

/// Where the functions and instructions of a rewritten module come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// By function index of the rewritten module.
    functions: Vec<Origin>,
    /// Offsets in the rewritten module and what they were in the original, in
    /// ascending order: from each pair on, both count alike.
    anchors: Vec<(u32, u32)>,
}

/// Where a function of a rewritten module comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is this function of the original module, imports counted.
    Original(u32),
    /// The rewriter made it.
    Added,
}

const FORMAT: u8 = 1;

impl OffsetMap {
    pub(crate) fn new(functions: Vec<Origin>, anchors: Vec<(u32, u32)>) -> OffsetMap {
        OffsetMap { functions, anchors }
    }

    /// Where a function of the rewritten module comes from; `None` for an index
    /// that it does not have.
    pub fn function(&self, rewritten: u32) -> Option<Origin> {
        self.functions.get(rewritten as usize).copied()
    }

    /// The byte offset in the original module of the instruction at an offset
    /// of the rewritten one; `None` before the first function.
    pub fn offset(&self, rewritten: u32) -> Option<u32> {
        let after = self.anchors.partition_point(|(new, _)| *new <= rewritten);
        let (new, old) = self.anchors[..after].last()?;
        Some(old + (rewritten - new))
    }

    /// The map as bytes: a format number, then both lists, each with its length
    /// before it, as LEB128 numbers; anchors as differences to the one before.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        put(&mut bytes, self.functions.len() as u64);
        for origin in &self.functions {
            put(
                &mut bytes,
                match origin {
                    Origin::Added => 0,
                    Origin::Original(index) => u64::from(*index) + 1,
                },
            );
        }
        put(&mut bytes, self.anchors.len() as u64);
        let (mut last_new, mut last_old) = (0u32, 0u32);
        for (new, old) in &self.anchors {
            put(&mut bytes, u64::from(new.wrapping_sub(last_new)));
            put(&mut bytes, u64::from(old.wrapping_sub(last_old)));
            (last_new, last_old) = (*new, *old);
        }
        bytes
    }

    /// Reads what [`OffsetMap::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<OffsetMap> {
        let (format, mut rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let mut map = OffsetMap::default();
        for _ in 0..take(&mut rest)? {
            map.functions.push(match take(&mut rest)? {
                0 => Origin::Added,
                index => Origin::Original(u32::try_from(index - 1).ok()?),
            });
        }
        let (mut new, mut old) = (0u32, 0u32);
        for _ in 0..take(&mut rest)? {
            new = new.wrapping_add(u32::try_from(take(&mut rest)?).ok()?);
            old = old.wrapping_add(u32::try_from(take(&mut rest)?).ok()?);
            map.anchors.push((new, old));
        }
        rest.is_empty().then_some(map)
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> OffsetMap {
        let functions = vec![Origin::Added, Origin::Original(0), Origin::Original(70_000)];
        OffsetMap::new(functions, vec![(100, 80), (130, 90), (140, 12)])
    }

    #[test]
    fn offsets_count_alike_from_each_anchor_on() {
        let map = map();
        assert_eq!(map.offset(99), None);
        assert_eq!(map.offset(100), Some(80));
        assert_eq!(map.offset(129), Some(109));
        assert_eq!(map.offset(131), Some(91));
        assert_eq!(map.offset(150), Some(22));
        assert_eq!(map.function(2), Some(Origin::Original(70_000)));
        assert_eq!(map.function(3), None);
    }

    #[test]
    fn bytes_give_the_map_back_and_nothing_else_does() {
        let bytes = map().to_bytes();
        assert_eq!(OffsetMap::from_bytes(&bytes), Some(map()));
        for length in 0..bytes.len() {
            assert_eq!(OffsetMap::from_bytes(&bytes[..length]), None, "{length}");
        }
        assert_eq!(OffsetMap::from_bytes(&[bytes, vec![0]].concat()), None);
        assert_eq!(OffsetMap::from_bytes(&[FORMAT, 0xff, 0xff, 0xff]), None);
    }
}
