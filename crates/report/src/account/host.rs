//! What the process had beside linear memory, at each mark.

use unfreed_engine::Trend;
use unfreed_engine::account::{Class, Moment, Partition};
use unfreed_engine::findings::MIN_ITERATIONS;
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
        let sizes = sizes(marks, source);
        let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
            continue;
        };
        growths.push((phrases::memory_source(source, view), last - first));
        table.rows.push(vec![
            view.size(*first as u64),
            view.size(*last as u64),
            view.units.amount(last - first),
            trend(&sizes).map_or("too few".to_owned(), |trend| phrases::trend(&trend, view)),
            phrases::memory_source(source, view),
        ]);
    }
    section.table(table, 0, ["", ""]);
    let rss = growths.iter().find(|(of, _)| of == "resident set (rss)");
    if let (Some((_, rss)), Some(reached)) = (rss, growth_of_reached(account))
        && *rss > 0.0
        && reached >= 0.0
    {
        section.say(format!(
            "The part of linear memory that blocks have reached grew by {}, {} of the resident set's growth (estimated: \
             a page is resident once it was written, and when that was is not recorded).",
            view.units.amount(reached),
            percent(reached / rss)
        ));
    }
    Some(section)
}

/// The growth of linear memory without what was never part of a block, from the
/// first mark to the last; `None` if it belongs to several processes.
fn growth_of_reached(account: &AccountView<'_>) -> Option<f64> {
    let spaces = account.spaces()?;
    let heaps = &account.view.recording?.heaps;
    let first = heaps.first()?.process;
    if heaps.iter().any(|heap| heap.process != first) {
        return None;
    }
    let reached = |number| -> Option<f64> {
        let partitions = spaces.at_mark(number)?;
        let of = |one: &Partition| one.size() - one.of(Class::NeverTouched);
        Some(partitions.iter().map(of).sum::<u64>() as f64)
    };
    let last = spaces.at_marks().len().checked_sub(1)?;
    Some(reached(last)? - reached(0)?)
}

/// The sizes of something at the marks at which it was measured.
pub fn sizes(marks: &[Moment], source: MemorySource) -> Vec<f64> {
    let sizes = marks.iter().filter_map(|mark| size(mark, source));
    sizes.map(|size| size as f64).collect()
}

/// How sizes at marks grow; `None` if there are too few.
pub fn trend(sizes: &[f64]) -> Option<Trend> {
    (sizes.len() > MIN_ITERATIONS).then(|| Trend::of(sizes))
}

/// Everything that was measured at a mark; growth of single memories is in the sum.
pub fn sources(marks: &[Moment]) -> Vec<MemorySource> {
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
