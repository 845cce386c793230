//! Names as they stand in blocks, before their first use.
//!
//! A block has names of one table: the table's number, the id of its first name,
//! how many there are, and the names. Ids are those of the writer; a reader that
//! has lost blocks still knows which name is which.

use std::io;

use super::column::{put, put_bytes, take, take_bytes, take_u32};
use crate::fold::UNKNOWN;
use crate::limits::{MAX_NAME_GAP, MAX_NAMES};
use crate::names::Names;
use crate::record::{Event, SiteId, TypeId, WordId};
use crate::stacks::{Frame, FrameId, FrameKind, StackId, WasmPlace};

/// How long a block of names gets before another one is begun, in bytes.
const BLOCK_BYTES: usize = 1 << 22;

/// The tables, in the order in which they refer to one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Words = 0,
    Types = 1,
    Frames = 2,
    Stacks = 3,
    Sites = 4,
}

const TABLES: [Table; 5] = [
    Table::Words,
    Table::Types,
    Table::Frames,
    Table::Stacks,
    Table::Sites,
];

/// How many names of each table have been written.
#[derive(Default)]
pub(super) struct Written {
    counts: [usize; TABLES.len()],
}

impl Written {
    /// Calls `write` with the payload of each block of names that are new.
    ///
    /// # Errors
    ///
    /// Those of `write`.
    pub fn blocks(
        &mut self,
        names: &Names,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        for table in TABLES {
            let count = &mut self.counts[table as usize];
            while *count < count_of(names, table) {
                let first = *count;
                let mut entries = Vec::new();
                while *count < count_of(names, table) && entries.len() < BLOCK_BYTES {
                    put_entry(names, table, *count as u32, &mut entries);
                    *count += 1;
                }
                let mut payload = vec![table as u8];
                put(first as u64, &mut payload);
                put((*count - first) as u64, &mut payload);
                payload.extend(entries);
                write(&payload)?;
            }
        }
        Ok(())
    }
}

fn count_of(names: &Names, table: Table) -> usize {
    match table {
        Table::Words => names.word_count(),
        Table::Types => names.type_count(),
        Table::Frames => names.frame_count(),
        Table::Stacks => names.stack_count(),
        Table::Sites => names.site_count(),
    }
}

fn put_entry(names: &Names, table: Table, id: u32, out: &mut Vec<u8>) {
    match table {
        Table::Words => put_bytes(names.word(WordId(id)).as_bytes(), out),
        Table::Types => put_bytes(names.type_name(TypeId(id)).as_bytes(), out),
        Table::Frames => {
            if let Some(frame) = names.frame(FrameId(id)) {
                put_frame(frame, out);
            }
        }
        Table::Stacks => {
            if let Some((frame, caller)) = names.stack(StackId(id)) {
                put(u64::from(frame.0), out);
                put(caller.map_or(0, |caller| u64::from(caller.0) + 1), out);
            }
        }
        Table::Sites => {
            let site = SiteId(id);
            put(names.site_type(site).map_or(0, |id| u64::from(id.0)), out);
            match names.stack_of(site) {
                Some(stack) => put(u64::from(stack.0) + 1, out),
                None => {
                    put(0, out);
                    put_bytes(names.location(site).as_str().as_bytes(), out);
                }
            }
        }
    }
}

const HAS_PLACE: u8 = 4;
const HAS_WASM: u8 = 8;

fn put_frame(frame: Frame<'_>, out: &mut Vec<u8>) {
    let kind: u8 = match frame.kind {
        FrameKind::Wasm => 0,
        FrameKind::Js => 1,
        FrameKind::Native => 2,
        FrameKind::Machine => 3,
    };
    let place = if frame.place.is_some() { HAS_PLACE } else { 0 };
    let wasm = if frame.wasm.is_some() { HAS_WASM } else { 0 };
    out.push(kind | place | wasm);
    put_bytes(frame.function.as_bytes(), out);
    put_bytes(frame.module.as_bytes(), out);
    if let Some(place) = frame.place {
        put_bytes(place.as_bytes(), out);
    }
    if let Some(wasm) = frame.wasm {
        put(u64::from(wasm.function), out);
        put(u64::from(wasm.offset), out);
    }
}

/// Which names of the reader the names of a file are. Those that are missing
/// become an unknown one.
#[derive(Default)]
pub(super) struct Known {
    words: Vec<Option<WordId>>,
    types: Vec<Option<TypeId>>,
    frames: Vec<Option<FrameId>>,
    stacks: Vec<Option<StackId>>,
    sites: Vec<Option<SiteId>>,
}

impl Known {
    /// Takes a block; `None` if it is not understood, from where on it is left
    /// out.
    pub fn block(&mut self, mut payload: &[u8], names: &mut Names) -> Option<()> {
        let (table, rest) = payload.split_first()?;
        payload = rest;
        let table = TABLES.into_iter().find(|known| *known as u8 == *table)?;
        let first = usize::try_from(take(&mut payload)?).ok()?;
        let count = take(&mut payload)?;
        self.begin(table, first)?;
        for _ in 0..count {
            match table {
                Table::Words => {
                    let id = names.intern_word(take_bytes(&mut payload)?).ok();
                    push(&mut self.words, id)?;
                }
                Table::Types => {
                    let id = names.intern_type(take_bytes(&mut payload)?).ok();
                    push(&mut self.types, id)?;
                }
                Table::Frames => {
                    let id = take_frame(&mut payload, names)?;
                    push(&mut self.frames, id)?;
                }
                Table::Stacks => {
                    let id = self.take_stack(&mut payload, names)?;
                    push(&mut self.stacks, id)?;
                }
                Table::Sites => {
                    let id = self.take_site(&mut payload, names)?;
                    push(&mut self.sites, id)?;
                }
            }
        }
        payload.is_empty().then_some(())
    }

    /// Makes room for names that are missing. What is there stays: a second
    /// name under an id would change what events have said.
    fn begin(&mut self, table: Table, first: usize) -> Option<()> {
        match table {
            Table::Words => pad(&mut self.words, first),
            Table::Types => pad(&mut self.types, first),
            Table::Frames => pad(&mut self.frames, first),
            Table::Stacks => pad(&mut self.stacks, first),
            Table::Sites => pad(&mut self.sites, first),
        }
    }

    fn take_stack(&self, payload: &mut &[u8], names: &mut Names) -> Option<Option<StackId>> {
        let frame = take_u32(payload)?;
        let caller = take(payload)?;
        let frame = self.frames.get(frame as usize).copied().flatten();
        let frame = frame.or_else(|| unknown_frame(names));
        // A caller that is missing is left out: what is known is the inner part.
        let caller = usize::try_from(caller).ok()?.checked_sub(1);
        let caller = caller.and_then(|caller| self.stacks.get(caller).copied().flatten());
        Some(frame.and_then(|frame| names.intern_stack(frame, caller).ok()))
    }

    fn take_site(&self, payload: &mut &[u8], names: &mut Names) -> Option<Option<SiteId>> {
        let type_id = take_u32(payload)?;
        let type_id = self.types.get(type_id as usize).copied().flatten();
        let type_name = type_id.map_or(UNKNOWN, |id| names.type_name(id)).to_owned();
        let site = match usize::try_from(take(payload)?).ok()?.checked_sub(1) {
            None => names.intern_site(type_name.as_bytes(), take_bytes(payload)?),
            Some(stack) => {
                let stack = self.stacks.get(stack).copied().flatten();
                let Some(stack) = stack.or_else(|| unknown_stack(names)) else {
                    return Some(None);
                };
                names.intern_stack_site(type_name.as_bytes(), stack)
            }
        };
        Some(site.ok().map(|(_, site)| site))
    }

    /// The event with the reader's names; `None` if there are too many names.
    #[inline]
    pub fn translate(&self, event: Event, names: &mut Names) -> Option<Event> {
        Some(match event {
            Event::Allocate { site, size, id } => Event::Allocate {
                site: self.site(site, names)?,
                size,
                id,
            },
            Event::Grow {
                memory,
                old_pages,
                delta_pages,
                site,
            } => Event::Grow {
                memory: self.word(memory, names)?,
                old_pages,
                delta_pages,
                site: match site {
                    Some(site) => Some(self.site(site, names)?),
                    None => None,
                },
            },
            Event::HandleStack {
                class,
                handle,
                site,
                stands_for,
            } => Event::HandleStack {
                class,
                handle,
                site: self.site(site, names)?,
                stands_for,
            },
            Event::Mark { name } => Event::Mark {
                name: self.word(name, names)?,
            },
            Event::Memory {
                domain,
                bytes,
                origin,
            } => Event::Memory {
                domain: self.word(domain, names)?,
                bytes,
                origin,
            },
            event => event,
        })
    }

    #[inline]
    fn site(&self, site: SiteId, names: &mut Names) -> Option<SiteId> {
        match self.sites.get(site.0 as usize) {
            Some(Some(site)) => Some(*site),
            _ => unknown_site(names),
        }
    }

    /// A word; unknown if it is missing.
    #[inline]
    pub fn word(&self, word: WordId, names: &mut Names) -> Option<WordId> {
        match self.words.get(word.0 as usize) {
            Some(Some(word)) => Some(*word),
            _ => names.intern_word(UNKNOWN.as_bytes()).ok(),
        }
    }
}

fn pad<T>(known: &mut Vec<Option<T>>, first: usize) -> Option<()> {
    let gap = first.checked_sub(known.len())?;
    if gap > MAX_NAME_GAP {
        return None;
    }
    known.extend(std::iter::repeat_with(|| None).take(gap));
    Some(())
}

fn push<T>(known: &mut Vec<Option<T>>, id: Option<T>) -> Option<()> {
    if known.len() >= MAX_NAMES {
        return None;
    }
    known.push(id);
    Some(())
}

fn take_frame(payload: &mut &[u8], names: &mut Names) -> Option<Option<FrameId>> {
    let (flags, rest) = payload.split_first()?;
    *payload = rest;
    let kind = match flags & 3 {
        0 => FrameKind::Wasm,
        1 => FrameKind::Js,
        2 => FrameKind::Native,
        _ => FrameKind::Machine,
    };
    let function = String::from_utf8_lossy(take_bytes(payload)?);
    let module = String::from_utf8_lossy(take_bytes(payload)?);
    let place = match flags & HAS_PLACE {
        0 => None,
        _ => Some(String::from_utf8_lossy(take_bytes(payload)?)),
    };
    let wasm = match flags & HAS_WASM {
        0 => None,
        _ => Some(WasmPlace {
            function: take_u32(payload)?,
            offset: take_u32(payload)?,
        }),
    };
    let frame = Frame {
        kind,
        function: &function,
        module: &module,
        place: place.as_deref(),
        wasm,
    };
    Some(names.intern_frame(frame).ok())
}

fn unknown_frame(names: &mut Names) -> Option<FrameId> {
    let frame = Frame {
        kind: FrameKind::Native,
        function: UNKNOWN,
        module: "",
        place: None,
        wasm: None,
    };
    names.intern_frame(frame).ok()
}

#[cold]
fn unknown_stack(names: &mut Names) -> Option<StackId> {
    let frame = unknown_frame(names)?;
    names.intern_stack(frame, None).ok()
}

#[cold]
fn unknown_site(names: &mut Names) -> Option<SiteId> {
    let place = format!("{UNKNOWN}:0");
    let site = names.intern_site(UNKNOWN.as_bytes(), place.as_bytes());
    site.ok().map(|(_, site)| site)
}
