//! `unfreed check` on real logs and recordings: what it prints and writes, and how it
//! exits.

mod command;
mod golden;
mod options;
mod recordings;
mod support;
mod suppressions;
