//! What `unfreed check` says: which budgets were kept, and who broke the others.

mod culprit;
mod document;
mod github;
mod json;
mod junit;
mod kind;
mod problems;
mod sarif;
mod words;

use unfreed_engine::budget::{Judged, Measured, Outcome};

pub use self::document::check;
pub use self::github::check_to_github;
pub use self::json::{CHECK_SCHEMA, check_json_schema, check_to_json};
pub use self::junit::check_to_junit;
pub use self::kind::{Kind, Subject};
pub use self::problems::problems;
pub use self::sarif::check_to_sarif;

use crate::view::View;

/// A run, or several processes of one, that were judged.
pub struct Check<'a> {
    /// What was judged, the recording first.
    pub inputs: Vec<CheckedInput<'a>>,
    /// Suppressions that do nothing any more.
    pub stale: Vec<Stale>,
}

/// One input that was judged.
pub struct CheckedInput<'a> {
    /// What was found in it.
    pub view: View<'a>,
    /// Its name.
    pub source: String,
    /// The budgets, as they were given.
    pub budgets: Vec<CheckedBudget>,
    /// Growth per iteration of each of [`Kind::TOLD`], where it was measured.
    pub rates: Vec<(Kind, Option<Measured>)>,
    /// Why nothing can be told from it, whatever the budgets say; empty if it can.
    pub problems: Vec<String>,
    /// What was left out of the budgets' figures.
    pub suppressed: Vec<Suppressed>,
}

/// A budget, and what came of it.
pub struct CheckedBudget {
    /// What it is called.
    pub name: String,
    /// Of what.
    pub kind: Kind,
    /// Of which types, stacks or classes; `None` for all.
    pub subject: Option<Subject>,
    /// The most that is allowed, in the unit of the kind.
    pub limit: f64,
    /// What came of it.
    pub judged: Judged,
}

/// What one suppression left out.
pub struct Suppressed {
    /// Its pattern.
    pub pattern: String,
    /// Why it is there, as its file says.
    pub reason: Option<String>,
    /// When it expires, as its file says.
    pub expires: Option<String>,
    /// Blocks that were live at the end.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A suppression that does nothing.
pub struct Stale {
    /// Its pattern.
    pub pattern: String,
    /// Its file and line.
    pub place: String,
    /// When it has expired; `None` if it has not, and matches nothing.
    pub expired: Option<String>,
}

/// What came of all budgets together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// All were kept.
    Pass,
    /// One was broken.
    Fail,
    /// It cannot be told: the input is incomplete, or a budget could not be judged and
    /// none was broken.
    Unknown,
}

impl Check<'_> {
    /// What came of all budgets of all inputs. What is missing in an input may be
    /// frees, so that an incomplete one breaks nothing.
    #[must_use]
    pub fn outcome(&self) -> CheckOutcome {
        let outcomes = || self.inputs.iter().map(CheckedInput::outcome);
        if outcomes().any(|outcome| outcome == CheckOutcome::Fail) {
            CheckOutcome::Fail
        } else if outcomes().all(|outcome| outcome == CheckOutcome::Pass) {
            CheckOutcome::Pass
        } else {
            CheckOutcome::Unknown
        }
    }
}

impl CheckedInput<'_> {
    /// What came of all of its budgets.
    #[must_use]
    pub fn outcome(&self) -> CheckOutcome {
        let outcomes = || self.budgets.iter().map(|budget| budget.judged.outcome);
        let is_kept = |outcome| matches!(outcome, Outcome::Pass | Outcome::NotShown);
        if !self.problems.is_empty() {
            CheckOutcome::Unknown
        } else if outcomes().any(|outcome| outcome == Outcome::Fail) {
            CheckOutcome::Fail
        } else if outcomes().all(is_kept) {
            CheckOutcome::Pass
        } else {
            CheckOutcome::Unknown
        }
    }
}
