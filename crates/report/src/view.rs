//! What of the findings is shown, and in which order.

use std::borrow::Cow;
use std::str::FromStr;

use globset::GlobMatcher;
use thiserror::Error;
use unfreed_engine::findings::{Figures, Findings, LeakedBlock, SiteFinding, TypeFinding};
use unfreed_events::trace::Facts;
use unfreed_events::{Names, Position, SiteId, Sources, TypeId};

use crate::paths;
use crate::units::{Units, count, things};

/// Findings with all that is needed to show them.
pub struct View<'a> {
    /// What to show.
    pub findings: &'a Findings,
    /// What the ids in them stand for.
    pub names: &'a Names,
    /// Where their lines are.
    pub sources: &'a Sources,
    /// What a recording says beside its events; `None` for a log.
    pub recording: Option<&'a Facts>,
    /// How sizes are shown to people.
    pub units: Units,
    /// The order of types and sites, the largest first.
    pub sort: Sort,
    /// How many rows a table has at most; `None` for all.
    pub top: Option<usize>,
    /// Whether stacks are shown with the frames that only pass a request for
    /// memory on.
    pub all_frames: bool,
    /// Show only types that match; sums stay those of all types.
    pub types: Option<GlobMatcher>,
}

/// What types and sites are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Bytes never freed.
    #[default]
    LeakedBytes,
    /// Allocations never freed.
    Leaked,
    /// Allocations.
    Allocations,
    /// Frees.
    Frees,
    /// Bytes allocated.
    AllocatedBytes,
    /// Bytes live at the high-water mark.
    PeakBytes,
    /// Temporary allocations.
    Temporary,
    /// Name, from A on.
    Name,
}

/// A name that is no order.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is no order; expected one of {names}", names = Sort::NAMES.join(", "))]
pub struct UnknownSort(String);

impl Sort {
    /// What the orders are called, as [`Sort::from_str`] takes them.
    pub const NAMES: [&'static str; 8] = [
        "leaked-bytes",
        "leaked",
        "allocations",
        "frees",
        "allocated-bytes",
        "peak-bytes",
        "temporary",
        "name",
    ];

    const ALL: [Sort; 8] = [
        Sort::LeakedBytes,
        Sort::Leaked,
        Sort::Allocations,
        Sort::Frees,
        Sort::AllocatedBytes,
        Sort::PeakBytes,
        Sort::Temporary,
        Sort::Name,
    ];

    fn key(self, figures: &Figures) -> u64 {
        match self {
            Sort::LeakedBytes => figures.leaked_bytes,
            Sort::Leaked => figures.leaked,
            Sort::Allocations => figures.allocations,
            Sort::Frees => figures.frees,
            Sort::AllocatedBytes => figures.allocated_bytes,
            Sort::PeakBytes => figures.peak_bytes,
            Sort::Temporary => figures.temporary,
            Sort::Name => 0,
        }
    }
}

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(name: &str) -> Result<Sort, UnknownSort> {
        let index = Sort::NAMES.iter().position(|known| *known == name);
        index
            .map(|index| Sort::ALL[index])
            .ok_or_else(|| UnknownSort(name.to_owned()))
    }
}

impl<'a> View<'a> {
    /// The files that were read.
    pub(crate) fn title(&self) -> String {
        self.sources.names().collect::<Vec<_>>().join(", ")
    }

    /// The types to show, in order.
    pub(crate) fn types(&self) -> Vec<&'a TypeFinding> {
        let shown = |found: &&TypeFinding| self.shows(found.type_id);
        let mut types: Vec<&TypeFinding> = self.findings.types.iter().filter(shown).collect();
        match self.sort {
            Sort::Name => types.sort_by_key(|found| self.names.type_name(found.type_id)),
            sort => types.sort_by_key(|found| std::cmp::Reverse(sort.key(&found.figures))),
        }
        types
    }

    /// The sites to show, in order.
    pub(crate) fn sites(&self) -> Vec<&'a SiteFinding> {
        let shown = |found: &&SiteFinding| {
            self.names
                .site_type(found.site)
                .is_some_and(|id| self.shows(id))
        };
        let mut sites: Vec<&SiteFinding> = self.findings.sites.iter().filter(shown).collect();
        match self.sort {
            Sort::Name => {
                sites.sort_by_key(|found| {
                    (
                        self.site_type(found.site),
                        self.names.location(found.site).as_str(),
                    )
                });
            }
            sort => sites.sort_by_key(|found| std::cmp::Reverse(sort.key(&found.figures))),
        }
        sites
    }

    /// The largest leaked blocks to show, as many as a table has rows.
    pub(crate) fn largest(&self) -> Vec<&'a LeakedBlock> {
        let shown = |block: &&LeakedBlock| {
            self.names
                .site_type(block.site)
                .is_some_and(|id| self.shows(id))
        };
        let blocks = self.findings.largest.iter().filter(shown);
        blocks.take(self.top.unwrap_or(usize::MAX)).collect()
    }

    /// Whether a type is to be shown.
    pub(crate) fn shows(&self, type_id: TypeId) -> bool {
        let glob = self.types.as_ref();
        glob.is_none_or(|glob| glob.is_match(self.names.type_name(type_id)))
    }

    /// The rows to show, and how many are left out.
    pub(crate) fn first<'r, T>(&self, rows: &'r [T]) -> (&'r [T], usize) {
        let shown = self.top.map_or(rows.len(), |top| top.min(rows.len()));
        (&rows[..shown], rows.len() - shown)
    }

    /// The name of a type.
    pub(crate) fn type_name(&self, type_id: TypeId) -> &'a str {
        self.names.type_name(type_id)
    }

    /// The name of a site's type.
    pub(crate) fn site_type(&self, site: SiteId) -> &'a str {
        self.names
            .site_type(site)
            .map_or("", |id| self.names.type_name(id))
    }

    /// `file:line` of a site; of one that is a stack, where its first frame is
    /// that does not only pass the request on.
    pub(crate) fn location(&self, site: SiteId) -> Cow<'a, str> {
        let location = self.names.location(site).as_str();
        match self.names.stack_of(site) {
            Some(_) => self.short(location),
            None => Cow::Borrowed(location),
        }
    }

    /// A place of a recording without what its reader knows: the folder in which
    /// it was made.
    pub(crate) fn short<'p>(&self, place: &'p str) -> Cow<'p, str> {
        let began = self.recording.and_then(|facts| facts.processes.first());
        paths::short(place, began.map_or("", |process| &process.what.cwd))
    }

    /// Where a running line number is, as `source:line`; in a recording, the
    /// running number of the event.
    pub(crate) fn place(&self, line: u64) -> String {
        if self.recording.is_some() {
            return format!("event {line}");
        }
        let Position { source, line } = self.sources.position(line);
        format!("{source}:{line}")
    }

    /// What a memory is called, by its place.
    pub(crate) fn memory_name(&self, place: usize) -> &'a str {
        let heap = self.recording.and_then(|facts| facts.heaps.get(place));
        heap.map_or("memory", |heap| heap.name.as_str())
    }

    pub(crate) fn size(&self, bytes: u64) -> String {
        self.units.size(bytes)
    }

    /// A figure of the ledger, marked if it is an estimate.
    pub(crate) fn about(&self, figure: String) -> String {
        match self.findings.sampling.is_some() && !figure.is_empty() {
            true => format!("~{figure}"),
            false => figure,
        }
    }

    /// A number of blocks.
    pub(crate) fn blocks(&self, number: u64) -> String {
        self.about(count(number))
    }

    /// Bytes in blocks.
    pub(crate) fn bytes(&self, bytes: u64) -> String {
        self.about(self.size(bytes))
    }

    /// A number of blocks, with what they are called.
    pub(crate) fn things(&self, number: u64, one: &str, more: &str) -> String {
        self.about(things(number, one, more))
    }
}
