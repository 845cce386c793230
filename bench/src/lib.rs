//! What unfreed is measured with: a generator of logs of any length whose
//! figures are known ([`replay`]), and the random numbers it is made of.
//!
//! For development only, never published. `bench-analyze` measures the product
//! as its users run it; the criterion benches of the other crates measure
//! their parts.

pub mod random;
pub mod replay;
