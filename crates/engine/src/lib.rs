//! From allocation events to findings: which frees belong to which
//! allocations ([`matching`]), what was live, leaked and at the peak
//! ([`ledger`]), and what that means ([`findings`]).
//!
//! The engine does no IO, reads no clock and writes no text for people. It
//! gives the same findings however its records are cut into pieces.
//!
//! ```
//! use unfreed_engine::{Engine, Input, Options};
//! use unfreed_events::text::{TextDecoder, TextOptions};
//!
//! let log = b"@ALLOCATE Proof 512 src/proof.rs:7 0\n\
//!             @ALLOCATE Proof 512 src/proof.rs:7 1\n\
//!             @DROP Proof 512 0\n";
//! let (mut decoder, mut records) = (TextDecoder::new(TextOptions::default()), Vec::new());
//! decoder.decode(log, &mut records);
//!
//! let mut engine = Engine::new();
//! engine.apply(&records);
//! let (names, stats) = decoder.into_parts();
//! let findings = engine.finish(&names, &Input::of_text(stats), &Options::default());
//! assert_eq!(findings.totals.live, 1);
//! assert_eq!(findings.totals.live_bytes, 512);
//! ```

pub mod account;
mod advice;
mod analysis;
mod anomalies;
pub mod budget;
mod coverage;
pub mod findings;
pub mod foreign;
pub mod handles;
pub mod holders;
mod iterations;
pub mod ledger;
pub mod matching;
pub mod reach;
mod remains;
pub mod sampling;
mod slope;
mod trust;
mod verdict;

pub use analysis::{Engine, Input, Options};
pub use findings::Findings;
pub use slope::{Interval, Slope, Trend};
