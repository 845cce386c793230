//! A baseline as a run.

use std::collections::BTreeMap;

use unfreed_engine::Interval;
use unfreed_engine::compare::{Growth, Measure};
use unfreed_engine::findings::Grade;

use super::name::names;
use super::{BASELINE_MAGIC, BaselineError, BaselineFault, VERSION};
use crate::diff::{StackKey, Summary};
use crate::phrases;

type Read<T> = Result<T, BaselineFault>;

/// Reads what [`write_baseline`](super::write_baseline) wrote.
///
/// # Errors
/// The first line that is not as it has to be.
pub fn read_baseline(text: &str) -> Result<Summary, BaselineError> {
    let mut lines = (1..).zip(text.lines());
    let at = |line: usize| move |fault| BaselineError { line, fault };
    let (_, first) = lines.next().unwrap_or((1, ""));
    let skips_unknown = version(first).map_err(at(1))? > VERSION.1;
    let mut found = Lines::default();
    let mut last = 1;
    for (number, line) in lines {
        last = number;
        if !line.is_empty() && !line.starts_with('#') {
            found.line(line, skips_unknown).map_err(at(number))?;
        }
    }
    let summary = found.whole().map_err(at(last))?;
    adds_up(&summary).map_err(at(last))?;
    Ok(summary)
}

/// The minor version.
fn version(line: &str) -> Read<u32> {
    let version = line.strip_prefix(BASELINE_MAGIC);
    let version = version.ok_or(BaselineFault::NotABaseline)?;
    let numbers = version.split_once('.');
    let numbers = numbers.and_then(|(major, minor)| {
        let major: u32 = major.parse().ok()?;
        let minor: u32 = minor.parse().ok()?;
        Some((major, minor))
    });
    match numbers {
        Some((major, minor)) if major == VERSION.0 => Ok(minor),
        Some((major, _)) if major > VERSION.0 => Err(BaselineFault::TooNew(shown(version))),
        _ => Err(BaselineFault::NotABaseline),
    }
}

/// What lines have said so far.
#[derive(Default)]
struct Lines {
    iterations: Option<usize>,
    is_complete: Option<bool>,
    is_estimate: Option<bool>,
    trust: Option<Grade>,
    allocations: Option<u64>,
    temporary: Option<u64>,
    peak: Option<u64>,
    live: Option<Measure>,
    memory: Option<Measure>,
    holes: Option<Measure>,
    handles: BTreeMap<String, Measure>,
    types: BTreeMap<String, Measure>,
    stacks: BTreeMap<StackKey, Measure>,
}

impl Lines {
    fn line(&mut self, line: &str, skips_unknown: bool) -> Read<()> {
        let (kind, value) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "iterations" => once(&mut self.iterations, kind, number(value)?),
            "complete" => once(&mut self.is_complete, kind, yes_or_no(value)?),
            "estimated" => once(&mut self.is_estimate, kind, yes_or_no(value)?),
            "trust" => once(&mut self.trust, kind, grade(value)?),
            "allocations" => once(&mut self.allocations, kind, number(value)?),
            "temporary" => once(&mut self.temporary, kind, number(value)?),
            "peak" => once(&mut self.peak, kind, number(value)?),
            "live" => once(&mut self.live, kind, alone(value)?),
            "memory" => once(&mut self.memory, kind, alone(value)?),
            "holes" => once(&mut self.holes, kind, alone(value)?),
            "handles" => named(&mut self.handles, value),
            "type" => named(&mut self.types, value),
            "stack" => {
                let (found, rest) = measure(value)?;
                let mut frames = all_names(rest)?;
                let type_name = frames.remove(0);
                let key = StackKey { type_name, frames };
                match self.stacks.insert(key, found) {
                    Some(_) => Err(BaselineFault::Twice(shown(rest))),
                    None => Ok(()),
                }
            }
            _ if skips_unknown => Ok(()),
            _ => Err(unexpected(
                kind,
                "iterations, complete, estimated, trust, allocations, temporary, peak, live, memory, holes, handles, \
                 type, stack or #",
            )),
        }
    }

    fn whole(self) -> Read<Summary> {
        let missing = BaselineFault::Missing;
        Ok(Summary {
            iterations: self.iterations.ok_or(missing("iterations"))?,
            is_complete: self.is_complete.ok_or(missing("complete"))?,
            is_estimate: self.is_estimate.ok_or(missing("estimated"))?,
            trust: self.trust.ok_or(missing("trust"))?,
            allocations: self.allocations.ok_or(missing("allocations"))?,
            temporary: self.temporary,
            peak: self.peak.ok_or(missing("peak"))?,
            live: self.live.ok_or(missing("live"))?,
            memory: self.memory,
            holes: self.holes,
            handles: self.handles,
            types: self.types,
            stacks: self.stacks,
        })
    }
}

fn once<T>(place: &mut Option<T>, kind: &str, value: T) -> Read<()> {
    match place.replace(value) {
        Some(_) => Err(BaselineFault::Twice(kind.to_owned())),
        None => Ok(()),
    }
}

fn named(of: &mut BTreeMap<String, Measure>, value: &str) -> Read<()> {
    let (found, rest) = measure(value)?;
    let mut names = all_names(rest)?;
    let name = names.remove(0);
    if !names.is_empty() {
        return Err(unexpected(rest, "one name, in which ; is written \\;"));
    }
    match of.insert(name, found) {
        Some(_) => Err(BaselineFault::Twice(shown(rest))),
        None => Ok(()),
    }
}

fn all_names(text: &str) -> Read<Vec<String>> {
    names(text).ok_or_else(|| unexpected(text, "a name, in which \\ is written \\\\"))
}

/// A measure that is no name's.
fn alone(value: &str) -> Read<Measure> {
    match measure(value)? {
        (found, "") => Ok(found),
        (_, rest) => Err(unexpected(rest, "the end of the line")),
    }
}

/// A measure, and what stands behind it.
fn measure(value: &str) -> Read<(Measure, &str)> {
    let mut words = Words { rest: value };
    let at_end = number(words.next())?;
    words.expect("rate", "rate")?;
    let mean = match words.next() {
        "none" => {
            let measure = Measure {
                at_end,
                growth: None,
            };
            return Ok((measure, words.rest));
        }
        word => figure(word)?,
    };
    let (is_exact, interval) = match words.next() {
        "unsure" => (false, None),
        "exact" => (true, words.confidence()?.map(|sure| [mean, mean, sure])),
        "from" => {
            let low = figure(words.next())?;
            words.expect("to", "to")?;
            let high = figure(words.next())?;
            let sure = words.confidence()?;
            let sure = sure.ok_or_else(|| unexpected(words.rest, "a confidence from 0 to 1"))?;
            (false, Some([low, high, sure]))
        }
        word => return Err(unexpected(word, "exact, from or unsure")),
    };
    let interval = interval.map(|[low, high, confidence]| Interval {
        low,
        high,
        confidence,
    });
    let growth = Growth {
        mean,
        interval,
        is_exact,
    };
    let measure = Measure {
        at_end,
        growth: Some(growth),
    };
    Ok((measure, words.rest))
}

/// What is left of a line.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a str {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn expect(&mut self, word: &str, expected: &'static str) -> Read<()> {
        match self.next() {
            found if found == word => Ok(()),
            found => Err(unexpected(found, expected)),
        }
    }

    /// A confidence; `None` for the `-` that stands where there is none.
    fn confidence(&mut self) -> Read<Option<f64>> {
        match self.next() {
            "-" => Ok(None),
            word => match word.parse() {
                Ok(sure) if (0.0..=1.0).contains(&sure) => Ok(Some(sure)),
                _ => Err(unexpected(word, "a confidence from 0 to 1, or -")),
            },
        }
    }
}

fn number<T: std::str::FromStr>(word: &str) -> Read<T> {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let number = word.parse().ok().filter(|_| is_number);
    number.ok_or_else(|| unexpected(word, "a whole number"))
}

fn figure(word: &str) -> Read<f64> {
    let figure = word.parse().ok().filter(|figure: &f64| figure.is_finite());
    figure.ok_or_else(|| unexpected(word, "a number"))
}

fn yes_or_no(word: &str) -> Read<bool> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(unexpected(word, "yes or no")),
    }
}

fn grade(word: &str) -> Read<Grade> {
    let mut grades = [Grade::Low, Grade::Medium, Grade::High].into_iter();
    let grade = grades.find(|grade| phrases::grade(*grade) == word);
    grade.ok_or_else(|| unexpected(word, "low, medium or high"))
}

/// Whether the parts are those of the whole: a line that a merge lost would be a leak
/// that is new.
fn adds_up(summary: &Summary) -> Read<()> {
    let live = summary.live.at_end;
    let types = summary.types.values().map(|of| u128::from(of.at_end)).sum();
    let stacks = summary
        .stacks
        .values()
        .map(|of| u128::from(of.at_end))
        .sum();
    for (of, sum) in [("type", types), ("stack", stacks)] {
        if sum != u128::from(live) {
            return Err(BaselineFault::Sum { of, sum, live });
        }
    }
    Ok(())
}

fn unexpected(found: &str, expected: &'static str) -> BaselineFault {
    BaselineFault::Unexpected {
        found: shown(found),
        expected,
    }
}

/// As much of a text as people need to find it, which commands no terminal.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = super::name::escaped(text);
    if let Some((at, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
}
