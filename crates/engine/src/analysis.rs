//! From the closed ledger to findings.

use std::cmp::Reverse;

use unfreed_events::trace::Snapshot;
use unfreed_events::{Names, Record, SiteId, SiteSums, TypeId, WordId};

use crate::account::Spaces;
use crate::advice::advice;
use crate::coverage::{linear_memory_bytes, to_explain};
pub use crate::findings::Input;
use crate::findings::{Figures, Findings, SiteFinding, TypeFinding, Verdict};
use crate::foreign::Foreign;
use crate::handles::Handles;
use crate::holders::{Holders, Question};
use crate::iterations::{Steps, counted};
use crate::ledger::history::History;
use crate::ledger::{Change, Closed, Ledger, SiteChange, SiteFigures, Temporary};
use crate::reach::ReachError;
use crate::remains::{Survey, survey};
use crate::sampling;
use crate::trust::{Evidence, trust};
use crate::verdict::{Step, judge};

/// What the user said about the run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the memory at the start and at the end, in bytes.
    pub observed: Option<(u64, u64)>,
    /// How many of the largest leaked blocks to name.
    pub largest: usize,
    /// Whether the run is kept as it was at moments of it: [`Engine::of`].
    pub history: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            observed: None,
            largest: 10,
            history: false,
        }
    }
}

/// Takes records, gives findings.
#[derive(Default)]
pub struct Engine {
    ledger: Ledger,
    history: Option<History>,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// An engine that has seen nothing, and keeps what the options ask for.
    pub fn of(options: &Options) -> Engine {
        Engine {
            history: options.history.then(History::default),
            ..Engine::default()
        }
    }

    /// Accounts for records in their order.
    pub fn apply(&mut self, records: &[Record]) {
        match &mut self.history {
            None => self.ledger.apply(records),
            Some(history) => history.apply(&mut self.ledger, records),
        }
    }

    /// Takes in what is known of sites by sums only, in place of records; the time at
    /// which most was live is in ns. Each site stands in it once.
    pub fn apply_sums(&mut self, sums: &[SiteSums], peak_time: Option<u64>) {
        if let Some(history) = &mut self.history {
            history.begin(&self.ledger);
        }
        self.ledger.apply_sums(sums, peak_time);
    }

    /// What makes an allocation a temporary one. Must come before the first record.
    pub fn count_temporary(&mut self, rule: Temporary) {
        self.ledger.count_temporary(rule);
    }

    /// Accounts for the address space of these memories, too. Must come before the
    /// first record, which must be those of a recording: ids are addresses.
    pub fn account_for(&mut self, spaces: Spaces) {
        self.ledger.account_for(spaces);
    }

    /// Follows handles of these classes, too. Must come before the first record.
    pub fn track_handles(&mut self, handles: Handles) {
        self.ledger.track(handles);
    }

    /// The memories that are accounted for.
    pub fn spaces(&mut self) -> Option<&mut Spaces> {
        self.ledger.spaces()
    }

    /// Keeps a memory as it was when its first instance had been made, to tell constants
    /// in static data from pointers.
    pub fn began(&mut self, snapshot: &Snapshot) {
        self.ledger.began(snapshot);
    }

    /// What holds the live blocks of a memory at a snapshot that was taken now, behind
    /// all records so far; `None` if its memory is not accounted for.
    pub fn holders(
        &self,
        snapshot: &Snapshot,
        question: &Question,
    ) -> Option<Result<Holders, ReachError>> {
        self.ledger.holders(snapshot, question)
    }

    /// What is allocated at this site is what a thread needs to start: its shadow
    /// stack, its thread-local storage. Must come before the first allocation there.
    pub fn starts_threads(&mut self, site: SiteId) {
        self.ledger.starts_threads(site);
    }

    /// Marks of this name begin no iteration: they are passed over. Must come before the
    /// first of them.
    pub fn ignore_marks(&mut self, name: WordId) {
        self.ledger.ignore_marks(name);
    }

    /// Closes the account and draws conclusions.
    pub fn finish(mut self, names: &Names, input: &Input, options: &Options) -> Findings {
        if let Some(history) = &mut self.history {
            history.close(&self.ledger);
        }
        let mut closed = self.ledger.close();
        let counted = counted(&closed.iterations, &input.end_marks);
        let mut types = types(&closed, counted, names.type_count());
        // The blocks of a foreign source are not known one by one: which of them were
        // allocated between two measurements is not known either.
        let memories = match input.foreign {
            None => &closed.memories[..],
            Some(_) => &[],
        };
        let mut coverage = to_explain(options.observed, memories, names);
        if let (Some(coverage), Some(spaces), None) =
            (&mut coverage, &closed.spaces, options.observed)
        {
            coverage.of_all_memories(spaces);
        }
        let remains = survey(
            &Survey {
                matcher: &closed.matcher,
                sites: &closed.sites,
                thread_starts: &closed.thread_starts,
                ended_threads: &input.ended_threads,
                spaces: closed.spaces.as_ref(),
                sampling: &closed.sampling,
                count: options.largest,
            },
            &mut types,
            &mut closed.anomalies,
            &mut coverage,
        );
        if let (Some(coverage), Some(Foreign::Dhat(_))) = (&mut coverage, &input.foreign) {
            // Sums are of no block that was surveyed.
            coverage.explained_bytes = closed.totals.live_bytes;
        }
        let mut sites = sites(&closed, counted);
        let sampling = closed.sampling.is_active().then(|| {
            let leaked = &remains.sampled;
            sampling::judge(&closed.sampling, leaked, names, &mut types, &mut sites)
        });
        if input.recorded.is_some() {
            // Some stacks only grew a memory.
            sites.retain(|found| found.figures.allocations > 0);
        }
        point_to_main_sites(&mut types, &sites, &closed.sites);
        types.sort_by_key(|found| rank(&found.figures));
        if input.recorded.is_some() {
            // A recording knows types of which nothing happened.
            types.retain(|found| found.figures.allocations + found.figures.frees > 0);
        }
        let evidence = Evidence {
            totals: &closed.totals,
            sampling: sampling.as_ref(),
            types: &types,
            anomalies: &closed.anomalies,
            input,
            coverage: coverage.as_ref(),
            peak_bytes: closed.peak.bytes,
            linear_memory_bytes: linear_memory_bytes(&closed.memories, names),
            self_checks: closed.spaces.as_ref().map_or(&[], Spaces::self_checks),
        };
        let mut findings = Findings {
            trust: trust(&evidence),
            leaks: leaks(&types),
            types,
            sites,
            largest: remains.largest,
            thread_blocks: remains.of_threads,
            pins: remains.pins,
            totals: closed.totals,
            sampling,
            peak: closed.peak,
            iterations: closed.iterations,
            counted_iterations: counted,
            memories: closed.memories,
            spaces: closed.spaces,
            handles: closed.handles.close(counted),
            holders: Vec::new(),
            history: self.history,
            coverage,
            anomalies: closed.anomalies,
            advice: Vec::new(),
            input: input.clone(),
        };
        findings.advice = advice(&findings);
        findings
    }
}

/// Figures of every type, in the order of their ids.
fn types(closed: &Closed, counted: usize, count: usize) -> Vec<TypeFinding> {
    let mut types = empty_types(count);
    for site in &closed.sites {
        if let Some(found) = site.type_id.and_then(|id| types.get_mut(id.0 as usize)) {
            add_site(found, site);
        }
    }
    for (found, figures) in types.iter_mut().zip(&closed.types) {
        found.figures.frees = figures.frees;
        found.figures.freed_bytes = figures.freed_bytes;
        found.double_frees = figures.double_frees;
    }
    if closed.iterations.len() > 1 {
        let all = Steps::new(&closed.iterations, counted, count, |iteration| {
            iteration.changes.iter().map(type_step)
        });
        let mut steps = Vec::new();
        for (number, found) in types.iter_mut().enumerate() {
            // What is not live is judged without.
            if found.figures.leaked > 0 {
                all.of(number, &mut steps);
            }
            found.verdict = Some(judge(found.figures.leaked, &steps));
        }
    }
    types
}

fn empty_types(count: usize) -> Vec<TypeFinding> {
    let empty = |number| TypeFinding {
        type_id: TypeId(number),
        figures: Figures::default(),
        unmatched_frees: 0,
        unmatched_freed_bytes: 0,
        double_frees: 0,
        size_range: None,
        verdict: None,
        main_site: None,
        estimate: None,
    };
    (0..count as u32).map(empty).collect()
}

fn add_site(found: &mut TypeFinding, site: &SiteFigures) {
    let figures = &mut found.figures;
    figures.allocations += site.allocations;
    figures.allocated_bytes += site.allocated_bytes;
    figures.leaked += site.live;
    figures.leaked_bytes += site.live_bytes;
    figures.peak += site.peak;
    figures.peak_bytes += site.peak_bytes;
    figures.temporary += site.temporary;
    figures.superseded += site.superseded;
    figures.superseded_bytes += site.superseded_bytes;
    figures.shrunk_bytes += site.shrunk_bytes;
    found.size_range = match (found.size_range, site.size_range()) {
        (Some((low, high)), Some((site_low, site_high))) => {
            Some((low.min(site_low), high.max(site_high)))
        }
        (range, None) | (None, range) => range,
    };
}

/// Leaked bytes first; ties by what was leaked and allocated.
fn rank(figures: &Figures) -> Reverse<(u64, u64, u64)> {
    Reverse((
        figures.leaked_bytes,
        figures.leaked,
        figures.allocated_bytes,
    ))
}

fn type_step(change: &Change) -> (u32, Step) {
    let step = Step {
        blocks: change.live,
        bytes: change.live_bytes,
    };
    (change.type_id.0, step)
}

fn site_step(change: &SiteChange) -> (u32, Step) {
    let step = Step {
        blocks: change.live,
        bytes: change.live_bytes,
    };
    (change.site.0, step)
}

/// Figures of every site, by leaked bytes.
fn sites(closed: &Closed, counted: usize) -> Vec<SiteFinding> {
    let finding = |(number, site): (usize, &SiteFigures)| SiteFinding {
        site: SiteId(number as u32),
        figures: site_figures(site),
        verdict: None,
        estimate: None,
    };
    let mut found: Vec<SiteFinding> = closed.sites.iter().enumerate().map(finding).collect();
    if closed.iterations.len() > 1 {
        let all = Steps::new(&closed.iterations, counted, found.len(), |iteration| {
            iteration.site_changes.iter().map(site_step)
        });
        let mut steps = Vec::new();
        for (number, found) in found.iter_mut().enumerate() {
            if found.figures.leaked > 0 {
                all.of(number, &mut steps);
            }
            found.verdict = Some(judge(found.figures.leaked, &steps));
        }
    }
    found.sort_by_key(|found| rank(&found.figures));
    found
}

fn site_figures(site: &SiteFigures) -> Figures {
    Figures {
        allocations: site.allocations,
        frees: site.freed(),
        leaked: site.live,
        allocated_bytes: site.allocated_bytes,
        freed_bytes: site.allocated_bytes
            - site.live_bytes
            - site.superseded_bytes
            - site.shrunk_bytes,
        leaked_bytes: site.live_bytes,
        peak: site.peak,
        peak_bytes: site.peak_bytes,
        temporary: site.temporary,
        superseded: site.superseded,
        superseded_bytes: site.superseded_bytes,
        shrunk_bytes: site.shrunk_bytes,
    }
}

/// The first site of a type in `sites`, which are in order, is its main one.
fn point_to_main_sites(types: &mut [TypeFinding], sites: &[SiteFinding], figures: &[SiteFigures]) {
    for (index, site) in sites.iter().enumerate() {
        let type_id = figures
            .get(site.site.0 as usize)
            .and_then(|figures| figures.type_id);
        if let Some(found) = type_id.and_then(|id| types.get_mut(id.0 as usize))
            && found.main_site.is_none()
            && site.figures.leaked > 0
        {
            found.main_site = Some(index);
        }
    }
}

/// The types that leak: those that the iterations convict first, those that
/// they acquit last, each group by leaked bytes.
fn leaks(types: &[TypeFinding]) -> Vec<usize> {
    let mut leaks: Vec<usize> = (0..types.len())
        .filter(|index| types[*index].figures.leaked > 0)
        .collect();
    leaks.sort_by_key(|index| match types[*index].verdict {
        Some(Verdict::Systematic(_)) => 0,
        Some(Verdict::Noisy(_)) => 1,
        None | Some(Verdict::TooFew) => 2,
        Some(Verdict::Bounded) => 3,
        Some(Verdict::OneOff | Verdict::Clean) => 4,
    });
    leaks
}
