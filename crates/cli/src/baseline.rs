//! `unfreed baseline`: what a run leaks, as a file to compare later runs with.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use unfreed_report::{BASELINE_MAGIC, Summary, read_baseline, write_baseline};

use crate::analyze;
use crate::args::{Baseline as Asked, Reading, UnitsArg};
use crate::exit;
use crate::output::{refuse_input, seen};

/// Runs the command; the result is the exit code.
pub fn run(options: &Asked) -> anyhow::Result<u8> {
    if let Some(file) = options.files.iter().find(|file| is_baseline(file)) {
        bail!(
            "{} is a baseline already; give a recording or a log",
            file.display()
        );
    }
    let summary = summary_of(&options.files, &options.reading)?;
    let text = write_baseline(&summary);
    if options.output == Path::new("-") {
        let mut out = std::io::stdout().lock();
        seen(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    } else {
        let file = &options.output;
        refuse_input(file, &options.files)?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(match summary.is_complete {
        true => exit::ANALYSED,
        false => exit::INCOMPLETE,
    })
}

/// What a run leaks: as its baseline says, or as an analysis finds.
pub fn summary_of(files: &[PathBuf], reading: &Reading) -> anyhow::Result<Summary> {
    if let [file] = files
        && is_baseline(file)
    {
        return read(file).with_context(|| format!("cannot read {}", file.display()));
    }
    let analysed = analyze::account(files, reading, &reading.engine_options())?;
    Ok(Summary::of(&analysed.view(UnitsArg::Auto, Some(0))))
}

fn is_baseline(file: &Path) -> bool {
    let head = analyze::source_head(file).unwrap_or_default();
    head.starts_with(BASELINE_MAGIC.as_bytes())
}

fn read(file: &Path) -> anyhow::Result<Summary> {
    let mut text = String::new();
    analyze::open_text(file)?.read_to_string(&mut text)?;
    Ok(read_baseline(&text)?)
}
