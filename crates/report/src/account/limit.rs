//! When a memory will reach the most that it may have.

use unfreed_engine::account::{Memory, Spaces};

use crate::account::{AccountView, host};
use crate::document::Section;
use crate::phrases;
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

/// An estimate from the sizes at the marks after the warm-up.
fn limit(
    account: &AccountView<'_>,
    spaces: &Spaces,
    place: usize,
    memory: &Memory,
) -> Option<String> {
    let view = account.view;
    let sizes = sizes(spaces, place);
    let trend = host::trend(&sizes)?;
    let rate = trend.slope.growth;
    if rate < 1.0 {
        return None;
    }
    let most = memory.maximum()?;
    let left = most.checked_sub(memory.size())?;
    Some(format!(
        "{} grows per iteration by {} (Theil-Sen slope of its size at {} marks) and may have {}: it has reached that in \
         about {} more iterations (estimated).",
        account.view.memory_name(place),
        phrases::trend(&trend, view),
        count(sizes.len() as u64),
        view.size(most),
        count((left as f64 / rate) as u64)
    ))
}

/// The size of a memory at each mark.
pub fn sizes(spaces: &Spaces, place: usize) -> Vec<f64> {
    let marks = 0..spaces.at_marks().len();
    let size = |number| Some(spaces.at_mark(number)?.get(place)?.size() as f64);
    marks.filter_map(size).collect()
}
