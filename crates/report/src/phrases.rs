//! Verdicts, checks, faults and advice in words.

use unfreed_engine::account::{Class, Memory};
use unfreed_engine::findings::{
    Advice, AnomalyKind, Check, CheckKind, CoverageSource, EndedThreads, Example, Grade, Outcome,
    Rate, Side, Verdict,
};
use unfreed_engine::foreign::Foreign;
use unfreed_engine::ledger::MemorySource;
use unfreed_engine::{Slope, Trend};
use unfreed_events::trace::raw;

use crate::sections::{has_destroy, sampling};
use crate::units::{average, count, percent, things, with_interval};
use crate::view::View;
use crate::why;

/// A verdict in a table's cell.
pub fn verdict(verdict: Option<Verdict>, view: &View<'_>) -> String {
    match verdict {
        None | Some(Verdict::Clean) => String::new(),
        Some(Verdict::TooFew) if view.findings.sampling.is_some() => {
            "too few iterations or samples".to_owned()
        }
        Some(Verdict::TooFew) => "too few iterations".to_owned(),
        Some(Verdict::OneOff) => "one-off (setup)".to_owned(),
        Some(Verdict::Bounded) => "bounded (stopped growing)".to_owned(),
        Some(Verdict::Systematic(rate)) => format!("systematic: {}", per_iteration(&rate, view)),
        Some(Verdict::Noisy(rate)) => format!("noisy: {}", per_iteration(&rate, view)),
    }
}

/// Bytes per iteration and where they lie: "4.02 MiB (95 %: 4.01 to 4.03)", "exactly
/// 4.00 MiB".
pub fn slope(slope: &Slope, view: &View<'_>) -> String {
    let amount = |bytes| view.units.amount(bytes);
    let growth = view.about(amount(slope.growth));
    let is_sampled = view.findings.sampling.is_some();
    match slope.interval {
        _ if slope.is_exact && !is_sampled => format!("exactly {growth}"),
        Some(interval) => {
            let (low, high) = (amount(interval.low), amount(interval.high));
            with_interval(&growth, &low, &high, interval.confidence)
        }
        None => format!("{growth} (too few iterations for an interval)"),
    }
}

/// The same of something that was measured at marks, and what was left out.
pub fn trend(trend: &Trend, view: &View<'_>) -> String {
    slope(&trend.slope, view) + &after_warm_up(trend.warm_up)
}

/// ", after the first 2": what a warm-up leaves out.
pub fn after_warm_up(iterations: usize) -> String {
    match iterations {
        0 => String::new(),
        1 => ", after the first".to_owned(),
        more => format!(", after the first {more}"),
    }
}

/// "exactly 1 per iteration", "about 3 per iteration (2 to 5)".
pub fn per_iteration(rate: &Rate, view: &View<'_>) -> String {
    let after = after_warm_up(rate.warm_up);
    if rate.blocks == 0.0 {
        return format!(
            "{} per iteration in size{after}",
            view.about(view.units.amount(rate.bytes.growth))
        );
    }
    let blocks = average(rate.blocks);
    if rate.is_exact() && view.findings.sampling.is_none() {
        return format!("exactly {blocks} per iteration{after}");
    }
    let (least, most) = rate.range;
    format!("about {blocks} per iteration ({least} to {most}){after}")
}

/// What is known of a memory whose allocator has no model.
pub fn not_modelled(memory: &Memory) -> String {
    match memory.rounding() {
        Some(rounding) => format!(
            "Of its allocator, {}, it is only known what a block takes: what else lies between live blocks counts as \
             unknown.",
            rounding.name()
        ),
        None => "Its allocator is not modelled: what lies between live blocks counts as unknown."
            .to_owned(),
    }
}

/// What a class of bytes is called.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::StaticData => "static data",
        Class::MainStack => "main shadow stack",
        Class::ThreadStacks => "thread shadow stacks and TLS",
        Class::Payload => "live payload",
        Class::Overhead => "allocator overhead",
        Class::Holes => "holes",
        Class::Top => "free at the top",
        Class::NeverTouched => "never touched",
        Class::Recorder => "recorder",
        Class::Unknown => "unknown",
    }
}

/// What a check is called.
pub fn check_name(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Records => "allocation records found",
        CheckKind::Complete => "input read to its end",
        CheckKind::Readable => "lines that start with @ are records",
        CheckKind::NoPrefix => "records begin their line",
        CheckKind::UniqueIds => "ids unique among live objects",
        CheckKind::MatchedFrees => "every free has an allocation",
        CheckKind::FreedOnce => "freed once",
        CheckKind::SizesAgree => "sizes agree",
        CheckKind::TypesAgree => "types agree",
        CheckKind::MatchedReallocations => "every reallocation has a live object",
        CheckKind::PossibleSizes => "sums fit 64 bits",
        CheckKind::MeasuredSizes => "sizes are measured",
        CheckKind::InOrder => "allocations logged before their frees",
        CheckKind::FreshIds => "ids used once",
        CheckKind::Coverage => "leaks explain the growth",
        CheckKind::FitsMemory => "live blocks fit the memory",
        CheckKind::MatchesHeaders => "headers in snapshots agree",
        CheckKind::Summed => "figures are sums",
        CheckKind::Anonymous => "frees do not name their block",
        CheckKind::Sampled => "figures are estimates",
    }
}

/// How a check ended.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::Note => "note",
        Outcome::Warn => "warning",
        Outcome::Fail => "FAILED",
    }
}

/// The overall grade.
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::High => "high",
        Grade::Medium => "medium",
        Grade::Low => "low",
    }
}

/// What a check found.
pub fn check_detail(check: &Check, view: &View<'_>) -> String {
    let (found, of) = (count(check.count), count(check.of));
    let none = check.count == 0;
    match check.kind {
        CheckKind::Records if view.recording.is_some() => {
            format!("{found} allocations and frees in {of} events")
        }
        CheckKind::Records => match view.findings.input.foreign {
            Some(Foreign::Dhat(_)) => {
                format!("{found} allocations and frees in {of} program points")
            }
            _ => format!("{found} allocations and frees in {of} lines"),
        },
        CheckKind::Complete if none => "yes".to_owned(),
        CheckKind::Complete => format!("{found} of {of} could not be read to the end"),
        CheckKind::Readable => format!("{found} of {of} are malformed"),
        CheckKind::NoPrefix if none => "yes".to_owned(),
        CheckKind::NoPrefix => {
            format!("{found} stand behind other text and are not counted; --anywhere accepts them")
        }
        CheckKind::UniqueIds if view.recording.is_some() => {
            format!("{found} of {of} allocations are at the address of a live block")
        }
        CheckKind::UniqueIds => format!("{found} of {of} allocations have the id of a live object"),
        CheckKind::MatchedFrees => format!("{found} of {of} frees have no allocation"),
        CheckKind::FreedOnce => {
            format!("{found} of {of} frees are of an object that was free already")
        }
        CheckKind::SizesAgree => {
            format!("{found} of {of} frees name another size than the allocation")
        }
        CheckKind::TypesAgree => {
            format!("{found} of {of} frees and reallocations name another type than the allocation")
        }
        CheckKind::MatchedReallocations => format!("{found} of {of} reallocations have none"),
        CheckKind::PossibleSizes => format!("{found} of {of} events left out"),
        CheckKind::MeasuredSizes => measured_sizes(check, view),
        CheckKind::InOrder => {
            format!("{found} of {of} frees were logged before their allocation, and matched")
        }
        CheckKind::FreshIds => {
            format!("{found} of {of} allocations use the id of a freed object, as with addresses")
        }
        CheckKind::FitsMemory => format!(
            "{} were live at most, in {} of linear memory",
            view.size(check.count),
            view.size(check.of)
        ),
        CheckKind::MatchesHeaders if check.outcome == Outcome::Note => format!(
            "{found} of {of} live blocks differ, no more than other threads can have changed meanwhile"
        ),
        CheckKind::MatchesHeaders => format!("{found} of {of} live blocks differ"),
        CheckKind::Summed => {
            format!("of {of} program points over the whole run: what happened when is not known")
        }
        CheckKind::Anonymous => format!(
            "{found} frees say of which size and stack a block is, and not which of these it is"
        ),
        CheckKind::Sampled => format!(
            "of {of} sampled allocations, {found} were never freed{}",
            sampling::leaked(view).unwrap_or_default()
        ),
        CheckKind::Coverage => {
            let share = percent(check.count as f64 / check.of as f64);
            format!(
                "{} of {}, {share}",
                view.size(check.count),
                view.size(check.of)
            )
        }
    }
}

fn measured_sizes(check: &Check, view: &View<'_>) -> String {
    let constants = &view.findings.trust.constant_sizes;
    if constants.is_empty() {
        return "no type has one round size throughout".to_owned();
    }
    let mut types: Vec<String> = constants
        .iter()
        .take(3)
        .map(|constant| {
            let (objects, size) = (count(constant.allocations), count(constant.size));
            format!(
                "all {objects} {} are exactly {size} bytes: looks like a constant, not a measurement",
                view.type_name(constant.type_id)
            )
        })
        .collect();
    if constants.len() > 3 {
        types.push(format!("{} more types", constants.len() - 3));
    }
    let leaked = format!(
        "{} of {} leaked bytes",
        view.size(check.count),
        view.size(check.of)
    );
    format!("{} ({leaked})", types.join("; "))
}

/// Why the grade is not better, in a few words.
pub fn because(check: &Check, view: &View<'_>) -> String {
    let share = |what: &str| {
        format!(
            "{} {what}",
            percent(check.count as f64 / check.of.max(1) as f64)
        )
    };
    match check.kind {
        CheckKind::Records if view.recording.is_some() => "no allocation was recorded".to_owned(),
        CheckKind::Records => "there are no allocation records".to_owned(),
        CheckKind::Complete => "an input could not be read to its end".to_owned(),
        CheckKind::Readable => share("of the lines that start with @ are malformed"),
        CheckKind::NoPrefix => share("of the records stand behind other text and are not counted"),
        CheckKind::UniqueIds => share("of the allocations have the id of a live object"),
        CheckKind::MatchedFrees => share("of the frees have no allocation"),
        CheckKind::FreedOnce => share("of the frees are second frees"),
        CheckKind::SizesAgree => share("of the frees name another size than the allocation"),
        CheckKind::TypesAgree => {
            share("of the frees and reallocations name another type than the allocation")
        }
        CheckKind::MeasuredSizes => share("of the leaked bytes have constant sizes"),
        CheckKind::Coverage if check.count > check.of => {
            "more was leaked than the memory grew".to_owned()
        }
        CheckKind::Coverage => format!("only {}", share("of the growth is explained")),
        CheckKind::FitsMemory => "more is live than the memory has room for".to_owned(),
        CheckKind::MatchesHeaders => {
            share("of the live blocks differ from the headers in snapshots")
        }
        CheckKind::Sampled => "too few samples for close estimates".to_owned(),
        CheckKind::MatchedReallocations
        | CheckKind::PossibleSizes
        | CheckKind::InOrder
        | CheckKind::FreshIds
        | CheckKind::Summed
        | CheckKind::Anonymous => check_detail(check, view),
    }
}

/// What is called wrong with an event.
pub fn anomaly(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::UnmatchedFree => "free without an allocation",
        AnomalyKind::DoubleFree => "freed again",
        AnomalyKind::DuplicateAllocation => "allocated while live",
        AnomalyKind::SizeMismatch => "size disagrees",
        AnomalyKind::TypeMismatch => "type disagrees",
        AnomalyKind::UnmatchedReallocation => "reallocation of nothing live",
        AnomalyKind::ImpossibleSize => "size makes a sum exceed 64 bits",
        AnomalyKind::EarlyFree => "freed before its allocation was logged",
        AnomalyKind::ReusedId => "id used again",
    }
}

/// One case, with the place of both events.
pub fn example(kind: AnomalyKind, example: &Example, view: &View<'_>) -> String {
    let side = |side: &Side| {
        let type_name = side.type_id.map(|id| format!("{}, ", view.type_name(id)));
        format!(
            "{}{} bytes",
            type_name.unwrap_or_default(),
            count(side.size)
        )
    };
    let event = &example.event;
    let mut text = format!(
        "{}: {}: id {}, {}",
        view.place(event.line),
        anomaly(kind),
        example.id.0,
        side(event)
    );
    if let Some(other) = &example.other {
        text.push_str(&format!("; {}: {}", view.place(other.line), side(other)));
    }
    text
}

/// Who observed the sizes that coverage compares with.
pub fn coverage_source(source: CoverageSource, view: &View<'_>) -> String {
    match source {
        CoverageSource::Observed => "--observed".to_owned(),
        CoverageSource::Measured(source) => memory_source(source, view),
    }
}

/// Where sizes of a memory come from.
pub fn memory_source(source: MemorySource, view: &View<'_>) -> String {
    match source {
        MemorySource::Logged(domain) if view.recording.is_some() => match view.names.word(domain) {
            "wasm" => "linear memory".to_owned(),
            "rss" => "resident set (rss)".to_owned(),
            "js-heap" => "V8 heap".to_owned(),
            "external" => "external to V8".to_owned(),
            "array-buffers" => "array buffers".to_owned(),
            other => other.to_owned(),
        },
        MemorySource::Grow(memory) if view.recording.is_some() => {
            format!("{}, by its growth", view.names.word(memory))
        }
        MemorySource::Logged(domain) if view.findings.input.foreign.is_some() => {
            view.names.word(domain).to_owned()
        }
        MemorySource::Logged(domain) => format!("@MEMORY {}", view.names.word(domain)),
        MemorySource::Program => "--memory".to_owned(),
        MemorySource::Grow(memory) => format!("@GROW {}", view.names.word(memory)),
    }
}

/// When a snapshot was taken.
pub fn taken(said: &raw::Snapshot) -> String {
    match said.reason.as_str() {
        "mark" => format!("at the mark {}", said.mark),
        "end" => "at the end".to_owned(),
        "signal" => "at a signal".to_owned(),
        other => other.to_owned(),
    }
}

/// What to do about threads that leave their stacks behind.
pub fn end_threads(left: &EndedThreads, view: &View<'_>) -> String {
    let call = match has_destroy(view) {
        true => "call __wbindgen_thread_destroy on each worker before it ends",
        false => "have each worker free it before it ends",
    };
    format!(
        "Keep the workers instead of starting new ones, or {call}: {} left {} behind, the stack and thread-local \
         storage that the module allocated for each.",
        things(left.threads, "ended worker", "ended workers"),
        view.size(left.bytes)
    )
}

/// A step, as a sentence that says what to do and why.
pub fn advice(advice: &Advice, view: &View<'_>) -> String {
    match *advice {
        Advice::AcceptPrefixes { lines } => format!(
            "Run again with --anywhere: {} records stand behind other text in their line and were not counted.",
            count(lines)
        ),
        Advice::RepairInput { .. } if view.recording.is_some() => {
            "Record again: events are missing. What was freed in a part that is missing is shown as leaked."
                .to_owned()
        }
        Advice::RepairInput { .. } if view.findings.input.foreign.is_some() => {
            "Get the whole file: it is cut short or damaged, and what is missing is in no figure.".to_owned()
        }
        Advice::RepairInput { sources, lines } => repair_input(sources, lines),
        Advice::FreeSite {
            site,
            leaked,
            leaked_bytes,
            rate,
        } => {
            let rate = rate.map(|rate| {
                let bytes = match rate.bytes.is_exact {
                    true => format!(" ({})", view.about(view.units.amount(rate.bytes.growth))),
                    false => format!(", in size {}", slope(&rate.bytes, view)),
                };
                format!(", {}{bytes}", per_iteration(&rate, view))
            });
            let why = why::sentence(site, view).map(|why| format!(" {why}"));
            format!(
                "Find out who keeps the {} allocated at {}: {} never freed, {}{}.{}",
                view.site_type(site),
                view.location(site),
                view.blocks(leaked),
                view.bytes(leaked_bytes),
                rate.unwrap_or_default(),
                why.unwrap_or_default()
            )
        }
        Advice::LogAllocations {
            type_id,
            frees,
            of,
            other_types,
        } => {
            let others = match other_types {
                0 => String::new(),
                1 => ", and of one more type".to_owned(),
                _ => format!(", and of {other_types} more types"),
            };
            format!(
                "Log every way in which a {} comes to be (constructors, clones, conversions){others}: {} of its {} \
                 frees have no allocation in the log, so what it allocates and leaks is counted too low.",
                view.type_name(type_id),
                count(frees),
                count(of)
            )
        }
        Advice::MeasureSizes(constant) => format!(
            "Log the measured size of {}: all {} are exactly {} bytes, which looks like a constant, so its bytes are a guess.",
            view.type_name(constant.type_id),
            count(constant.allocations),
            count(constant.size)
        ),
        Advice::ExplainRest { bytes, of } => format!(
            "Log more types, or the allocator itself: {} of the {} that memory grew are in nothing that this log \
             shows as leaked. What is not logged, or lies in holes between blocks, cannot be told from here.",
            view.size(bytes),
            view.size(of)
        ),
        Advice::EndThreads(left) => end_threads(&left, view),
        Advice::CheckAllocator => {
            "Do not rely on these figures: blocks do not fit together, so functions of an allocator were not \
             recorded. `unfreed inspect` says which functions of a module were found, and `unfreed instrument \
             --allocator` takes them by name or index."
                .to_owned()
        }
        Advice::MarkIterations if view.recording.is_some() => {
            "Mark the iterations: with globalThis.unfreed?.mark(\"name\") in the program, or with \
             --mark-call, --mark-stdout or --mark-every of unfreed record: only then a leak can be told \
             from what was set up once."
                .to_owned()
        }
        Advice::MarkIterations => {
            "Mark the iterations, with @MARK lines or with --mark REGEX on the program's own \
             lines: only then a leak can be told from what was set up once."
                .to_owned()
        }
    }
}

fn repair_input(sources: u64, lines: u64) -> String {
    let mut why = Vec::new();
    if sources > 0 {
        let inputs = things(sources, "input", "inputs");
        why.push(format!("{inputs} could not be read to the end"));
    }
    if lines > 0 {
        let are = if lines == 1 {
            "starts with @ and is"
        } else {
            "start with @ and are"
        };
        why.push(format!(
            "{} {are} malformed",
            things(lines, "line", "lines")
        ));
    }
    format!(
        "Record a complete log, each record on a line of its own: {}. What was freed in a part that is missing is \
         shown as leaked. (Lines of the program that start with @ count as malformed as well; print them otherwise.)",
        why.join(" and ")
    )
}
