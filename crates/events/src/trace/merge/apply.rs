//! What events of a recording mean: steps.
//!
//! A reallocation is a release and an allocation. Its release is said when it
//! has succeeded: until then the block is live, and if it fails it stays so,
//! with the size and the site it had. Another thread may be handed the old
//! address before the reallocation says its end; then the release comes first.
//! So nothing has to be remembered of live blocks but those being reallocated.

use std::io;

use hashbrown::HashMap;

use super::index::{Happening, Home, Index, SnapshotBlock, Stream};
use super::tree::Inside;
use crate::limits::MAX_PAGES;
use crate::names::Names;
use crate::record::{AllocationId, Event, HandleFate, Origin, SiteId, WordId};
use crate::trace::raw::{Figures, RawEvent};
use crate::trace::{Facts, MemoryImage, NextPages, RawHandle, Sink, Snapshot, Step};

/// A page of wasm in bytes (WebAssembly core specification, section 4.2.8).
const PAGE_BYTES: u64 = 64 * 1024;

/// A block being reallocated.
struct Pending {
    stream: usize,
    instance: u32,
    id: AllocationId,
}

/// Says what events mean.
pub(super) struct Applier<'a, S> {
    index: &'a Index,
    names: &'a mut Names,
    facts: &'a mut Facts,
    sink: &'a mut S,
    pending: Vec<Pending>,
    /// The last sequence number of each process.
    sequences: Vec<Option<u64>>,
    /// Pages of each memory, and whose it is.
    pages: HashMap<u16, (usize, u64)>,
    domains: HashMap<(usize, &'static str), Option<WordId>>,
    clock: u64,
    /// Whether garbage was collected for the last time, for each stream.
    settled: Vec<bool>,
    /// What is wanted; `None`: everything.
    pub inside: Option<&'a Inside>,
}

impl<'a, S: Sink> Applier<'a, S> {
    pub fn new(
        index: &'a Index,
        names: &'a mut Names,
        facts: &'a mut Facts,
        sink: &'a mut S,
    ) -> Applier<'a, S> {
        Applier {
            index,
            names,
            facts,
            sink,
            pending: Vec::new(),
            sequences: vec![None; index.processes.len()],
            pages: HashMap::new(),
            domains: HashMap::new(),
            clock: 0,
            settled: vec![false; index.streams.len()],
            inside: None,
        }
    }

    /// Whether further events are wanted.
    pub fn wants_more(&self) -> bool {
        self.sink.wants_more()
    }

    /// Says that a thread has taken a snapshot.
    pub fn snapshot(&mut self, block: &SnapshotBlock, pages: &mut NextPages<'_>) -> io::Result<()> {
        self.tick(block.time);
        if self.is_outside(block.heap) {
            return Ok(());
        }
        let mut said = block.said.clone();
        let read = said.what.globals.take();
        let snapshot = Snapshot {
            heap: block.heap,
            events_before: self.facts.events,
            globals: read.map(|read| self.facts.globals((said.process, said.thread), &read)),
            said,
            image: MemoryImage::default(),
        };
        self.sink.snapshot(self.names, snapshot, pages)
    }

    /// Says what a thread's event means. `time` and `sequence` are those of its
    /// [`Head`](super::cursor::Head).
    pub fn event(
        &mut self,
        number: usize,
        time: u64,
        sequence: Option<u64>,
        event: RawEvent,
    ) -> io::Result<()> {
        let index = self.index;
        let stream = &index.streams[number];
        if let Some(sequence) = sequence {
            self.count_gap(stream.process, sequence);
        }
        self.tick(time);
        if self
            .inside
            .is_some_and(|inside| !inside.has(number, stream, &event))
        {
            return Ok(());
        }
        match event {
            RawEvent::Allocate {
                pointer,
                size,
                context,
            } => match self.origin(stream, context) {
                Some((_, home, site)) => self.allocate(number, home, pointer, size, site),
                None => Ok(()),
            },
            RawEvent::Free { pointer, instance } => match self.home(stream, instance) {
                Some(home) if pointer != 0 => self.release(number, id_of(home, pointer)),
                _ => Ok(()),
            },
            RawEvent::BeginReallocate { pointer, instance } => {
                self.end_pending(number, instance);
                if let Some(home) = self.home(stream, instance).filter(|_| pointer != 0) {
                    self.pending.push(Pending {
                        stream: number,
                        instance,
                        id: id_of(home, pointer),
                    });
                }
                Ok(())
            }
            RawEvent::EndReallocate {
                pointer,
                size,
                context,
            } => self.reallocated(number, pointer, size, context),
            RawEvent::Grow {
                old_pages: Some(old_pages),
                delta_pages,
                context,
            } => self.grow(number, old_pages, delta_pages, context),
            RawEvent::Grow { .. } => Ok(()),
            RawEvent::Mark { mark } => self.mark(number, mark),
            RawEvent::Handle(handle) => self.handle(number, handle),
            RawEvent::LastCollection => {
                self.settled[number] = true;
                Ok(())
            }
        }
    }

    pub fn happening(&mut self, process: usize, time: u64, happening: Happening) -> io::Result<()> {
        self.tick(time);
        let index = self.index;
        let Some(thread) = index.processes[process].thread else {
            return Ok(());
        };
        match happening {
            Happening::Sample(figures) => self.figures(process, thread, &figures),
            Happening::Pages { heap, .. } if self.is_outside(heap) => Ok(()),
            Happening::Pages { heap, pages } => {
                let (_, held) = self.pages.entry(heap).or_insert((process, 0));
                if pages <= *held {
                    return Ok(());
                }
                *held = pages;
                self.wasm(process, thread)
            }
        }
    }

    fn is_outside(&self, heap: u16) -> bool {
        self.inside.is_some_and(|inside| !inside.has_heap(heap))
    }

    fn tick(&mut self, time: u64) {
        self.clock = self.clock.max(time.saturating_sub(self.facts.start));
    }

    fn count_gap(&mut self, process: usize, sequence: u64) {
        let last = &mut self.sequences[process];
        if let Some(last) = *last {
            let gap = sequence.saturating_sub(last).saturating_sub(1);
            self.facts.missing.gaps = self.facts.missing.gaps.saturating_add(gap);
        }
        *last = (*last).max(Some(sequence));
    }

    /// The memory of an instance. Where its block is gone, it is that of all
    /// other instances of the thread, if they have but one.
    fn home(&mut self, stream: &Stream, instance: u32) -> Option<Home> {
        let known = stream.homes.get(&instance).copied();
        let home = known.or_else(|| stream.only_home());
        self.facts.missing.homeless += u64::from(home.is_none());
        home
    }

    /// Instance, memory and site of a call path.
    fn origin(&mut self, stream: &Stream, context: u32) -> Option<(Option<u32>, Home, SiteId)> {
        let known = stream.contexts.get(&context);
        let home = known.and_then(|known| known.home);
        let Some(home) = home.or_else(|| stream.only_home()) else {
            self.facts.missing.homeless += 1;
            return None;
        };
        let site = known.and_then(|known| known.site);
        let is_partial = known.is_some_and(|known| known.is_partial);
        self.facts.missing.without_stack += u64::from(site.is_none());
        self.facts.missing.with_partial_stack += u64::from(is_partial);
        let site = site.or(self.index.unknown_site)?;
        Some((known.map(|known| known.instance), home, site))
    }

    fn allocate(
        &mut self,
        stream: usize,
        home: Home,
        pointer: u64,
        size: u64,
        site: SiteId,
    ) -> io::Result<()> {
        if pointer == 0 {
            return Ok(());
        }
        let id = id_of(home, pointer);
        if self.pending.iter().any(|pending| pending.id == id) {
            self.release(stream, id)?;
        }
        self.step_of(stream, Event::Allocate { site, size, id })
    }

    fn release(&mut self, stream: usize, id: AllocationId) -> io::Result<()> {
        self.pending.retain(|pending| pending.id != id);
        self.step_of(stream, Event::Release { id })
    }

    /// Takes out the reallocation that a thread was in the middle of.
    fn end_pending(&mut self, stream: usize, instance: u32) -> Option<AllocationId> {
        let mut pending = self.pending.iter();
        let at = pending.position(|p| (p.stream, p.instance) == (stream, instance))?;
        Some(self.pending.swap_remove(at).id)
    }

    fn reallocated(
        &mut self,
        number: usize,
        pointer: u64,
        size: u64,
        context: u32,
    ) -> io::Result<()> {
        let index = self.index;
        let stream = &index.streams[number];
        let instance = stream.contexts.get(&context).map(|known| known.instance);
        // Where the call path is gone, there is the one that was begun last.
        let begun = || self.pending.iter().rev().find(|p| p.stream == number);
        let instance = instance.or_else(|| begun().map(|pending| pending.instance));
        let old = instance.and_then(|instance| self.end_pending(number, instance));
        let is_freed = pointer != 0 || size == 0;
        if let Some(old) = old.filter(|_| is_freed) {
            self.release(number, old)?;
        }
        if pointer == 0 {
            return Ok(());
        }
        match self.origin(stream, context) {
            Some((_, home, site)) => self.allocate(number, home, pointer, size, site),
            None => Ok(()),
        }
    }

    fn grow(&mut self, number: usize, old: u64, delta: u64, context: u32) -> io::Result<()> {
        let index = self.index;
        let stream = &index.streams[number];
        let Some((_, home, site)) = self.origin(stream, context) else {
            return Ok(());
        };
        if delta == 0 {
            return Ok(());
        }
        let memory = index.heaps[usize::from(home.heap)];
        let pages = |pages: u64| pages.min(MAX_PAGES) as u32;
        let grow = Event::Grow {
            memory,
            old_pages: pages(old),
            delta_pages: pages(delta),
            site: Some(site),
        };
        self.step_of(number, grow)?;
        let new = old.saturating_add(delta);
        let (_, held) = self.pages.entry(home.heap).or_insert((stream.process, 0));
        *held = new.max(*held);
        match stream.name {
            Some(thread) => self.wasm(stream.process, thread),
            None => Ok(()),
        }
    }

    fn handle(&mut self, number: usize, handle: RawHandle) -> io::Result<()> {
        let stream = &self.index.streams[number];
        let Some(class) = stream.handle_classes.get(&handle.class).copied() else {
            self.facts.missing.handles += 1;
            return Ok(());
        };
        let fate = match handle.fate {
            HandleFate::Collected if self.settled[number] => HandleFate::CollectedAtEnd,
            fate => fate,
        };
        let is_made = fate == HandleFate::Made;
        let pointer = if is_made { handle.pointer } else { 0 };
        let handle = handle.handle;
        self.step_of(
            number,
            Event::Handle {
                fate,
                class,
                handle,
                pointer,
            },
        )?;
        match stream.handle_stacks.get(&handle).filter(|_| is_made) {
            Some((site, stands_for)) => self.step_of(
                number,
                Event::HandleStack {
                    class,
                    handle,
                    site: *site,
                    stands_for: *stands_for,
                },
            ),
            None => Ok(()),
        }
    }

    /// A mark ends an iteration: sizes of that moment come before it.
    fn mark(&mut self, number: usize, mark: u32) -> io::Result<()> {
        let index = self.index;
        let stream = &index.streams[number];
        let Some(thread) = stream.name else {
            return Ok(());
        };
        let known = stream.marks.get(&mark);
        let name = match known {
            Some(known) if !known.name.is_empty() => known.name.clone(),
            _ => format!("mark {mark}"),
        };
        if let Some(known) = known {
            self.figures(stream.process, thread, &known.figures)?;
        }
        match self.names.intern_word(name.as_bytes()) {
            Ok(name) => self.step_of(number, Event::Mark { name }),
            Err(_) => Ok(()),
        }
    }

    /// Sizes of a process. Those of one that runs no wasm say nothing, if
    /// another does.
    fn figures(&mut self, process: usize, thread: WordId, figures: &Figures) -> io::Result<()> {
        let index = self.index;
        if !index.processes[process].has_instances && process != index.main_process() {
            return Ok(());
        }
        self.wasm(process, thread)?;
        for (domain, bytes) in [
            ("rss", figures.rss),
            ("js-heap", figures.heap_used),
            ("external", figures.external),
            ("array-buffers", figures.array_buffers),
        ] {
            if let Some(bytes) = bytes {
                self.memory(process, thread, domain, bytes)?;
            }
        }
        Ok(())
    }

    /// The size of all linear memories of a process.
    fn wasm(&mut self, process: usize, thread: WordId) -> io::Result<()> {
        let own = self.pages.values().filter(|(owner, _)| *owner == process);
        let pages = own.fold(0u64, |sum, (_, pages)| sum.saturating_add(*pages));
        if pages == 0 {
            return Ok(());
        }
        self.memory(process, thread, "wasm", pages.saturating_mul(PAGE_BYTES))
    }

    fn memory(
        &mut self,
        process: usize,
        thread: WordId,
        domain: &'static str,
        bytes: u64,
    ) -> io::Result<()> {
        let (index, names) = (self.index, &mut *self.names);
        let word = *self.domains.entry((process, domain)).or_insert_with(|| {
            let name = match process == index.main_process() {
                true => domain.to_owned(),
                false => format!("{domain} ({})", index.processes[process].pid),
            };
            names.intern_word(name.as_bytes()).ok()
        });
        let Some(domain) = word else { return Ok(()) };
        let event = Event::Memory {
            domain,
            bytes,
            origin: Origin::Logged,
        };
        self.step(thread, event)
    }

    fn step_of(&mut self, stream: usize, event: Event) -> io::Result<()> {
        match self.index.streams[stream].name {
            Some(thread) => self.step(thread, event),
            None => Ok(()),
        }
    }

    fn step(&mut self, thread: WordId, event: Event) -> io::Result<()> {
        self.facts.events += 1;
        let step = Step {
            time: self.clock,
            thread,
            event,
        };
        self.sink.step(self.names, &step)
    }
}

/// See [`AllocationId`]. No address has more than 48 bits.
fn id_of(home: Home, pointer: u64) -> AllocationId {
    AllocationId::in_memory(home.heap, pointer)
}
