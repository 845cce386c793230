//! What the fuzz targets check, shared with the tests of the crates.

pub mod blocks;
pub mod input;
#[path = "../../crates/events/tests/properties/mod.rs"]
pub mod properties;
#[path = "../../crates/engine/tests/reference/mod.rs"]
pub mod reference;
