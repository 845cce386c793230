//! What holds the live blocks of a linear memory, and how much each holds.
//!
//! A [`Heap`] is a memory ([`Bytes`]), its live [`Blocks`] and its [`Roots`]. A
//! conservative scan gives each block a [`Class`] ([`Reachability`]) and a
//! [`Path`] from a root; the dominators of the same graph give what each block,
//! root, class of JS handles and kind of roots retains ([`Retained`]). How far
//! integers that look like pointers distort that is estimated by [`Integers`].
//!
//! Beside the memory, this takes about 80 bytes for each block (24 of them are the
//! [`Block`]), 4 for each pointer, and 4 more for each that leads back in a
//! depth-first search.

mod blocks;
mod bytes;
mod classes;
mod dominators;
mod error;
mod heap;
mod held;
mod integers;
mod interior;
mod nodes;
mod paths;
mod pointers;
mod retained;
mod roots;
mod tree;

pub use blocks::{Block, Blocks};
pub use bytes::{Bytes, PointerSize};
pub(crate) use classes::Holder;
pub use classes::{Amount, Class, Reachability};
pub use error::ReachError;
pub use heap::{Heap, ScanOptions};
pub use held::{Dominator, Held};
pub use integers::{Hits, Integers};
pub use interior::Interior;
pub use nodes::Node;
pub use paths::{Path, Step};
pub use retained::{GroupSize, Retained};
pub use roots::{Root, RootKind, Roots};
