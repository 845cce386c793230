//! What a page answers first: what leaks, as cards.

use unfreed_engine::account::{At, Class};
use unfreed_engine::findings::{Advice, TypeFinding, Verdict};

use super::data::Finding;
use super::sites::Rows;
use crate::handles;
use crate::phrases;
use crate::view::View;
use crate::why;

/// Types that have a card.
const TYPES: usize = 6;

/// Fragmentation has a card from this part of the growth of memory on.
const FRAGMENTATION: f64 = 0.1;

/// The part of a type's leaked bytes from which on threads that ended are all of it.
const OF_THREADS: f64 = 0.9;

/// The cards, the worst first.
pub(super) fn of(view: &View<'_>, rows: &Rows) -> Vec<Finding> {
    let mut cards = Vec::new();
    let leaks = view.findings.leaks.iter();
    let types = leaks.filter_map(|index| view.findings.types.get(*index));
    let left = view.findings.ended_threads();
    let is_of_threads = |found: &&TypeFinding| is_of_threads(found, left.bytes, view);
    let of_threads = types.clone().find(is_of_threads);
    let types = types.filter(|found| !is_of_threads(found));
    cards.extend(types.take(TYPES).map(|found| of_type(found, view, rows)));
    // What grows comes first; what only stays can wait.
    let growing = cards.iter().take_while(|card| is_growing(card)).count();
    let mut others = of_handles(view);
    others.extend(fragmentation(view));
    cards.splice(growing..growing, others);
    let threads = threads(view, of_threads.map(|found| of_type(found, view, rows)));
    let most = view.findings.totals.live_bytes / 2;
    let is_most = threads.as_ref().and_then(|card| card.bytes) > Some(most);
    cards.splice(if is_most { 0..0 } else { growing..growing }, threads);
    cards
}

fn is_growing(card: &Finding) -> bool {
    card.per_iteration.is_some()
}

fn of_type(found: &TypeFinding, view: &View<'_>, rows: &Rows) -> Finding {
    let main = found
        .main_site
        .and_then(|index| view.findings.sites.get(index));
    let why = main.and_then(|main| view.findings.why(main.site));
    let rate = match found.verdict {
        Some(Verdict::Systematic(rate) | Verdict::Noisy(rate)) => Some(rate),
        _ => None,
    };
    let todo = match (found.verdict, why) {
        (Some(Verdict::OneOff | Verdict::Bounded), _) => {
            "Nothing, unless it is more than it should be: it does not grow with the iterations."
                .to_owned()
        }
        (_, Some(why)) => sentence(why::remedy(why, view)),
        _ => "Find out who keeps what its stack allocates, and free it there.".to_owned(),
    };
    Finding {
        kind: "type",
        title: view.type_name(found.type_id).to_owned(),
        what: format!(
            "{} of {} never freed",
            view.blocks(found.figures.leaked),
            view.things(found.figures.allocations, "block was", "blocks were"),
        ),
        bytes: Some(found.figures.leaked_bytes),
        blocks: Some(found.figures.leaked),
        per_iteration: rate.map(|rate| phrases::slope(&rate.bytes, view)),
        verdict: found.verdict.map(|_| phrases::verdict(found.verdict, view)),
        site: main.map_or(-1, |main| rows.site(main.site)),
        why: main.and_then(|main| why::in_words(main.site, view)),
        todo,
    }
}

/// Whether a type is little else than what threads that ended have left, so that it
/// needs no card of its own.
fn is_of_threads(found: &TypeFinding, left: u64, view: &View<'_>) -> bool {
    let main = found
        .main_site
        .and_then(|index| view.findings.sites.get(index));
    main.is_some_and(|main| main.starts_threads)
        && left as f64 >= OF_THREADS * found.figures.leaked_bytes as f64
}

/// What threads that ended have left, with what the iterations tell of the type that it
/// is counted under.
fn threads(view: &View<'_>, of_type: Option<Finding>) -> Option<Finding> {
    let left = view.findings.ended_threads();
    if left.bytes == 0 {
        return None;
    }
    let (site, why, verdict, per_iteration) = of_type.map_or((-1, None, None, None), |card| {
        (card.site, card.why, card.verdict, card.per_iteration)
    });
    Some(Finding {
        kind: "threads",
        title: "Stacks of workers that ended".to_owned(),
        what: format!(
            "{} left their stack and thread-local storage behind",
            view.things(
                left.threads,
                "worker that ended has",
                "workers that ended have"
            )
        ),
        bytes: Some(left.bytes),
        blocks: Some(left.blocks),
        per_iteration,
        verdict,
        site,
        why,
        todo: phrases::advice(&Advice::EndThreads(left), view),
    })
}

fn of_handles(view: &View<'_>) -> Vec<Finding> {
    let leaking = handles::leaking(view).into_iter();
    leaking
        .map(|leak| Finding {
            kind: "handles",
            title: leak.class,
            what: leak.what,
            bytes: Some(leak.bytes),
            blocks: None,
            per_iteration: None,
            verdict: None,
            site: -1,
            why: leak
                .retained
                .map(|bytes| format!("held by JS: these handles retain {}", view.size(bytes))),
            todo: leak.step.unwrap_or_default(),
        })
        .collect()
}

fn fragmentation(view: &View<'_>) -> Option<Finding> {
    let spaces = view.findings.spaces.as_ref()?;
    let sum = |at, class| -> Option<u64> {
        let partitions = spaces.partitions_at(at)?;
        Some(partitions.iter().map(|partition| partition.of(class)).sum())
    };
    let size = |at| -> Option<u64> {
        let partitions = spaces.partitions_at(at)?;
        Some(partitions.iter().map(|partition| partition.size()).sum())
    };
    let holes = sum(At::End, Class::Holes)?;
    let grown = holes.checked_sub(sum(At::Start, Class::Holes)?)?;
    let growth = size(At::End)?.checked_sub(size(At::Start)?)?;
    if grown == 0 || (grown as f64) < FRAGMENTATION * growth as f64 {
        return None;
    }
    let would_have_fitted = spaces
        .grows()
        .iter()
        .filter(|grow| grow.would_have_fitted() == Some(true))
        .count() as u64;
    Some(Finding {
        kind: "fragmentation",
        title: "Fragmentation".to_owned(),
        what: format!("{} are in holes between blocks at the end", view.size(holes)),
        bytes: Some(holes),
        blocks: None,
        per_iteration: None,
        verdict: None,
        site: -1,
        why: (would_have_fitted > 0).then(|| {
            format!(
                "{} would have fitted into the holes, had they been one piece",
                view.things(would_have_fitted, "growth of memory", "growths of memory")
            )
        }),
        todo: "Look in the memory map for small blocks that stay between large ones that are freed, and allocate those \
               that stay first, or elsewhere."
            .to_owned(),
    })
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
