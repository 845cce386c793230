//! What the process had beside linear memory, at each mark.

use unfreed_engine::account::Moment;
use unfreed_engine::findings::MIN_ITERATIONS;
use unfreed_engine::growth_per_step;
use unfreed_engine::ledger::MemorySource;

use crate::account::AccountView;
use crate::document::{Section, Table};
use crate::phrases;
use crate::units::percent;

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let marks = account.spaces()?.at_marks();
    let sources = sources(marks);
    if marks.len() < 2 || sources.is_empty() {
        return None;
    }
    let mut section = Section::new("Growth of the process");
    let mut table = Table::new(
        &[
            "at the first mark",
            "at the last mark",
            "growth",
            "per iteration",
        ],
        &["what"],
    );
    let mut growths = Vec::new();
    for source in sources {
        let sizes: Vec<f64> = marks
            .iter()
            .filter_map(|mark| size(mark, source))
            .map(|size| size as f64)
            .collect();
        let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
            continue;
        };
        growths.push((phrases::memory_source(source, view), last - first));
        table.rows.push(vec![
            view.size(*first as u64),
            view.size(*last as u64),
            view.units.amount(last - first),
            match sizes.len() > MIN_ITERATIONS {
                true => view.units.amount(growth_per_step(&sizes)),
                false => "too few".to_owned(),
            },
            phrases::memory_source(source, view),
        ]);
    }
    section.table(table, 0, ["", ""]);
    let growth = |name: &str| {
        growths
            .iter()
            .find(|(of, _)| of == name)
            .map(|(_, growth)| *growth)
    };
    if let (Some(wasm), Some(rss)) = (growth("linear memory"), growth("resident set (rss)"))
        && rss > 0.0
        && wasm >= 0.0
    {
        section.say(format!(
            "Linear memory grew by {} of the resident set's growth (at most: pages that were never touched are not resident).",
            percent(wasm / rss)
        ));
    }
    Some(section)
}

/// Everything that was measured at a mark; growth of single memories is in the sum.
fn sources(marks: &[Moment]) -> Vec<MemorySource> {
    let mut sources = Vec::new();
    for (source, _) in marks.iter().flat_map(|mark| &mark.measured) {
        if !matches!(source, MemorySource::Grow(_)) && !sources.contains(source) {
            sources.push(*source);
        }
    }
    sources
}

fn size(mark: &Moment, source: MemorySource) -> Option<u64> {
    let mut measured = mark.measured.iter();
    Some(measured.find(|(of, _)| *of == source)?.1)
}
