//! `unfreed.toml`, and how it goes together with the command line.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;
use unfreed_report::Subject;

use super::budgets::{self, Asked};
use crate::args::{Check, Reading};

/// Looked for in the current folder.
const NAME: &str = "unfreed.toml";

/// What is to be checked, and how.
pub struct Settings {
    pub budgets: Vec<Asked>,
    pub suppressions: Option<PathBuf>,
    pub reading: Reading,
    /// Of all budgets that do not say it.
    warm_up: Option<usize>,
    iterations: Option<usize>,
}

/// The file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mark: Option<Spanned<String>>,
    mark_end: Option<Spanned<String>>,
    suppressions: Option<PathBuf>,
    warm_up: Option<usize>,
    iterations: Option<usize>,
    #[serde(default)]
    budget: Vec<Spanned<Entry>>,
}

/// A budget in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Option<String>,
    kind: Spanned<String>,
    r#type: Option<String>,
    stack: Option<String>,
    class: Option<String>,
    limit: Spanned<Limit>,
    warm_up: Option<usize>,
    iterations: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Limit {
    Whole(u64),
    Number(f64),
    Text(String),
}

impl Settings {
    /// What the command line and the file say together. The command line comes first;
    /// budgets on it replace those of the file.
    pub fn of(options: &Check) -> anyhow::Result<Settings> {
        let mut settings = match file(options.config.as_deref())? {
            Some((path, text)) => parse(&path, &text)?,
            None => Settings::from_parts(File::default(), Vec::new(), Reading::default()),
        };
        let from_file = std::mem::replace(&mut settings.reading, options.reading.clone()).marks;
        let marks = &mut settings.reading.marks;
        if marks.mark.is_none() {
            marks.mark = from_file.mark;
        }
        if marks.mark_end.is_none() {
            marks.mark_end = from_file.mark_end;
        }
        settings.suppressions = options.suppressions.clone().or(settings.suppressions);
        if !options.budgets.is_empty() {
            let given = options.budgets.iter().map(|text| Asked::parse(text));
            settings.budgets = given.collect::<anyhow::Result<_>>()?;
        }
        if settings.budgets.is_empty() {
            settings.budgets.push(Asked::nothing_leaks());
        }
        if options.running {
            // A program that checks itself has iterations of its own.
            (settings.warm_up, settings.iterations) = (None, None);
        }
        for budget in &mut settings.budgets {
            budget.warm_up = options.warm_up.or(budget.warm_up).or(settings.warm_up);
            if budget.iterations == 0 {
                budget.iterations = settings.iterations.unwrap_or(0);
            }
            budget.iterations = options.iterations.unwrap_or(budget.iterations);
        }
        Ok(settings)
    }

    fn from_parts(file: File, budgets: Vec<Asked>, reading: Reading) -> Settings {
        Settings {
            budgets,
            suppressions: file.suppressions,
            reading,
            warm_up: file.warm_up,
            iterations: file.iterations,
        }
    }
}

/// The file's path and text.
fn file(asked: Option<&Path>) -> anyhow::Result<Option<(PathBuf, String)>> {
    let path = asked.unwrap_or(Path::new(NAME));
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if asked.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn parse(path: &Path, text: &str) -> anyhow::Result<Settings> {
    let shown = path.display();
    let mut file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, &span));
        anyhow!("{shown}:{line}: {}", error.message())
    })?;
    let at = |span: Range<usize>, error: anyhow::Error| {
        error.context(format!("{shown}:{}", line_of(text, &span)))
    };
    let regex = |pattern: Option<Spanned<String>>| {
        pattern
            .map(|pattern| {
                Regex::new(pattern.get_ref()).map_err(|error| at(pattern.span(), error.into()))
            })
            .transpose()
    };
    let mut reading = Reading::default();
    reading.marks.mark = regex(file.mark.take())?;
    reading.marks.mark_end = regex(file.mark_end.take())?;
    let entries = std::mem::take(&mut file.budget).into_iter();
    let budgets = entries.map(|entry| {
        let span = entry.span();
        budget(entry.into_inner()).map_err(|(inner, error)| at(inner.unwrap_or(span), error))
    });
    let budgets = budgets.collect::<anyhow::Result<_>>()?;
    // It stands beside the file.
    let folder = path.parent().unwrap_or(Path::new(""));
    file.suppressions = file.suppressions.map(|name| folder.join(name));
    Ok(Settings::from_parts(file, budgets, reading))
}

/// Where in the file something is wrong, if it is narrower than a budget.
type At = Option<Range<usize>>;

fn budget(entry: Entry) -> Result<Asked, (At, anyhow::Error)> {
    let kind_span = entry.kind.span();
    let kind = budgets::kind(entry.kind.get_ref()).map_err(|error| (Some(kind_span), error))?;
    let subjects = [
        entry.r#type.map(Subject::Type),
        entry.stack.map(Subject::Stack),
        entry.class.map(Subject::Class),
    ];
    let mut subjects = subjects.into_iter().flatten();
    let subject = subjects.next();
    if subjects.next().is_some() {
        return Err((None, anyhow!("type, stack and class exclude one another")));
    }
    budgets::fits(kind, subject.as_ref()).map_err(|error| (None, error))?;
    let limit_span = entry.limit.span();
    let text = match entry.limit.into_inner() {
        Limit::Whole(number) => number.to_string(),
        Limit::Number(number) => number.to_string(),
        Limit::Text(text) => text,
    };
    let limit = budgets::limit(kind, &text).map_err(|error| (Some(limit_span), error))?;
    let made = || match &subject {
        None => kind.word().to_owned(),
        Some(subject) => format!("{}:{subject}", kind.word()),
    };
    Ok(Asked {
        name: entry.name.unwrap_or_else(made),
        kind,
        subject,
        limit,
        warm_up: entry.warm_up,
        iterations: entry.iterations.unwrap_or(0),
    })
}

/// The line on which something begins, from 1.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    before.matches('\n').count() + 1
}
