//! Linear memories: how each was divided at the moments, and its blocks.

use unfreed_engine::account::{Class, Memory, Partition, Sample, Spaces};
use unfreed_engine::ledger::history::{BlockMap, History, MapBlock};

use super::data;
use super::sites::Rows;
use crate::phrases;
use crate::units::count;
use crate::view::View;

/// Blocks in the maps of all memories.
const BLOCKS: usize = 1_000_000;

/// The memories of a recording.
pub(super) fn of(
    view: &View<'_>,
    history: &History,
    rows: &Rows,
    left_out: &mut Vec<String>,
) -> Vec<data::Memory> {
    let Some(spaces) = &view.findings.spaces else {
        return Vec::new();
    };
    let blocks = bounded(history.blocks(), left_out);
    let at_moments: Vec<_> = history
        .moments
        .iter()
        .map(|moment| moment.partitions(spaces))
        .collect();
    let memories = spaces.memories().iter().enumerate();
    memories
        .map(|(place, memory)| data::Memory {
            name: view.memory_name(place).to_owned(),
            model: memory.model().map(|model| model.name),
            classes: Class::ALL
                .iter()
                .map(|class| phrases::class(*class))
                .collect(),
            partitions: at_moments
                .iter()
                .map(|partitions| {
                    let partition = partitions.get(place)?;
                    Some(
                        Class::ALL
                            .iter()
                            .map(|class| partition.of(*class))
                            .collect(),
                    )
                })
                .collect(),
            map: map(place, memory, &blocks, history, rows),
        })
        .collect()
}

/// The blocks, or only those at the end if they are too many.
fn bounded(mut map: BlockMap, left_out: &mut Vec<String>) -> BlockMap {
    if map.blocks.len() > BLOCKS
        && let Some(end) = map.looks.len().checked_sub(1).filter(|end| *end > 0)
    {
        map.blocks.retain(|block| block.last == end);
        map.looks.drain(..end);
        for block in &mut map.blocks {
            (block.first, block.last) = (0, 0);
        }
        left_out.push(format!(
            "The map of memory shows the end only: at all marks it would have had more than {} blocks.",
            count(BLOCKS as u64)
        ));
    }
    if map.blocks.len() > BLOCKS {
        let all = map.blocks.len();
        map.blocks = joined(map.blocks);
        left_out.push(format!(
            "The map of memory shows neighbours of one site as one block: {} of {} blocks are left.",
            count(map.blocks.len() as u64),
            count(all as u64)
        ));
    }
    if map.blocks.len() > BLOCKS {
        left_out.push(format!(
            "There is no map of memory: it would have {} blocks, and {} is the most.",
            count(map.blocks.len() as u64),
            count(BLOCKS as u64)
        ));
        return BlockMap::default();
    }
    map
}

/// Bytes between two neighbours that are drawn as one block.
const GAP: u64 = 16;

fn joined(blocks: Vec<MapBlock>) -> Vec<MapBlock> {
    let mut joined: Vec<MapBlock> = Vec::new();
    for block in blocks {
        match joined.last_mut() {
            Some(before)
                if before.memory == block.memory
                    && before.site == block.site
                    && block.address - before.address <= before.size + GAP =>
            {
                before.size = block.address + block.size - before.address;
            }
            _ => joined.push(block),
        }
    }
    joined
}

fn map(
    place: usize,
    memory: &Memory,
    blocks: &BlockMap,
    history: &History,
    rows: &Rows,
) -> Option<data::MemoryMap> {
    if blocks.looks.is_empty() {
        return None;
    }
    let mut columns = data::MemoryMap {
        at: blocks.looks.iter().map(|look| look.moment).collect(),
        size: blocks
            .looks
            .iter()
            .map(|look| look.memories.get(place).copied().unwrap_or_default())
            .collect(),
        fixed: memory
            .below_heap()
            .into_iter()
            .filter_map(|(range, class)| {
                Some(data::Fixed {
                    begin: range.start,
                    end: range.end,
                    class: Class::ALL.iter().position(|known| *known == class)?,
                })
            })
            .collect(),
        ..data::MemoryMap::default()
    };
    let mut before = 0;
    for block in &blocks.blocks {
        if usize::from(block.memory) != place {
            continue;
        }
        columns.address.push(block.address - before);
        before = block.address;
        columns.length.push(block.size);
        columns
            .site
            .push(u32::try_from(rows.site(block.site)).unwrap_or_default());
        columns.first.push(block.first);
        columns.last.push(block.last);
        let born = history
            .moments
            .partition_point(|moment| moment.line < block.line);
        columns
            .born
            .push(born.min(history.moments.len().saturating_sub(1)));
    }
    Some(columns)
}

/// How memory went; `None` without linear memories.
pub(super) fn timeline(spaces: &Spaces) -> Option<data::Timeline> {
    if spaces.memories().is_empty() {
        return None;
    }
    let mut columns = data::Timeline::default();
    let is_modelled = spaces
        .memories()
        .iter()
        .any(|memory| memory.model().is_some());
    let start = Sample {
        // Times count from the begin of the recording.
        time: Some(0),
        memory: spaces.at_start().iter().map(Partition::size).sum(),
        ..Sample::default()
    };
    let samples = spaces.timeline().samples();
    // The first sample is behind the first event.
    for sample in std::iter::once(&start).chain(samples) {
        columns.events.push(sample.events);
        columns.time.push(sample.time);
        columns.memory.push(sample.memory);
        columns.live.push(sample.live);
        columns.allocations.push(sample.allocations);
        if is_modelled {
            columns.holes.get_or_insert_default().push(sample.holes);
        }
    }
    Some(columns)
}
