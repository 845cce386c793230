//! What is written beside standard output: files for CI systems.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use unfreed_report::{
    Check as Checked, check, check_to_github, check_to_junit, check_to_sarif, to_markdown,
};

use crate::args::Check;
use crate::output::{refuse_input, seen};

/// The file to which a step of GitHub Actions appends its summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Writes what the options ask for.
pub fn write(options: &Check, checked: &Checked<'_>) -> anyhow::Result<()> {
    for file in options.junit.iter().chain(&options.sarif) {
        refuse_input(file, &options.files)?;
    }
    if let Some(file) = &options.junit {
        write_file(file, &check_to_junit(checked)?)?;
    }
    if let Some(file) = &options.sarif {
        write_file(file, &check_to_sarif(checked)?)?;
    }
    match options.github {
        true => github(checked),
        false => Ok(()),
    }
}

fn write_file(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Workflow commands on standard output, and the summary of the step.
fn github(checked: &Checked<'_>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let commands = check_to_github(checked);
    seen(
        out.write_all(commands.as_bytes())
            .and_then(|()| out.flush()),
    )?;
    let Some(file) = std::env::var_os(STEP_SUMMARY).filter(|file| !file.is_empty()) else {
        return Ok(());
    };
    let summary = to_markdown(&check(checked));
    let opened = OpenOptions::new().create(true).append(true).open(&file);
    opened
        .and_then(|mut file| writeln!(file, "{summary}"))
        .with_context(|| {
            format!(
                "cannot write {}, which {STEP_SUMMARY} names",
                file.display()
            )
        })
}
