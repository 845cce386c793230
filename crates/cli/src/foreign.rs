//! Files of other tools, which are known by how they begin.

use std::path::Path;

use anyhow::Context;
use unfreed_engine::findings::Damage;
use unfreed_engine::foreign::Foreign;
use unfreed_engine::{Input, Options};
use unfreed_events::Sources;
use unfreed_events::dhat::is_dhat;
use unfreed_events::heaptrack::is_heaptrack;

use crate::analyze::{Analysed, source_head, source_name};
use crate::{dhat, heaptrack};

/// A tool whose files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// DHAT: of Valgrind, or the crate of Rust.
    Dhat,
    /// heaptrack.
    Heaptrack,
}

impl Tool {
    /// The tool that wrote a file; `None` for all others, and for what is no file.
    pub fn of(path: &Path) -> Option<Tool> {
        let head = source_head(path)?;
        if is_dhat(&head) {
            Some(Tool::Dhat)
        } else if is_heaptrack(&head) {
            Some(Tool::Heaptrack)
        } else {
            None
        }
    }

    /// What its files are called.
    pub fn file(self) -> &'static str {
        match self {
            Tool::Dhat => "a profile of DHAT",
            Tool::Heaptrack => "a file of heaptrack",
        }
    }

    /// Analyses one of its files.
    pub fn analyse(self, path: &Path, options: &Options) -> anyhow::Result<Analysed> {
        match self {
            Tool::Dhat => dhat::analyse(path, options),
            Tool::Heaptrack => heaptrack::analyse(path, options),
        }
        .with_context(|| format!("cannot read {}", source_name(path)))
    }
}

/// An error for a command that needs something else than a file of another tool.
pub fn refuse(path: &Path, expected: &str) -> anyhow::Result<()> {
    match Tool::of(path) {
        None => Ok(()),
        Some(tool) => anyhow::bail!(
            "{} is {}, not {expected}: unfreed analyze reads it",
            source_name(path),
            tool.file()
        ),
    }
}

/// What is said of an input that is one file of another tool.
pub fn input(
    path: &Path,
    foreign: Foreign,
    recorded: u64,
    damage: Option<String>,
) -> (Input, Sources) {
    let name = source_name(path);
    let mut sources = Sources::default();
    sources.push(name.as_str(), 0);
    let damage = damage.map(|reason| Damage {
        source: name,
        reason,
    });
    let input = Input {
        sources: 1,
        damage: damage.into_iter().collect(),
        recorded: Some(recorded),
        foreign: Some(foreign),
        ..Input::default()
    };
    (input, sources)
}
