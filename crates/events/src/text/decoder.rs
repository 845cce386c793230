//! Bytes of a log in, records out, whatever the pieces the bytes come in.

use crate::limits::MAX_LINE_BYTES;
use crate::names::Names;
use crate::record::{AllocationId, Event, Origin, Record, SiteId, TypeId};
use crate::text::fault::Fault;
use crate::text::json::{self, JsonEvent};
use crate::text::line::{BlockKind, Line, field, find_record_start, pages, parse, rate, trim};
use crate::text::number::{Number, decimal, decimal_or_hex};
use crate::text::plain::Plain;
use crate::text::program::{TextOptions, mark_name, memory_size};
use crate::text::stats::{FaultExample, TextStats, printable};

/// Reads a text log. It keeps the names and, between two calls, the beginning
/// of an unfinished line (at most [`MAX_LINE_BYTES`]).
pub struct TextDecoder {
    options: TextOptions,
    names: Names,
    plain: Plain,
    stats: TextStats,
    /// The beginning of a line whose end has not been seen.
    partial: Vec<u8>,
    /// The line whose end has not been seen is too long to be kept.
    skipping: bool,
    /// Room to put `file:line` together.
    scratch: Vec<u8>,
}

impl TextDecoder {
    /// A decoder at the start of a log.
    pub fn new(options: TextOptions) -> TextDecoder {
        TextDecoder {
            options,
            names: Names::default(),
            plain: Plain::default(),
            stats: TextStats::default(),
            partial: Vec::new(),
            skipping: false,
            scratch: Vec::new(),
        }
    }

    /// Reads a piece of the log and appends its records to `out`. Where pieces
    /// are cut makes no difference to the records.
    pub fn decode(&mut self, piece: &[u8], out: &mut Vec<Record>) {
        let mut rest = piece;
        if self.skipping || !self.partial.is_empty() {
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.keep(rest);
                return;
            };
            self.keep(&rest[..end]);
            self.end_partial(out);
            rest = &rest[end + 1..];
        }
        loop {
            if let Some((event, length)) = self.plain.read(rest) {
                self.stats.lines += 1;
                self.stats.records += 1;
                self.push(event, out);
                rest = &rest[length..];
            } else if let Some(end) = memchr::memchr(b'\n', rest) {
                self.line(&rest[..end], out);
                rest = &rest[end + 1..];
            } else {
                return self.keep(rest);
            }
        }
    }

    /// Ends a source: what follows its last line end is its last line.
    pub fn finish(&mut self, out: &mut Vec<Record>) {
        if self.skipping || !self.partial.is_empty() {
            self.stats.unterminated_sources += 1;
            self.end_partial(out);
        }
    }

    /// Ends a source that is known to be cut: the beginning of a line may look
    /// like a shorter record, so an unfinished record is malformed.
    pub fn finish_cut(&mut self, out: &mut Vec<Record>) {
        if self.partial.first() != Some(&b'@') {
            return self.finish(out);
        }
        self.stats.lines += 1;
        self.stats.unterminated_sources += 1;
        self.stats
            .count_fault(Fault::MissingField, self.stats.lines, &self.partial);
        self.partial.clear();
        self.skipping = false;
    }

    /// What has been counted so far.
    pub fn stats(&self) -> &TextStats {
        &self.stats
    }

    /// The names that the records' ids stand for.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Ends decoding.
    pub fn into_parts(self) -> (Names, TextStats) {
        (self.names, self.stats)
    }

    fn keep(&mut self, bytes: &[u8]) {
        // One more byte than the limit tells a line that is too long from one
        // that just fits, and may still be the `\r` of its end.
        let room = (MAX_LINE_BYTES + 2).saturating_sub(self.partial.len());
        self.skipping |= bytes.len() > room;
        self.partial
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_partial(&mut self, out: &mut Vec<Record>) {
        let mut partial = std::mem::take(&mut self.partial);
        self.line(&partial, out);
        partial.clear();
        self.partial = partial;
        self.skipping = false;
    }

    #[inline]
    fn line(&mut self, line: &[u8], out: &mut Vec<Record>) {
        self.stats.lines += 1;
        let line = match line {
            [head @ .., b'\r'] if !self.skipping => head,
            _ => line,
        };
        if line.first() == Some(&b'@') {
            self.record(line, out);
        } else {
            self.program_line(line, out);
        }
    }

    fn record(&mut self, line: &[u8], out: &mut Vec<Record>) {
        let record = if line.len() > MAX_LINE_BYTES {
            Err(Fault::TooLong)
        } else {
            parse(line)
        };
        self.account(record, line, out);
    }

    /// Adds the events of a record, or counts what is wrong with its line.
    #[inline]
    fn account(&mut self, record: Result<Line<'_>, Fault>, line: &[u8], out: &mut Vec<Record>) {
        let kept = out.len();
        match record.and_then(|record| self.events(record, out)) {
            Ok(()) => self.stats.records += 1,
            Err(fault) => {
                out.truncate(kept);
                self.stats.count_fault(fault, self.stats.lines, line);
            }
        }
    }

    #[inline(always)]
    fn events(&mut self, line: Line<'_>, out: &mut Vec<Record>) -> Result<(), Fault> {
        let event = match line {
            Line::Allocate {
                type_name,
                size,
                location,
                id,
                fields,
            } => {
                self.fields(fields, out)?;
                let (type_id, site) = self.site(type_name, location, out)?;
                if fields.is_empty() {
                    self.plain.learn_site(type_name, type_id, location, site);
                }
                let id = AllocationId(id);
                Event::Allocate { site, size, id }
            }
            Line::Block {
                kind,
                type_name,
                size,
                id,
                fields,
            } => {
                self.fields(fields, out)?;
                let type_id = self.names.intern_type(type_name)?;
                if fields.is_empty() {
                    self.plain.learn_type(type_name, type_id);
                }
                block_event(kind, type_id, size, AllocationId(id))
            }
            rare => return self.rare_events(rare, out),
        };
        self.push(event, out);
        Ok(())
    }

    #[inline(never)]
    fn rare_events(&mut self, line: Line<'_>, out: &mut Vec<Record>) -> Result<(), Fault> {
        match line {
            Line::Json(object) => {
                let event = json::parse(object).ok_or(Fault::BadJson)?;
                self.json_event(&event, out)
            }
            Line::Mark { name, fields } => {
                self.fields(fields, out)?;
                self.mark(name, out)
            }
            Line::Memory {
                domain,
                bytes,
                fields,
            } => {
                self.fields(fields, out)?;
                self.memory(domain, bytes, out)
            }
            Line::Grow {
                memory,
                old_pages,
                delta_pages,
                fields,
            } => {
                self.fields(fields, out)?;
                self.grow(memory, old_pages, delta_pages, out)
            }
            Line::Sample { rate, fields } => {
                self.fields(fields, out)?;
                self.push(Event::Sample { rate }, out);
                Ok(())
            }
            Line::Promote { id, fields } => {
                self.fields(fields, out)?;
                let id = AllocationId(id);
                self.push(Event::Promote { id }, out);
                Ok(())
            }
            frequent => self.events(frequent, out),
        }
    }

    #[inline]
    fn push(&self, event: Event, out: &mut Vec<Record>) {
        out.push(Record {
            line: self.stats.lines,
            event,
        });
    }

    /// The site of an allocation, which is declared if it is new. Nothing that
    /// can fail may come after it, or the declaration would be lost.
    #[inline]
    fn site(
        &mut self,
        type_name: &[u8],
        location: &[u8],
        out: &mut Vec<Record>,
    ) -> Result<(TypeId, SiteId), Fault> {
        let known = self.names.site_count();
        let (type_id, site) = self.names.intern_site(type_name, location)?;
        if site.0 as usize >= known {
            self.push(Event::Site { site, type_id }, out);
        }
        Ok((type_id, site))
    }

    fn mark(&mut self, name: &[u8], out: &mut Vec<Record>) -> Result<(), Fault> {
        let chosen = match &self.options.mark {
            None => Some(name),
            Some(pattern) => mark_name(pattern, name),
        };
        let whole = self.names.intern_word(name)?;
        let Some(chosen) = chosen else {
            self.stats.unselected_marks += 1;
            // Its time and thread are not those of the next event.
            let line = self.stats.lines;
            while out.pop_if(|record| record.line == line).is_some() {}
            return Ok(());
        };
        // What is captured may be nothing.
        let name = self.names.intern_word(chosen).unwrap_or(whole);
        self.push(Event::Mark { name }, out);
        Ok(())
    }

    fn memory(&mut self, domain: &[u8], bytes: u64, out: &mut Vec<Record>) -> Result<(), Fault> {
        let domain = self.names.intern_word(domain)?;
        let origin = Origin::Logged;
        self.push(
            Event::Memory {
                domain,
                bytes,
                origin,
            },
            out,
        );
        Ok(())
    }

    fn grow(
        &mut self,
        memory: &[u8],
        old_pages: u32,
        delta_pages: u32,
        out: &mut Vec<Record>,
    ) -> Result<(), Fault> {
        let memory = self.names.intern_word(memory)?;
        let event = Event::Grow {
            memory,
            old_pages,
            delta_pages,
            site: None,
        };
        self.push(event, out);
        Ok(())
    }

    /// The context events of the `key=value` fields behind a record.
    #[inline]
    fn fields(&mut self, fields: &[u8], out: &mut Vec<Record>) -> Result<(), Fault> {
        if fields.is_empty() {
            return Ok(());
        }
        self.some_fields(fields, out)
    }

    #[inline(never)]
    fn some_fields(&mut self, fields: &[u8], out: &mut Vec<Record>) -> Result<(), Fault> {
        for token in fields.split(|b| *b == b' ') {
            if let Some((key, value)) = field(token) {
                self.context(key, value, out)?;
            }
        }
        Ok(())
    }

    fn context(&mut self, key: &[u8], value: &[u8], out: &mut Vec<Record>) -> Result<(), Fault> {
        let number = |number| match number {
            Number::Value(value) => Ok(value),
            Number::TooLarge => Err(Fault::TooLarge),
            Number::NotDigits => Err(Fault::BadField),
        };
        let event = match key {
            b"t" => Event::Time {
                ns: number(decimal(value))?,
            },
            b"addr" => Event::Address {
                address: number(decimal_or_hex(value))?,
            },
            b"thread" if value.is_empty() => return Err(Fault::BadField),
            b"thread" => Event::Thread {
                thread: self.names.intern_word(value)?,
            },
            _ => {
                self.stats.unknown_fields += 1;
                return Ok(());
            }
        };
        self.push(event, out);
        Ok(())
    }

    fn json_event(&mut self, json: &JsonEvent<'_>, out: &mut Vec<Record>) -> Result<(), Fault> {
        self.json_context(json, out)?;
        let block = |kind, names: &mut Names| {
            let type_id = names.intern_type(text(&json.type_name)?)?;
            let (size, id) = (number(json.size)?, AllocationId(number(json.id)?));
            Ok::<_, Fault>(block_event(kind, type_id, size, id))
        };
        match json.event.as_deref() {
            Some("allocate") => {
                let event = self.json_allocate(json, out)?;
                self.push(event, out);
            }
            Some("drop") => {
                let event = block(BlockKind::Free, &mut self.names)?;
                self.push(event, out);
            }
            Some("realloc") => {
                let event = block(BlockKind::Reallocate, &mut self.names)?;
                self.push(event, out);
            }
            Some("mark") => self.mark(text(&json.name)?, out)?,
            Some("memory") => self.memory(text(&json.domain)?, number(json.bytes)?, out)?,
            Some("grow") => {
                let old_pages = pages(number(json.old_pages)?)?;
                let delta_pages = pages(number(json.delta_pages)?)?;
                self.grow(text(&json.memory)?, old_pages, delta_pages, out)?;
            }
            Some("sample") => {
                let rate = rate(json.chance, json.unit)?;
                self.push(Event::Sample { rate }, out);
            }
            Some("promote") => {
                let id = AllocationId(number(json.id)?);
                self.push(Event::Promote { id }, out);
            }
            Some(_) => return Err(Fault::UnknownRecord),
            None => return Err(Fault::MissingField),
        }
        self.stats.unknown_fields += json.unknown;
        Ok(())
    }

    fn json_allocate(
        &mut self,
        json: &JsonEvent<'_>,
        out: &mut Vec<Record>,
    ) -> Result<Event, Fault> {
        use std::io::Write;
        let (size, id) = (number(json.size)?, AllocationId(number(json.id)?));
        // A space before the colon is a part of the location, as in a plain line.
        let file = json.file.as_deref().ok_or(Fault::MissingField)?;
        let file = file.trim_start_matches(' ').as_bytes();
        if file.is_empty() {
            return Err(Fault::MissingField);
        }
        let mut location = std::mem::take(&mut self.scratch);
        location.clear();
        location.extend_from_slice(file);
        // Writing into a vector cannot fail.
        let _ = write!(location, ":{}", number(json.line)?);
        if let Some(column) = json.column {
            let _ = write!(location, ":{column}");
        }
        let (_, site) = self.site(text(&json.type_name)?, &location, out)?;
        self.scratch = location;
        Ok(Event::Allocate { site, size, id })
    }

    fn json_context(&mut self, json: &JsonEvent<'_>, out: &mut Vec<Record>) -> Result<(), Fault> {
        if let Some(ns) = json.time {
            self.push(Event::Time { ns }, out);
        }
        if let Some(thread) = &json.thread {
            let thread = self.names.intern_word(thread.as_bytes())?;
            self.push(Event::Thread { thread }, out);
        }
        if let Some(address) = json.address {
            self.push(Event::Address { address }, out);
        }
        Ok(())
    }

    #[cold]
    fn program_line(&mut self, line: &[u8], out: &mut Vec<Record>) {
        if line.len() > MAX_LINE_BYTES {
            self.stats.program_lines += 1;
            self.stats.unsearched_lines += 1;
            return;
        }
        if let Some(at) = find_record_start(line) {
            if self.options.anywhere {
                return self.record(&line[at..], out);
            }
            self.stats.prefixed_records += 1;
            let lines = self.stats.lines;
            self.stats
                .first_prefixed
                .get_or_insert_with(|| FaultExample::new(lines, line));
        }
        self.stats.program_lines += 1;
        self.program_mark(line, out);
        self.program_memory(line, out);
    }

    fn program_mark(&mut self, line: &[u8], out: &mut Vec<Record>) {
        let Some(name) = self
            .options
            .mark
            .as_ref()
            .and_then(|mark| mark_name(mark, line))
        else {
            return;
        };
        let name = trim(name);
        // A line that cannot be a name (bytes that are no text, nothing
        // captured) is still a mark: its printable form names it.
        let word = self
            .names
            .intern_word(name)
            .or_else(|_| self.names.intern_word(printable(name).as_bytes()))
            .or_else(|_| self.names.intern_word(b"(unnamed)"));
        if let Ok(name) = word {
            self.push(Event::Mark { name }, out);
        }
    }

    fn program_memory(&mut self, line: &[u8], out: &mut Vec<Record>) {
        let Some(size) = self
            .options
            .memory
            .as_ref()
            .and_then(|memory| memory_size(memory, line))
        else {
            return;
        };
        let (Some(size), Ok(domain)) = (size, self.names.intern_word(b"program")) else {
            self.stats.unreadable_sizes += 1;
            let lines = self.stats.lines;
            self.stats
                .first_unreadable_size
                .get_or_insert_with(|| FaultExample::new(lines, line));
            return;
        };
        self.stats.assumed_binary_units |= size.assumed_binary;
        let event = Event::Memory {
            domain,
            bytes: size.bytes,
            origin: Origin::Program,
        };
        self.push(event, out);
    }
}

#[inline]
fn block_event(kind: BlockKind, type_id: TypeId, size: u64, id: AllocationId) -> Event {
    match kind {
        BlockKind::Free => Event::Free { type_id, size, id },
        BlockKind::Reallocate => Event::Reallocate { type_id, size, id },
    }
}

fn text<'a>(member: &'a Option<std::borrow::Cow<'_, str>>) -> Result<&'a [u8], Fault> {
    Ok(member
        .as_deref()
        .ok_or(Fault::MissingField)?
        .trim_matches(' ')
        .as_bytes())
}

fn number(member: Option<u64>) -> Result<u64, Fault> {
    member.ok_or(Fault::MissingField)
}
