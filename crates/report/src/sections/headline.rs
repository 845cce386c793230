//! What leaks, in one or two lines a person would say.

use unfreed_engine::account::At;
use unfreed_engine::findings::{Rate, TypeFinding, Verdict};
use unfreed_events::trace::Facts;

use crate::phrases;
use crate::sections::{sampling, space};
use crate::units::{average, count, percent, things};
use crate::view::View;

/// The lines; the first is the answer.
pub fn lines(view: &View<'_>) -> Vec<String> {
    let totals = &view.findings.totals;
    if totals.allocations + totals.frees == 0 {
        return vec![nothing_found(view)];
    }
    let answer = match view
        .findings
        .leaks
        .first()
        .and_then(|index| view.findings.types.get(*index))
    {
        Some(first) => leak(first, view),
        None => nothing_leaked(view),
    };
    let mut lines = vec![answer + &others(view), sum(view)];
    lines.extend(space::answer(view, At::Start, At::End, None));
    lines
}

/// How many further types grow with the iterations.
fn others(view: &View<'_>) -> String {
    let findings = view.findings;
    let leaks = findings
        .leaks
        .iter()
        .skip(1)
        .map(|index| &findings.types[*index]);
    let grows = |found: &&TypeFinding| {
        matches!(
            found.verdict,
            Some(Verdict::Systematic(_) | Verdict::Noisy(_))
        )
    };
    match leaks.filter(grows).count() {
        0 => String::new(),
        1 => " One more type grows too.".to_owned(),
        more => format!(" {more} more types grow too."),
    }
}

/// Of a recording without allocations.
fn nothing_recorded(facts: &Facts, view: &View<'_>) -> String {
    let has = |status: &str| {
        let mut modules = facts.modules.iter();
        modules.any(|module| module.what.status == status)
    };
    if facts.modules.is_empty() {
        return "No WebAssembly module was loaded, so that there is nothing to account for."
            .to_owned();
    }
    if has("instrumented") && view.findings.input.is_incomplete() {
        return "No allocation is in what could be read of the recording.".to_owned();
    }
    if has("instrumented") {
        return "Nothing was allocated by the WebAssembly modules that were loaded.".to_owned();
    }
    let growth = view.findings.coverage.as_ref().map(|coverage| {
        format!(
            " It had {} at the start and {} at the end.",
            view.size(coverage.start_bytes),
            view.size(coverage.end_bytes)
        )
    });
    format!(
        "Only the growth of linear memory was recorded: no allocator was found in what was loaded.{}",
        growth.unwrap_or_default()
    )
}

fn nothing_found(view: &View<'_>) -> String {
    if let Some(facts) = view.recording {
        return nothing_recorded(facts, view);
    }
    if view.findings.input.foreign.is_some() {
        return "No allocation is in what could be read of the file.".to_owned();
    }
    let text = &view.findings.input.text;
    let lines = things(text.lines, "line", "lines");
    if text.malformed_lines() > 0 {
        let malformed = count(text.malformed_lines());
        return format!(
            "No allocation record could be read: of {lines}, {malformed} start with @ and are malformed."
        );
    }
    match text.prefixed_records {
        0 => format!(
            "No allocation records in {lines}: nothing to analyse. What a record looks like: unfreed help analyze"
        ),
        records => format!(
            "No allocation record begins a line, but {} stand behind other text: use --anywhere.",
            count(records)
        ),
    }
}

fn nothing_leaked(view: &View<'_>) -> String {
    let totals = &view.findings.totals;
    if totals.allocations == 0 {
        return "Nothing was allocated: the log has frees only.".to_owned();
    }
    if totals.superseded > 0 {
        return format!(
            "Nothing is live at the end, but {} allocated again while live: whether they were freed is unknown.",
            view.things(totals.superseded, "object was", "objects were")
        );
    }
    let readable = match view.findings.input.is_incomplete() {
        true => " in what could be read",
        false => "",
    };
    format!(
        "Nothing leaked{readable}: {}, {} in all, each of them freed.",
        view.things(totals.allocations, "allocation", "allocations"),
        view.bytes(totals.allocated_bytes)
    )
}

fn leak(found: &TypeFinding, view: &View<'_>) -> String {
    let name = view.type_name(found.type_id);
    let at = allocated_at(found, view);
    let all = view.findings.totals.live_bytes;
    let share = view.about(percent(
        found.figures.leaked_bytes as f64 / all.max(1) as f64,
    ));
    let size = view.bytes(found.figures.leaked_bytes);
    let iterations = view.findings.counted_iterations;
    match found.verdict {
        Some(Verdict::Systematic(rate)) => format!(
            "{name} leaks {}: {size} in {iterations} iterations, {share} of all leaked bytes, {at}.",
            rate_in_words(&rate, view)
        ),
        Some(Verdict::Noisy(rate)) => format!(
            "{name} grows per iteration by {}, though not in each: {size} in {iterations} iterations, {share} of \
             all leaked bytes, {at}.",
            phrases::slope(&rate.bytes, view)
        ),
        None | Some(Verdict::TooFew) => format!(
            "{name} was not freed {} of {} times: {size}, {share} of all leaked bytes, {at}.",
            view.blocks(found.figures.leaked),
            view.blocks(found.figures.allocations)
        ),
        Some(Verdict::Bounded | Verdict::OneOff | Verdict::Clean) => format!(
            "Nothing grows with the iterations: what is live at the end was set up once or stopped growing, most of \
             it {name} ({size}, {at})."
        ),
    }
}

fn allocated_at(found: &TypeFinding, view: &View<'_>) -> String {
    let main = found
        .main_site
        .and_then(|index| view.findings.sites.get(index));
    main.map_or(String::new(), |site| {
        let how = match site.figures.leaked == found.figures.leaked {
            true => "allocated at",
            false => "most of it allocated at",
        };
        format!("{how} {}", view.location(site.site))
    })
}

fn rate_in_words(rate: &Rate, view: &View<'_>) -> String {
    if rate.blocks == 0.0 {
        return format!(
            "{} per iteration without new objects",
            view.about(view.units.amount(rate.bytes.growth))
        );
    }
    let is_exact = rate.is_exact() && view.findings.sampling.is_none();
    let how = if is_exact { "exactly" } else { "about" };
    format!("{how} {} per iteration", average(rate.blocks))
}

fn sum(view: &View<'_>) -> String {
    let findings = view.findings;
    let totals = &findings.totals;
    let mut text = format!(
        "{} of {} never freed, {}",
        view.blocks(totals.live),
        view.things(totals.allocations, "allocation was", "allocations were"),
        view.bytes(totals.live_bytes)
    );
    text.extend(sampling::leaked(view));
    if let Some(coverage) = &findings.coverage
        && let Some(ratio) = coverage.ratio()
    {
        let growth = view.size(u64::try_from(coverage.growth()).unwrap_or(0));
        let explained = match coverage.explained_bytes == totals.live_bytes {
            true => "which explains".to_owned(),
            false => format!(
                "{} of it since the first measurement, which explains",
                view.bytes(coverage.explained_bytes)
            ),
        };
        text.push_str(&format!(
            ", {explained} {} of the {growth} that memory grew",
            view.about(percent(ratio))
        ));
    }
    let trust = &findings.trust;
    let checks = trust
        .checks
        .iter()
        .filter(|check| trust.because.contains(&check.kind));
    let because: Vec<String> = checks.map(|check| phrases::because(check, view)).collect();
    text.push_str(&format!(
        ". Trust in these figures: {}",
        phrases::grade(trust.grade)
    ));
    if !because.is_empty() {
        text.push_str(&format!(" ({})", because.join("; ")));
    }
    text.push('.');
    text
}
