//! Memory over the run, drawn with blocks.

use unfreed_engine::account::Sample;

use crate::account::AccountView;
use crate::document::{Block, Section};

/// Columns of a chart.
const COLUMNS: usize = 60;

/// From nothing to all.
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One line of the chart: its name, and what it shows of a sample.
type Line = (&'static str, fn(&Sample) -> u64);

pub fn section(account: &AccountView<'_>) -> Option<Section> {
    let view = account.view;
    let samples = account.spaces()?.timeline().samples();
    let last = samples.last()?.events;
    let mut section = Section::new("Over the run, from the first event to the last");
    let lines: [Line; 3] = [
        ("size of the memories", |sample| sample.memory),
        ("live bytes", |sample| sample.live),
        ("holes", |sample| sample.holes),
    ];
    let most = samples
        .iter()
        .map(|sample| sample.memory.max(sample.live))
        .max()?;
    let said = lines.map(|(name, of)| {
        let columns = columns(samples, last, of);
        let largest = columns.iter().copied().max().unwrap_or(0);
        let bars: String = columns.iter().map(|bytes| bar(*bytes, most)).collect();
        format!("|{bars}| {name}, at most {}", view.size(largest))
    });
    section.blocks.push(Block::List(said.to_vec()));
    Some(section)
}

/// The largest of the samples in each column; a column without one has that of
/// the column before.
fn columns(samples: &[Sample], last: u64, of: fn(&Sample) -> u64) -> Vec<u64> {
    let mut columns: Vec<Option<u64>> = vec![None; COLUMNS];
    for sample in samples {
        let at = sample.events as u128 * (COLUMNS as u128 - 1) / u128::from(last.max(1));
        let column = &mut columns[at as usize];
        *column = (*column).max(Some(of(sample)));
    }
    let mut before = 0;
    columns
        .into_iter()
        .map(|column| {
            before = column.unwrap_or(before);
            before
        })
        .collect()
}

fn bar(bytes: u64, most: u64) -> char {
    let top = LEVELS.len() as u128 - 1;
    let level = (u128::from(bytes) * top).div_ceil(u128::from(most.max(1)));
    LEVELS[level.min(top) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_nothing_to_all() {
        assert_eq!(bar(0, 800), ' ');
        assert_eq!(bar(1, 800), '▁');
        assert_eq!(bar(400, 800), '▄');
        assert_eq!(bar(800, 800), '█');
    }
}
