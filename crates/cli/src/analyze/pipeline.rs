//! Reading, decoding and matching, each on a thread of its own. A stage waits
//! for the next only when it is several pieces ahead, so memory stays bounded;
//! what the next one has worked off comes back to be filled again.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions, TextStats};
use unfreed_events::{Names, Record, Sources};

use super::link::{self, link};
use super::progress::Progress;
use super::source::Source;

/// Bytes that are read and decoded at once: few enough that a piece, and the
/// records in it, stay in a processor's cache until they are matched.
const PIECE: usize = 512 * 1024;

/// What an analysis ends with.
pub struct Analysed {
    /// What was found.
    pub findings: Findings,
    /// What its ids stand for.
    pub names: Names,
    /// Where its lines are.
    pub sources: Sources,
}

/// What reading passes on.
enum Piece {
    /// A source begins.
    Begin(String),
    /// So many bytes of it, at the begin of the vector.
    Bytes(Vec<u8>, usize),
    /// It ends, or cannot be read on.
    End(io::Result<()>),
}

type Pieces = link::Output<Piece, Vec<u8>>;
type Records = link::Output<Vec<Record>, Vec<Record>>;

/// What decoding ends with.
struct Decoded {
    names: Names,
    stats: TextStats,
    sources: Sources,
    damage: Vec<Damage>,
}

/// Reads all sources as one log and analyses it.
pub fn analyse(inputs: Vec<Source>, text: TextOptions, options: &Options) -> io::Result<Analysed> {
    let read = Arc::new(AtomicU64::new(0));
    let mut progress = Progress::new(inputs.iter().map(|input| input.size).sum());
    let (to_decode, pieces) = link();
    let (to_match, records) = link();
    let reading = spawn("read", {
        let read = Arc::clone(&read);
        move || read_all(inputs, &read, &to_decode)
    })?;
    let decoding = spawn("decode", move || decode_all(&pieces, text, &to_match))?;
    let mut engine = Engine::new();
    while let Some(piece) = records.next() {
        engine.apply(&piece);
        records.done(piece);
        progress.show(read.load(Ordering::Relaxed));
    }
    progress.end();
    join(reading);
    let decoded = join(decoding);
    let input = Input {
        text: decoded.stats,
        sources: decoded.sources.len() as u64,
        damage: decoded.damage,
    };
    Ok(Analysed {
        findings: engine.finish(&decoded.names, &input, options),
        names: decoded.names,
        sources: decoded.sources,
    })
}

fn spawn<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn join<R>(thread: JoinHandle<R>) -> R {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn read_all(inputs: Vec<Source>, read: &Arc<AtomicU64>, pieces: &Pieces) {
    for input in inputs {
        pieces.send(Piece::Begin(input.name.clone()));
        let end = read_source(input, read, pieces);
        pieces.send(Piece::End(end));
    }
}

fn read_source(input: Source, read: &Arc<AtomicU64>, pieces: &Pieces) -> io::Result<()> {
    let mut text = input.into_text(Arc::clone(read))?;
    loop {
        let mut bytes = pieces.room();
        bytes.resize(PIECE, 0);
        let (length, end) = fill(&mut text, &mut bytes);
        pieces.send(Piece::Bytes(bytes, length));
        if let Some(end) = end {
            return end;
        }
    }
}

/// Reads until `bytes` are full, as pipes give few at once; what was read, and
/// how reading ended if it did.
fn fill(text: &mut impl Read, bytes: &mut [u8]) -> (usize, Option<io::Result<()>>) {
    let mut length = 0;
    while length < bytes.len() {
        match text.read(&mut bytes[length..]) {
            Ok(0) => return (length, Some(Ok(()))),
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Some(Err(error))),
        }
    }
    (length, None)
}

fn decode_all(
    pieces: &link::Input<Piece, Vec<u8>>,
    text: TextOptions,
    records: &Records,
) -> Decoded {
    let mut decoder = TextDecoder::new(text);
    let (mut sources, mut damage) = (Sources::default(), Vec::new());
    let mut source = String::new();
    while let Some(piece) = pieces.next() {
        let mut decoded = records.room();
        decoded.clear();
        match piece {
            Piece::Begin(name) => {
                sources.push(name.as_str(), decoder.stats().lines);
                source = name;
            }
            Piece::Bytes(bytes, length) => {
                decoder.decode(&bytes[..length], &mut decoded);
                pieces.done(bytes);
            }
            Piece::End(Ok(())) => decoder.finish(&mut decoded),
            Piece::End(Err(error)) => {
                decoder.finish_cut(&mut decoded);
                damage.push(Damage {
                    source: source.clone(),
                    reason: reason(&error),
                });
            }
        }
        records.send(decoded);
    }
    let (names, stats) = decoder.into_parts();
    Decoded {
        names,
        stats,
        sources,
        damage,
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the compressed data ends early; the file is cut short".to_owned()
        }
        _ => format!("cannot be read on from here: {error}"),
    }
}
