//! `unfreed account`: where every byte of linear memory is.

use std::io::Write;

use anyhow::{Context, bail};
use unfreed_engine::Options;
use unfreed_engine::account::{At, Spaces};
use unfreed_events::Names;
use unfreed_report::{
    AccountView, account, account_to_json, to_markdown, to_text, write_account_csv,
};

use crate::analyze::Analysed;
use crate::args::{Account, Format};
use crate::trace::{self, Scope};
use crate::why;

/// Runs the command; the result is the exit code.
pub fn run(options: &Account) -> anyhow::Result<u8> {
    let file = options.file.display();
    if !trace::is_trace(&options.file) {
        bail!(
            "{file} is no recording; a log has no addresses, so that `unfreed analyze` is all that can be said of it"
        );
    }
    let until = options.at.as_deref().and_then(time);
    let scope = Scope {
        marks: &options.marks,
        until,
        ..Scope::default()
    };
    let mut analysed = trace::analyse_within(&options.file, &Options::default(), &scope)?;
    if until.is_none() {
        why::explain(&options.file, &mut analysed)?;
    }
    let Some(spaces) = &analysed.findings.spaces else {
        bail!("{file} has no linear memory to account for");
    };
    let find = |name: &str| moment(name, spaces, &analysed.names);
    let (from, to) = match (&options.between, &options.at) {
        (Some(names), _) => match names.as_slice() {
            [from, to] => (find(from)?, find(to)?),
            _ => bail!("--between takes two moments"),
        },
        // The account ends there.
        (None, Some(_)) if until.is_some() => (At::Start, At::End),
        (None, Some(name)) => (At::Start, find(name)?),
        (None, None) => (At::Start, At::End),
    };
    let memories = spaces.memories().len();
    if let Some(memory) = options.memory.filter(|memory| *memory >= memories) {
        bail!("--memory {memory}: {file} has {memories} memories, counted from 0");
    }
    show(options, &analysed, from, to).context("cannot write to standard output")?;
    Ok(analysed.code())
}

fn show(options: &Account, analysed: &Analysed, from: At, to: At) -> anyhow::Result<()> {
    let view = analysed.view(options.units, options.top);
    let shown = AccountView {
        view: &view,
        from,
        to,
        memory: options.memory,
    };
    let mut out = anstream::stdout();
    match options.format {
        Format::Text => out.write_all(to_text(&account(&shown)).as_bytes())?,
        Format::Markdown => out.write_all(to_markdown(&account(&shown)).as_bytes())?,
        Format::Json => out.write_all(account_to_json(&shown)?.as_bytes())?,
        Format::Csv => {
            let mut rows = Vec::new();
            write_account_csv(&shown, &mut rows)?;
            out.write_all(&rows)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// A time since the recording began, as `1.5s` or `800ms`, in nanoseconds.
fn time(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e6),
        None => (text.strip_suffix('s')?, 1e9),
    };
    let number: f64 = number.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number * unit) as u64)
}

/// `start`, `peak`, `end`, or the name of a mark.
fn moment(name: &str, spaces: &Spaces, names: &Names) -> anyhow::Result<At> {
    let marks = spaces.at_marks();
    let is_it = |number: &usize| names.word(marks[*number].name) == name;
    let mut found = (0..marks.len()).filter(is_it);
    match (name, found.next(), found.count()) {
        (_, Some(number), 0) => Ok(At::Mark(number)),
        (_, Some(_), more) => bail!(
            "{} marks are called {name:?}; which one is meant cannot be told",
            more + 1
        ),
        ("start", None, _) => Ok(At::Start),
        ("peak", None, _) => Ok(At::Peak),
        ("end", None, _) => Ok(At::End),
        (_, None, _) => {
            let some: Vec<&str> = marks
                .iter()
                .take(5)
                .map(|mark| names.word(mark.name))
                .collect();
            bail!(
                "no mark is called {name:?}; expected start, peak, end, a time such as 1.5s, or a mark{}",
                match some.is_empty() {
                    true => ", of which the recording has none".to_owned(),
                    false => format!(
                        " ({}{})",
                        some.join(", "),
                        if marks.len() > 5 { ", …" } else { "" }
                    ),
                }
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(time("1.5s"), Some(1_500_000_000));
        assert_eq!(time("800ms"), Some(800_000_000));
        for text in ["cycle 1s", "s", "-1s", "peak", "1"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
