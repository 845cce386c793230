//! The text log, v1 and v2: one event per line, mixed with the program's own
//! output. `docs/log-format.md` is its description for those who write one.
//!
//! ```text
//! @ALLOCATE <type> <size> <file>:<line> <id> [key=value …]
//! @DROP     <type> <size> <id> [key=value …]
//! @REALLOC  <type> <size> <id> [key=value …]
//! @MARK     <name> [key=value …]
//! @MEMORY   <domain> <bytes> [key=value …]
//! @GROW     <memory> <old-pages> <delta-pages> [key=value …]
//! @SAMPLE   <chance> <unit-bytes> [key=value …]
//! @PROMOTE  <id> [key=value …]
//! @{"event": "allocate", …}
//! ```
//!
//! Types and paths may contain spaces. A line is read from its right end up to
//! the id (of an allocation) or the size (of the others), where no field can
//! contain a space; what an allocation has left is cut at its first token that
//! consists of digits only, which is the size.

mod decoder;
mod encoder;
mod fault;
mod json;
mod line;
mod number;
mod plain;
mod program;
mod stats;

pub use decoder::TextDecoder;
pub use encoder::TextEncoder;
pub use fault::Fault;
pub use line::find_record_start;
pub use program::TextOptions;
pub use stats::{FaultCount, FaultExample, TextStats};
