//! A command that is recorded to be checked, and the logs that its processes write.

use std::path::PathBuf;

use anyhow::Context;
use tempfile::TempDir;

use super::inputs::{self, Input};
use crate::args::{Check, Reading, Recording};
use crate::record::{Recorded, record};

/// A command that has ended.
pub struct Run {
    /// Its exit code.
    pub code: u8,
    recording: PathBuf,
    /// Where recording and logs are, unless the user said where.
    folder: TempDir,
    is_named: bool,
}

impl Run {
    /// Runs the command.
    pub fn new(options: &Check) -> anyhow::Result<Run> {
        let folder = tempfile::Builder::new()
            .prefix("unfreed-check-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let named = options.recording.output.clone();
        let is_named = named.is_some();
        let how = Recording {
            output: named.or_else(|| Some(folder.path().join("check.unfreed"))),
            ..options.recording.clone()
        };
        let log = folder.path().join("{pid}.log");
        let Recorded { file, code } = record(&how, &options.command, Some(log.into()))?;
        Ok(Run {
            code,
            recording: file,
            folder,
            is_named,
        })
    }

    /// The recording, and the log of each process that has written one. A recording in
    /// which no process is recorded is left out if there are logs.
    pub fn inputs(&self, reading: &Reading) -> anyhow::Result<Vec<Input>> {
        let recorded = inputs::read(std::slice::from_ref(&self.recording), reading, None)?;
        let mut logs = Vec::new();
        let entries = std::fs::read_dir(self.folder.path());
        for entry in entries.into_iter().flatten().flatten() {
            let path = entry.path();
            let is_log = path.extension().is_some_and(|extension| extension == "log");
            // A process may have probes and nothing to log.
            if is_log && entry.metadata().is_ok_and(|file| file.len() > 0) {
                logs.push(path);
            }
        }
        logs.sort();
        let facts = recorded.analysed.facts.as_ref();
        let has_processes = facts.is_some_and(|facts| !facts.processes.is_empty());
        let mut all = Vec::new();
        if has_processes || logs.is_empty() {
            all.push(recorded);
        }
        for log in logs {
            all.push(inputs::read(&[log], reading, None)?);
        }
        Ok(all)
    }

    /// Cleans up. What is in a temporary folder is kept if not all is good; the result is
    /// the recording, if it is kept.
    pub fn end(self, is_good: bool) -> Option<PathBuf> {
        let kept = self.is_named || !is_good;
        if !is_good {
            // Logs of processes are looked at as well.
            let _ = self.folder.keep();
        }
        kept.then_some(self.recording)
    }
}
