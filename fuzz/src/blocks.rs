//! How the inputs of the trace targets are read: blocks without checksums, which
//! no fuzzer would ever get right.

use std::io::{self, Read};

use unfreed_events::trace::{BlockHeader, Codec, FileHeader, Stage};

/// A trace of the input's blocks: each is a kind, a thread, a count, a time and
/// the payload's length (a byte each, the length two) and the payload. Kind 0 is
/// no block: its payload stands in the file as it is.
pub fn file(stage: Stage, mut input: &[u8]) -> Vec<u8> {
    let mut file = FileHeader::new(stage).encode().to_vec();
    while let Some(([kind, thread, count, time, low, high], rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (payload, rest) = rest.split_at(length.min(rest.len()));
        input = rest;
        if *kind == 0 {
            file.extend_from_slice(payload);
            continue;
        }
        let header = BlockHeader {
            kind: *kind,
            codec: Codec::Plain,
            process: u32::from(thread >> 6),
            thread: u32::from(thread & 63),
            time: u64::from(*time),
            count: u32::from(*count),
        };
        header.write(payload, &mut file).expect("a short payload");
    }
    file
}

/// Gives a file one byte at a time.
pub struct Pieces<'a> {
    rest: &'a [u8],
}

impl<'a> Pieces<'a> {
    /// From its beginning.
    pub fn new(rest: &'a [u8]) -> Pieces<'a> {
        Pieces { rest }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(1);
        let (byte, rest) = self.rest.split_at(count.min(self.rest.len()));
        buffer[..byte.len()].copy_from_slice(byte);
        self.rest = rest;
        Ok(byte.len())
    }
}
