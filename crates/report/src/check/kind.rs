//! What budgets can be of, and what that is called.

use std::fmt;

/// What a budget is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes leaked per iteration.
    LeakedBytes,
    /// Blocks leaked per iteration.
    LeakedObjects,
    /// Bytes live at the end.
    LiveBytes,
    /// Blocks live at the end.
    LiveObjects,
    /// Growth of linear memory per iteration.
    MemoryGrowth,
    /// Live bytes at the high-water mark.
    PeakBytes,
    /// Bytes of holes.
    HolesBytes,
    /// Growth of holes per iteration.
    HolesGrowth,
    /// Share of holes.
    HolesShare,
    /// Handles not freed per iteration.
    Handles,
    /// Temporary allocations per iteration.
    Temporary,
    /// Share of temporary allocations.
    TemporaryShare,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 12] = [
        Kind::LeakedBytes,
        Kind::LeakedObjects,
        Kind::LiveBytes,
        Kind::LiveObjects,
        Kind::MemoryGrowth,
        Kind::PeakBytes,
        Kind::HolesBytes,
        Kind::HolesGrowth,
        Kind::HolesShare,
        Kind::Handles,
        Kind::Temporary,
        Kind::TemporaryShare,
    ];

    /// Those whose growth is told whether there is a budget of it or not.
    pub const TOLD: [Kind; 5] = [
        Kind::LeakedBytes,
        Kind::LeakedObjects,
        Kind::Handles,
        Kind::MemoryGrowth,
        Kind::HolesGrowth,
    ];

    /// Its name on the command line, in files and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::LeakedBytes => "leaked_bytes",
            Kind::LeakedObjects => "leaked_objects",
            Kind::LiveBytes => "live_bytes",
            Kind::LiveObjects => "live_objects",
            Kind::MemoryGrowth => "memory_growth",
            Kind::PeakBytes => "peak_bytes",
            Kind::HolesBytes => "holes_bytes",
            Kind::HolesGrowth => "holes_growth",
            Kind::HolesShare => "holes_share",
            Kind::Handles => "handles",
            Kind::Temporary => "temporary",
            Kind::TemporaryShare => "temporary_share",
        }
    }

    /// What it is of, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Kind::LeakedBytes => "leaked bytes per iteration",
            Kind::LeakedObjects => "leaked objects per iteration",
            Kind::LiveBytes => "bytes live at the end",
            Kind::LiveObjects => "objects live at the end",
            Kind::MemoryGrowth => "growth of linear memory per iteration",
            Kind::PeakBytes => "peak of live bytes",
            Kind::HolesBytes => "bytes of holes in linear memory",
            Kind::HolesGrowth => "growth of holes in linear memory per iteration",
            Kind::HolesShare => "share of holes in linear memory",
            Kind::Handles => "unfreed handles per iteration",
            Kind::Temporary => "temporary allocations per iteration",
            Kind::TemporaryShare => "share of temporary allocations",
        }
    }

    /// The unit of its figures, in JSON.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Kind::LeakedBytes | Kind::MemoryGrowth | Kind::HolesGrowth => "bytes/iteration",
            Kind::LeakedObjects => "objects/iteration",
            Kind::LiveBytes | Kind::PeakBytes | Kind::HolesBytes => "bytes",
            Kind::LiveObjects => "objects",
            Kind::Handles => "handles/iteration",
            Kind::Temporary => "allocations/iteration",
            Kind::HolesShare | Kind::TemporaryShare => "share",
        }
    }

    /// Whether its figures are bytes.
    #[must_use]
    pub fn is_bytes(self) -> bool {
        self.unit().starts_with("bytes")
    }

    /// Whether its figures are shares, from 0 to 1.
    #[must_use]
    pub fn is_share(self) -> bool {
        self.unit() == "share"
    }

    /// Whether its figures are growth per iteration.
    #[must_use]
    pub fn is_rate(self) -> bool {
        self.unit().ends_with("/iteration")
    }

    /// Whether it may be of some types or stacks.
    #[must_use]
    pub fn has_sites(self) -> bool {
        matches!(
            self,
            Kind::LeakedBytes | Kind::LeakedObjects | Kind::LiveBytes | Kind::LiveObjects
        )
    }
}

/// What a budget is restricted to, by patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Types.
    Type(String),
    /// Stacks with a frame that matches.
    Stack(String),
    /// Classes of handles.
    Class(String),
}

impl fmt::Display for Subject {
    /// As on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Type(pattern) => write!(f, "type:{pattern}"),
            Subject::Stack(pattern) => write!(f, "stack:{pattern}"),
            Subject::Class(pattern) => write!(f, "class:{pattern}"),
        }
    }
}
