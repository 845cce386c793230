//! One pass over what is left when a log ends: the largest leaked blocks, the
//! frees without an allocation, what of the growth is explained, and what
//! threads left behind.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use unfreed_events::{AllocationId, SiteId, WordId};

use crate::account::{Pin, Spaces};
use crate::anomalies::{Anomalies, AnomalyKind, Example, Side};
use crate::findings::{Coverage, LeakedBlock, ThreadBlock, TypeFinding};
use crate::ledger::{SiteFigures, ThreadStart};
use crate::matching::{Block, Matcher, Remaining};
use crate::sampling::{Moments, Sampling};

/// Orders blocks by size, and equal ones by the line of their allocation.
type Ranked = Reverse<(u64, Reverse<u64>, Reverse<AllocationId>, SiteId)>;

/// What is left.
pub(crate) struct Remains {
    /// The largest leaked blocks, the largest first.
    pub largest: Vec<LeakedBlock>,
    /// What threads allocated to start and did not free, in the order of the log.
    pub of_threads: Vec<ThreadBlock>,
    /// What keeps pages from being free as a whole, the first one most.
    pub pins: Vec<Pin>,
    /// The sampled blocks of each site that are left; empty if the log is no sample.
    pub sampled: Vec<Moments>,
}

/// What the pass needs to know.
pub(crate) struct Survey<'a> {
    pub matcher: &'a Matcher,
    pub sites: &'a [SiteFigures],
    /// In the order of their lines.
    pub thread_starts: &'a [ThreadStart],
    /// The threads that have ended.
    pub ended_threads: &'a [WordId],
    pub spaces: Option<&'a Spaces>,
    pub sampling: &'a Sampling,
    /// How many of the largest blocks to name.
    pub count: usize,
}

impl Survey<'_> {
    /// The block, if a thread allocated it to start.
    fn of_thread(&self, block: Block) -> Option<ThreadBlock> {
        let site = self.sites.get(block.site.0 as usize)?;
        let starts = self.thread_starts;
        let by_line = |start: &ThreadStart| start.line.cmp(&block.line);
        let index = match site.starts_threads {
            true => starts.binary_search_by(by_line).ok()?,
            false => return None,
        };
        Some(ThreadBlock {
            site: block.site,
            thread: starts[index].thread,
            size: block.size,
            line: block.line,
            has_ended: starts[index]
                .thread
                .is_some_and(|thread| self.ended_threads.contains(&thread)),
        })
    }
}

/// Goes over what is left; `types` are still in the order of their ids.
pub(crate) fn survey(
    survey: &Survey<'_>,
    types: &mut [TypeFinding],
    anomalies: &mut Anomalies,
    coverage: &mut Option<Coverage>,
) -> Remains {
    let count = survey.count;
    let mut largest: BinaryHeap<Ranked> = BinaryHeap::with_capacity(count);
    let mut of_threads = Vec::new();
    let mut sampled = Vec::new();
    survey
        .matcher
        .for_each_remaining(|id, remaining| match remaining {
            Remaining::Live(block) => {
                keep_largest(&mut largest, count, id, block);
                of_threads.extend(survey.of_thread(block));
                if let Some(coverage) = coverage {
                    coverage.add(block.line, survey.sampling.weigh(id, block).bytes);
                }
                survey.sampling.left(&mut sampled, block);
            }
            Remaining::Waiting(free) => {
                let example = Example::alone(id, Side::of_free(free));
                anomalies.count_unordered(AnomalyKind::UnmatchedFree, example);
                if let Some(found) = types.get_mut(free.type_id.0 as usize) {
                    let block = Block {
                        site: SiteId(0),
                        size: free.size,
                        line: free.line,
                    };
                    let weight = survey.sampling.weigh(id, block);
                    found.unmatched_frees += weight.blocks;
                    found.unmatched_freed_bytes += weight.bytes;
                }
            }
        });
    of_threads.sort_by_key(|block| block.line);
    let ranked = largest.into_sorted_vec().into_iter();
    let largest = ranked
        .map(
            |Reverse((size, Reverse(line), Reverse(id), site))| LeakedBlock {
                id,
                site,
                size,
                line,
            },
        )
        .collect();
    Remains {
        largest,
        of_threads,
        pins: survey
            .spaces
            .map_or_else(Vec::new, |spaces| pins(spaces, survey.matcher)),
        sampled,
    }
}

fn pins(spaces: &Spaces, matcher: &Matcher) -> Vec<Pin> {
    let mut live = Vec::new();
    matcher.for_each_remaining(|id, remaining| {
        if let Remaining::Live(block) = remaining {
            live.push((id, block.site, block.size));
        }
    });
    spaces.pins(live.into_iter())
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
