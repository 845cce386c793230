//! What a run leaks, without anything that differs from build to build: what two runs
//! are compared by, and what a baseline keeps.

use std::collections::{BTreeMap, HashSet};

use unfreed_engine::account::Class;
use unfreed_engine::compare::{Measure, Window};
use unfreed_engine::findings::Grade;
use unfreed_engine::recording::handle_kinds;
use unfreed_events::SiteId;

use super::key::{Keys, StackKey};
use crate::check::problems;
use crate::view::View;

/// One run. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Iterations of the program.
    pub iterations: usize,
    /// Whether all of the input was there and could be read, and its events fit together.
    pub is_complete: bool,
    /// Whether figures are estimates, since the input is a sample.
    pub is_estimate: bool,
    /// How far the figures can be trusted.
    pub trust: Grade,
    /// Allocations.
    pub allocations: u64,
    /// Those freed before the next one of their thread; `None` if that is not known.
    pub temporary: Option<u64>,
    /// The high-water mark of live bytes.
    pub peak: u64,
    /// Live bytes.
    pub live: Measure,
    /// The size of all linear memories; of a log, of the memory that it measured.
    pub memory: Option<Measure>,
    /// Free between blocks in use.
    pub holes: Option<Measure>,
    /// Handles that are not freed, by class.
    pub handles: BTreeMap<String, Measure>,
    /// Live bytes by type. They add up to `live`, and so do those of stacks.
    pub types: BTreeMap<String, Measure>,
    /// Live bytes by type and stack.
    pub stacks: BTreeMap<StackKey, Measure>,
}

impl Summary {
    /// Of findings. What is shown of them plays no role.
    #[must_use]
    pub fn of(view: &View<'_>) -> Summary {
        let findings = view.findings;
        let totals = &findings.totals;
        let (types, stacks) = live(view);
        Summary {
            iterations: findings.counted_iterations,
            is_complete: problems(view).is_empty() && totals.allocations + totals.frees > 0,
            is_estimate: findings.sampling.is_some(),
            trust: findings.trust.grade,
            allocations: totals.allocations,
            temporary: findings.knows_temporary().then_some(totals.temporary),
            peak: findings.peak.bytes,
            live: findings.live_measure(),
            memory: memory(view),
            holes: findings.memory_measure(|memory| memory.of(Class::Holes)),
            handles: handles(view),
            types,
            stacks,
        }
    }

    /// The iterations that growth is measured over; `None` if they are too few.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        Window::of(self.iterations)
    }
}

/// Live bytes by type and by stack.
fn live(view: &View<'_>) -> (BTreeMap<String, Measure>, BTreeMap<StackKey, Measure>) {
    let mut keys = Keys::new(view);
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let mut stacks: BTreeMap<StackKey, usize> = BTreeMap::new();
    // Sites that are in no group have nothing that is compared.
    let mut groups = vec![(usize::MAX, usize::MAX); view.names.site_count()];
    for site in sites(view) {
        let key = keys.of(site);
        let next = (types.len(), stacks.len());
        let of_type = *types.entry(key.type_name.clone()).or_insert(next.0);
        let of_stack = *stacks.entry(key).or_insert(next.1);
        if let Some(group) = groups.get_mut(site.0 as usize) {
            *group = (of_type, of_stack);
        }
    }
    let group = |site: SiteId| groups.get(site.0 as usize).copied();
    let findings = view.findings;
    let of_types = findings.live_measures(types.len(), |site| group(site).unwrap_or_default().0);
    let of_stacks = findings.live_measures(stacks.len(), |site| group(site).unwrap_or_default().1);
    (named(types, &of_types), named(stacks, &of_stacks))
}

/// The sites of which something is live at the end, or was at a mark.
fn sites(view: &View<'_>) -> HashSet<SiteId> {
    let findings = view.findings;
    let leaking = findings.sites.iter();
    let leaking = leaking.filter(|found| found.figures.leaked_bytes > 0);
    let changing = findings.iterations.iter();
    let changing = changing.flat_map(|iteration| &iteration.site_changes);
    leaking
        .map(|found| found.site)
        .chain(changing.map(|change| change.site))
        .collect()
}

/// What there is of something, by its key.
fn named<K: Ord>(keys: BTreeMap<K, usize>, measures: &[Measure]) -> BTreeMap<K, Measure> {
    let pairs = keys.into_iter();
    pairs
        .filter_map(|(key, number)| Some((key, *measures.get(number)?)))
        .filter(|(_, measure)| !measure.is_nothing())
        .collect()
}

fn memory(view: &View<'_>) -> Option<Measure> {
    let recorded = view.findings.memory_measure(|memory| memory.size());
    recorded.or_else(|| {
        Some(Measure {
            at_end: view.findings.coverage.as_ref()?.end_bytes,
            growth: None,
        })
    })
}

/// Classes of one name add up, whichever module they are of.
fn handles(view: &View<'_>) -> BTreeMap<String, Measure> {
    let mut of_class: BTreeMap<String, (u64, Vec<i64>, bool)> = BTreeMap::new();
    let Some(facts) = view.recording else {
        return BTreeMap::new();
    };
    for (name, found) in handle_kinds(facts).names.iter().zip(&view.findings.handles) {
        let (at_end, steps, has_marks) = of_class.entry(name.class.to_owned()).or_default();
        *at_end += found.not_freed();
        *has_marks |= found.verdict.is_some();
        let changes = found.at_marks.windows(2);
        steps.resize(steps.len().max(changes.len()), 0);
        for (sum, levels) in steps.iter_mut().zip(changes) {
            *sum += levels[1] as i64 - levels[0] as i64;
        }
    }
    let measures = of_class
        .into_iter()
        .map(|(class, (at_end, steps, has_marks))| {
            let steps = has_marks.then_some(&steps[..]);
            (class, view.findings.count_measure(at_end, steps))
        });
    measures
        .filter(|(_, measure)| !measure.is_nothing())
        .collect()
}
