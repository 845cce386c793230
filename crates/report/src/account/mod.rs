//! Where every byte of linear memory is at a moment, or went between two.

mod classes;
mod fragmentation;
mod grows;
mod growth;
mod host;
mod json;
mod limit;
mod marks;
mod peak;
mod snapshots;
mod table;
mod timeline;

use unfreed_engine::account::{At, Partition, Spaces};

use crate::document::Document;
use crate::sections::{answer, next_steps};
use crate::view::View;

pub use self::json::account_to_json;
pub use self::table::write_account_csv;

/// The version of the JSON shape.
pub const ACCOUNT_SCHEMA: &str = "unfreed-account/1.0";

/// Which moments, and which memory.
pub struct AccountView<'a> {
    /// The findings, which have an account.
    pub view: &'a View<'a>,
    /// The earlier moment.
    pub from: At,
    /// The later moment.
    pub to: At,
    /// Show only this one of the memories.
    pub memory: Option<usize>,
}

impl<'a> AccountView<'a> {
    fn spaces(&self) -> Option<&'a Spaces> {
        self.view.findings.spaces.as_ref()
    }

    /// The memories to show: place, and classes at both moments.
    fn memories(&self) -> Vec<(usize, Partition, Partition)> {
        let Some(spaces) = self.spaces() else {
            return Vec::new();
        };
        let at = |at| spaces.partitions_at(at).unwrap_or_default();
        let pairs = at(self.from).into_iter().zip(at(self.to)).enumerate();
        let shown = |place: &usize| self.memory.is_none_or(|only| only == *place);
        pairs
            .filter(|(place, _)| shown(place))
            .map(|(place, (from, to))| (place, from, to))
            .collect()
    }

    /// What a moment is called.
    fn moment(&self, at: At) -> String {
        match at {
            At::Start => "the start".to_owned(),
            At::Peak => "the peak".to_owned(),
            At::End => "the end".to_owned(),
            At::Mark(number) => {
                let marks = self.spaces().map_or(&[][..], Spaces::at_marks);
                marks
                    .get(number)
                    .map_or("a mark", |mark| self.view.names.word(mark.name))
                    .to_owned()
            }
        }
    }
}

/// The account for people.
pub fn account(view: &AccountView<'_>) -> Document {
    let mut sections = classes::sections(view);
    sections.extend(
        [
            snapshots::section(view),
            growth::by_type(view),
            growth::by_stack(view),
            grows::section(view),
            fragmentation::section(view),
            peak::section(view),
            marks::section(view),
            host::section(view),
            limit::section(view),
            timeline::section(view),
            next_steps(view.view),
        ]
        .into_iter()
        .flatten(),
    );
    Document {
        headline: answer(view.view, view.from, view.to, view.memory)
            .into_iter()
            .collect(),
        sections,
    }
}
