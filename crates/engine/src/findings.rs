//! What the engine found: numbers and verdicts, with ids in place of names and
//! no text for people. This is all that presenting code sees.

use std::collections::HashSet;

use unfreed_events::text::TextStats;
use unfreed_events::{AllocationId, SiteId, TypeId, WordId};

use crate::account::{Pin, Spaces};
use crate::anomalies::Anomalies;
use crate::foreign::Foreign;
use crate::handles::HandleFinding;
use crate::holders::{Holders, SiteHolders};
use crate::ledger::history::History;
use crate::ledger::{Iteration, MemorySeries, MemorySource, Peak, Totals};
use crate::sampling::{Estimate, SamplingFinding};

pub use crate::anomalies::{Anomaly, AnomalyKind, Example, Side};
pub use crate::verdict::{MIN_ITERATIONS, Rate, Verdict};

/// Everything found in one log.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Sums over all events.
    pub totals: Totals,
    /// How the log was drawn, if it is a sample: then the figures of all types, sites
    /// and iterations are estimates. Cases of what does not fit together are counted
    /// as they are in the log.
    pub sampling: Option<SamplingFinding>,
    /// Every type, by leaked bytes, the largest first.
    pub types: Vec<TypeFinding>,
    /// Every site, by leaked bytes, the largest first.
    pub sites: Vec<SiteFinding>,
    /// Indices into `types` of those that leak, the surest and largest first;
    /// set-up and bounded ones come last.
    pub leaks: Vec<usize>,
    /// The largest leaked blocks, the largest first.
    pub largest: Vec<LeakedBlock>,
    /// What threads allocated to start and never freed, in the order of the
    /// events; see [`Engine::starts_threads`](crate::Engine::starts_threads).
    pub thread_blocks: Vec<ThreadBlock>,
    /// The sites whose live blocks keep pages from being free as a whole, the first
    /// one most; empty for a log.
    pub pins: Vec<Pin>,
    /// The high-water mark of live bytes.
    pub peak: Peak,
    /// The run cut at its marks; one entry if there are none.
    pub iterations: Vec<Iteration>,
    /// How many of `iterations`, from the second on, are iterations of the
    /// program; the rest is setup and tail.
    pub counted_iterations: usize,
    /// Sizes of memories.
    pub memories: Vec<MemorySeries>,
    /// The address space of each linear memory; `None` for a log.
    pub spaces: Option<Spaces>,
    /// Each kind of handles, by their numbers; empty for a log.
    pub handles: Vec<HandleFinding>,
    /// What holds the live blocks at the last snapshot of each memory that has one.
    /// It takes another look at the recording, so that whoever reads it puts it here.
    pub holders: Vec<Holders>,
    /// The run at moments of it, if that was asked for.
    pub history: Option<History>,
    /// Leaked bytes against observed growth, if a growth was observed.
    pub coverage: Option<Coverage>,
    /// Events that do not fit together.
    pub anomalies: Anomalies,
    /// How far the figures can be trusted.
    pub trust: Trust,
    /// What to do next, the most useful first.
    pub advice: Vec<Advice>,
    /// What was read.
    pub input: Input,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Lines by kind.
    pub text: TextStats,
    /// Sources read.
    pub sources: u64,
    /// Sources that could not be read to their end.
    pub damage: Vec<Damage>,
    /// For a recording, how many events it has. Addresses are its ids, so that
    /// ids are used again, and it has neither lines nor sizes that were logged
    /// twice.
    pub recorded: Option<u64>,
    /// For a recording, the threads that ended before their process did.
    pub ended_threads: Vec<WordId>,
    /// The first mark of one of these names, behind the mark that begins the first
    /// iteration, ends the last one; without any the engine sees for itself where the
    /// iterations end.
    pub end_marks: Vec<WordId>,
    /// What of another tool was read; `None` for logs and recordings.
    pub foreign: Option<Foreign>,
}

impl Input {
    /// An input of one source that was read to its end.
    pub fn of_text(text: TextStats) -> Input {
        Input {
            text,
            sources: 1,
            ..Input::default()
        }
    }

    /// A recording of so many events, with the threads that ended before their
    /// process did.
    pub fn of_recording(events: u64, damage: Vec<Damage>, ended_threads: Vec<WordId>) -> Input {
        Input {
            sources: 1,
            damage,
            recorded: Some(events),
            ended_threads,
            ..Input::default()
        }
    }

    /// Whether something of the input is missing or could not be read.
    pub fn is_incomplete(&self) -> bool {
        !self.damage.is_empty() || self.text.malformed_lines() > 0
    }
}

/// A source that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The source's name.
    pub source: String,
    /// What went wrong.
    pub reason: String,
}

/// One type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeFinding {
    /// The type.
    pub type_id: TypeId,
    /// Its figures.
    pub figures: Figures,
    /// Frees that name this type and whose id was never allocated.
    pub unmatched_frees: u64,
    /// Their bytes, as the frees name them.
    pub unmatched_freed_bytes: u64,
    /// Frees that name this type and whose block was free already.
    pub double_frees: u64,
    /// The smallest and largest size allocated.
    pub size_range: Option<(u64, u64)>,
    /// What the iterations say; `None` without marks.
    pub verdict: Option<Verdict>,
    /// Index into [`Findings::sites`] of the site with the most leaked bytes;
    /// `None` if none leaks.
    pub main_site: Option<usize>,
    /// Where its figures lie, if they are estimates.
    pub estimate: Option<Estimate>,
}

/// One site.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteFinding {
    /// The site.
    pub site: SiteId,
    /// Its figures; its frees are those of its own allocations.
    pub figures: Figures,
    /// What the iterations say; `None` without marks.
    pub verdict: Option<Verdict>,
    /// Where its figures lie, if they are estimates.
    pub estimate: Option<Estimate>,
}

/// Figures of a type or a site. Sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Allocations logged.
    pub allocations: u64,
    /// Frees: of a type, all that name it; of a site, those of its allocations.
    pub frees: u64,
    /// Allocations never freed.
    pub leaked: u64,
    /// Bytes allocated, with what reallocations added.
    pub allocated_bytes: u64,
    /// Bytes freed: of a type, as the frees name them; of a site, as its
    /// allocations do.
    pub freed_bytes: u64,
    /// Bytes never freed.
    pub leaked_bytes: u64,
    /// Blocks live at the high-water mark.
    pub peak: u64,
    /// Their bytes.
    pub peak_bytes: u64,
    /// Allocations freed before the next allocation of their thread.
    pub temporary: u64,
    /// Allocations whose id was allocated again while they were live.
    pub superseded: u64,
    /// Their bytes.
    pub superseded_bytes: u64,
    /// Bytes given up by reallocations.
    pub shrunk_bytes: u64,
}

/// One block that was never freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeakedBlock {
    /// Its id in the log.
    pub id: AllocationId,
    /// Type and place.
    pub site: SiteId,
    /// Its size in bytes.
    pub size: u64,
    /// Running line number of its allocation.
    pub line: u64,
}

/// A block that a thread allocated to start and that was never freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadBlock {
    /// Type and place.
    pub site: SiteId,
    /// The thread; `None` if it is not known.
    pub thread: Option<WordId>,
    /// Its size in bytes.
    pub size: u64,
    /// Running number of its allocation.
    pub line: u64,
    /// Whether the thread has ended.
    pub has_ended: bool,
}

/// What threads that ended have left behind of what they allocated to start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedThreads {
    /// How many threads have left something.
    pub threads: u64,
    /// Blocks.
    pub blocks: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Findings {
    /// Whether it is known which allocations are temporary: samples and sums do not
    /// tell.
    pub fn knows_temporary(&self) -> bool {
        let foreign = self.input.foreign.as_ref();
        self.sampling.is_none() && foreign.is_none_or(Foreign::knows_temporary)
    }

    /// Whether the last iteration was ended by a mark that was said to do so.
    pub fn is_ended_by_mark(&self) -> bool {
        let tail = self.iterations.get(self.counted_iterations + 1);
        let name = tail.and_then(|tail| tail.name);
        name.is_some_and(|name| self.input.end_marks.contains(&name))
    }

    /// Gives marks other names: to each the one that `new` says.
    pub fn rename_marks(&mut self, new: impl Fn(WordId) -> WordId) {
        for iteration in &mut self.iterations {
            iteration.name = iteration.name.map(&new);
        }
        for name in &mut self.input.end_marks {
            *name = new(*name);
        }
        if let Some(spaces) = &mut self.spaces {
            spaces.rename_marks(&new);
        }
        if let Some(history) = &mut self.history {
            history.rename_marks(&new);
        }
    }

    /// Why the blocks of a site were live at the last snapshot; `None` if there was
    /// none, or the site had no live block then.
    pub fn why(&self, site: SiteId) -> Option<&SiteHolders> {
        let mut sites = self.holders.iter().flat_map(|holders| &holders.sites);
        sites.find(|found| found.site == site)
    }

    /// What threads that ended have left behind of what they allocated to start.
    pub fn ended_threads(&self) -> EndedThreads {
        let mut left = EndedThreads::default();
        let mut threads = HashSet::new();
        for block in self.thread_blocks.iter().filter(|block| block.has_ended) {
            threads.insert(block.thread);
            left.blocks += 1;
            left.bytes += block.size;
        }
        left.threads = threads.len() as u64;
        left
    }
}

/// Leaked bytes against a growth that was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Who observed the growth.
    pub source: CoverageSource,
    /// Size at the start, in bytes.
    pub start_bytes: u64,
    /// Size at the end, in bytes.
    pub end_bytes: u64,
    /// Running line numbers of the two measurements.
    pub window: Option<(u64, u64)>,
    /// Leaked bytes that were allocated between the two.
    pub explained_bytes: u64,
}

impl Coverage {
    /// Growth in bytes; negative if the memory shrank.
    pub fn growth(&self) -> i128 {
        i128::from(self.end_bytes) - i128::from(self.start_bytes)
    }

    /// Growth that no leaked allocation explains, in bytes; negative if more
    /// was leaked than the memory grew.
    pub fn unexplained(&self) -> i128 {
        self.growth() - i128::from(self.explained_bytes)
    }

    /// Explained share of the growth; `None` without growth.
    pub fn ratio(&self) -> Option<f64> {
        (self.growth() > 0).then(|| self.explained_bytes as f64 / self.growth() as f64)
    }
}

/// Who observed a growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageSource {
    /// The user, who gave start and end.
    Observed,
    /// The log.
    Measured(MemorySource),
}

/// How far the figures can be trusted.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    /// The overall grade.
    pub grade: Grade,
    /// The checks that made it so; empty for the best grade.
    pub because: Vec<CheckKind>,
    /// All checks.
    pub checks: Vec<Check>,
    /// Types of which every allocation has the same round size.
    pub constant_sizes: Vec<ConstantSize>,
}

/// The overall grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// A check failed: figures are wrong or miss much.
    Low,
    /// A check found something that may matter.
    Medium,
    /// All checks passed.
    High,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Cases found.
    pub count: u64,
    /// Out of so many.
    pub of: u64,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing found.
    Pass,
    /// Worth knowing; no figure is wrong for it.
    Note,
    /// May matter.
    Warn,
    /// Figures are wrong or miss much for it.
    Fail,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// There are allocation records. Counts them.
    Records,
    /// Sources read to their end. Counts those that were not.
    Complete,
    /// Lines that start with `@` are records. Counts those that are not.
    Readable,
    /// Records begin their line. Counts those that do not.
    NoPrefix,
    /// No id is allocated while it is live. Counts those that are.
    UniqueIds,
    /// Frees have an allocation. Counts those that have none.
    MatchedFrees,
    /// No block is freed twice. Counts second frees.
    FreedOnce,
    /// A free names the size of its allocation. Counts those that do not.
    SizesAgree,
    /// A free names the type of its allocation. Counts those that do not.
    TypesAgree,
    /// Reallocations have a live block. Counts those that have none.
    MatchedReallocations,
    /// Sums fit 64 bits. Counts events that were left out for it.
    PossibleSizes,
    /// Sizes are measured. Counts leaked bytes of types with constant sizes,
    /// of all leaked bytes.
    MeasuredSizes,
    /// Frees come after their allocation in the log. Counts those that do not.
    InOrder,
    /// Ids are not used again. Counts those that are.
    FreshIds,
    /// Leaked bytes explain the observed growth. Counts explained bytes, of the
    /// growth.
    Coverage,
    /// What was live at the high-water mark had room in the memory. Counts live
    /// bytes then, of the largest size that was measured.
    FitsMemory,
    /// In snapshots, what is live is in use by the allocator's own headers. Counts
    /// blocks that differ, of those that were compared, of all snapshots together.
    MatchesHeaders,
    /// Figures are sums over the run, without its events. Counts the program points
    /// that they are of.
    Summed,
    /// Frees name the size and the stack of their block, and not which block it is.
    /// Counts frees.
    Anonymous,
    /// Figures are estimated from a sample. Counts sampled blocks that leak, of all
    /// that were sampled.
    Sampled,
}

/// A type of which every allocation has the same round size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstantSize {
    /// The type.
    pub type_id: TypeId,
    /// Its allocations.
    pub allocations: u64,
    /// The size of each, in bytes.
    pub size: u64,
}

/// One thing to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advice {
    /// Nothing was found to analyse, but records stand behind other text.
    AcceptPrefixes {
        /// How many.
        lines: u64,
    },
    /// Get a complete log.
    RepairInput {
        /// Sources that end early.
        sources: u64,
        /// Lines that could not be read.
        lines: u64,
    },
    /// Find out who keeps what this site allocates.
    FreeSite {
        /// Type and place.
        site: SiteId,
        /// Leaked blocks.
        leaked: u64,
        /// Leaked bytes.
        leaked_bytes: u64,
        /// Growth per iteration, where it is known.
        rate: Option<Rate>,
    },
    /// Log where these come from.
    LogAllocations {
        /// The type with the most frees without an allocation.
        type_id: TypeId,
        /// How many it has.
        frees: u64,
        /// Of how many frees.
        of: u64,
        /// Further types that have such frees.
        other_types: u64,
    },
    /// Log measured sizes.
    MeasureSizes(ConstantSize),
    /// Log what else holds memory.
    ExplainRest {
        /// Growth that is not explained, in bytes.
        bytes: u64,
        /// The growth, in bytes.
        of: u64,
    },
    /// Have workers free what their module allocated for them, or keep them.
    EndThreads(EndedThreads),
    /// Find out which functions of the allocator were not recorded.
    CheckAllocator,
    /// Cut the run into iterations, to tell a leak from setup.
    MarkIterations,
}
