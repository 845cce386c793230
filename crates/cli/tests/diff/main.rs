//! `unfreed diff` and `unfreed baseline`, on real recordings and logs.

mod baselines;
mod builds;
mod formats;
mod gate;
mod runs;
mod sums;
