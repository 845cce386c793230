//! Reading, decoding and matching, each on a thread of its own. A stage waits
//! for the next only when it is several pieces ahead, so memory stays bounded.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{IntoIter, Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions, TextStats};
use unfreed_events::{Names, Record, Sources};

use super::progress::Progress;
use super::source::Source;

/// Bytes that are read and decoded at once: few enough that a piece, and the
/// records in it, stay in a processor's cache until they are matched.
const PIECE: usize = 128 * 1024;

/// Pieces that a stage may be ahead of the next.
const AHEAD: usize = 4;

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
    /// Bytes of it.
    Bytes(Vec<u8>),
    /// It ends, or cannot be read on.
    End(io::Result<()>),
}

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
    let (pieces, reading) = stage("read", {
        let read = Arc::clone(&read);
        move |pieces| read_all(inputs, &read, pieces)
    })?;
    let (records, decoding) = stage("decode", move |records| decode_all(pieces, text, records))?;
    let mut engine = Engine::new();
    for piece in records {
        engine.apply(&piece);
        progress.show(read.load(Ordering::Relaxed));
    }
    progress.end();
    join(reading);
    let decoded = join(decoding);
    let input = Input {
        text: decoded.stats,
        damage: decoded.damage,
    };
    Ok(Analysed {
        findings: engine.finish(&decoded.names, &input, options),
        names: decoded.names,
        sources: decoded.sources,
    })
}

/// Starts a thread that sends what the caller then receives.
fn stage<T, R>(
    name: &str,
    work: impl FnOnce(&SyncSender<T>) -> R + Send + 'static,
) -> io::Result<(IntoIter<T>, JoinHandle<R>)>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let (sender, receiver) = sync_channel(AHEAD);
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || work(&sender))?;
    Ok((Receiver::into_iter(receiver), thread))
}

fn join<R>(thread: JoinHandle<R>) -> R {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Reads one source after another. The receiver ends only after the sender, so
/// sending does not fail.
fn read_all(inputs: Vec<Source>, read: &Arc<AtomicU64>, pieces: &SyncSender<Piece>) {
    for input in inputs {
        let _ = pieces.send(Piece::Begin(input.name.clone()));
        let end = read_source(input, read, pieces);
        let _ = pieces.send(Piece::End(end));
    }
}

fn read_source(input: Source, read: &Arc<AtomicU64>, pieces: &SyncSender<Piece>) -> io::Result<()> {
    let mut text = input.into_text(Arc::clone(read))?;
    loop {
        let mut bytes = vec![0; PIECE];
        match text.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                bytes.truncate(length);
                let _ = pieces.send(Piece::Bytes(bytes));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn decode_all(
    pieces: IntoIter<Piece>,
    text: TextOptions,
    records: &SyncSender<Vec<Record>>,
) -> Decoded {
    let mut decoder = TextDecoder::new(text);
    let (mut sources, mut damage) = (Sources::default(), Vec::new());
    let mut source = String::new();
    for piece in pieces {
        let mut decoded = Vec::with_capacity(PIECE / 32);
        match piece {
            Piece::Begin(name) => {
                sources.push(name.as_str(), decoder.stats().lines);
                source = name;
            }
            Piece::Bytes(bytes) => decoder.decode(&bytes, &mut decoded),
            Piece::End(end) => {
                decoder.finish(&mut decoded);
                if let Err(error) = end {
                    damage.push(Damage {
                        source: source.clone(),
                        reason: reason(&error),
                    });
                }
            }
        }
        if !decoded.is_empty() {
            let _ = records.send(decoded);
        }
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
