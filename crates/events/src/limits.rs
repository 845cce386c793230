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

/// Longest text of a frame (function, module, place), in bytes; what is longer
/// is cut. The longest Rust symbol in the modules surveyed has about 3,000.
pub const MAX_FRAME_TEXT_BYTES: usize = 1 << 14;

/// Most frames of one stack: the innermost are kept. Recorders are asked for
/// fewer, and what recurses deeper says nothing new.
pub const MAX_STACK_FRAMES: usize = 1024;

/// Longest text of one stack, in bytes. Its lines are called by number, so that a
/// small block can ask for any length. All its frames may have the longest text.
pub const MAX_STACK_TEXT_BYTES: usize = MAX_STACK_FRAMES * MAX_FRAME_TEXT_BYTES;

/// Longest payload of a block of a trace, stored or decompressed, in bytes.
/// Writers of both stages stay far below.
pub const MAX_BLOCK_BYTES: usize = 64 << 20;

/// Most events in one block of a compact trace, so that what one step of a
/// reader appends is bounded.
pub const MAX_BLOCK_EVENTS: usize = 1 << 16;

/// Most numbers that one block of names may leave out because blocks before it
/// were lost. A gap costs memory, so it must not be any number that a file says.
pub const MAX_NAME_GAP: usize = 1 << 20;

/// Most events of a compact trace that build on one another. Frees are short
/// where their allocation is among them; what is damaged costs those after it.
pub const MAX_GROUP_EVENTS: usize = 16 * MAX_BLOCK_EVENTS;

/// Most pages of one snapshot of a memory: 16 GiB, which is the most that engines
/// allow a memory to have.
pub const MAX_SNAPSHOT_PAGES: usize = 1 << 22;
