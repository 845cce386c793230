//! An input: a file or standard input, decompressed and as UTF-8 if its first
//! bytes say that it is something else.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use rustix::pipe::fcntl_setpipe_size;
use unfreed_events::names::commands_terminal;

use super::ahead::Ahead;

/// Bytes that are looked at to tell what an input is.
const HEAD: u64 = 4;

/// Bytes that a pipe may hold, as many as Linux allows everybody.
const PIPE: usize = 1024 * 1024;

/// Bytes of compressed data that are read at once.
const COMPRESSED_BUFFER: usize = 64 * 1024;

/// A log that is open for reading.
pub struct Source {
    /// The path, or `<stdin>`.
    pub name: String,
    /// The file's size in bytes; `None` for what is no regular file.
    pub size: Option<u64>,
    input: Box<dyn Read + Send>,
}

/// A path as it is shown: a file may be called anything, also what would
/// command a terminal.
pub fn name(path: &Path) -> String {
    let text = path.display().to_string();
    let shown = |c: char| match commands_terminal(c) {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    text.chars().map(shown).collect()
}

/// Whether a file begins so. What is no file can be read once only, and is not looked at.
pub fn begins_with<const N: usize>(path: &Path, magic: [u8; N]) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut begin = [0; N];
    let read = |begin: &mut [u8]| File::open(path).and_then(|mut file| file.read_exact(begin));
    is_file && read(&mut begin).is_ok() && begin == magic
}

/// The first bytes of a file, decompressed; `None` for what is no file or cannot be
/// read. What is no file can be read once only.
pub fn head(path: &Path) -> Option<Vec<u8>> {
    const LINE: u64 = 256;
    let is_file = std::fs::metadata(path).ok()?.is_file();
    let (magic, input) = match is_file {
        true => peek(File::open(path).ok()?).ok()?,
        false => return None,
    };
    let mut head = Vec::new();
    let read = match Compression::of(&magic) {
        Some(Compression::Gzip) => MultiGzDecoder::new(BufReader::new(input))
            .take(LINE)
            .read_to_end(&mut head),
        Some(Compression::Zstd) => zstd::Decoder::new(input)
            .ok()?
            .take(LINE)
            .read_to_end(&mut head),
        None => input.take(LINE).read_to_end(&mut head),
    };
    // A cut file may still tell what it is.
    (read.is_ok() || !head.is_empty()).then_some(head)
}

/// The text of a file.
pub fn text(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Source::open(path)?.into_text(Arc::default())
}

enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    fn of(magic: &[u8]) -> Option<Compression> {
        match *magic {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            // A frame of data, or one to be skipped (RFC 8878, section 3.1).
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Compression::Zstd),
            _ => None,
        }
    }
}

impl Source {
    /// Standard input.
    pub fn stdin() -> Source {
        // With the 64 KiB that a pipe holds by itself, its two ends wait for each
        // other most of the time. It fails for what is no pipe.
        let _ = fcntl_setpipe_size(io::stdin(), PIPE);
        Source {
            name: "<stdin>".to_owned(),
            size: None,
            input: Box::new(io::stdin()),
        }
    }

    /// A file; a directory is an error.
    pub fn open(path: &Path) -> io::Result<Source> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a directory, not a log",
            ));
        }
        Ok(Source {
            name: name(path),
            size: metadata.is_file().then_some(metadata.len()),
            input: Box::new(file),
        })
    }

    /// The text of the log. Bytes read from the input are added to `read`.
    pub fn into_text(self, read: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let input = Counted {
            input: self.input,
            read,
        };
        let (head, input) = peek(input)?;
        match Compression::of(&head) {
            Some(Compression::Gzip) => {
                let compressed = BufReader::with_capacity(COMPRESSED_BUFFER, input);
                as_utf8(Ahead::new(MultiGzDecoder::new(compressed))?)
            }
            Some(Compression::Zstd) => {
                let compressed = BufReader::with_capacity(COMPRESSED_BUFFER, input);
                as_utf8(Ahead::new(zstd::Decoder::with_buffer(compressed)?)?)
            }
            None => as_utf8(input),
        }
    }
}

/// Text as UTF-8: with a byte order mark it may be UTF-16, and without one if
/// every other of its first bytes is zero. Text that is UTF-8 passes untouched.
fn as_utf8(input: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let (head, input) = peek(input)?;
    let encoding: &'static Encoding = match *head {
        [0xff, 0xfe, ..] | [1..=255, 0, 1..=255, 0] => UTF_16LE,
        [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255] => UTF_16BE,
        [0xef, 0xbb, 0xbf, ..] => UTF_8,
        _ => return Ok(Box::new(input)),
    };
    let mut transcoder = DecodeReaderBytesBuilder::new();
    transcoder.encoding(Some(encoding)).strip_bom(true);
    Ok(Box::new(transcoder.build(input)))
}

/// The first bytes of an input, and the whole of it.
fn peek<R: Read>(mut input: R) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let mut head = Vec::new();
    (&mut input).take(HEAD).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

/// A reader that tells how many bytes went through it.
struct Counted {
    input: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.input.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
