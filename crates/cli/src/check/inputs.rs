//! What is checked: a recording, or logs.

use std::path::{Path, PathBuf};

use unfreed_engine::Options;
use unfreed_events::trace::ThreadTree;
use unfreed_report::{View, problems};

use crate::analyze::{self, Analysed, source_name};
use crate::args::Reading;
use crate::trace::{self, Scope};

/// An input that was analysed.
pub struct Input {
    pub name: String,
    pub analysed: Analysed,
}

/// That the program runs still.
#[derive(Clone, Copy)]
pub struct Running {
    /// Only these threads of it are looked at.
    pub thread: Option<ThreadTree>,
}

/// Analyses files as one input.
pub fn read(
    files: &[PathBuf],
    reading: &Reading,
    running: Option<Running>,
) -> anyhow::Result<Input> {
    let names: Vec<String> = files.iter().map(|file| source_name(file)).collect();
    let analysed = match (files, running) {
        ([file], Some(Running { thread })) if trace::is_trace(file) => {
            still_written(file, reading, thread)?
        }
        _ => analyze::analyse(files, reading, &reading.engine_options())?,
    };
    Ok(Input {
        name: names.join(", "),
        analysed,
    })
}

fn still_written(
    file: &Path,
    reading: &Reading,
    thread: Option<ThreadTree>,
) -> anyhow::Result<Analysed> {
    let scope = Scope {
        marks: &reading.marks,
        is_running: true,
        thread,
        ..Scope::default()
    };
    trace::analyse_within(file, &Options::default(), &scope)
}

impl Input {
    /// Why nothing can be told from it.
    pub fn problems(&self, view: &View<'_>, reading: &Reading) -> Vec<String> {
        let mut found = problems(view);
        if reading.marks.mark_end.is_some() && !self.analysed.findings.is_ended_by_mark() {
            found.push(
                "no mark that --mark-end matches comes behind the begin of the first iteration"
                    .to_owned(),
            );
        }
        found
    }
}
