//! What the fuzz targets check, shared with the tests of the crates.

pub mod blocks;
#[path = "../../crates/engine/tests/reach/heaps/mod.rs"]
pub mod heaps;
pub mod input;
#[path = "../../crates/events/tests/properties/mod.rs"]
pub mod properties;
#[path = "../../crates/engine/tests/reference/mod.rs"]
pub mod reference;
