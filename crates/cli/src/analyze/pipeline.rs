//! Decoding on one thread, matching on another: each waits for the other only
//! when it is several pieces ahead, so memory stays bounded.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions, TextStats};
use unfreed_events::{Names, Record, Sources};

use super::progress::Progress;
use super::source::Source;

/// Bytes that are read and decoded at once: few enough that a piece, and the
/// records in it, stay in a processor's cache until they are matched.
const PIECE: usize = 128 * 1024;

/// Pieces that decoding may be ahead of matching.
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

/// What the decoding thread ends with.
struct Decoded {
    names: Names,
    stats: TextStats,
    sources: Sources,
    damage: Vec<Damage>,
}

/// Reads all sources as one log and analyses it.
pub fn analyse(
    inputs: Vec<Source>,
    text: TextOptions,
    options: &Options,
) -> anyhow::Result<Analysed> {
    let read = Arc::new(AtomicU64::new(0));
    let mut progress = Progress::new(inputs.iter().map(|input| input.size).sum());
    let (full, records) = sync_channel(AHEAD);
    let (done, empty) = channel();
    let mut engine = Engine::new();
    let decoding = thread::Builder::new().name("decode".to_owned()).spawn({
        let read = Arc::clone(&read);
        move || Decoding::new(text, read, full, empty).run(inputs)
    })?;
    for piece in records {
        engine.apply(&piece);
        progress.show(read.load(Ordering::Relaxed));
        // The decoder may have ended already and need it no more.
        let _ = done.send(piece);
    }
    progress.end();
    let decoded = match decoding.join() {
        Ok(decoded) => decoded,
        Err(panic) => std::panic::resume_unwind(panic),
    };
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

struct Decoding {
    decoder: TextDecoder,
    read: Arc<AtomicU64>,
    full: SyncSender<Vec<Record>>,
    empty: Receiver<Vec<Record>>,
    sources: Sources,
    damage: Vec<Damage>,
}

impl Decoding {
    fn new(
        text: TextOptions,
        read: Arc<AtomicU64>,
        full: SyncSender<Vec<Record>>,
        empty: Receiver<Vec<Record>>,
    ) -> Decoding {
        Decoding {
            decoder: TextDecoder::new(text),
            read,
            full,
            empty,
            sources: Sources::default(),
            damage: Vec::new(),
        }
    }

    fn run(mut self, inputs: Vec<Source>) -> Decoded {
        let mut buffer = vec![0; PIECE];
        for input in inputs {
            let name = input.name.clone();
            self.sources.push(name.as_str(), self.decoder.stats().lines);
            if let Err(error) = self.source(input, &mut buffer) {
                self.damage.push(Damage {
                    source: name,
                    reason: reason(&error),
                });
            }
            self.pass_on(|decoder, records| decoder.finish(records));
        }
        let (names, stats) = self.decoder.into_parts();
        Decoded {
            names,
            stats,
            sources: self.sources,
            damage: self.damage,
        }
    }

    /// Decodes one source up to its end or to where it cannot be read.
    fn source(&mut self, input: Source, buffer: &mut [u8]) -> io::Result<()> {
        let mut text = input.into_text(Arc::clone(&self.read))?;
        loop {
            match text.read(buffer) {
                Ok(0) => return Ok(()),
                Ok(bytes) => {
                    self.pass_on(|decoder, records| decoder.decode(&buffer[..bytes], records))
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn pass_on(&mut self, decode: impl FnOnce(&mut TextDecoder, &mut Vec<Record>)) {
        let mut records = self.empty.try_recv().unwrap_or_default();
        records.clear();
        decode(&mut self.decoder, &mut records);
        // Matching ends only after decoding, so someone receives.
        let _ = self.full.send(records);
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
