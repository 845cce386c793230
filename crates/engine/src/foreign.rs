//! Files of other tools: what is known of them beside their figures, and what
//! figures they do not have.

use unfreed_events::dhat::Mode;
use unfreed_events::{SiteId, heaptrack};

/// What was read in place of a log or a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A profile of DHAT, which has sums by site and no events.
    Dhat(Dhat),
    /// A file of heaptrack, whose frees do not name their block.
    Heaptrack(heaptrack::About),
}

/// A profile of DHAT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dhat {
    /// Who wrote it.
    pub mode: Mode,
    /// The command that was run.
    pub command: String,
    /// What times are counted in, such as `instrs`.
    pub time_unit: String,
    /// When most bytes were live, in units of time.
    pub peak_at: Option<u64>,
    /// When the profile ended.
    pub end_at: Option<u64>,
    /// How many program points it has.
    pub points: u64,
    /// How long the blocks of a site lived, all of them together, in units of time; in
    /// the order of the sites.
    pub lifetimes: Vec<(SiteId, u64)>,
}

impl Foreign {
    /// Whether it tells which allocations are temporary.
    pub fn knows_temporary(&self) -> bool {
        match self {
            Foreign::Dhat(_) => false,
            Foreign::Heaptrack(_) => true,
        }
    }
}
