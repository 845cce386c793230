//! A file of heaptrack, version 3 of its format, as `heaptrack_print` and
//! `heaptrack_gui` open it. `unfreed_events::heaptrack` describes the format.

use std::collections::HashMap;
use std::io::Write;

use unfreed_engine::lifetimes::{Change, Lifetimes};
use unfreed_events::{Event, Names, SiteId, WordId};

use super::frames::{FrameStyle, Shown};
use super::{ExportError, Part, RecordWriter, Rest};

/// The version of heaptrack that is said to have written the file, 1.4.0, and that of
/// the format.
const VERSION: &str = "v 10400 3";

/// Bytes of a page, in which heaptrack counts resident memory.
const PAGE: u64 = 4096;

/// Writes each allocation and free, in their order. A reallocation is a free and an
/// allocation, since the format has none.
pub struct HeaptrackWriter<W> {
    out: Lines<W>,
    command: String,
    style: FrameStyle,
    lifetimes: Lifetimes,
    has_begun: bool,
    /// The latest time that was written, in ms.
    time: u64,
    resizes: u64,
}

impl<W: Write> HeaptrackWriter<W> {
    /// A writer that has written nothing. `command` is shown as what was run, where the
    /// input does not say it.
    pub fn new(out: W, command: String, style: FrameStyle) -> HeaptrackWriter<W> {
        HeaptrackWriter {
            out: Lines::new(out),
            command,
            style,
            lifetimes: Lifetimes::default(),
            has_begun: false,
            time: 0,
            resizes: 0,
        }
    }

    fn begin(&mut self, part: Option<&Part<'_>>) -> Result<(), ExportError> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        let facts = part.and_then(|part| part.facts);
        if let Some(began) = facts.and_then(|facts| facts.processes.first()) {
            self.command = began.what.argv.join(" ");
        }
        let out = &mut self.out.out;
        writeln!(out, "{VERSION}\nX {}\nI {PAGE:x} 0", self.command)?;
        Ok(())
    }

    /// Times and resident memory, which are events of their own.
    fn beside(&mut self, names: &Names, event: Event) -> Result<(), ExportError> {
        let out = &mut self.out.out;
        match event {
            Event::Time { ns } if ns / 1_000_000 > self.time => {
                self.time = ns / 1_000_000;
                writeln!(out, "c {:x}", self.time)?;
            }
            Event::Memory { domain, bytes, .. } if is_resident(names, domain) => {
                writeln!(out, "R {:x}", bytes / PAGE)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_resident(names: &Names, domain: WordId) -> bool {
    names.word(domain) == "rss"
}

impl<W: Write> RecordWriter for HeaptrackWriter<W> {
    fn take(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        self.style.learn(part.facts);
        self.begin(Some(part))?;
        let names = part.names;
        for record in part.records {
            self.beside(names, record.event)?;
            let (out, style) = (&mut self.out, &self.style);
            let mut written = Ok(());
            let mut resizes = 0;
            self.lifetimes.apply(record, &mut |change| {
                let mut line = |kind: char, site: SiteId, size: u64| {
                    if written.is_ok() {
                        written = out.block(kind, names, style, site, size);
                    }
                };
                match change {
                    Change::Allocated(life) => line('+', life.site, life.last_size),
                    Change::Resized { life, from } => {
                        resizes += 1;
                        line('-', life.site, from);
                        line('+', life.site, life.last_size);
                    }
                    Change::Ended(life, _) => line('-', life.site, life.last_size),
                    Change::FreedBefore(life, _) => {
                        line('+', life.site, life.last_size);
                        line('-', life.site, life.last_size);
                    }
                }
            });
            self.resizes += resizes;
            written?;
        }
        match self.lifetimes.is_sample() {
            true => Err(ExportError::Sample("heaptrack")),
            false => Ok(()),
        }
    }

    fn finish(&mut self, _: &Names) -> Result<Rest, ExportError> {
        self.begin(None)?;
        let Lines {
            out,
            strings,
            pointers,
            ..
        } = &mut self.out;
        writeln!(
            out,
            "# strings: {}\n# ips: {}",
            strings.len(),
            pointers.len()
        )?;
        out.flush()?;
        let mut rest = Rest::default();
        if self.resizes > 0 {
            rest.remarks.push(format!(
                "{} reallocations are frees and allocations: heaptrack counts as many allocations more",
                self.resizes
            ));
        }
        Ok(rest)
    }
}

/// The lines of the tables, each entry once. Entries count from 1, kinds of blocks from 0.
struct Lines<W> {
    out: W,
    strings: HashMap<String, u64>,
    pointers: HashMap<Shown, u64>,
    nodes: HashMap<(u64, u64), u64>,
    stacks: HashMap<SiteId, u64>,
    kinds: HashMap<(u64, u64), u64>,
}

impl<W: Write> Lines<W> {
    fn new(out: W) -> Lines<W> {
        Lines {
            out,
            strings: HashMap::new(),
            pointers: HashMap::new(),
            nodes: HashMap::new(),
            stacks: HashMap::new(),
            kinds: HashMap::new(),
        }
    }

    /// A block of a kind, which is a size and a stack, comes or goes.
    fn block(
        &mut self,
        sign: char,
        names: &Names,
        style: &FrameStyle,
        site: SiteId,
        size: u64,
    ) -> Result<(), ExportError> {
        let stack = match self.stacks.get(&site) {
            Some(stack) => *stack,
            None => {
                let stack = self.stack(&style.stack(names, site))?;
                self.stacks.insert(site, stack);
                stack
            }
        };
        let kind = match self.kinds.get(&(size, stack)) {
            Some(kind) => *kind,
            None => {
                let kind = self.kinds.len() as u64;
                writeln!(self.out, "a {size:x} {stack:x}")?;
                self.kinds.insert((size, stack), kind);
                kind
            }
        };
        writeln!(self.out, "{sign} {kind:x}")?;
        Ok(())
    }

    fn stack(&mut self, frames: &[Shown]) -> Result<u64, ExportError> {
        let mut node = 0;
        for frame in frames.iter().rev() {
            let pointer = self.pointer(frame)?;
            let next = self.nodes.len() as u64 + 1;
            let key = (pointer, node);
            node = match self.nodes.get(&key) {
                Some(known) => *known,
                None => {
                    writeln!(self.out, "t {pointer:x} {node:x}")?;
                    self.nodes.insert(key, next);
                    next
                }
            };
        }
        Ok(node)
    }

    fn pointer(&mut self, frame: &Shown) -> Result<u64, ExportError> {
        if let Some(pointer) = self.pointers.get(frame) {
            return Ok(*pointer);
        }
        let pointer = self.pointers.len() as u64 + 1;
        // Those without an offset are told apart by their number.
        let address = frame.offset.map_or(pointer, u64::from);
        let module = self.string(&frame.module)?;
        let function = self.string(&frame.function)?;
        let file = self.string(&frame.file)?;
        match (function, file) {
            (0, _) => writeln!(self.out, "i {address:x} {module:x}")?,
            (_, 0) => writeln!(self.out, "i {address:x} {module:x} {function:x}")?,
            _ => writeln!(
                self.out,
                "i {address:x} {module:x} {function:x} {file:x} {:x}",
                frame.line
            )?,
        }
        self.pointers.insert(frame.clone(), pointer);
        Ok(pointer)
    }

    /// The number of a text; 0 of one that is empty.
    fn string(&mut self, text: &str) -> Result<u64, ExportError> {
        if text.is_empty() {
            return Ok(0);
        }
        if let Some(number) = self.strings.get(text) {
            return Ok(*number);
        }
        let number = self.strings.len() as u64 + 1;
        writeln!(self.out, "s {:x} {text}", text.len())?;
        self.strings.insert(text.to_owned(), number);
        Ok(number)
    }
}
