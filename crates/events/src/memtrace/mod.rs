//! Traces of Jane Street's memtrace library for OCaml (`*.ctf`), versions 1 to 3 of
//! its format. The format is described by `src/memtrace.tsdl` and `docs/internal.md`
//! of <https://github.com/janestreet/memtrace>.
//!
//! A trace is a sequence of packets. The first says how it was drawn; the others have
//! locations, each before it is used, and events. An allocation is a site: its stack,
//! under the name of the function that allocates and where the block lies at first.

mod backtraces;
mod cursor;
mod locations;

use std::collections::HashMap;
use std::io::{self, Read};

use hashbrown::HashSet;
use thiserror::Error;

use self::backtraces::Backtraces;
use self::cursor::Cursor;
use self::locations::Locations;
use crate::limits::{MAX_FRAME_TEXT_BYTES, MAX_STACK_FRAMES};
use crate::names::Names;
use crate::record::{AllocationId, Event, Record, SampleRate, SiteId};
use crate::stacks::FrameId;

/// The first bytes of a trace.
pub const MAGIC: [u8; 4] = 0xc1fc_1fc1_u32.to_le_bytes();

/// Longest packet, in bytes. The library writes at most 32 KiB at once.
const MAX_PACKET_BYTES: usize = 1 << 20;

/// The latest version of the format that is known.
const LATEST_VERSION: u16 = 3;

/// Bits of an event's header that are its time.
const TIME_BITS: u32 = 25;

/// Why a trace cannot be read at all.
#[derive(Debug, Error)]
pub enum MemtraceError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not begin as a trace does.
    #[error(
        "not a trace of memtrace: {0}; expected a file written by version 0.1 to 0.2 of the library"
    )]
    NotATrace(Fault),
    /// Its sampling rate is none.
    #[error("its sampling rate is {0}; expected one from 1e-9 to 1")]
    BadRate(f64),
    /// Its words are of no size.
    #[error("its words have {0} bits; expected 32 or 64")]
    BadWordSize(u8),
}

/// What is wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It ends in the middle of a field.
    #[error("it ends early")]
    Short,
    /// It does not begin with the magic number.
    #[error("no packet begins here")]
    NoPacket,
    /// Its version is not known.
    #[error("version {0} of the format, which is not known")]
    Version(u16),
    /// It is smaller than its header, or larger than any that is written.
    #[error("a packet of {0} bytes, which is no size of one")]
    Size(u32),
    /// An event of no known kind.
    #[error("an event of the unknown kind {0}")]
    Kind(u8),
    /// What is known of stacks so far is not what the writer knew.
    #[error("stacks cannot be followed from here on")]
    OutOfStep,
    /// A value that none can be.
    #[error("a value that is not possible")]
    Value,
    /// More different names than can be kept.
    #[error("too many different names")]
    Names,
}

/// Where reading ended before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the packet at byte {offset} cannot be read: {fault}; what follows was not read")]
pub struct Damage {
    /// Byte offset of the packet in the file.
    pub offset: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Reads a trace, packet by packet.
pub struct MemtraceReader<R> {
    input: R,
    names: Names,
    pid: u64,
    rate: SampleRate,
    start: u64,
    /// Byte offset of the next packet.
    offset: u64,
    /// The running number of the latest event.
    events: u64,
    domains: HashMap<u16, Domain>,
    /// The frames of each location code, callers first.
    frames: HashMap<u64, Vec<FrameId>>,
    /// Sampled objects that are there.
    live: HashSet<u64>,
    /// Objects whose end stands before their begin: domains write by turns.
    early: HashSet<u64>,
    sites: u32,
    has_begun: bool,
    has_ended: bool,
    foreign: u64,
    damage: Option<Damage>,
}

/// Each domain writes on its own.
#[derive(Default)]
struct Domain {
    locations: Locations,
    backtraces: Backtraces,
}

struct Header {
    begin: u64,
    end: u64,
    pid: u64,
    domain: u16,
    /// Index, prediction and value of one place of the cache.
    verifier: (u16, u16, u64),
    first_id: u64,
}

/// A packet, and the offset of its content behind its header.
struct Packet {
    bytes: Vec<u8>,
    header: Header,
    content: usize,
}

impl<R: Read> MemtraceReader<R> {
    /// Reads the first packet.
    ///
    /// # Errors
    ///
    /// If it is no trace, or cannot be read.
    pub fn new(mut input: R) -> Result<MemtraceReader<R>, MemtraceError> {
        let packet = match next_packet(&mut input)? {
            Some(Ok(packet)) => packet,
            Some(Err(fault)) => return Err(MemtraceError::NotATrace(fault)),
            None => return Err(MemtraceError::NotATrace(Fault::Short)),
        };
        let mut cursor = Cursor::new(&packet.bytes[packet.content..]);
        let (chance, word_bits) = info(&mut cursor).map_err(MemtraceError::NotATrace)?;
        if word_bits != 32 && word_bits != 64 {
            return Err(MemtraceError::BadWordSize(word_bits));
        }
        let rate = SampleRate::new(chance, u64::from(word_bits / 8));
        Ok(MemtraceReader {
            input,
            names: Names::default(),
            pid: packet.header.pid,
            rate: rate.ok_or(MemtraceError::BadRate(chance))?,
            start: packet.header.begin,
            offset: packet.bytes.len() as u64,
            events: 0,
            domains: HashMap::new(),
            frames: HashMap::new(),
            live: HashSet::new(),
            early: HashSet::new(),
            sites: 0,
            has_begun: false,
            has_ended: false,
            foreign: 0,
            damage: None,
        })
    }

    /// Appends the records of the next packet; `false` at the end. The line of a
    /// record is the running number of its event.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn decode(&mut self, out: &mut Vec<Record>) -> io::Result<bool> {
        if self.has_ended {
            return Ok(false);
        }
        if !self.has_begun {
            self.has_begun = true;
            let rate = self.rate;
            self.push(Event::Sample { rate }, out);
        }
        match next_packet(&mut self.input)? {
            None => {
                self.end(out);
                return Ok(false);
            }
            Some(packet) => {
                let length = packet.as_ref().map_or(0, |packet| packet.bytes.len());
                match packet.and_then(|packet| self.packet(&packet, out)) {
                    Ok(()) => self.offset += length as u64,
                    Err(fault) => {
                        let offset = self.offset;
                        self.damage = Some(Damage { offset, fault });
                        self.end(out);
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// What the ids in the records stand for.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How many events there were so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Why reading ended before the end, if it did.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Packets that another process wrote, after a fork, and that were left out.
    pub fn foreign_packets(&self) -> u64 {
        self.foreign
    }

    /// Ends reading.
    pub fn into_names(self) -> Names {
        self.names
    }

    fn end(&mut self, out: &mut Vec<Record>) {
        self.has_ended = true;
        let mut early: Vec<u64> = self.early.drain().collect();
        early.sort_unstable();
        for id in early {
            let id = AllocationId(id);
            self.push(Event::Release { id }, out);
        }
    }

    fn push(&mut self, event: Event, out: &mut Vec<Record>) {
        self.events += 1;
        out.push(Record {
            line: self.events,
            event,
        });
    }

    fn packet(&mut self, packet: &Packet, out: &mut Vec<Record>) -> Result<(), Fault> {
        let header = &packet.header;
        if header.pid != self.pid {
            self.foreign += 1;
            return Ok(());
        }
        let mut domain = self.domains.remove(&header.domain).unwrap_or_default();
        if !domain.backtraces.agrees(header.verifier) {
            return Err(Fault::OutOfStep);
        }
        let mut cursor = Cursor::new(&packet.bytes[packet.content..]);
        let mut next_id = header.first_id;
        while !cursor.is_empty() {
            let (kind, time) = event_header(&mut cursor, header)?;
            match kind {
                1 => {
                    let (code, frames) = domain.locations.take(&mut cursor, &mut self.names)?;
                    self.frames.entry(code).or_insert(frames);
                    continue;
                }
                2 | 101..=116 => {
                    self.allocation(kind, next_id, time, &mut domain, &mut cursor, out)?;
                    next_id = next_id.checked_add(1).ok_or(Fault::Value)?;
                }
                3 | 4 => {
                    let delta = cursor.vint()?;
                    // In OCaml 5 an object of a domain that has ended may be a later one:
                    // the difference is that of signed numbers.
                    let id = next_id.wrapping_sub(1).wrapping_sub(delta);
                    match kind {
                        3 => self.promoted(id, time, out),
                        _ => self.collected(id, time, out),
                    }
                }
                unknown => return Err(Fault::Kind(unknown)),
            }
        }
        self.domains.insert(header.domain, domain);
        Ok(())
    }

    fn allocation(
        &mut self,
        kind: u8,
        id: u64,
        time: u64,
        domain: &mut Domain,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<Record>,
    ) -> Result<(), Fault> {
        let is_short = kind > 100;
        let (length, source) = match is_short {
            true => (u64::from(kind - 100), 0),
            false => {
                let length = cursor.vint()?;
                let _samples = cursor.vint()?;
                (length, cursor.u8()?)
            }
        };
        let common = cursor.vint()?;
        let codes = match is_short {
            true => u16::from(cursor.u8()?),
            false => cursor.u16()?,
        };
        let backtrace = domain.backtraces.take(cursor, common, codes)?;
        // What lies outside of the heap has no header.
        let (source, header_words) = match source {
            0 => ("minor", 1),
            1 => ("major", 1),
            2 => ("custom", 0),
            _ => return Err(Fault::Value),
        };
        let words = length.checked_add(header_words).ok_or(Fault::Value)?;
        let size = words.checked_mul(self.rate.unit()).ok_or(Fault::Value)?;
        let site = site(&mut self.names, &self.frames, backtrace, source)?;
        self.declare(site, out);
        self.at(time, out);
        let allocation = AllocationId(id);
        let event = Event::Allocate {
            site,
            size,
            id: allocation,
        };
        self.push(event, out);
        match self.early.remove(&id) {
            true => self.push(Event::Release { id: allocation }, out),
            false => {
                self.live.insert(id);
            }
        }
        Ok(())
    }

    /// Sites count from 0, so that those before it come with it.
    fn declare(&mut self, site: SiteId, out: &mut Vec<Record>) {
        for new in (self.sites..=site.0).map(SiteId) {
            if let Some(type_id) = self.names.site_type(new) {
                let line = self.events + 1;
                let event = Event::Site { site: new, type_id };
                out.push(Record { line, event });
            }
        }
        self.sites = self.sites.max(site.0 + 1);
    }

    /// The time of the next event.
    fn at(&self, time: u64, out: &mut Vec<Record>) {
        let ns = time.saturating_sub(self.start).saturating_mul(1000);
        out.push(Record {
            line: self.events + 1,
            event: Event::Time { ns },
        });
    }

    fn promoted(&mut self, id: u64, time: u64, out: &mut Vec<Record>) {
        if self.live.contains(&id) {
            self.at(time, out);
            let id = AllocationId(id);
            self.push(Event::Promote { id }, out);
        }
    }

    fn collected(&mut self, id: u64, time: u64, out: &mut Vec<Record>) {
        if self.live.remove(&id) {
            self.at(time, out);
            let id = AllocationId(id);
            self.push(Event::Release { id }, out);
        } else {
            self.early.insert(id);
        }
    }
}

/// The site of a stack: the function that allocates, as far as it is not one of the
/// standard library, and where the block lies.
fn site(
    names: &mut Names,
    locations: &HashMap<u64, Vec<FrameId>>,
    backtrace: &[u64],
    source: &str,
) -> Result<SiteId, Fault> {
    // The innermost are kept: they are at the end.
    let mut innermost: Vec<FrameId> = Vec::new();
    for code in backtrace.iter().rev().take(MAX_STACK_FRAMES) {
        let frames = locations.get(code).map_or(&[][..], Vec::as_slice);
        innermost.extend(frames.iter().rev());
    }
    innermost.truncate(MAX_STACK_FRAMES);
    let is_library = |name: &str| name.starts_with("Stdlib") || name.starts_with("Camlinternal");
    let function = |frame: &FrameId| Some(names.frame(*frame)?.function.to_owned());
    let functions = || {
        innermost
            .iter()
            .filter_map(function)
            .filter(|name| !name.is_empty())
    };
    let name = functions().find(|name| !is_library(name));
    let name = name.or_else(|| functions().next());
    let mut name = name.unwrap_or_else(|| "unknown".to_owned());
    let mut end = name.len().min(MAX_FRAME_TEXT_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    let type_name = format!("{name} [{source}]");
    let mut stack = None;
    for frame in innermost.iter().rev() {
        let called = names
            .intern_stack(*frame, stack)
            .map_err(|_| Fault::Names)?;
        stack = Some(called);
    }
    let site = match stack {
        Some(stack) => names.intern_stack_site(type_name.as_bytes(), stack),
        None => names.intern_site(type_name.as_bytes(), b"unknown:0"),
    };
    site.map(|(_, site)| site).map_err(|_| Fault::Names)
}

/// The chance of a word and the bits of one, from the first packet.
fn info(cursor: &mut Cursor<'_>) -> Result<(f64, u8), Fault> {
    let kind = (cursor.u32()? >> TIME_BITS) as u8;
    if kind != 0 {
        return Err(Fault::Kind(kind));
    }
    let chance = f64::from_bits(cursor.u64()?);
    Ok((chance, cursor.u8()?))
}

/// The kind of an event and its time in microseconds.
fn event_header(cursor: &mut Cursor<'_>, packet: &Header) -> Result<(u8, u64), Fault> {
    let word = cursor.u32()?;
    let mask = (1u64 << TIME_BITS) - 1;
    let (base, low) = (packet.begin & !mask, u64::from(word) & mask);
    // The low bits wrap at most once within a packet.
    let wrapped = match low < packet.begin & mask {
        true => 1 << TIME_BITS,
        false => 0,
    };
    let time = base.checked_add(low + wrapped).ok_or(Fault::Value)?;
    if time > packet.end {
        return Err(Fault::Value);
    }
    Ok(((word >> TIME_BITS) as u8, time))
}

/// The next packet; `None` at the end of the file.
fn next_packet(input: &mut impl Read) -> io::Result<Option<Result<Packet, Fault>>> {
    let mut bytes = Vec::new();
    input.by_ref().take(8).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() < 8 || bytes[..4] != MAGIC {
        let fault = match MAGIC.starts_with(&bytes[..bytes.len().min(4)]) {
            true => Fault::Short,
            false => Fault::NoPacket,
        };
        return Ok(Some(Err(fault)));
    }
    let bits = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    let length = (bits / 8) as usize;
    if !(8..=MAX_PACKET_BYTES).contains(&length) {
        return Ok(Some(Err(Fault::Size(bits / 8))));
    }
    input
        .by_ref()
        .take(length as u64 - 8)
        .read_to_end(&mut bytes)?;
    if bytes.len() < length {
        return Ok(Some(Err(Fault::Short)));
    }
    let mut cursor = Cursor::new(&bytes[8..]);
    let header = header(&mut cursor);
    let content = length - cursor.remaining();
    Ok(Some(header.map(|header| Packet {
        bytes,
        header,
        content,
    })))
}

/// The header behind magic number and size.
fn header(cursor: &mut Cursor<'_>) -> Result<Header, Fault> {
    let (begin, end) = (cursor.u64()?, cursor.u64()?);
    let _flush_duration = cursor.u32()?;
    let version = cursor.u16()?;
    if version == 0 || version > LATEST_VERSION {
        return Err(Fault::Version(version));
    }
    let pid = cursor.u64()?;
    let domain = match version {
        3.. => cursor.u16()?,
        _ => 0,
    };
    let verifier = (cursor.u16()?, cursor.u16()?, cursor.u64()?);
    let (first_id, last_id) = (cursor.u64()?, cursor.u64()?);
    if end < begin || last_id < first_id {
        return Err(Fault::Value);
    }
    Ok(Header {
        begin,
        end,
        pid,
        domain,
        verifier,
        first_id,
    })
}
