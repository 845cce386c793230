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

/// The cards, the worst first.
pub(super) fn of(view: &View<'_>, rows: &Rows) -> Vec<Finding> {
    let mut cards = Vec::new();
    let leaks = view.findings.leaks.iter();
    let types = leaks.filter_map(|index| view.findings.types.get(*index));
    cards.extend(types.take(TYPES).map(|found| of_type(found, view, rows)));
    // What grows comes first; what only stays can wait.
    let growing = cards.iter().take_while(|card| is_growing(card)).count();
    let mut others = of_handles(view);
    others.extend(fragmentation(view));
    cards.splice(growing..growing, others);
    // They are among the types, too, but what to do is clearer here.
    let threads = threads(view);
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

fn threads(view: &View<'_>) -> Option<Finding> {
    let left = view.findings.ended_threads();
    if left.bytes == 0 {
        return None;
    }
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
        per_iteration: None,
        verdict: None,
        site: -1,
        why: None,
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
            why: None,
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
