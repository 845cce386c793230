//! Reading on a thread of its own, for inputs that take long to read because
//! they are decompressed.

use std::io::{self, Read};
use std::thread;

use super::fill::fill;
use super::link::{self, link};

/// Bytes that are passed on at once.
const PIECE: usize = 256 * 1024;

/// What was read ahead.
pub struct Ahead {
    pieces: link::Input<Piece, Vec<u8>>,
    piece: Vec<u8>,
    /// What of the piece has been read: up to `start`, of `end` bytes.
    start: usize,
    end: usize,
    has_ended: bool,
}

enum Piece {
    /// So many bytes, at the begin of the vector.
    Bytes(Vec<u8>, usize),
    /// The input ends, or cannot be read on.
    End(io::Result<()>),
}

impl Ahead {
    /// Begins to read.
    pub fn new(mut input: impl Read + Send + 'static) -> io::Result<Ahead> {
        let (output, pieces) = link::<_, Vec<u8>>();
        thread::Builder::new()
            .name("decompress".to_owned())
            .spawn(move || {
                loop {
                    let mut bytes = output.room();
                    bytes.resize(PIECE, 0);
                    let (length, end) = fill(&mut input, &mut bytes);
                    output.send(Piece::Bytes(bytes, length));
                    if let Some(end) = end {
                        return output.send(Piece::End(end));
                    }
                }
            })?;
        Ok(Ahead {
            pieces,
            piece: Vec::new(),
            start: 0,
            end: 0,
            has_ended: false,
        })
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.start == self.end && !self.has_ended {
            match self.pieces.next() {
                Some(Piece::Bytes(bytes, length)) => {
                    self.pieces.done(std::mem::replace(&mut self.piece, bytes));
                    (self.start, self.end) = (0, length);
                }
                Some(Piece::End(end)) => {
                    self.has_ended = true;
                    end?;
                }
                None => return Err(io::Error::other("decompressing has ended before its end")),
            }
        }
        let length = buffer.len().min(self.end - self.start);
        buffer[..length].copy_from_slice(&self.piece[self.start..][..length]);
        self.start += length;
        Ok(length)
    }
}
