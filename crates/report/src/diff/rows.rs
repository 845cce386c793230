//! Figures of rows in words.

use unfreed_engine::compare::{Change, Growth, Measure, Row};

use super::DiffView;
use crate::units::{average, with_interval};

/// What became of something, in a table's cell.
pub fn change(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Grown => "grown",
        Change::Unknown => "unknown",
        Change::Same => "unchanged",
        Change::Shrunk => "shrunk",
        Change::Gone => "gone",
    }
}

/// How a figure is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Sizes.
    Bytes,
    /// Handles.
    Things,
}

impl DiffView<'_> {
    /// A figure.
    pub fn figure(&self, figure: f64, of: Of) -> String {
        match of {
            Of::Bytes => self.units.amount(figure),
            Of::Things => average(figure),
        }
    }

    /// A figure with its sign.
    pub fn amount(&self, amount: f64, of: Of) -> String {
        let sign = if amount > 0.0 { "+" } else { "" };
        format!("{sign}{}", self.figure(amount, of))
    }

    /// What a run has of something: its growth, or what is there at the end.
    pub fn measure(&self, measure: Option<Measure>, is_estimate: bool, of: Of) -> String {
        let Some(measure) = measure else {
            return "none".to_owned();
        };
        let said = match (self.diff.is_per_iteration(), measure.growth) {
            (false, _) => self.figure(measure.at_end as f64, of),
            (true, Some(growth)) => self.growth(&growth, of),
            (true, None) => return "unknown".to_owned(),
        };
        match is_estimate {
            true => format!("~{said}"),
            false => said,
        }
    }

    /// "exactly 100 B", "33.3 B (95 %: 0 to 40)".
    pub fn growth(&self, growth: &Growth, of: Of) -> String {
        let mean = self.figure(growth.mean, of);
        match growth.interval {
            _ if growth.is_exact => format!("exactly {mean}"),
            Some(interval) => with_interval(
                &mean,
                &self.figure(interval.low, of),
                &self.figure(interval.high, of),
                interval.confidence,
            ),
            None => format!("{mean} (too few iterations for an interval)"),
        }
    }

    /// The change of a row, and what both runs have of it.
    pub fn cells<K>(&self, row: &Row<K>, of: Of) -> [String; 3] {
        let diff = self.diff;
        let amount = match row.change {
            Change::Unknown if row.amount == 0.0 => "unknown".to_owned(),
            _ => self.amount(row.amount, of),
        };
        let is_estimate = |estimate: bool| estimate && of == Of::Bytes;
        [
            amount,
            self.measure(row.before, is_estimate(diff.before.summary.is_estimate), of),
            self.measure(row.after, is_estimate(diff.after.summary.is_estimate), of),
        ]
    }

    /// Whether a row is shown without being asked for.
    pub fn shows<K>(&self, row: &Row<K>) -> bool {
        self.all || row.change != Change::Same
    }
}
