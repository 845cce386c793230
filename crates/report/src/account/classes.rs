//! The classes of each memory at both moments.

use unfreed_engine::account::{Class, Partition};

use crate::account::AccountView;
use crate::document::{Section, Table};
use crate::phrases;
use crate::units::count;

pub fn sections(account: &AccountView<'_>) -> Vec<Section> {
    let memories = account.memories();
    memories
        .iter()
        .map(|(place, from, to)| section(account, *place, from, to))
        .collect()
}

fn section(account: &AccountView<'_>, place: usize, from: &Partition, to: &Partition) -> Section {
    let view = account.view;
    let mut section = Section::new(format!(
        "{}: from {} to {}",
        account.view.memory_name(place),
        account.moment(account.from),
        account.moment(account.to)
    ));
    let mut table = Table::new(
        &["before", "after", "growth", "growth in bytes"],
        &["class"],
    );
    let mut row = |name: &str, before: u64, after: u64| {
        let growth = i128::from(after) - i128::from(before);
        table.rows.push(vec![
            view.size(before),
            view.size(after),
            view.units.amount(growth as f64),
            signed(growth),
            name.to_owned(),
        ]);
    };
    for class in Class::ALL {
        row(phrases::class(class), from.of(class), to.of(class));
    }
    row("all of it", from.size(), to.size());
    section.table(table, 0, ["", ""]);
    let memory = account
        .spaces()
        .and_then(|spaces| spaces.memories().get(place));
    if let Some(memory) = memory {
        section.say(match memory.model() {
            Some(model) => format!("Its allocator is accounted for as {}.", model.name),
            None => phrases::not_modelled(memory),
        });
        if memory.misplaced_blocks() > 0 {
            section.say(format!(
                "Self-check failed: {} blocks lie where {} cannot have put them. The classes are not to be relied on.",
                count(memory.misplaced_blocks()),
                memory.model().map_or("the allocator", |model| model.name)
            ));
        }
    }
    section
}

fn signed(bytes: i128) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    let bytes = u64::try_from(bytes.unsigned_abs()).unwrap_or(u64::MAX);
    format!("{sign}{}", count(bytes))
}
