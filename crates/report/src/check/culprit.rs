//! A culprit with its names: what all formats show.

use unfreed_engine::budget::{Culprit, Who};
use unfreed_events::SiteId;
use unfreed_events::stacks::Frame;

use super::Kind;
use crate::phrases;
use crate::sections::own_frames;
use crate::view::View;
use crate::why;

/// One that has a part in breaking a budget.
pub(super) struct Described<'a> {
    /// The type, or the class of handles.
    pub type_name: &'a str,
    /// The stack that allocates, or made the handles, without the frames that only pass
    /// the request on; for a log, one frame that is a place.
    pub stack: Vec<Place<'a>>,
    /// The frames as people read them.
    pub lines: Vec<String>,
    /// Why it stays, if that is known.
    pub why: Option<String>,
    /// What to do about it.
    pub next_step: String,
}

/// A frame.
pub(super) struct Place<'a> {
    pub function: &'a str,
    /// As short as tells it; `None` if it is not known.
    pub file: Option<String>,
    pub line: Option<u64>,
    pub module: String,
    pub offset: Option<u32>,
}

impl Described<'_> {
    /// The first place that people can open: of the program itself rather than of a
    /// package.
    pub fn source(&self) -> Option<&Place<'_>> {
        let sources = || self.stack.iter().filter(|place| place.is_source());
        let is_own = |place: &&Place<'_>| {
            let file = place.file.as_deref().unwrap_or_default();
            !file.starts_with("node_modules/")
        };
        sources().find(is_own).or_else(|| sources().next())
    }
}

impl Place<'_> {
    /// Whether it is a line of a file.
    fn is_source(&self) -> bool {
        let file = self.file.as_deref().unwrap_or("node:");
        self.line.is_some() && !file.starts_with("node:")
    }

    /// The function, or else where it is; empty for a line of a file without one.
    pub fn name(&self) -> String {
        match (self.function, self.offset) {
            ("", Some(offset)) => format!("{}:{offset:#x}", self.module),
            (function, _) => function.to_owned(),
        }
    }
}

pub(super) fn describe<'a>(kind: Kind, culprit: &Culprit, view: &View<'a>) -> Described<'a> {
    match culprit.who {
        Who::Site(site) => of_site(kind, site, view),
        Who::Handles(kind) => of_handles(kind, view),
    }
}

fn of_site<'a>(kind: Kind, site: SiteId, view: &View<'a>) -> Described<'a> {
    let why = why::in_words(site, view).filter(|_| next_step_of(kind).is_none());
    Described {
        type_name: view.site_type(site),
        stack: stack(site, view),
        lines: lines(site, view),
        next_step: next_step(kind, site, view),
        why,
    }
}

fn of_handles<'a>(kind: usize, view: &View<'a>) -> Described<'a> {
    let class = why::kind_name(kind, view);
    let found = view.findings.handles.get(kind);
    let makers = found.map_or(&[][..], |found| &found.sites);
    let maker = makers.iter().find(|maker| maker.not_freed > 0);
    let collected = found.is_some_and(|found| found.orphans > 0);
    let why = match collected {
        true => "some were collected without being freed",
        false => "JavaScript still holds them",
    };
    Described {
        type_name: class,
        stack: maker.map_or_else(Vec::new, |maker| stack(maker.site, view)),
        lines: maker.map_or_else(Vec::new, |maker| lines(maker.site, view)),
        why: Some(why.to_owned()),
        next_step: format!(
            "Call free() on each {class}, or declare it with `using`; `unfreed handles` says who made them."
        ),
    }
}

fn stack<'a>(site: SiteId, view: &View<'a>) -> Vec<Place<'a>> {
    let names = view.names;
    let Some(stack) = names.stack_of(site) else {
        let location = names.location(site);
        return vec![Place {
            function: "",
            file: Some(view.short(location.file()).into_owned()),
            line: location.line(),
            module: String::new(),
            offset: None,
        }];
    };
    let frames: Vec<Frame<'a>> = names.frames_of(stack).collect();
    let shown = match view.all_frames {
        true => 0..frames.len(),
        false => own_frames(&frames),
    };
    frames[shown]
        .iter()
        .map(|frame| place(frame, view))
        .collect()
}

fn place<'a>(frame: &Frame<'a>, view: &View<'a>) -> Place<'a> {
    let located = frame.place.map(|place| view.short(place));
    let (file, line) = match &located {
        None => (None, None),
        Some(place) => {
            let (file, line) = file_and_line(place);
            (Some(file.to_owned()), line)
        }
    };
    Place {
        function: frame.function,
        file,
        line,
        module: view.short(frame.module).into_owned(),
        offset: frame.wasm.map(|wasm| wasm.offset),
    }
}

/// File and line of `file:line` and `file:line:column`.
fn file_and_line(place: &str) -> (&str, Option<u64>) {
    let number = |text: &str| {
        let (head, tail) = text.rsplit_once(':')?;
        Some((head.len(), tail.parse::<u64>().ok()?))
    };
    match number(place) {
        None => (place, None),
        Some((end, last)) => match number(&place[..end]) {
            Some((before, line)) => (&place[..before], Some(line)),
            None => (&place[..end], Some(last)),
        },
    }
}

fn lines(site: SiteId, view: &View<'_>) -> Vec<String> {
    match view.names.stack_of(site) {
        None => vec![view.location(site).into_owned()],
        Some(stack) => {
            let frames: Vec<Frame<'_>> = view.names.frames_of(stack).collect();
            crate::sections::stack_lines(&frames, view)
        }
    }
}

/// What to do where it is not that blocks stay.
fn next_step_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Temporary | Kind::TemporaryShare => {
            Some("Use one block again instead of allocating it each time.")
        }
        Kind::MemoryGrowth => Some(
            "See what was free when memory grew, and what its growth consists of: `unfreed account` says it.",
        ),
        _ => None,
    }
}

fn next_step(kind: Kind, site: SiteId, view: &View<'_>) -> String {
    let findings = view.findings;
    if let Some(step) = next_step_of(kind) {
        return step.to_owned();
    }
    let mut of_threads = findings.thread_blocks.iter();
    if of_threads.any(|block| block.has_ended && block.site == site) {
        return phrases::end_threads(&findings.ended_threads(), view);
    }
    if let Some(found) = findings.why(site) {
        let remedy = why::remedy(found, view);
        let (first, rest) = remedy.split_at(1);
        return format!("{}{rest}.", first.to_uppercase());
    }
    let type_name = view.site_type(site);
    match view.recording {
        Some(_) => format!(
            "Find out who keeps what {type_name} allocates: with --snapshot end in the recording, `unfreed why` says it."
        ),
        None => format!(
            "Find out who keeps the {type_name} allocated at {}.",
            view.location(site)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::file_and_line;

    #[test]
    fn places_are_file_and_line() {
        assert_eq!(file_and_line("src/a.js:12:3"), ("src/a.js", Some(12)));
        assert_eq!(file_and_line("src/a.rs:12"), ("src/a.rs", Some(12)));
        assert_eq!(file_and_line("C:\\a.rs:12"), ("C:\\a.rs", Some(12)));
        assert_eq!(file_and_line("a.wasm"), ("a.wasm", None));
    }
}
