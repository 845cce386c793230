//! What the blocks of a raw recording hold: JSON objects, of which members that
//! are not known are ignored, and records of events.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::MAX_NAME_BYTES;
use crate::stacks::printable;
use crate::trace::handles::{self, RawHandle};

pub use crate::trace::handles::{HandleClass, HandleStack, JsValues};

/// What a block of a raw recording holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RawKind {
    /// [`Process`]
    Process = 1,
    /// [`Thread`]
    Thread = 2,
    /// [`Module`]
    Module = 3,
    /// [`Instance`]
    Instance = 4,
    /// [`Stack`]
    Stack = 5,
    /// Records; see [`RawRecords`].
    Events = 6,
    /// [`Mark`]
    Mark = 7,
    /// [`Lost`]
    Lost = 8,
    /// [`ThreadEnd`]
    ThreadEnd = 9,
    /// [`ProcessEnd`]
    ProcessEnd = 10,
    /// [`Figures`]
    Sample = 11,
    /// Pages of a [`Snapshot`] that comes behind them; see
    /// [`Pages`](crate::trace::Pages).
    Pages = 12,
    /// [`Snapshot`]
    Snapshot = 13,
    /// [`HandleClass`]
    HandleClass = 16,
    /// [`HandleStack`]
    HandleStack = 17,
    /// [`JsValues`]
    JsValues = 18,
}

impl RawKind {
    /// `None` for a kind that this version does not know.
    pub fn from_byte(byte: u8) -> Option<RawKind> {
        const ALL: [RawKind; 16] = [
            RawKind::Process,
            RawKind::Thread,
            RawKind::Module,
            RawKind::Instance,
            RawKind::Stack,
            RawKind::Events,
            RawKind::Mark,
            RawKind::Lost,
            RawKind::ThreadEnd,
            RawKind::ProcessEnd,
            RawKind::Sample,
            RawKind::Pages,
            RawKind::Snapshot,
            RawKind::HandleClass,
            RawKind::HandleStack,
            RawKind::JsValues,
        ];
        ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Reads a JSON payload; `None` if it is not what its kind says.
pub fn parse<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload).ok()
}

/// A text that is shown: what would command a terminal is replaced.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(shown(&text.unwrap_or_default()))
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Ok(texts.iter().map(|text| shown(text)).collect())
}

fn shown(text: &str) -> String {
    printable(text, MAX_NAME_BYTES)
}

/// A process began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// That of its parent.
    pub ppid: u32,
    /// Its command line.
    #[serde(deserialize_with = "texts")]
    pub argv: Vec<String>,
    /// Its working directory.
    #[serde(deserialize_with = "text")]
    pub cwd: String,
    /// Node's version.
    #[serde(deserialize_with = "text")]
    pub node: String,
    /// V8's version.
    #[serde(deserialize_with = "text")]
    pub v8: String,
    /// Operating system.
    #[serde(deserialize_with = "text")]
    pub platform: String,
    /// Processor.
    #[serde(deserialize_with = "text")]
    pub arch: String,
}

/// A worker began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    /// Its id.
    pub thread: u32,
    /// The id of the thread that started it.
    pub started_by: Option<u32>,
    /// What it is called in [`Event::Thread`](crate::Event::Thread); only in
    /// compact traces, empty for one that recorded nothing.
    #[serde(deserialize_with = "text")]
    pub name: String,
}

/// A module was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Module {
    /// The first 16 hexadecimal digits of the SHA-256 of its original bytes.
    #[serde(deserialize_with = "text")]
    pub id: String,
    /// Length of its original bytes.
    pub bytes: u64,
    /// Where it came from.
    #[serde(deserialize_with = "text")]
    pub origin: String,
    /// `instrumented`, `pages` (only memory growth is recorded) or `untouched`.
    #[serde(deserialize_with = "text")]
    pub status: String,
    /// Why it is not instrumented.
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// Which of the files that are kept of a module are of this rewriting.
    #[serde(deserialize_with = "text")]
    pub version: String,
    /// What it is shown as in frames; only in compact traces.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// The allocators that were found in it; only in compact traces.
    pub allocators: Vec<Allocator>,
    /// The function that each instance runs first: its start function, or the
    /// `__wbindgen_start` that stands for it; only in compact traces.
    pub start: Option<u32>,
    /// Whether it exports `__wbindgen_thread_destroy`, which frees what its start
    /// function has allocated for a thread; only in compact traces.
    pub thread_destroy: bool,
    /// What it tells of its memory; only in compact traces.
    pub layout: Option<Layout>,
    /// The globals whose values stand in snapshots, in their order there; only in
    /// compact traces.
    pub globals: Vec<ModuleGlobal>,
}

/// A global of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModuleGlobal {
    /// Its index, imported ones counted.
    pub index: u32,
    /// Its name; empty if there is none.
    #[serde(deserialize_with = "text")]
    pub name: String,
}

/// What a module tells of its memory. All addresses are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    /// Begin and end of what it fills when it starts: all below the begin of the
    /// stack, and all above it.
    pub data: Vec<(u64, u64)>,
    /// Where its main shadow stack begins, which grows down.
    pub stack_top: Option<u64>,
    /// The global that holds the stack pointer.
    pub stack_pointer: Option<u32>,
    /// Where its static data end.
    pub data_end: Option<u64>,
    /// Where the room of its allocator may begin.
    pub heap_base: Option<u64>,
    /// The most that the module allows the memory to have, in bytes.
    pub maximum: Option<u64>,
}

/// An allocator that was found in a module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Allocator {
    /// Which one it is.
    #[serde(deserialize_with = "text")]
    pub kind: String,
    /// How sure that is.
    #[serde(deserialize_with = "text")]
    pub certainty: String,
    /// What is known to be missing.
    #[serde(deserialize_with = "texts")]
    pub notes: Vec<String>,
}

/// A module was instantiated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Its number; unique together with the thread.
    pub instance: u32,
    /// [`Module::id`]
    #[serde(deserialize_with = "text")]
    pub module: String,
    /// Its memory; the same for all instances of a process that share one.
    pub memory: u32,
    /// Whether threads share that memory.
    pub shared: bool,
    /// 32 or 64.
    pub address_bits: u32,
    /// Size of the memory at that moment, in pages of 64 KiB.
    pub pages: u64,
}

/// A call path was seen for the first time on a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Stack {
    /// The number that events of this thread use, from 1.
    pub context: u32,
    /// The instance that allocated.
    pub instance: u32,
    /// Low half of the 64-bit context.
    pub low: i64,
    /// High half.
    pub high: i64,
    /// Numbers of its lines on this thread, innermost first.
    pub stack: Vec<u32>,
    /// The number of the first of [`Stack::new`]; the others follow.
    pub first: u32,
    /// Lines of `Error.stack` that come up for the first time on this thread.
    pub new: Vec<String>,
}

/// Sizes of a process's memories, in bytes, as Node tells them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Resident set.
    pub rss: Option<u64>,
    /// V8's heap, used.
    pub heap_used: Option<u64>,
    /// V8's heap, committed.
    pub heap_total: Option<u64>,
    /// What JavaScript objects hold outside of it.
    pub external: Option<u64>,
    /// Of that, array buffers.
    pub array_buffers: Option<u64>,
}

/// A named moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// The number that the events of this thread have it under.
    pub mark: u32,
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Sizes at that moment.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A copy of a linear memory. Its pages stand before it; those that are not there
/// are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Its number on this thread, which its pages name.
    pub snapshot: u32,
    /// Why it was taken: `begin`, `end`, `mark` or `signal`.
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// The name of the mark that it was taken at.
    #[serde(deserialize_with = "text")]
    pub mark: String,
    /// [`Instance::memory`]
    pub memory: u32,
    /// The size of the memory in bytes.
    pub bytes: u64,
    /// How many of its pages are not zero.
    pub pages: u64,
    /// The last sequence number given out before it; 0: none.
    pub sequence: u32,
    /// Other threads that record and could run while it was taken, if threads share
    /// the memory.
    pub threads: u32,
    /// Events of memories that threads share that were recorded while it was taken.
    pub events: u32,
    /// Why pages of it are missing; empty if none are.
    #[serde(deserialize_with = "text")]
    pub error: String,
    /// Globals of the thread's instances that have the memory; `None` if the recorder
    /// does not read them, and in compact traces, which have them elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub globals: Option<Vec<InstanceGlobals>>,
    /// Such instances whose globals could not be read.
    pub globals_unread: u32,
}

/// The globals of an instance when a snapshot was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InstanceGlobals {
    /// [`Instance::instance`]
    pub instance: u32,
    /// The values of [`Module::globals`], those of 32 bits zero-extended, as decimal
    /// digits.
    pub values: Vec<String>,
}

/// Events that could not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lost {
    /// How many.
    pub events: u64,
    /// Why.
    #[serde(deserialize_with = "text")]
    pub reason: String,
}

/// A worker ended, as the thread that started it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThreadEnd {
    /// Its id.
    pub thread: u32,
    /// Whether it was ended from outside.
    pub terminated: bool,
    /// Its exit code.
    pub exit_code: Option<i64>,
}

/// A process ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessEnd {
    /// Its exit code.
    pub code: Option<i64>,
    /// Why it ended.
    #[serde(deserialize_with = "text")]
    pub reason: String,
}

/// What a record of an events block says. Pointers and sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawEvent {
    /// A block was handed out at `pointer`; 0: none was.
    Allocate {
        /// Where.
        pointer: u64,
        /// Bytes asked for.
        size: u64,
        /// By which call path; see [`Stack::context`].
        context: u32,
    },
    /// The block at `pointer` is given back; 0: none is.
    Free {
        /// Where.
        pointer: u64,
        /// The instance that does.
        instance: u32,
    },
    /// The block at `pointer` is about to change its size.
    BeginReallocate {
        /// Where; 0: none, what follows is an allocation.
        pointer: u64,
        /// The instance that does.
        instance: u32,
    },
    /// It has.
    EndReallocate {
        /// Where it is now; 0: nothing has changed.
        pointer: u64,
        /// Bytes asked for.
        size: u64,
        /// By which call path.
        context: u32,
    },
    /// A memory was asked to grow.
    Grow {
        /// Pages before; `None`: it could not.
        old_pages: Option<u64>,
        /// Pages asked for.
        delta_pages: u64,
        /// By which call path.
        context: u32,
    },
    /// A mark; see [`Mark::mark`].
    Mark {
        /// Its number on this thread.
        mark: u32,
    },
    /// A handle was made, or is gone.
    Handle(RawHandle),
    /// What of this thread's handles is collected from here on was held until the
    /// program had nothing left to do, or was lost.
    LastCollection,
}

/// An event with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// It happened at this time or after it, in microseconds since the Unix
    /// epoch.
    pub time: u64,
    /// Its number among the process's events of shared memories, modulo 2^32;
    /// 0 for events of others.
    pub sequence: u32,
    /// What happened.
    pub event: RawEvent,
}

/// Length of a record in bytes.
pub const RECORD_BYTES: usize = 16;

/// How far the records of a block have been read. It holds no payload, so that
/// it can be kept beside one.
#[derive(Clone, Copy, Debug)]
pub struct RawRecords {
    began: u64,
    time: u64,
    at: usize,
    high: Option<(u32, u32)>,
}

impl RawRecords {
    /// From the beginning of a block that began at `time`, in microseconds.
    pub fn new(time: u64) -> RawRecords {
        RawRecords {
            began: time,
            time,
            at: 0,
            high: None,
        }
    }

    /// The next event of `payload`, which must be the same each time; `None` at
    /// its end. What is left of a record that is not whole is not looked at.
    pub fn next(&mut self, payload: &[u8]) -> Option<RawRecord> {
        loop {
            let record: &[u8; RECORD_BYTES] = payload.get(self.at..)?.first_chunk()?;
            self.at += RECORD_BYTES;
            let (words, _) = record.as_chunks::<4>();
            let [sequence, a, b, tag] = [0, 1, 2, 3].map(|at: usize| u32::from_le_bytes(words[at]));
            let (kind, number) = (tag & 7, tag >> 3);
            match kind {
                6 => self.time = self.began.saturating_add(u64::from(a)),
                7 if number == 0 => self.high = Some((a, b)),
                _ => {
                    let high = self.high.take();
                    return Some(RawRecord {
                        time: self.time,
                        sequence,
                        event: event(kind, number, a, b, high),
                    });
                }
            }
        }
    }
}

fn event(kind: u32, number: u32, a: u32, b: u32, high: Option<(u32, u32)>) -> RawEvent {
    let wide = |low, high| u64::from(low) | u64::from(high) << 32;
    let (high_a, high_b) = high.unwrap_or_default();
    let (pointer, size) = (wide(a, high_a), wide(b, high_b));
    match kind {
        0 => RawEvent::Allocate {
            pointer,
            size,
            context: number,
        },
        1 => RawEvent::Free {
            pointer,
            instance: number,
        },
        2 => RawEvent::BeginReallocate {
            pointer,
            instance: number,
        },
        3 => RawEvent::EndReallocate {
            pointer,
            size,
            context: number,
        },
        4 => {
            let failed = match high {
                None => pointer == u64::from(u32::MAX),
                Some(_) => pointer == u64::MAX,
            };
            RawEvent::Grow {
                old_pages: (!failed).then_some(pointer),
                delta_pages: size,
                context: number,
            }
        }
        5 => RawEvent::Mark { mark: number },
        _ => handles::handle(number, a, b).map_or(RawEvent::LastCollection, RawEvent::Handle),
    }
}
