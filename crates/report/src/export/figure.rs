//! The figures of a site that formats of one figure choose from.

use unfreed_engine::findings::{Figures, Findings};

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Bytes never freed.
    LeakedBytes,
    /// Allocations never freed.
    Leaked,
    /// Bytes allocated.
    AllocatedBytes,
    /// Allocations.
    Allocations,
    /// Bytes live at the high-water mark.
    PeakBytes,
    /// Blocks live then.
    Peak,
    /// Temporary allocations.
    Temporary,
}

impl Figure {
    /// All of them, the most wanted first.
    pub const ALL: [Figure; 7] = [
        Figure::LeakedBytes,
        Figure::Leaked,
        Figure::AllocatedBytes,
        Figure::Allocations,
        Figure::PeakBytes,
        Figure::Peak,
        Figure::Temporary,
    ];

    /// Those that are known.
    pub(super) fn known(findings: &Findings) -> impl Iterator<Item = Figure> {
        let knows_temporary = findings.knows_temporary();
        let all = Figure::ALL.into_iter();
        all.filter(move |figure| *figure != Figure::Temporary || knows_temporary)
    }

    /// What it is called.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Figure::LeakedBytes => "leaked bytes",
            Figure::Leaked => "leaked blocks",
            Figure::AllocatedBytes => "allocated bytes",
            Figure::Allocations => "allocations",
            Figure::PeakBytes => "bytes at the peak",
            Figure::Peak => "blocks at the peak",
            Figure::Temporary => "temporary allocations",
        }
    }

    /// Whether it counts bytes.
    #[must_use]
    pub fn is_bytes(self) -> bool {
        matches!(
            self,
            Figure::LeakedBytes | Figure::AllocatedBytes | Figure::PeakBytes
        )
    }

    /// What it is for a site.
    #[must_use]
    pub fn of(self, figures: &Figures) -> u64 {
        match self {
            Figure::LeakedBytes => figures.leaked_bytes,
            Figure::Leaked => figures.leaked,
            Figure::AllocatedBytes => figures.allocated_bytes,
            Figure::Allocations => figures.allocations,
            Figure::PeakBytes => figures.peak_bytes,
            Figure::Peak => figures.peak,
            Figure::Temporary => figures.temporary,
        }
    }
}
