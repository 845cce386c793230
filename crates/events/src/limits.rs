//! Every cap of the decoders, with its reason. What is beyond a cap is counted
//! and reported, never dropped in silence.

/// Longest line that is looked at, in bytes. Longer ones are skipped without
/// being buffered: no writer of events needs more, and a decoder that buffers
/// a line of any length can be made to use any amount of memory.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// Longest name (type, location, thread, mark…), in bytes. The longest Rust
/// symbol in the modules surveyed has about 3,000.
pub const MAX_NAME_BYTES: usize = 1 << 16;

/// Most names of one kind. Ids must leave two bits free for the engine.
pub const MAX_NAMES: usize = 1 << 28;

/// How many faulty lines are kept as examples, for each kind of fault.
pub const EXAMPLES_PER_FAULT: usize = 3;

/// How much of a faulty line an example keeps, in bytes.
pub const EXAMPLE_BYTES: usize = 120;

/// Largest `memory.grow` figure: a 32-bit memory has at most 65,536 pages, a
/// 64-bit one 2^48; nothing real is beyond 32 bits (256 TiB).
pub const MAX_PAGES: u64 = u32::MAX as u64;
