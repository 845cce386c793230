//! What holds live blocks, and how much each holds.

mod cases;
mod heaps;
mod properties;
