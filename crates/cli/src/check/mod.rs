//! `unfreed check`: are the budgets kept?

mod budgets;
mod command;
mod config;
mod inputs;
mod outputs;
mod pattern;
mod select;
mod suppressions;

use std::io::Write;

use anyhow::bail;
use unfreed_report::{
    Check as Checked, CheckOutcome, CheckedInput, View, check, check_to_json, to_markdown, to_text,
};

use crate::args::{Check, CheckFormat};
use crate::exit;
use crate::output::seen;

use self::command::Run;
use self::config::Settings;
use self::inputs::{Input, Running};
use self::select::Selecting;
use self::suppressions::{Suppressions, today};

/// Runs the command; the result is the exit code.
pub fn run(options: &Check) -> anyhow::Result<u8> {
    if options.github && options.format == CheckFormat::Json {
        bail!(
            "--github writes annotations to standard output, where --format json writes; leave one of them out"
        );
    }
    let settings = Settings::of(options)?;
    match options.command.is_empty() {
        true => {
            let running = options.running.then_some(Running {
                thread: options.thread,
            });
            let input = inputs::read(&options.files, &settings.reading, running)?;
            let outcome = judge(options, &settings, &[input])?;
            Ok(code(outcome))
        }
        false => check_command(options, &settings),
    }
}

fn check_command(options: &Check, settings: &Settings) -> anyhow::Result<u8> {
    let run = Run::new(options)?;
    let inputs = run.inputs(&settings.reading)?;
    let outcome = judge(options, settings, &inputs)?;
    let failed = run.code;
    let is_good = outcome == CheckOutcome::Pass && failed == 0;
    if let Some(kept) = run.end(is_good) {
        say(&format!("the recording is in {}", kept.display()));
    }
    match failed {
        0 => Ok(code(outcome)),
        _ => {
            say(&format!(
                "the command ended with exit code {failed}, which comes before the budgets"
            ));
            Ok(failed)
        }
    }
}

fn say(what: &str) {
    // Nobody reads it, which changes nothing.
    let _ = writeln!(anstream::stderr(), "unfreed: {what}");
}

fn code(outcome: CheckOutcome) -> u8 {
    match outcome {
        CheckOutcome::Pass => exit::ANALYSED,
        CheckOutcome::Fail => exit::LEAKS,
        CheckOutcome::Unknown => exit::INCOMPLETE,
    }
}

/// Judges the budgets on each input, and shows what came of it.
fn judge(options: &Check, settings: &Settings, inputs: &[Input]) -> anyhow::Result<CheckOutcome> {
    let suppressions = match &settings.suppressions {
        Some(file) => Suppressions::read(file)?,
        None => Suppressions::default(),
    };
    let today = today();
    let mut used = vec![false; suppressions.all.len()];
    let mut checked = Vec::new();
    for input in inputs {
        let view = View {
            all_frames: options.all_frames,
            ..input.analysed.view(options.units, None)
        };
        let selecting = Selecting::new(&view, &suppressions, today);
        let budgets = settings.budgets.iter();
        checked.push(CheckedInput {
            source: input.name.clone(),
            budgets: budgets
                .map(|budget| selecting.judge(budget))
                .collect::<anyhow::Result<_>>()?,
            rates: selecting.rates()?,
            problems: input.problems(&view, &settings.reading),
            suppressed: selecting.suppressed(&mut used),
            view,
        });
    }
    let checked = Checked {
        inputs: checked,
        stale: suppressions.stale(&used, today),
    };
    show(&checked, options.format)?;
    outputs::write(options, &checked)?;
    Ok(checked.outcome())
}

fn show(checked: &Checked<'_>, format: CheckFormat) -> anyhow::Result<()> {
    let mut out = anstream::stdout();
    let text = match format {
        CheckFormat::Text => to_text(&check(checked)),
        CheckFormat::Markdown => to_markdown(&check(checked)),
        CheckFormat::Json => check_to_json(checked)?,
    };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    seen(written)
}
