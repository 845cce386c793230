//! Files of other tools: what they are, and what they cannot tell.

use unfreed_engine::findings::SiteFinding;
use unfreed_engine::foreign::{Dhat, Foreign};
use unfreed_events::dhat::Mode;
use unfreed_events::heaptrack::About;

use crate::document::{Block, Section, Table};
use crate::units::{count, things};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let foreign = view.findings.input.foreign.as_ref()?;
    let mut section = Section::new(kind(foreign));
    section.say(origin(foreign));
    section.say("What such a file cannot tell:");
    let unknown = unknown(foreign).into_iter();
    section.blocks.push(Block::List(unknown.collect()));
    Some(section)
}

/// What the file is.
pub fn kind(foreign: &Foreign) -> &'static str {
    match foreign {
        Foreign::Dhat(_) => "Profile of DHAT",
        Foreign::Heaptrack(_) => "File of heaptrack",
    }
}

/// Who wrote it, and of which command.
pub fn origin(foreign: &Foreign) -> String {
    match foreign {
        Foreign::Dhat(profile) => dhat(profile),
        Foreign::Heaptrack(about) => heaptrack(about),
    }
}

fn dhat(profile: &Dhat) -> String {
    let writer = match profile.mode {
        Mode::Heap => "Valgrind",
        Mode::RustHeap => "the crate dhat",
        Mode::Unfreed => "unfreed",
    };
    let reallocations = match profile.mode {
        Mode::Heap | Mode::RustHeap => " A reallocation counts as an allocation and a free.",
        Mode::Unfreed => "",
    };
    let points = things(profile.points, "program point", "program points");
    let end = match profile.end_at {
        Some(end) => format!(", over {} {}", count(end), profile.time_unit),
        None => String::new(),
    };
    format!(
        "Written by {writer}{}: {points}{end}.{reallocations}",
        of(&profile.command)
    )
}

fn heaptrack(about: &About) -> String {
    let version = about.heaptrack;
    let attached = match about.is_attached {
        true => {
            " It was attached while the program ran: blocks that were allocated before are in no figure."
        }
        false => "",
    };
    let suppressions = match about.suppressions {
        0 => String::new(),
        more => format!(
            " The program asks not to show leaks of {}; they are shown.",
            things(more, "pattern", "patterns")
        ),
    };
    format!(
        "Written by heaptrack {}.{}.{}, version {} of its format{}: {} and {}. A reallocation is an allocation and a \
         free. Nothing is suppressed.{attached}{suppressions}",
        version >> 16,
        version >> 8 & 0xff,
        version & 0xff,
        about.format,
        of(&about.command),
        things(about.allocations, "allocation", "allocations"),
        things(about.frees, "free", "frees"),
    )
}

fn of(command: &str) -> String {
    match command {
        "" => String::new(),
        command => format!(", of the command {command}"),
    }
}

/// What is not known, each in a sentence.
pub fn unknown(foreign: &Foreign) -> Vec<String> {
    let unknown: &[&str] = match foreign {
        Foreign::Dhat(_) => &[
            "when something was allocated or freed: it has sums, so that there are no iterations, no verdicts and no \
             temporary allocations",
            "single blocks: neither the largest that leak nor the range of sizes",
            "what lives on and what is lost: leaked is what was live when the profile ended",
        ],
        Foreign::Heaptrack(_) => &[
            "which of several blocks of one size and stack was freed: figures of sites are true all the same, but the \
             largest leaked blocks and their age are not known",
            "iterations: it has no marks, so that there are no verdicts",
            "threads: what is temporary is told by the order of all threads' events",
            "exact times: they are those of the latest tick of heaptrack's timer",
        ],
    };
    unknown.iter().map(|text| (*text).to_owned()).collect()
}

/// The moment of the high-water mark, for what has no events.
pub fn peak(view: &View<'_>) -> Option<String> {
    let Some(Foreign::Dhat(profile)) = &view.findings.input.foreign else {
        return None;
    };
    Some(match profile.peak_at {
        Some(at) => format!("{} {} (t-gmax)", count(at), profile.time_unit),
        None => "t-gmax".to_owned(),
    })
}

/// How long blocks lived on average.
pub fn lifetimes(view: &View<'_>) -> Option<Section> {
    let Some(Foreign::Dhat(profile)) = &view.findings.input.foreign else {
        return None;
    };
    let lifetime = |found: &&SiteFinding| {
        let lifetimes = &profile.lifetimes;
        let place = lifetimes.binary_search_by_key(&found.site, |(site, _)| *site);
        let (_, sum) = lifetimes.get(place.ok()?)?;
        sum.checked_div(found.figures.allocations)
    };
    let unit = &profile.time_unit;
    let mut table = Table::new(&["allocations", "leaked", "average"], &["type", "site"]);
    let sites: Vec<&SiteFinding> = view.sites();
    let (shown, left_out) = view.first(&sites);
    for found in shown {
        let average = lifetime(found).map_or_else(
            || "unknown".to_owned(),
            |average| format!("{} {unit}", count(average)),
        );
        table.rows.push(vec![
            count(found.figures.allocations),
            count(found.figures.leaked),
            average,
            view.site_type(found.site).to_owned(),
            view.location(found.site).into_owned(),
        ]);
    }
    let mut section = Section::new("Lifetimes");
    section.table(table, left_out, ["site", "sites"]);
    section.say("As DHAT counts them, those of blocks that were live at the end included.");
    Some(section)
}
