//! `unfreed diff`: two runs, or a run and a baseline, compared.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use unfreed_engine::compare::Gate;
use unfreed_report::{
    DiffView, Named, SvgError, diff, diff_svg, diff_to_json, to_markdown, to_text, write_diff_csv,
};

use crate::analyze;
use crate::args::{Diff as Asked, Format};
use crate::baseline::summary_of;
use crate::exit;
use crate::output::{refuse_input, seen};

/// How many rows a table for people has, if not said otherwise.
const DEFAULT_TOP: usize = 20;

/// Runs the command; the result is the exit code.
pub fn run(options: &Asked) -> anyhow::Result<u8> {
    if options.reading.observed.is_some() {
        bail!("--observed is the growth of one run, which says nothing of two; leave it out");
    }
    if options.before == Path::new("-") && options.after == Path::new("-") {
        bail!("standard input cannot be both A and B; give a file for one of them");
    }
    let is_same = options.before != options.after && name(&options.before) == name(&options.after);
    let named = |path: &Path| -> anyhow::Result<Named> {
        Ok(Named {
            name: match is_same {
                true => analyze::source_name(path),
                false => name(path),
            },
            summary: summary_of(&[path.to_owned()], &options.reading)?,
        })
    };
    let found = unfreed_report::Diff::of(named(&options.before)?, named(&options.after)?);
    let top = options.top.unwrap_or(DEFAULT_TOP);
    let view = DiffView {
        diff: &found,
        units: analyze::units(options.units),
        top: Some(top).filter(|top| *top > 0),
        all: options.all,
    };
    if let Some(file) = &options.svg {
        refuse_input(file, &[options.before.clone(), options.after.clone()])?;
        draw(&found, file)?;
    }
    let code = code(&found, options.fail_on_growth);
    seen(show(&view, options.format))?;
    Ok(code)
}

fn show(view: &DiffView<'_>, format: Format) -> io::Result<()> {
    let mut out = anstream::stdout();
    match format {
        Format::Text => out.write_all(to_text(&diff(view)).as_bytes())?,
        Format::Markdown => out.write_all(to_markdown(&diff(view)).as_bytes())?,
        Format::Json => out.write_all(diff_to_json(view).map_err(io::Error::other)?.as_bytes())?,
        Format::Csv => {
            let mut rows = Vec::new();
            write_diff_csv(view.diff, &mut rows).map_err(io::Error::other)?;
            out.write_all(&rows)?;
        }
    }
    out.flush()?;
    Ok(())
}

fn draw(found: &unfreed_report::Diff, file: &Path) -> anyhow::Result<()> {
    match diff_svg(found) {
        Ok(svg) => {
            std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))
        }
        // Good news is no failure.
        Err(error @ SvgError::NothingDiffers) => {
            say(&format!("{error}; {} is not written", file.display()));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn code(found: &unfreed_report::Diff, allowed: Option<u64>) -> u8 {
    if !found.is_complete() {
        return exit::INCOMPLETE;
    }
    match allowed.map(|allowed| found.gate(allowed)) {
        None | Some(Gate::Passes) => exit::ANALYSED,
        Some(Gate::Grown) => {
            say(
                "--fail-on-growth: of a type or a stack more leaks than allowed, though what leaks in all may be as before; \
                 it stands among what has grown or is new",
            );
            exit::LEAKS
        }
        Some(Gate::CannotTell) => {
            say(
                "there are not enough iterations to tell growth from noise; mark five or more in each run",
            );
            exit::INCOMPLETE
        }
    }
}

/// A run is known by its file, wherever that is.
fn name(path: &Path) -> String {
    let name = path.file_name().filter(|name| *name != "-");
    name.map_or("<stdin>".to_owned(), |name| {
        name.to_string_lossy().into_owned()
    })
}

fn say(what: &str) {
    // Nobody reads it, which changes nothing.
    let _ = writeln!(std::io::stderr(), "unfreed: {what}");
}
