//! The vocabulary of unfreed: what happened to allocations, as compact
//! [`Record`]s with typed ids, and the codecs that read and write them.
//!
//! This crate decides what an event *is* and how its bytes are told apart. It
//! does no IO, knows nothing of what is shown, and never interprets a run:
//! matching and accounting are the engine's work.
//!
//! ```
//! use unfreed_events::Event;
//! use unfreed_events::text::{TextDecoder, TextOptions};
//!
//! let mut records = Vec::new();
//! let mut decoder = TextDecoder::new(TextOptions::default());
//! decoder.decode(b"@ALLOCATE Proof 512 src/proof.rs:7 0\n", &mut records);
//! decoder.finish(&mut records);
//! assert!(matches!(records[0].event, Event::Site { .. }));
//! assert!(matches!(records[1].event, Event::Allocate { size: 512, .. }));
//! ```

pub mod dhat;
pub mod fold;
pub mod heaptrack;
pub mod limits;
pub mod memtrace;
pub mod names;
pub mod record;
pub mod size;
pub mod sources;
pub mod stacks;
pub mod text;
pub mod trace;

pub use names::Names;
pub use record::{
    AllocationId, Event, HandleClassId, HandleFate, Record, SampleRate, SiteId, SiteSums, TypeId,
    WordId,
};
pub use size::parse_size;
pub use sources::{Position, Sources};
pub use stacks::{Frame, FrameId, FrameKind, StackId, WasmPlace};
