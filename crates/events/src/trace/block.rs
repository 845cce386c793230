//! The framing that raw and compact traces share: a file header, then blocks,
//! each with a header and a payload that are checked by themselves, so that a
//! file that is cut or damaged gives everything that is whole.
//! `docs/trace-format.md` has the bytes.

use std::io::{self, Read, Write};

use memchr::memmem;

use crate::limits::MAX_BLOCK_BYTES;
use crate::trace::TraceError;

/// The first bytes of every trace.
pub const MAGIC: [u8; 8] = *b"UNFREED\0";

/// The version that is written and the newest that is read. Minor versions add
/// what older readers may skip.
///
/// History: 1.0, the first; 1.1 has snapshots of memories, and handles.
pub const VERSION: (u16, u16) = (1, 1);

/// The first bytes of every block.
const BLOCK_MAGIC: [u8; 4] = *b"UFBK";

/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 18;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What the recorded processes wrote, each thread by itself.
    Raw,
    /// All threads in one order, with resolved stacks.
    Compact,
}

/// The first 16 bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// What follows.
    pub stage: Stage,
    /// Minor version; what it adds may be ignored.
    pub minor: u16,
}

impl FileHeader {
    /// Its length in bytes.
    pub const BYTES: usize = 16;

    /// The header of a new file.
    pub fn new(stage: Stage) -> FileHeader {
        FileHeader {
            stage,
            minor: VERSION.1,
        }
    }

    /// Its bytes.
    pub fn encode(self) -> [u8; FileHeader::BYTES] {
        let stage: u32 = match self.stage {
            Stage::Raw => 0,
            Stage::Compact => 1,
        };
        let mut bytes = [0; FileHeader::BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.0.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.minor.to_le_bytes());
        bytes[12..].copy_from_slice(&stage.to_le_bytes());
        bytes
    }

    /// Reads it from its bytes.
    ///
    /// # Errors
    ///
    /// If they are not those of a trace, or of a version that is not read.
    pub fn decode(bytes: &[u8; FileHeader::BYTES]) -> Result<FileHeader, TraceError> {
        if bytes[..8] != MAGIC {
            return Err(TraceError::NotATrace);
        }
        let major = u16::from_le_bytes([bytes[8], bytes[9]]);
        let minor = u16::from_le_bytes([bytes[10], bytes[11]]);
        if major < VERSION.0 {
            return Err(TraceError::TooOld { major, minor });
        }
        if major > VERSION.0 {
            return Err(TraceError::TooNew { major, minor });
        }
        let stage = match u32_at(bytes, 12) {
            0 => Stage::Raw,
            1 => Stage::Compact,
            stage => return Err(TraceError::UnknownStage(stage)),
        };
        Ok(FileHeader { stage, minor })
    }

    /// Reads it from the beginning of a file.
    ///
    /// # Errors
    ///
    /// As [`FileHeader::decode`]; also if reading fails. A file that is too
    /// short is not a trace.
    pub fn read(input: &mut impl Read) -> Result<FileHeader, TraceError> {
        let mut bytes = [0; FileHeader::BYTES];
        match input.read_exact(&mut bytes) {
            Ok(()) => FileHeader::decode(&bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(TraceError::NotATrace)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// How a payload is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// As it is.
    Plain,
    /// One or more zstd frames (RFC 8878), one behind the other.
    Zstd,
    /// One that this version does not know.
    Unknown(u8),
}

impl Codec {
    fn from_byte(byte: u8) -> Codec {
        match byte {
            0 => Codec::Plain,
            1 => Codec::Zstd,
            other => Codec::Unknown(other),
        }
    }

    fn byte(self) -> u8 {
        match self {
            Codec::Plain => 0,
            Codec::Zstd => 1,
            Codec::Unknown(byte) => byte,
        }
    }
}

/// What a block's header says, but for what [`BlockReader`] checks itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockHeader {
    /// What the payload is.
    pub kind: u8,
    /// How it is stored.
    pub codec: Codec,
    /// Process id of the writer; 0 in compact traces where it means nothing.
    pub process: u32,
    /// Thread id of the writer; 0 for a process's main thread.
    pub thread: u32,
    /// When the block began, in microseconds since the Unix epoch.
    pub time: u64,
    /// The number of events, in blocks that hold events.
    pub count: u32,
}

impl BlockHeader {
    /// Its length in bytes.
    pub const BYTES: usize = 40;

    /// Its bytes, for a payload as it is stored.
    pub fn encode(&self, payload: &[u8]) -> [u8; BlockHeader::BYTES] {
        let mut bytes = [0; BlockHeader::BYTES];
        bytes[..4].copy_from_slice(&BLOCK_MAGIC);
        bytes[4] = self.kind;
        bytes[5] = self.codec.byte();
        bytes[8..12].copy_from_slice(&self.process.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.thread.to_le_bytes());
        bytes[16..20].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        bytes[20..24].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        bytes[24..32].copy_from_slice(&self.time.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.count.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..36]);
        bytes[36..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Writes a block whose payload is stored as it is given.
    ///
    /// # Errors
    ///
    /// If writing fails, or the payload is longer than
    /// [`MAX_BLOCK_BYTES`](crate::limits::MAX_BLOCK_BYTES), which no reader
    /// would accept.
    pub fn write(&self, payload: &[u8], output: &mut impl Write) -> io::Result<()> {
        if payload.len() > MAX_BLOCK_BYTES {
            let kind = io::ErrorKind::InvalidInput;
            return Err(io::Error::new(kind, "a block longer than readers accept"));
        }
        output.write_all(&self.encode(payload))?;
        output.write_all(payload)
    }
}

/// A header with what is needed to find and check its payload.
struct Framed {
    header: BlockHeader,
    length: usize,
    crc: u32,
}

impl Framed {
    /// `None` if the bytes are no block's header.
    fn decode(bytes: &[u8]) -> Option<Framed> {
        let bytes: &[u8; BlockHeader::BYTES] = bytes.first_chunk()?;
        let is_whole =
            bytes[..4] == BLOCK_MAGIC && crc32fast::hash(&bytes[..36]) == u32_at(bytes, 36);
        let length = u32_at(bytes, 16) as usize;
        if !is_whole || length > MAX_BLOCK_BYTES {
            return None;
        }
        Some(Framed {
            header: BlockHeader {
                kind: bytes[4],
                codec: Codec::from_byte(bytes[5]),
                process: u32_at(bytes, 8),
                thread: u32_at(bytes, 12),
                time: u64::from(u32_at(bytes, 24)) | u64::from(u32_at(bytes, 28)) << 32,
                count: u32_at(bytes, 32),
            },
            length,
            crc: u32_at(bytes, 20),
        })
    }
}

/// Four bytes of a header, which is always long enough.
fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// What of a file could not be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Damaged blocks: places where something else than a whole block stands,
    /// and blocks whose content cannot be understood.
    pub blocks: u64,
    /// Bytes that belong to no whole block.
    pub bytes: u64,
    /// The file ends inside of a block.
    pub cut: bool,
}

/// A whole block.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What its header says.
    pub header: BlockHeader,
    /// Where the payload stands, in bytes from where the reader began.
    pub offset: u64,
    /// The payload as stored; its CRC is right.
    pub payload: &'a [u8],
}

/// Reads blocks and steps over what is none. It buffers one block at most.
pub struct BlockReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where in the buffer the next block is looked for.
    start: usize,
    /// Where the buffer begins in the input.
    base: u64,
    is_at_end: bool,
    damage: Damage,
    /// Bytes are being stepped over, in search of the next block.
    is_lost: bool,
    /// A whole header had less behind it than it says.
    is_short: bool,
}

impl<R: Read> BlockReader<R> {
    /// Reads from behind the file header.
    pub fn new(input: R) -> BlockReader<R> {
        BlockReader {
            input,
            buffer: Vec::new(),
            start: 0,
            base: 0,
            is_at_end: false,
            damage: Damage::default(),
            is_lost: false,
            is_short: false,
        }
    }

    /// What could not be read so far.
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// Counts a block whose payload is whole and yet cannot be understood.
    pub fn count_damaged(&mut self) {
        self.damage.blocks += 1;
    }

    /// The reader's input.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// The next whole block; `None` at the end.
    ///
    /// # Errors
    ///
    /// If reading fails.
    pub fn next_block(&mut self) -> io::Result<Option<Block<'_>>> {
        loop {
            if !self.fill(BlockHeader::BYTES)? {
                self.end();
                return Ok(None);
            }
            let Some(framed) = Framed::decode(&self.buffer[self.start..]) else {
                self.lose();
                self.seek_block();
                continue;
            };
            let whole = BlockHeader::BYTES + framed.length;
            let is_there = self.fill(whole)?;
            let from = self.start + BlockHeader::BYTES;
            let is_right =
                is_there && crc32fast::hash(&self.buffer[from..from + framed.length]) == framed.crc;
            if is_right {
                self.is_lost = false;
                if std::mem::take(&mut self.is_short) {
                    self.damage.blocks += 1;
                }
                self.start += whole;
                return Ok(Some(Block {
                    header: framed.header,
                    offset: self.base + from as u64,
                    payload: &self.buffer[from..from + framed.length],
                }));
            }
            // Its length may be wrong, or it was cut and others follow: they
            // are looked for right behind its header.
            if is_there || self.is_short {
                self.damage.blocks += 1;
            }
            self.is_short = !is_there;
            self.is_lost = true;
            self.skip(BlockHeader::BYTES);
        }
    }

    /// Fewer bytes are left than a header has.
    fn end(&mut self) {
        let left = self.buffer.len() - self.start;
        if left > 0 && !self.is_lost {
            self.damage.cut = true;
        }
        if std::mem::take(&mut self.is_short) {
            self.damage.cut = true;
        }
        self.skip(left);
    }

    /// What stands here is no block.
    fn lose(&mut self) {
        if !std::mem::replace(&mut self.is_lost, true) {
            self.damage.blocks += 1;
        }
    }

    /// Steps to where the next block may begin.
    fn seek_block(&mut self) {
        let rest = &self.buffer[self.start + 1..];
        let step = match memmem::find(rest, &BLOCK_MAGIC) {
            Some(at) => at,
            // The end may be the beginning of a block.
            None => rest.len() - (BLOCK_MAGIC.len() - 1),
        };
        self.skip(1 + step);
    }

    fn skip(&mut self, bytes: usize) {
        self.damage.bytes += bytes as u64;
        self.start += bytes;
    }

    /// Reads until `bytes` are there; false if the input has fewer.
    fn fill(&mut self, bytes: usize) -> io::Result<bool> {
        if self.buffer.len() - self.start >= bytes {
            return Ok(true);
        }
        self.base += self.start as u64;
        self.buffer.drain(..self.start);
        self.start = 0;
        // Memory grows with what comes, not with what a header says.
        while self.buffer.len() < bytes && !self.is_at_end {
            let piece = PIECE.max((bytes - self.buffer.len()).min(self.buffer.len()));
            let read = (&mut self.input)
                .take(piece as u64)
                .read_to_end(&mut self.buffer)?;
            self.is_at_end = read < piece;
        }
        Ok(self.buffer.len() >= bytes)
    }
}
