//! Files of heaptrack, versions 1 to 3 of their format, as `heaptrack_interpret`
//! writes them: `heaptrack` runs it by itself, unless it is told not to (`--raw`).
//! The format is what `src/interpret/heaptrack_interpret.cpp` of
//! <https://invent.kde.org/sdk/heaptrack> prints.
//!
//! Lines have a letter and hexadecimal numbers. Those of strings, instruction
//! pointers, nodes of stacks and kinds of blocks (a size and a stack) fill tables, to
//! which others refer by number; `+` and `-` say that a block of a kind comes or goes.
//! Which of several equal blocks goes is not said: it is taken to be the latest.

mod error;
mod fields;

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

pub use self::error::{Damage, Fault, HeaptrackError};
use self::fields::Fields;
use crate::fold::{UNKNOWN, label};
use crate::limits::{MAX_LINE_BYTES, MAX_NAME_BYTES, MAX_NAMES, MAX_STACK_FRAMES};
use crate::names::{NameFault, Names};
use crate::record::{AllocationId, Event, Origin, Record, SiteId};
use crate::stacks::{Frame, FrameId, FrameKind, StackId, printable};

/// The versions of the format that are known.
const VERSIONS: std::ops::RangeInclusive<u64> = 1..=3;

/// Lines that are read at once.
const BATCH: usize = 16 * 1024;

/// Whether a file that begins so is one of heaptrack: its first line has the version
/// of the program, such as `10400` for 1.4.0, and that of the format.
pub fn is_heaptrack(head: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', head) else {
        return false;
    };
    let mut fields = head[..end].split(|byte| *byte == b' ');
    let is_number = |field: &[u8], digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&field.len()) && field.iter().all(u8::is_ascii_hexdigit)
    };
    fields.next() == Some(b"v")
        && fields.next().is_some_and(|field| is_number(field, 5..=6))
        && fields.next().is_none_or(|field| is_number(field, 1..=2))
        && fields.next().is_none()
}

/// What a file says beside its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The version of heaptrack, such as 0x10400 for 1.4.0.
    pub heaptrack: u64,
    /// The version of the format.
    pub format: u64,
    /// The command that was run.
    pub command: String,
    /// Whether heaptrack was attached while the program ran.
    pub is_attached: bool,
    /// Leaks that the program wants not to be shown (`__lsan_default_suppressions`).
    pub suppressions: u64,
    /// Blocks that came.
    pub allocations: u64,
    /// Blocks that went.
    pub frees: u64,
    /// Lines read.
    pub lines: u64,
}

/// Reads a file, some lines at a time.
pub struct HeaptrackReader<R, D> {
    input: R,
    demangle: D,
    line: Vec<u8>,
    about: About,
    names: Names,
    strings: Vec<Box<str>>,
    /// The frames of each instruction pointer, innermost first: several where
    /// functions were inlined.
    pointers: Vec<Box<[FrameId]>>,
    nodes: Vec<Node>,
    kinds: Vec<Kind>,
    /// The site of each node at which blocks were allocated.
    sites: HashMap<u32, SiteId>,
    declared: u32,
    page_bytes: Option<u64>,
    /// The latest time, in ns.
    time: Option<u64>,
    has_end: bool,
    has_ended: bool,
    damage: Option<Damage>,
}

/// A stack and the number of its frames.
#[derive(Clone, Copy)]
struct Node {
    stack: Option<StackId>,
    depth: usize,
}

/// A kind of blocks.
struct Kind {
    site: SiteId,
    size: u64,
    /// The live ones, in the order in which they came.
    live: Vec<u64>,
}

impl<R: BufRead, D: Fn(&str) -> String> HeaptrackReader<R, D> {
    /// Reads the first line; `demangle` makes a name of a symbol.
    ///
    /// # Errors
    ///
    /// If it is no file of heaptrack, or cannot be read.
    pub fn new(mut input: R, demangle: D) -> Result<HeaptrackReader<R, D>, HeaptrackError> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES as u64;
        input.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if !is_heaptrack(&line) {
            return Err(HeaptrackError::NotHeaptrack);
        }
        let mut fields = Fields::new(line[1..].trim_ascii_end());
        let mut number = || fields.next_number().ok().flatten();
        let heaptrack = number().ok_or(HeaptrackError::NotHeaptrack)?;
        // Before 1.0.0 it called itself 1.2.0, and wrote what is version 1.
        let format = match (number(), heaptrack) {
            (Some(format), _) => format,
            (None, 0x10200) => 1,
            (None, _) => 0,
        };
        if !VERSIONS.contains(&format) {
            return Err(HeaptrackError::Version(format));
        }
        Ok(HeaptrackReader {
            input,
            demangle,
            line,
            about: About {
                heaptrack,
                format,
                lines: 1,
                ..About::default()
            },
            names: Names::default(),
            strings: Vec::new(),
            pointers: Vec::new(),
            nodes: Vec::new(),
            kinds: Vec::new(),
            sites: HashMap::new(),
            declared: 0,
            page_bytes: None,
            time: None,
            has_end: false,
            has_ended: false,
            damage: None,
        })
    }

    /// Appends the records of some lines; `false` at the end. The line of a record is
    /// that of the file.
    ///
    /// # Errors
    ///
    /// If it is a raw recording.
    pub fn decode(&mut self, out: &mut Vec<Record>) -> Result<bool, HeaptrackError> {
        for _ in 0..BATCH {
            if self.has_ended || !self.step(out)? {
                self.has_ended = true;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the ids in the records stand for.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What the file says of itself, as far as it was read.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Why reading ended before the end, if it did.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Ends reading.
    pub fn into_names(self) -> Names {
        self.names
    }

    /// Reads a line; `false` if there is none that can be read.
    fn step(&mut self, out: &mut Vec<Record>) -> Result<bool, HeaptrackError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let read = self.input.by_ref().take(limit).read_until(b'\n', &mut line);
        let number = self.about.lines + 1;
        let fault = match read {
            Err(error) => {
                self.damage = Some(Damage::Input {
                    line: self.about.lines,
                    reason: reason(&error),
                });
                return Ok(false);
            }
            Ok(0) if self.has_end => return Ok(false),
            Ok(0) => Err(Fault::NoEnd),
            Ok(_) => match line.pop_if(|last| *last == b'\n') {
                Some(_) => {
                    self.about.lines = number;
                    if line.first().is_some_and(|kind| matches!(kind, b'm' | b'x')) {
                        return Err(HeaptrackError::Raw(number));
                    }
                    self.take_line(&line, out)
                }
                None if line.len() > MAX_LINE_BYTES => Err(Fault::Long),
                None => Err(Fault::Cut),
            },
        };
        self.line = line;
        if let Err(fault) = fault {
            let line = number;
            self.damage = Some(Damage::Line { line, fault });
        }
        Ok(fault.is_ok())
    }

    fn take_line(&mut self, line: &[u8], out: &mut Vec<Record>) -> Result<(), Fault> {
        let Some((kind, rest)) = line.split_first() else {
            return Ok(());
        };
        let mut fields = Fields::new(rest);
        match kind {
            b'+' => self.allocation(fields.number()?, out),
            b'-' => self.free(fields.number()?, out),
            b'a' => {
                let (size, node) = (fields.number()?, fields.index()?);
                self.kind(size, node, out)
            }
            b't' => {
                let (pointer, parent) = (fields.index()?, fields.index()?);
                self.node(pointer, parent)
            }
            b'i' => self.pointer(&mut fields),
            b's' => self.string(rest, &mut fields),
            b'c' => {
                self.time = Some(fields.number()?.saturating_mul(1_000_000));
                Ok(())
            }
            b'R' => {
                let pages = fields.number()?;
                self.resident(pages, out)
            }
            b'I' => {
                self.page_bytes = Some(fields.number()?);
                Ok(())
            }
            b'X' => {
                let command = String::from_utf8_lossy(rest.trim_ascii());
                self.about.command = printable(&command, MAX_NAME_BYTES);
                Ok(())
            }
            b'A' => {
                self.about.is_attached = true;
                Ok(())
            }
            b'S' => {
                self.about.suppressions += 1;
                Ok(())
            }
            b'#' => self.comment(rest),
            _ => Err(Fault::Kind),
        }
    }

    fn string(&mut self, rest: &[u8], fields: &mut Fields<'_>) -> Result<(), Fault> {
        let text = match self.about.format {
            3.. => fields.sized_text()?,
            _ => rest.strip_prefix(b" ").unwrap_or(rest),
        };
        room(self.strings.len())?;
        let text = String::from_utf8_lossy(text);
        self.strings.push(text.into());
        Ok(())
    }

    /// The text with a number; 0 is none.
    fn text(&self, number: u32) -> Result<&str, Fault> {
        match number.checked_sub(1) {
            None => Ok(""),
            Some(index) => match self.strings.get(index as usize) {
                Some(text) => Ok(text),
                None => Err(missing("string", number)),
            },
        }
    }

    /// An instruction pointer: address, module, and for each function function, file
    /// and line; the first is the innermost, the others have it inlined.
    fn pointer(&mut self, fields: &mut Fields<'_>) -> Result<(), Fault> {
        room(self.pointers.len())?;
        let _address = fields.number()?;
        let module = fields.index()?;
        let mut frames = Vec::new();
        loop {
            let optional = |fields: &mut Fields<'_>| match fields.next_number()? {
                None => Ok(None),
                Some(number) => u32::try_from(number).map(Some).map_err(|_| Fault::Number),
            };
            let function = optional(fields)?;
            if function.is_none() && !frames.is_empty() {
                break;
            }
            let file = optional(fields)?;
            let line = match file {
                Some(_) => fields.index()?,
                None => 0,
            };
            frames.push(self.frame(function.unwrap_or(0), module, file.unwrap_or(0), line)?);
            if file.is_none() {
                break;
            }
            if frames.len() > MAX_STACK_FRAMES {
                return Err(Fault::Many);
            }
        }
        self.pointers.push(frames.into());
        Ok(())
    }

    fn frame(
        &mut self,
        function: u32,
        module: u32,
        file: u32,
        line: u32,
    ) -> Result<FrameId, Fault> {
        let function = (self.demangle)(self.text(function)?);
        let module = self.text(module)?.to_owned();
        let place = match (self.text(file)?, line) {
            ("", _) => None,
            (file, 0) => Some(file.to_owned()),
            (file, line) => Some(format!("{file}:{line}")),
        };
        let frame = Frame {
            kind: FrameKind::Machine,
            function: &function,
            module: &module,
            place: place.as_deref(),
            wasm: None,
        };
        Ok(self.names.intern_frame(frame)?)
    }

    /// A node of the tree of stacks: an instruction pointer, and the node that called it.
    fn node(&mut self, pointer: u32, parent: u32) -> Result<(), Fault> {
        room(self.nodes.len())?;
        let mut node = self.at(parent)?;
        let frames = match pointer.checked_sub(1) {
            None => &[][..],
            Some(index) => match self.pointers.get(index as usize) {
                Some(frames) => frames,
                None => return Err(missing("instruction pointer", pointer)),
            },
        };
        node.depth += frames.len();
        if node.depth > MAX_STACK_FRAMES {
            return Err(Fault::Many);
        }
        for frame in frames.iter().rev() {
            node.stack = Some(self.names.intern_stack(*frame, node.stack)?);
        }
        self.nodes.push(node);
        Ok(())
    }

    /// The node with a number; 0 is the root.
    fn at(&self, number: u32) -> Result<Node, Fault> {
        match number.checked_sub(1) {
            None => Ok(Node {
                stack: None,
                depth: 0,
            }),
            Some(index) => match self.nodes.get(index as usize) {
                Some(node) => Ok(*node),
                None => Err(missing("node of a stack", number)),
            },
        }
    }

    fn kind(&mut self, size: u64, node: u32, out: &mut Vec<Record>) -> Result<(), Fault> {
        room(self.kinds.len())?;
        let stack = self.at(node)?.stack;
        let site = match self.sites.get(&node) {
            Some(site) => *site,
            None => {
                let site = site(&mut self.names, stack)?;
                self.sites.insert(node, site);
                self.declare(site, out);
                site
            }
        };
        self.kinds.push(Kind {
            site,
            size,
            live: Vec::new(),
        });
        Ok(())
    }

    /// Sites count from 0, so that a new one is the next.
    fn declare(&mut self, site: SiteId, out: &mut Vec<Record>) {
        if site.0 < self.declared {
            return;
        }
        self.declared = site.0 + 1;
        if let Some(type_id) = self.names.site_type(site) {
            self.push(Event::Site { site, type_id }, out);
        }
    }

    fn allocation(&mut self, kind: u64, out: &mut Vec<Record>) -> Result<(), Fault> {
        let id = self.about.allocations;
        let found = kind_at(&mut self.kinds, kind)?;
        found.live.push(id);
        let event = Event::Allocate {
            site: found.site,
            size: found.size,
            id: AllocationId(id),
        };
        self.about.allocations += 1;
        if let Some(ns) = self.time {
            self.push(Event::Time { ns }, out);
        }
        self.push(event, out);
        Ok(())
    }

    fn free(&mut self, kind: u64, out: &mut Vec<Record>) -> Result<(), Fault> {
        let found = kind_at(&mut self.kinds, kind)?;
        let id = found.live.pop().ok_or(Fault::NotLive(kind))?;
        self.about.frees += 1;
        let id = AllocationId(id);
        self.push(Event::Release { id }, out);
        Ok(())
    }

    fn resident(&mut self, pages: u64, out: &mut Vec<Record>) -> Result<(), Fault> {
        if let Some(page_bytes) = self.page_bytes {
            let bytes = pages.checked_mul(page_bytes).ok_or(Fault::Number)?;
            let event = Event::Memory {
                domain: self.names.intern_word(b"rss")?,
                bytes,
                origin: Origin::Logged,
            };
            self.push(event, out);
        }
        Ok(())
    }

    /// The last lines count what is there: `# strings: 39`, `# ips: 24`.
    fn comment(&mut self, text: &[u8]) -> Result<(), Fault> {
        let count = |name: &[u8]| text.trim_ascii().strip_prefix(name).map(<[u8]>::trim_ascii);
        if let Some(strings) = count(b"strings:") {
            let digits = std::str::from_utf8(strings).ok();
            let expected = digits
                .and_then(|digits| digits.parse().ok())
                .ok_or(Fault::Number)?;
            let found = self.strings.len() as u64;
            if found != expected {
                return Err(Fault::Count { found, expected });
            }
        }
        self.has_end |= count(b"ips:").is_some();
        Ok(())
    }

    fn push(&self, event: Event, out: &mut Vec<Record>) {
        out.push(Record {
            line: self.about.lines,
            event,
        });
    }
}

fn kind_at(kinds: &mut [Kind], number: u64) -> Result<&mut Kind, Fault> {
    let found = usize::try_from(number)
        .ok()
        .and_then(|index| kinds.get_mut(index));
    found.ok_or(Fault::Missing {
        what: "kind of blocks",
        number,
    })
}

fn site(names: &mut Names, stack: Option<StackId>) -> Result<SiteId, NameFault> {
    let (_, site) = match stack {
        Some(stack) => {
            let frames: Vec<Frame<'_>> = names.frames_of(stack).collect();
            let name = label(&frames);
            names.intern_stack_site(name.as_bytes(), stack)?
        }
        None => names.intern_site(UNKNOWN.as_bytes(), format!("{UNKNOWN}:0").as_bytes())?,
    };
    Ok(site)
}

fn missing(what: &'static str, number: u32) -> Fault {
    Fault::Missing {
        what,
        number: u64::from(number),
    }
}

/// One more entry must fit a table.
fn room(length: usize) -> Result<(), Fault> {
    match length < MAX_NAMES {
        true => Ok(()),
        false => Err(Fault::Many),
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
