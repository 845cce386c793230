//! The classes of all memories at each mark.

use unfreed_engine::account::{Class, Partition};

use crate::account::AccountView;
use crate::document::{Section, Table};

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let marks = account.spaces()?.at_marks();
    if marks.is_empty() {
        return None;
    }
    let mut section = Section::new("Linear memory at each mark");
    let mut table = Table::new(
        &[
            "size",
            "threads",
            "live payload",
            "overhead",
            "holes",
            "reserve",
            "unknown",
        ],
        &["mark"],
    );
    let (shown, left_out) = view.first(marks);
    for (number, mark) in shown.iter().enumerate() {
        let at_mark = account.spaces()?.at_mark(number)?;
        let memories = at_mark.iter().enumerate();
        let shown = memories.filter(|(place, _)| account.memory.is_none_or(|only| only == *place));
        let none = Partition::default();
        let sum = shown.fold(none, |sum, (_, one)| sum.plus(one));
        table.rows.push(vec![
            view.size(sum.size()),
            view.size(sum.of(Class::ThreadStacks)),
            view.size(sum.of(Class::Payload)),
            view.size(sum.of(Class::Overhead)),
            view.size(sum.of(Class::Holes)),
            view.size(sum.of(Class::Top) + sum.of(Class::NeverTouched)),
            view.size(sum.of(Class::Unknown)),
            view.names.word(mark.name).to_owned(),
        ]);
    }
    section.table(table, left_out, ["mark", "marks"]);
    Some(section)
}
