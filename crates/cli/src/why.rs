//! `unfreed why`: what holds the blocks that are live at a snapshot.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use unfreed_engine::holders::{About, Question};
use unfreed_engine::reach::PointerSize;
use unfreed_engine::recording::handle_kinds;
use unfreed_engine::{Findings, Options};
use unfreed_events::trace::{Facts, Snapshot};
use unfreed_events::{Names, SiteId, WordId};
use unfreed_report::{to_markdown, to_text, why, why_to_json};

use crate::analyze::Analysed;
use crate::args::{Why, WhyFormat};
use crate::trace;

/// Of how many blocks it is said what leads to them.
const CHAINS: usize = 3;

/// Runs the command; the result is the exit code.
pub fn run(options: &Why) -> anyhow::Result<u8> {
    let file = options.file.display();
    trace::require(&options.file, "a log has no memory to look at")?;
    let mut analysed = trace::analyse(&options.file, &Options::default())?;
    let facts = analysed.facts.as_ref().context("a recording has facts")?;
    let wanted = wanted(&analysed.findings, options.at.as_deref());
    if wanted.is_empty() {
        match &options.at {
            Some(at) => {
                bail!("{file} has no snapshot at {at:?}; `unfreed account` lists those that it has")
            }
            None => bail!(
                "{file} has no snapshot; record with --snapshot end, or mark, to have what memory holds"
            ),
        }
    }
    let about = options.what.as_deref();
    let about = about
        .map(|what| about_of(what, facts, &analysed.names))
        .transpose()?;
    let asking = Asking {
        about,
        facts,
        names: &analysed.names,
    };
    analysed.findings.holders = trace::holders(&options.file, &wanted, &asking)?;
    if let Some(what) = options.what.as_deref() {
        let mut holders = analysed.findings.holders.iter();
        // JSON has an empty list.
        if options.format != WhyFormat::Json && holders.all(|found| found.chains.is_empty()) {
            bail!(
                "no block of {what} was live when the snapshot was taken, and no handle held one"
            );
        }
    }
    show(options, &analysed).context("cannot write to standard output")?;
    Ok(analysed.code())
}

/// Gives the findings of a recording that has snapshots what holds the live blocks
/// at the last of each memory.
pub fn explain(path: &Path, analysed: &mut Analysed) -> anyhow::Result<()> {
    let wanted = wanted(&analysed.findings, None);
    let Some(facts) = analysed.facts.as_ref().filter(|_| !wanted.is_empty()) else {
        return Ok(());
    };
    let asking = Asking {
        about: None,
        facts,
        names: &analysed.names,
    };
    analysed.findings.holders = trace::holders(path, &wanted, &asking)?;
    Ok(())
}

/// What is asked at each snapshot.
pub struct Asking<'a> {
    about: Option<About>,
    facts: &'a Facts,
    names: &'a Names,
}

impl Asking<'_> {
    /// The question to ask at a snapshot.
    pub fn at(&self, snapshot: &Snapshot) -> Question {
        let heap = self.facts.heaps.get(usize::from(snapshot.heap));
        Question {
            about: self.about.clone(),
            chains: CHAINS,
            ended_threads: self.ended_by(snapshot),
            pointer: match heap.is_some_and(|heap| heap.address_bits == 64) {
                true => PointerSize::Eight,
                false => PointerSize::Four,
            },
        }
    }

    /// The threads that had ended.
    fn ended_by(&self, snapshot: &Snapshot) -> Vec<WordId> {
        let is_at_end = snapshot.said.what.reason == "end";
        let ends = self.facts.thread_ends.iter();
        let ended = ends.filter(|end| is_at_end || end.time <= snapshot.said.time);
        let ended: HashSet<(u32, u32)> = ended.map(|end| (end.process, end.what.thread)).collect();
        let threads = self.facts.threads.iter();
        threads
            .filter(|began| ended.contains(&(began.process, began.what.thread)))
            .filter_map(|began| self.names.find_word(&began.what.name))
            .collect()
    }
}

/// Which snapshot of which memory: its place, the time, and the number on its thread.
pub type Wanted = (usize, u64, u32);

/// The snapshots to look at. Without a moment, the last of each memory.
fn wanted(findings: &Findings, at: Option<&str>) -> Vec<Wanted> {
    let checks = findings
        .spaces
        .as_ref()
        .map_or(&[][..], |spaces| spaces.self_checks());
    let mut last: HashMap<usize, Wanted> = HashMap::new();
    for check in checks {
        let is_meant = match at {
            None => true,
            Some(at) => check.said.reason == at || check.said.mark == at,
        };
        if is_meant {
            let which = (check.memory, check.time, check.said.snapshot);
            last.insert(check.memory, which);
        }
    }
    last.into_values().collect()
}

/// What is asked about: an address, a type, a class of handles, or a part of a
/// function, file or module where blocks are allocated.
fn about_of(what: &str, facts: &Facts, names: &Names) -> anyhow::Result<About> {
    let address = match what.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => what.parse().ok(),
    };
    if let Some(address) = address {
        return Ok(About::Address(address));
    }
    let kinds = handle_kinds(facts).names;
    if let Some(kind) = kinds.iter().position(|kind| kind.class == what) {
        return Ok(About::Handles(kind));
    }
    let all = || (0..names.site_count() as u32).map(SiteId);
    let type_of = |site: SiteId| names.site_type(site).map_or("", |id| names.type_name(id));
    let mut sites: Vec<SiteId> = all().filter(|site| type_of(*site) == what).collect();
    if sites.is_empty() {
        let is_part = |site: &SiteId| {
            let frames = names
                .stack_of(*site)
                .into_iter()
                .flat_map(|stack| names.frames_of(stack));
            let mut texts =
                frames.flat_map(|frame| [frame.function, frame.module, frame.place.unwrap_or("")]);
            type_of(*site).contains(what)
                || names.location(*site).as_str().contains(what)
                || texts.any(|text| text.contains(what))
        };
        sites = all().filter(is_part).collect();
    }
    if sites.is_empty() {
        bail!(
            "nothing is called {what:?}: expected an address such as 0x1040, a type, a class of handles, or a part of \
             a function or file in whose stack blocks were allocated"
        );
    }
    Ok(About::Of(sites))
}

fn show(options: &Why, analysed: &Analysed) -> anyhow::Result<()> {
    let view = analysed.view(options.units, options.top);
    let mut out = anstream::stdout();
    match options.format {
        WhyFormat::Text => out.write_all(to_text(&why(&view)).as_bytes())?,
        WhyFormat::Markdown => out.write_all(to_markdown(&why(&view)).as_bytes())?,
        WhyFormat::Json => out.write_all(why_to_json(&view)?.as_bytes())?,
    }
    out.flush()?;
    Ok(())
}
