//! Two runs compared: how much each leaks per iteration, and whether that differs.
//!
//! Growth is measured over the iterations behind a warm-up that is the same for all
//! that is measured in a run ([`Window`]), as a mean: only means add up, those of
//! types and of stacks to that of the whole. Whether two runs differ is judged by the
//! intervals of slopes ([`Slope`](crate::Slope)), which one odd iteration does not
//! move. What is compared has names, which are looked up where findings are presented:
//! here it has numbers or keys.

mod growth;
mod judge;
mod run;

pub use self::growth::{Growth, Measure, Window};
pub use self::judge::{Basis, Change, Gate, Row, compare, gate};
