//! Two runs compared: what leaks more, what less, what is new and what is gone.
//!
//! A run becomes a [`Summary`], which has names that two builds of a program agree on
//! ([`key`]): so they are made here, where names are resolved. A summary is made of
//! findings, or read from a baseline. Growth is measured, and whether it differs is
//! judged, in [`unfreed_engine::compare`].

mod baseline;
mod csv;
mod function;
mod headline;
mod json;
mod key;
mod rows;
mod sections;
mod summary;

use unfreed_engine::compare::{Basis, Gate, Row, compare, gate};

use crate::document::Document;
use crate::units::Units;

pub use self::baseline::{
    BASELINE_MAGIC, BaselineError, BaselineFault, read_baseline, write_baseline,
};
pub use self::csv::write_diff_csv;
pub use self::json::{DIFF_SCHEMA, diff_json_schema, diff_to_json};
pub use self::key::StackKey;
pub use self::summary::Summary;

/// A run with what people call it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name of its file.
    pub name: String,
    /// What it leaks.
    pub summary: Summary,
}

/// An earlier and a later run.
pub struct Diff {
    /// The earlier run.
    pub before: Named,
    /// The later run.
    pub after: Named,
    /// What of them is compared.
    pub basis: Basis,
    /// All live bytes.
    pub live: Row<()>,
    /// Live bytes by type, the largest growth first; the amounts add up to that of `live`.
    pub types: Vec<Row<String>>,
    /// Live bytes by type and stack, likewise.
    pub stacks: Vec<Row<StackKey>>,
    /// Handles that are not freed, by class.
    pub handles: Vec<Row<String>>,
}

/// Two runs as they are shown to people.
pub struct DiffView<'a> {
    /// What is shown.
    pub diff: &'a Diff,
    /// How sizes are shown.
    pub units: Units,
    /// How many rows a table has at most; `None` for all.
    pub top: Option<usize>,
    /// Whether what does not differ is shown too.
    pub all: bool,
}

impl Diff {
    /// Compares two runs.
    #[must_use]
    pub fn of(before: Named, after: Named) -> Diff {
        let (early, late) = (&before.summary, &after.summary);
        let basis = Basis::of(early.window(), late.window());
        Diff {
            basis,
            live: Row::of((), Some(early.live), Some(late.live), basis),
            types: compare(&early.types, &late.types, basis),
            stacks: compare(&early.stacks, &late.stacks, basis),
            handles: compare(&early.handles, &late.handles, basis),
            before,
            after,
        }
    }

    /// Whether all of both inputs was there and could be read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.before.summary.is_complete && self.after.summary.is_complete
    }

    /// Whether leaked bytes per iteration of a type or a stack grew by more than
    /// `allowed`.
    #[must_use]
    pub fn gate(&self, allowed: u64) -> Gate {
        let types = gate(self.types.iter(), self.basis, allowed);
        let stacks = gate(self.stacks.iter(), self.basis, allowed);
        match (types, stacks) {
            (Gate::Grown, _) | (_, Gate::Grown) => Gate::Grown,
            (Gate::Passes, Gate::Passes) => Gate::Passes,
            _ => Gate::CannotTell,
        }
    }

    fn is_per_iteration(&self) -> bool {
        matches!(self.basis, Basis::PerIteration(..))
    }
}

/// The comparison for people.
#[must_use]
pub fn diff(view: &DiffView<'_>) -> Document {
    let sections = [
        sections::types(view),
        sections::stacks(view),
        sections::largest(view),
        sections::handles(view),
        Some(sections::side_by_side(view)),
    ];
    Document {
        headline: headline::lines(view),
        sections: sections.into_iter().flatten().collect(),
    }
}
