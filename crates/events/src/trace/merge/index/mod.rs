//! The first pass: where the events are, whose they are, and everything else.

mod close;

use std::hash::BuildHasher;
use std::io::Read;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::lines::{Lines, StackText};
use crate::fold::UNKNOWN;
use crate::limits::MAX_NAME_BYTES;
use crate::names::Names;
use crate::record::{HandleClassId, SiteId, WordId};
use crate::stacks::printable;
use crate::trace::payload::unpack;
use crate::trace::raw::{self, Figures, RawEvent, RawKind, RawRecords};
use crate::trace::{
    Block, BlockHeader, BlockReader, Codec, Facts, Heap, Pages, RawStack, Resolve, Said,
};
use crate::trace::{SourceDamage, TraceError};

/// How many blocks before a block may be the same one.
const REPEATS: usize = 8;

/// Everything but the events.
#[derive(Default)]
pub(super) struct Index {
    pub processes: Vec<Process>,
    pub streams: Vec<Stream>,
    /// Words that name the memories.
    pub heaps: Vec<WordId>,
    /// Where events are counted whose stack is not known.
    pub unknown_site: Option<SiteId>,
}

impl Index {
    pub fn events(&self) -> u64 {
        let blocks = self.streams.iter().flat_map(|stream| &stream.blocks);
        blocks.map(|block| u64::from(block.count)).sum()
    }
}

/// A process.
#[derive(Default)]
pub(super) struct Process {
    pub pid: u32,
    /// Whether it ran wasm.
    pub has_instances: bool,
    /// By time.
    pub happenings: Vec<(u64, Happening)>,
    /// Its main thread's name.
    pub thread: Option<WordId>,
}

/// What is no event of a thread.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening {
    Sample(Figures),
    /// A memory had this many pages.
    Pages {
        heap: u16,
        pages: u64,
    },
}

/// A thread.
#[derive(Default)]
pub(super) struct Stream {
    pub process: usize,
    pub thread: u32,
    pub name: Option<WordId>,
    pub blocks: Vec<EventBlock>,
    /// The memories of its instances.
    pub homes: HashMap<u32, Home>,
    pub contexts: HashMap<u32, Context>,
    pub marks: HashMap<u32, raw::Mark>,
    /// Classes of handles by the numbers of this thread.
    pub handle_classes: HashMap<u32, HandleClassId>,
    /// Who made a handle, and how many that stands for.
    pub handle_stacks: HashMap<u32, (SiteId, u32)>,
    pub snapshots: Vec<SnapshotBlock>,
    /// Blocks of pages whose snapshot has not come yet, and its number.
    pages: Option<(u32, Vec<PageBlock>)>,
}

impl Stream {
    /// The memory of all its instances, if it is but one.
    pub fn only_home(&self) -> Option<Home> {
        let mut homes = self.homes.values();
        let first = *homes.next()?;
        homes.all(|home| *home == first).then_some(first)
    }

    /// The memory that an event is about, if that is known.
    pub fn home_of(&self, event: &RawEvent) -> Option<Home> {
        match event {
            RawEvent::Allocate { context, .. }
            | RawEvent::EndReallocate { context, .. }
            | RawEvent::Grow { context, .. } => self.contexts.get(context)?.home,
            RawEvent::Free { instance, .. } | RawEvent::BeginReallocate { instance, .. } => {
                self.homes.get(instance).copied()
            }
            RawEvent::Mark { .. } | RawEvent::Handle(_) | RawEvent::LastCollection => None,
        }
    }
}

/// A memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Home {
    pub heap: u16,
    pub shared: bool,
}

/// A call path of a thread.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub instance: u32,
    pub site: Option<SiteId>,
    /// Whether lines of its stack are not known.
    pub is_partial: bool,
    pub home: Option<Home>,
}

/// Where a block of events stands.
pub(super) struct EventBlock {
    pub offset: u64,
    pub length: u32,
    crc: u32,
    pub codec: Codec,
    pub time: u64,
    pub count: u32,
    /// The first sequence number in it that is not 0; counted on where the
    /// recorded ones wrap.
    pub first: Option<u64>,
    /// A sequence number near those in it: that, or that of the block before.
    pub near: Option<u64>,
}

impl EventBlock {
    /// Whether two blocks of a thread are the same, written twice: who finishes
    /// the work of a thread that was ended cannot always know what it has done.
    fn is_same(&self, other: &EventBlock) -> bool {
        let key = |block: &EventBlock| (block.time, block.count, block.length, block.crc);
        key(self) == key(other)
    }
}

/// A snapshot that a thread took.
pub(super) struct SnapshotBlock {
    /// How many blocks of events of the thread came before it.
    pub place: usize,
    pub time: u64,
    /// The last sequence number before it; counted on where the recorded ones wrap.
    pub sequence: Option<u64>,
    pub heap: u16,
    pub said: Said<raw::Snapshot>,
    pub pages: Vec<PageBlock>,
}

/// Where a block of pages stands.
#[derive(Clone, Copy)]
pub(super) struct PageBlock {
    pub offset: u64,
    pub length: u32,
    pub codec: Codec,
    /// The number of its last page.
    last: u32,
}

/// Reads everything behind the file header, which ends at `begin`, or what one process
/// has said of it.
pub(super) fn build(
    input: &mut impl Read,
    begin: u64,
    only: Option<u32>,
    resolve: &mut dyn Resolve,
) -> Result<(Index, Names, Facts), TraceError> {
    let mut builder = Builder::new(resolve);
    let mut reader = BlockReader::new(input);
    while let Some(block) = reader.next_block()? {
        let block = Block {
            offset: begin + block.offset,
            ..block
        };
        if only.is_some_and(|process| process != block.header.process) {
            continue;
        }
        if builder.block(&block).is_none() {
            reader.count_damaged();
        }
    }
    let damage = reader.damage();
    builder.facts.source_damage = SourceDamage {
        blocks: damage.blocks,
        bytes: damage.bytes,
        cut: damage.cut,
    };
    Ok(builder.finish())
}

struct Builder<'a> {
    resolve: &'a mut dyn Resolve,
    names: Names,
    facts: Facts,
    index: Index,
    start: Option<u64>,
    /// Process ids are used again; a second beginning is another process.
    process_of: HashMap<u32, usize>,
    stream_of: HashMap<(usize, u32), usize>,
    heap_of: HashMap<(usize, u32), Home>,
    lines: Lines,
    /// Sites of stacks by two hashes of their text: threads have many stacks in
    /// common.
    resolved: HashMap<(u64, u64), SiteId>,
    hashers: [DefaultHashBuilder; 2],
}

impl<'a> Builder<'a> {
    fn new(resolve: &'a mut dyn Resolve) -> Builder<'a> {
        Builder {
            resolve,
            names: Names::default(),
            facts: Facts::default(),
            index: Index::default(),
            start: None,
            process_of: HashMap::new(),
            stream_of: HashMap::new(),
            heap_of: HashMap::new(),
            lines: Lines::default(),
            resolved: HashMap::new(),
            hashers: Default::default(),
        }
    }

    /// Takes one block; `None` if its payload is not what its kind says. Kinds
    /// that are not known are newer, and no damage.
    fn block(&mut self, block: &Block<'_>) -> Option<()> {
        let header = &block.header;
        let Some(kind) = RawKind::from_byte(header.kind) else {
            return Some(());
        };
        let start = self.start.get_or_insert(header.time);
        *start = header.time.min(*start);
        if kind == RawKind::Events {
            return self.events(block);
        }
        let payload = unpack(header.codec, block.payload)?;
        match kind {
            RawKind::Process => self.process(header, raw::parse(&payload)?),
            RawKind::Thread => self.facts.threads.push(said(header, raw::parse(&payload)?)),
            RawKind::Module => {
                let mut module: raw::Module = raw::parse(&payload)?;
                self.resolve.module(&mut module);
                self.facts.modules.push(said(header, module));
            }
            RawKind::Instance => self.instance(header, raw::parse(&payload)?)?,
            RawKind::Stack => self.stack(header, &raw::parse(&payload)?)?,
            RawKind::Mark => {
                let mark: raw::Mark = raw::parse(&payload)?;
                let stream = self.stream(header);
                self.index.streams[stream].marks.insert(mark.mark, mark);
            }
            RawKind::Lost => {
                let lost: raw::Lost = raw::parse(&payload)?;
                let reported = &mut self.facts.missing.reported;
                *reported = reported.saturating_add(lost.events);
                self.facts.lost.push(said(header, lost));
            }
            RawKind::ThreadEnd => self
                .facts
                .thread_ends
                .push(said(header, raw::parse(&payload)?)),
            RawKind::ProcessEnd => self
                .facts
                .process_ends
                .push(said(header, raw::parse(&payload)?)),
            RawKind::Sample => {
                let happening = Happening::Sample(raw::parse(&payload)?);
                let process = self.process_number(header.process);
                self.index.processes[process]
                    .happenings
                    .push((header.time, happening));
            }
            RawKind::HandleClass => self.handle_class(header, raw::parse(&payload)?)?,
            RawKind::HandleStack => self.handle_stack(header, raw::parse(&payload)?)?,
            RawKind::JsValues => self
                .facts
                .js_values
                .push(said(header, raw::parse(&payload)?)),
            RawKind::Pages => self.pages(block, &payload)?,
            RawKind::Snapshot => self.snapshot(header, raw::parse(&payload)?),
            RawKind::Events => {}
        }
        Some(())
    }

    /// `None` if they are no pages, or not above those before.
    fn pages(&mut self, block: &Block<'_>, payload: &[u8]) -> Option<()> {
        let pages = Pages::parse(payload)?;
        let (number, (first, last)) = (pages.snapshot, pages.range()?);
        let stream = self.stream(&block.header);
        let pages = &mut self.index.streams[stream].pages;
        if pages.as_ref().is_some_and(|(of, _)| *of != number) {
            *pages = None;
            self.facts.missing.snapshots += 1;
        }
        let (_, blocks) = pages.get_or_insert_with(|| (number, Vec::new()));
        if blocks.last().is_some_and(|before| before.last >= first) {
            return None;
        }
        blocks.push(PageBlock {
            offset: block.offset,
            length: block.payload.len() as u32,
            codec: block.header.codec,
            last,
        });
        Some(())
    }

    fn snapshot(&mut self, header: &BlockHeader, snapshot: raw::Snapshot) {
        let number = self.stream(header);
        let stream = &mut self.index.streams[number];
        let pages = match stream.pages.take() {
            Some((of, pages)) if of == snapshot.snapshot => pages,
            Some(_) => {
                self.facts.missing.snapshots += 1;
                Vec::new()
            }
            None => Vec::new(),
        };
        let Some(home) = self.heap_of.get(&(stream.process, snapshot.memory)) else {
            self.facts.missing.snapshots += 1;
            return;
        };
        stream.snapshots.push(SnapshotBlock {
            place: stream.blocks.len(),
            time: header.time,
            sequence: Some(u64::from(snapshot.sequence)).filter(|sequence| *sequence != 0),
            heap: home.heap,
            said: said(header, snapshot),
            pages,
        });
    }

    fn process(&mut self, header: &BlockHeader, process: raw::Process) {
        let began = self
            .facts
            .processes
            .iter()
            .any(|known| known.process == header.process);
        if began {
            self.process_of.remove(&header.process);
        }
        self.process_number(header.process);
        self.facts.processes.push(said(header, process));
    }

    fn process_number(&mut self, pid: u32) -> usize {
        let processes = &mut self.index.processes;
        *self.process_of.entry(pid).or_insert_with(|| {
            processes.push(Process {
                pid,
                ..Process::default()
            });
            processes.len() - 1
        })
    }

    fn stream(&mut self, header: &BlockHeader) -> usize {
        let process = self.process_number(header.process);
        let streams = &mut self.index.streams;
        *self
            .stream_of
            .entry((process, header.thread))
            .or_insert_with(|| {
                streams.push(Stream {
                    process,
                    thread: header.thread,
                    ..Stream::default()
                });
                streams.len() - 1
            })
    }

    /// `None` if there are more memories than ids have numbers for.
    fn instance(&mut self, header: &BlockHeader, instance: raw::Instance) -> Option<()> {
        let stream = self.stream(header);
        let process = self.index.streams[stream].process;
        let home = match self.heap_of.get(&(process, instance.memory)) {
            Some(home) => *home,
            None => self.heap(process, &instance)?,
        };
        self.index.streams[stream]
            .homes
            .insert(instance.instance, home);
        let found = &mut self.index.processes[process];
        found.has_instances = true;
        let pages = Happening::Pages {
            heap: home.heap,
            pages: instance.pages,
        };
        found.happenings.push((header.time, pages));
        self.facts.instances.push(said(header, instance));
        Some(())
    }

    fn heap(&mut self, process: usize, instance: &raw::Instance) -> Option<Home> {
        let heap = u16::try_from(self.facts.heaps.len()).ok()?;
        let name = format!("memory-{heap}");
        self.index
            .heaps
            .push(self.names.intern_word(name.as_bytes()).ok()?);
        self.facts.heaps.push(Heap {
            name,
            process: self.index.processes[process].pid,
            memory: instance.memory,
            shared: instance.shared,
            address_bits: instance.address_bits,
        });
        let home = Home {
            heap,
            shared: instance.shared,
        };
        self.heap_of.insert((process, instance.memory), home);
        Some(home)
    }

    /// `None` if its new lines have numbers that are too high.
    fn stack(&mut self, header: &BlockHeader, stack: &raw::Stack) -> Option<()> {
        let stream = self.stream(header);
        self.lines.learn(stream, stack)?;
        let StackText { text, is_whole } = self.lines.text(stream, stack);
        let context = Context {
            instance: stack.instance,
            site: self.site(header, stack, &text),
            is_partial: !is_whole,
            home: None,
        };
        self.index.streams[stream]
            .contexts
            .insert(stack.context, context);
        Some(())
    }

    fn handle_class(&mut self, header: &BlockHeader, class: raw::HandleClass) -> Option<()> {
        let id = HandleClassId(u32::try_from(self.facts.handle_classes.len()).ok()?);
        let stream = self.stream(header);
        let stream = &mut self.index.streams[stream];
        stream.handle_classes.insert(class.class, id);
        self.facts.handle_classes.push(said(header, class));
        Some(())
    }

    fn handle_stack(&mut self, header: &BlockHeader, sample: raw::HandleStack) -> Option<()> {
        let stream = self.stream(header);
        let stack = raw::Stack {
            stack: sample.stack,
            first: sample.first,
            new: sample.new,
            ..raw::Stack::default()
        };
        self.lines.learn(stream, &stack)?;
        let StackText { text, .. } = self.lines.text(stream, &stack);
        if let Some(site) = self.site(header, &stack, &text) {
            let stacks = &mut self.index.streams[stream].handle_stacks;
            stacks.insert(sample.handle, (site, sample.stands_for));
        }
        Some(())
    }

    fn site(&mut self, header: &BlockHeader, stack: &raw::Stack, text: &str) -> Option<SiteId> {
        let mut instances = self.facts.instances.iter().rev();
        let instance = instances.find(|said| {
            let whose = (said.process, said.thread, said.what.instance);
            whose == (header.process, header.thread, stack.instance)
        });
        let module = instance.map(|said| said.what.module.as_str());
        let whole = (module, text);
        let [first, second] = &self.hashers;
        let key = (first.hash_one(whole), second.hash_one((whole, 0)));
        if let Some(site) = self.resolved.get(&key) {
            return Some(*site);
        }
        let raw = RawStack {
            process: header.process,
            thread: header.thread,
            context: stack.context,
            module,
            path: u64::from(stack.low as u32) | u64::from(stack.high as u32) << 32,
            text,
        };
        let found = self.resolve.resolve(&raw, &mut self.names).ok()?;
        let mut type_name = printable(&found.type_name, MAX_NAME_BYTES);
        if type_name.is_empty() {
            UNKNOWN.clone_into(&mut type_name);
        }
        let site = self
            .names
            .intern_stack_site(type_name.as_bytes(), found.stack);
        let (_, site) = site.ok()?;
        self.resolved.insert(key, site);
        Some(site)
    }

    fn events(&mut self, block: &Block<'_>) -> Option<()> {
        let header = &block.header;
        // A block that cannot be unpacked is found out here, not in the middle
        // of the second pass.
        let payload = unpack(header.codec, block.payload)?;
        let mut records = RawRecords::new(header.time);
        let sequence = std::iter::from_fn(|| records.next(&payload))
            .map(|record| record.sequence)
            .find(|sequence| *sequence != 0);
        let stream = self.stream(header);
        let blocks = &mut self.index.streams[stream].blocks;
        let block = EventBlock {
            offset: block.offset,
            length: block.payload.len() as u32,
            crc: crc32fast::hash(block.payload),
            codec: header.codec,
            time: header.time,
            count: header.count,
            first: sequence.map(u64::from),
            near: None,
        };
        let mut latest = blocks.iter().rev().take(REPEATS);
        if !latest.any(|other| other.is_same(&block)) {
            blocks.push(block);
        }
        Some(())
    }
}

impl Index {
    /// The process that a recording is about: the first that ran wasm.
    pub fn main_process(&self) -> usize {
        let mut processes = self.processes.iter();
        processes
            .position(|process| process.has_instances)
            .unwrap_or(0)
    }
}

fn said<T>(header: &BlockHeader, what: T) -> Said<T> {
    Said {
        process: header.process,
        thread: header.thread,
        time: header.time,
        what,
    }
}
