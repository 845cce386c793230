//! Payloads as they are stored, and as they are meant.

use std::borrow::Cow;
use std::io::{self, Read};

use crate::limits::MAX_BLOCK_BYTES;
use crate::trace::block::Codec;

/// Fast, and most of what higher levels save is in the columns already.
const LEVEL: i32 = 3;

/// Largest window of a zstd frame that is accepted, as a power of two: no
/// payload is longer.
const MAX_WINDOW_LOG: u32 = MAX_BLOCK_BYTES.ilog2();

/// The payload as it is meant; `None` if it cannot be decompressed or is longer
/// than [`MAX_BLOCK_BYTES`].
pub(crate) fn unpack(codec: Codec, stored: &[u8]) -> Option<Cow<'_, [u8]>> {
    match codec {
        Codec::Plain => Some(Cow::Borrowed(stored)),
        Codec::Zstd => unpack_zstd(stored).map(Cow::Owned),
        Codec::Unknown(_) => None,
    }
}

fn unpack_zstd(stored: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = zstd::Decoder::with_buffer(stored).ok()?;
    decoder.window_log_max(MAX_WINDOW_LOG).ok()?;
    let mut payload = Vec::new();
    let most = MAX_BLOCK_BYTES as u64;
    decoder.take(most + 1).read_to_end(&mut payload).ok()?;
    (payload.len() as u64 <= most).then_some(payload)
}

/// One zstd frame that holds `bytes`.
pub(crate) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, LEVEL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_is_too_long_is_none() {
        let packed = |bytes| zstd::bulk::compress(&vec![0; bytes], 1).expect("memory");
        let stored = packed(MAX_BLOCK_BYTES);
        let length = unpack(Codec::Zstd, &stored).map(|payload| payload.len());
        assert_eq!(length, Some(MAX_BLOCK_BYTES));
        assert!(unpack(Codec::Zstd, &packed(MAX_BLOCK_BYTES + 1)).is_none());
        assert!(unpack(Codec::Zstd, &stored[..stored.len() - 1]).is_none());
        assert!(unpack(Codec::Unknown(9), &stored).is_none());
    }

    #[test]
    fn frames_stand_one_behind_the_other() {
        let mut stored = pack(b"one ").expect("memory");
        stored.extend(pack(b"two").expect("memory"));
        assert_eq!(
            unpack(Codec::Zstd, &stored).as_deref(),
            Some(&b"one two"[..])
        );
    }
}
