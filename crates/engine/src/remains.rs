//! One pass over what is left when a log ends: the largest leaked blocks, the
//! frees without an allocation, and what of the growth is explained.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use unfreed_events::{AllocationId, SiteId};

use crate::anomalies::{Anomalies, AnomalyKind, Example, Side};
use crate::findings::{Coverage, LeakedBlock, TypeFinding};
use crate::matching::{Block, Matcher, Remaining};

/// Orders blocks by size, and equal ones by the line of their allocation.
type Ranked = Reverse<(u64, Reverse<u64>, Reverse<AllocationId>, SiteId)>;

/// Goes over what is left; `types` are still in the order of their ids.
/// Returns the `count` largest leaked blocks, the largest first.
pub(crate) fn survey(
    matcher: &Matcher,
    count: usize,
    types: &mut [TypeFinding],
    anomalies: &mut Anomalies,
    coverage: &mut Option<Coverage>,
) -> Vec<LeakedBlock> {
    let mut largest: BinaryHeap<Ranked> = BinaryHeap::with_capacity(count);
    matcher.for_each_remaining(|id, remaining| match remaining {
        Remaining::Live(block) => {
            keep_largest(&mut largest, count, id, block);
            if let Some(coverage) = coverage {
                coverage.add(block.line, block.size);
            }
        }
        Remaining::Waiting(free) => {
            let example = Example::alone(id, Side::of_free(free));
            anomalies.count_unordered(AnomalyKind::UnmatchedFree, example);
            if let Some(found) = types.get_mut(free.type_id.0 as usize) {
                found.unmatched_frees += 1;
                found.unmatched_freed_bytes += free.size;
            }
        }
    });
    let ranked = largest.into_sorted_vec().into_iter();
    ranked
        .map(
            |Reverse((size, Reverse(line), Reverse(id), site))| LeakedBlock {
                id,
                site,
                size,
                line,
            },
        )
        .collect()
}

#[inline]
fn keep_largest(largest: &mut BinaryHeap<Ranked>, count: usize, id: AllocationId, block: Block) {
    let rank = Reverse((block.size, Reverse(block.line), Reverse(id), block.site));
    if largest.len() < count {
        largest.push(rank);
    } else if let Some(mut smallest) = largest.peek_mut()
        && rank < *smallest
    {
        *smallest = rank;
    }
}
