//! Small heaps and a reference to compare the engine with; the fuzz target uses them,
//! too.

pub mod input;
pub mod reference;
