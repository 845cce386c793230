//! Accounting for the address space: each linear memory cut into classes, at any
//! moment of a recording.

mod at;
mod bits;
mod grow;
mod holes;
mod layout;
mod memory;
pub mod model;
mod partition;
mod pins;
mod rounding;
mod space;
mod spaces;
mod timeline;
mod walk;

pub use at::{At, Live};
pub use grow::{FreeThen, Grow};
pub use holes::{Holes, SizeClass};
pub use layout::Layout;
pub(crate) use memory::Figures;
pub use memory::{Memory, MemoryDescription};
pub use partition::{Class, Partition};
pub use pins::Pin;
pub use rounding::Rounding;
pub use space::Piece;
pub(crate) use spaces::{How, Mark};
pub use spaces::{Moment, Spaces};
pub use timeline::{Sample, Timeline};
pub use walk::{Agreement, CheckResult, Comparison, Difference, DifferenceKind, SelfCheck};
