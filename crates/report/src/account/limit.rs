//! When a memory will reach the most that it may have.

use unfreed_engine::account::{Memory, Spaces};
use unfreed_engine::findings::MIN_ITERATIONS;
use unfreed_engine::growth_per_step;

use crate::account::AccountView;
use crate::document::Section;
use crate::units::count;

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let spaces = account.spaces()?;
    let mut section = Section::new("At this rate");
    for (place, memory) in spaces.memories().iter().enumerate() {
        if account.memory.is_none_or(|only| only == place)
            && let Some(said) = limit(account, spaces, place, memory)
        {
            section.say(said);
        }
    }
    (!section.blocks.is_empty()).then_some(section)
}

/// An estimate from the sizes at the marks, of which the first quarter may differ.
fn limit(
    account: &AccountView<'_>,
    spaces: &Spaces,
    place: usize,
    memory: &Memory,
) -> Option<String> {
    let view = account.view;
    let marks = spaces.at_marks().len();
    let sizes = (marks / 4..marks)
        .filter_map(|number| Some(spaces.at_mark(number)?.get(place)?.size() as f64));
    let sizes: Vec<f64> = sizes.collect();
    let rate = growth_per_step(&sizes);
    if sizes.len() <= MIN_ITERATIONS || rate < 1.0 {
        return None;
    }
    let most = memory.maximum()?;
    let left = most.checked_sub(memory.size())?;
    Some(format!(
        "{} grows by about {} per iteration (Theil-Sen slope of its size at {} marks) and may have {}: it has \
         reached that in about {} more iterations (estimated).",
        account.memory_name(place),
        view.units.amount(rate),
        count(sizes.len() as u64),
        view.size(most),
        count((left as f64 / rate) as u64)
    ))
}
