//! Reading and decoding on one thread, matching on another. The first waits for
//! the second only when it is several pieces ahead, so memory stays bounded; what
//! has been matched comes back to be filled again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use regex::bytes::Regex;
use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions, TextStats};
use unfreed_events::trace::Facts;
use unfreed_events::{Names, Record, Sources};

use super::fill::fill;
use super::link::{self, link};
use super::progress::Progress;
use super::source::Source;
use crate::marks::ends_of_log;

/// Bytes that are read and decoded at once: few enough that a piece, and the
/// records in it, stay in a processor's cache until they are matched.
const PIECE: usize = 256 * 1024;

/// What an analysis ends with.
pub struct Analysed {
    /// What was found.
    pub findings: Findings,
    /// What its ids stand for.
    pub names: Names,
    /// Where its lines are.
    pub sources: Sources,
    /// What a recording says beside its events; `None` for logs.
    pub facts: Option<Facts>,
}

type Records = link::Output<Vec<Record>, Vec<Record>>;

/// Reads all sources as one log and analyses it; iterations end at the first whose name
/// is `end`.
pub fn analyse(
    inputs: Vec<Source>,
    text: TextOptions,
    end: Option<&Regex>,
    options: &Options,
) -> io::Result<Analysed> {
    let read = Arc::new(AtomicU64::new(0));
    let mut progress = Progress::new(inputs.iter().map(|input| input.size).sum());
    let (to_match, records) = link();
    let decoding = thread::Builder::new().name("decode".to_owned()).spawn({
        let decoding = Decoding::new(text, Arc::clone(&read), to_match);
        move || decoding.run(inputs)
    })?;
    let mut engine = Engine::of(options);
    while let Some(piece) = records.next() {
        engine.apply(&piece);
        records.done(piece);
        progress.show(read.load(Ordering::Relaxed));
    }
    progress.end();
    let decoded = decoding
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let input = Input {
        text: decoded.stats,
        sources: decoded.sources.len() as u64,
        damage: decoded.damage,
        end_marks: ends_of_log(end, &decoded.names),
        ..Input::default()
    };
    Ok(Analysed {
        findings: engine.finish(&decoded.names, &input, options),
        names: decoded.names,
        sources: decoded.sources,
        facts: None,
    })
}

/// The thread that reads and decodes.
struct Decoding {
    decoder: TextDecoder,
    /// The bytes read so far, for all who want to know.
    read: Arc<AtomicU64>,
    piece: Vec<u8>,
    records: Records,
    sources: Sources,
    damage: Vec<Damage>,
}

/// What it ends with.
struct Decoded {
    names: Names,
    stats: TextStats,
    sources: Sources,
    damage: Vec<Damage>,
}

impl Decoding {
    fn new(text: TextOptions, read: Arc<AtomicU64>, records: Records) -> Decoding {
        Decoding {
            decoder: TextDecoder::new(text),
            read,
            piece: vec![0; PIECE],
            records,
            sources: Sources::default(),
            damage: Vec::new(),
        }
    }

    fn run(mut self, inputs: Vec<Source>) -> Decoded {
        for input in inputs {
            let name = input.name.clone();
            self.sources.push(name.as_str(), self.decoder.stats().lines);
            match self.source(input) {
                Ok(()) => self.pass_on(TextDecoder::finish),
                Err(error) => {
                    self.pass_on(TextDecoder::finish_cut);
                    self.damage.push(Damage {
                        source: name,
                        reason: reason(&error),
                    });
                }
            }
        }
        let (names, stats) = self.decoder.into_parts();
        Decoded {
            names,
            stats,
            sources: self.sources,
            damage: self.damage,
        }
    }

    /// Passes on the records of a source, but for those of its last line.
    fn source(&mut self, input: Source) -> io::Result<()> {
        let mut text = input.into_text(Arc::clone(&self.read))?;
        let mut piece = std::mem::take(&mut self.piece);
        let end = loop {
            let (length, end) = fill(&mut text, &mut piece);
            self.pass_on(|decoder, records| decoder.decode(&piece[..length], records));
            if let Some(end) = end {
                break end;
            }
        };
        self.piece = piece;
        end
    }

    fn pass_on(&mut self, decode: impl FnOnce(&mut TextDecoder, &mut Vec<Record>)) {
        let mut records = self.records.room();
        records.clear();
        decode(&mut self.decoder, &mut records);
        self.records.send(records);
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
