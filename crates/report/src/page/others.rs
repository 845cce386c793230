//! The parts of a page that are few: checks, growths, threads, handles, holders.

use std::collections::BTreeMap;

use unfreed_engine::findings::Outcome;
use unfreed_engine::ledger::MemorySource;
use unfreed_engine::ledger::history::History;
use unfreed_engine::reach::{Class, Dominator, Held};
use unfreed_events::SiteId;

use super::data;
use super::sites::Rows;
use super::stacks::Stacks;
use super::texts::Texts;
use crate::handles as report_handles;
use crate::phrases;
use crate::units::count;
use crate::view::View;
use crate::why;

pub(super) fn trust(view: &View<'_>) -> data::Trust {
    let trust = &view.findings.trust;
    let checks = trust.checks.iter();
    let because: Vec<String> = checks
        .clone()
        .filter(|check| trust.because.contains(&check.kind))
        .map(|check| phrases::because(check, view))
        .collect();
    data::Trust {
        grade: phrases::grade(trust.grade),
        because: (!because.is_empty()).then(|| because.join("; ")),
        checks: checks
            .map(|check| data::Check {
                name: phrases::check_name(check.kind),
                outcome: match check.outcome {
                    Outcome::Pass => "pass",
                    Outcome::Note => "note",
                    Outcome::Warn => "warn",
                    Outcome::Fail => "fail",
                },
                detail: phrases::check_detail(check, view),
            })
            .collect(),
    }
}

pub(super) fn missing(view: &View<'_>) -> Vec<String> {
    let input = &view.findings.input;
    let damage = input.damage.iter();
    let mut missing: Vec<String> = damage
        .map(|damage| format!("{}: {}", damage.source, damage.reason))
        .collect();
    if input.text.malformed_lines() > 0 {
        missing.push(format!(
            "{} lines that start with @ are malformed.",
            count(input.text.malformed_lines())
        ));
    }
    missing
}

/// Sizes of memories beside those that are accounted for, at the moments.
pub(super) fn measured(view: &View<'_>, history: &History) -> Vec<data::Series> {
    let mut series: Vec<(MemorySource, data::Series)> = Vec::new();
    let is_accounted = |source: MemorySource| match source {
        MemorySource::Grow(_) => true,
        MemorySource::Logged(domain) => {
            view.recording.is_some() && view.names.word(domain) == "wasm"
        }
        MemorySource::Program => false,
    };
    for (number, moment) in history.moments.iter().enumerate() {
        for (source, bytes) in &moment.measured {
            if is_accounted(*source) {
                continue;
            }
            let place = series.iter().position(|(known, _)| known == source);
            let place = place.unwrap_or_else(|| {
                let what = phrases::memory_source(*source, view);
                let empty = data::Series {
                    what,
                    moment: Vec::new(),
                    bytes: Vec::new(),
                };
                series.push((*source, empty));
                series.len() - 1
            });
            series[place].1.moment.push(number);
            series[place].1.bytes.push(*bytes);
        }
    }
    series.into_iter().map(|(_, series)| series).collect()
}

pub(super) fn grows(view: &View<'_>, rows: &Rows) -> Vec<data::Grow> {
    let Some(spaces) = &view.findings.spaces else {
        return Vec::new();
    };
    let grows = spaces.grows().into_iter();
    grows
        .map(|grow| data::Grow {
            memory: grow.memory,
            events: grow.line,
            time: grow.time,
            old_pages: grow.old_pages,
            delta_pages: grow.delta_pages,
            request: grow.request,
            holes: grow.free.map(|free| free.holes),
            largest_hole: grow.free.map(|free| free.largest),
            would_have_fitted: grow.would_have_fitted(),
            thread: grow.thread.map(|thread| view.names.word(thread).to_owned()),
            site: grow.site.map_or(-1, |site| rows.site(site)),
        })
        .collect()
}

/// Worker threads that recorded something.
pub(super) fn threads(view: &View<'_>) -> Vec<data::Thread> {
    let Some(facts) = view.recording else {
        return Vec::new();
    };
    let ended: Vec<&str> = facts.ended_threads().collect();
    let names = facts.threads.iter().map(|said| said.what.name.as_str());
    let mut threads: BTreeMap<&str, data::Thread> = names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let thread = data::Thread {
                name: name.to_owned(),
                ended: ended.contains(&name),
                left_bytes: 0,
                left_blocks: 0,
            };
            (name, thread)
        })
        .collect();
    for block in view
        .findings
        .thread_blocks
        .iter()
        .filter(|block| block.has_ended)
    {
        let name = block.thread.map_or("", |thread| view.names.word(thread));
        if let Some(thread) = threads.get_mut(name) {
            thread.left_bytes += block.size;
            thread.left_blocks += 1;
        }
    }
    threads.into_values().collect()
}

pub(super) fn handles(
    view: &View<'_>,
    stacks: &mut Stacks<'_>,
    texts: &mut Texts,
) -> Vec<data::HandleClass> {
    let rows = report_handles::rows(view).into_iter();
    rows.map(|row| {
        let found = row.found;
        let sites = found.sites.iter();
        data::HandleClass {
            class: row.name.class.to_owned(),
            module: row.name.module.to_owned(),
            made: found.made,
            freed: found.freed,
            consumed: found.consumed,
            collected: found.collected,
            never_freed: found.orphans,
            never_freed_bytes: found.orphan_bytes,
            held: found.held,
            lost: found.lost_at_end,
            held_bytes: found.held_bytes,
            peak_held: found.peak_held,
            retained_bytes: row.retained,
            verdict: found.verdict.map(|_| phrases::verdict(found.verdict, view)),
            samples: found.samples,
            sites: sites
                .map(|site| data::HandleSite {
                    stack: stacks.of_site(site.site, texts),
                    made: site.made,
                    not_freed: site.not_freed,
                })
                .collect(),
        }
    })
    .collect()
}

/// Sites of which it is said what leads to their largest block.
const PATHS: usize = 200;

/// Parts of the tree of what is held, the largest.
const HELD: usize = 5000;

pub(super) fn holders(
    view: &View<'_>,
    rows: &Rows,
    left_out: &mut Vec<String>,
) -> Vec<data::Holders> {
    let holders = view.findings.holders.iter();
    holders
        .map(|found| data::Holders {
            memory: found.memory,
            taken: phrases::taken(&found.said),
            caveats: why::caveats(found),
            classes: found
                .classes
                .iter()
                .filter(|(_, amount)| amount.blocks > 0)
                .map(|(class, amount)| data::HolderClass {
                    class: why::class(*class),
                    blocks: amount.blocks,
                    bytes: amount.bytes,
                })
                .collect(),
            sites: found
                .sites
                .iter()
                .enumerate()
                .map(|(rank, site)| data::HolderSite {
                    site: rows.site(site.site),
                    blocks: site.size.blocks,
                    bytes: site.size.shallow,
                    retained_bytes: site.size.retained,
                    why: why::in_words(site.site, view).unwrap_or_default(),
                    remedy: why::remedy(site, view),
                    path: match &site.largest {
                        Some(chain) if rank < PATHS => why::chain(chain, view),
                        _ => Vec::new(),
                    },
                })
                .collect(),
            handles: found
                .kinds
                .iter()
                .map(|kind| data::HolderHandles {
                    class: why::kind_name(kind.kind, view).to_owned(),
                    handles: kind.handles,
                    shallow_bytes: kind.shallow,
                    retained_bytes: kind.retained,
                })
                .collect(),
            tree: tree(&found.tree, view, rows, left_out),
        })
        .collect()
}

fn tree(held: &[Held], view: &View<'_>, rows: &Rows, left_out: &mut Vec<String>) -> data::HeldTree {
    // A part is not larger than what it hangs on, so that the largest are a tree, too.
    let is_shown = |at: &usize| *at == 0 || held[*at].retained > 0;
    let mut shown: Vec<usize> = (0..held.len()).filter(is_shown).collect();
    shown.sort_by_key(|at| (u64::MAX - held[*at].retained, *at));
    if shown.len() > HELD {
        left_out.push(format!(
            "The tree of what is held has its {} largest parts of {}.",
            count(HELD as u64),
            count(shown.len() as u64)
        ));
        shown.truncate(HELD);
    }
    shown.sort_unstable();
    let mut tree = data::HeldTree::default();
    for at in &shown {
        let part = &held[*at];
        let parent = shown.binary_search(&(part.parent as usize));
        let name = match part.holder {
            Dominator::All => Some("all live blocks".to_owned()),
            Dominator::Kind(kind) => Some(why::class(Class::Reachable(kind))),
            Dominator::Lost => Some("lost: no root leads to them".to_owned()),
            Dominator::Class(kind) => Some(format!(
                "JS: handles of {}",
                why::kind_name(kind as usize, view)
            )),
            Dominator::Group(_) => None,
        };
        tree.parent.push(parent.unwrap_or_default() as u32);
        tree.site.push(match part.holder {
            Dominator::Group(site) => rows.site(SiteId(site)),
            _ => -1,
        });
        tree.name.push(name.map_or(-1, |name| {
            tree.names.push(name);
            tree.names.len() as i64 - 1
        }));
        tree.blocks.push(part.blocks);
        tree.bytes.push(part.shallow);
        tree.retained_bytes.push(part.retained);
    }
    tree
}
