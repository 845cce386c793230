//! Budgets as people write them.

use std::sync::LazyLock;

use anyhow::{Context, bail};
use unfreed_events::parse_size;
use unfreed_report::{Kind, Subject};

/// A budget as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What it is called.
    pub name: String,
    pub kind: Kind,
    pub subject: Option<Subject>,
    /// In the unit of the kind.
    pub limit: f64,
    pub warm_up: Option<usize>,
    /// The least number of iterations; 0 for the default.
    pub iterations: usize,
}

impl Asked {
    /// No byte may leak per iteration.
    pub fn nothing_leaks() -> Asked {
        Asked::nothing_of(Kind::LeakedBytes)
    }

    /// Nothing of a kind is allowed.
    pub fn nothing_of(kind: Kind) -> Asked {
        Asked {
            name: kind.word().to_owned(),
            kind,
            subject: None,
            limit: 0.0,
            warm_up: None,
            iterations: 0,
        }
    }

    /// Reads `KIND[:OF]=LIMIT`.
    pub fn parse(text: &str) -> anyhow::Result<Asked> {
        let parts = || -> anyhow::Result<Asked> {
            let (what, limit) = text
                .rsplit_once('=')
                .context("expected KIND[:OF]=LIMIT, such as leaked_bytes=0")?;
            let (word, of) = match what.split_once(':') {
                Some((word, of)) => (word, Some(of)),
                None => (what, None),
            };
            let kind = kind(word)?;
            let subject = of.map(subject).transpose()?;
            fits(kind, subject.as_ref())?;
            Ok(Asked {
                name: what.to_owned(),
                kind,
                subject,
                limit: self::limit(kind, limit)?,
                warm_up: None,
                iterations: 0,
            })
        };
        parts().with_context(|| format!("--budget {text}"))
    }
}

/// The kind that is called so.
pub fn kind(word: &str) -> anyhow::Result<Kind> {
    static WORDS: LazyLock<String> = LazyLock::new(|| Kind::ALL.map(Kind::word).join(", "));
    let mut kinds = Kind::ALL.into_iter();
    kinds
        .find(|kind| kind.word() == word)
        .with_context(|| format!("'{word}' is no kind of budget; expected one of {}", *WORDS))
}

fn subject(text: &str) -> anyhow::Result<Subject> {
    let pattern = |pattern: &str| pattern.to_owned();
    match text.split_once(':') {
        Some(("type", of)) if !of.is_empty() => Ok(Subject::Type(pattern(of))),
        Some(("stack", of)) if !of.is_empty() => Ok(Subject::Stack(pattern(of))),
        Some(("class", of)) if !of.is_empty() => Ok(Subject::Class(pattern(of))),
        _ => bail!("'{text}' is no part of a run; expected type:GLOB, stack:PATTERN or class:GLOB"),
    }
}

/// Whether a kind may be restricted so.
pub fn fits(kind: Kind, subject: Option<&Subject>) -> anyhow::Result<()> {
    match (kind, subject) {
        (_, None) | (Kind::Handles, Some(Subject::Class(_))) => Ok(()),
        (kind, Some(Subject::Type(_) | Subject::Stack(_))) if kind.has_sites() => Ok(()),
        (kind, Some(subject)) => bail!(
            "a budget of {} cannot be restricted by {subject}",
            kind.word()
        ),
    }
}

/// A limit in the unit of its kind: a size, a share or a number.
pub fn limit(kind: Kind, text: &str) -> anyhow::Result<f64> {
    let text = text.trim();
    let limit = if kind.is_bytes() {
        // A rate may be a part of a byte.
        match text.parse::<f64>() {
            Ok(bytes) if bytes.is_finite() && bytes >= 0.0 => bytes,
            _ => parse_size(text)?.bytes as f64,
        }
    } else if kind.is_share() {
        let (number, scale) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), 100.0),
            None => (text, 1.0),
        };
        let share = number.parse::<f64>().ok().map(|number| number / scale);
        share
            .filter(|share| (0.0..=1.0).contains(share))
            .with_context(|| format!("'{text}' is no share; expected 30% or 0.3, up to 100%"))?
    } else {
        let number = text.parse::<f64>().ok();
        number
            .filter(|number| number.is_finite() && *number >= 0.0)
            .with_context(|| format!("'{text}' is no number of 0 or more"))?
    };
    Ok(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_kind_part_and_limit() {
        let asked = Asked::parse("leaked_bytes:type:Vec<a=b>*=1 KiB").expect("a budget");
        assert_eq!(asked.kind, Kind::LeakedBytes);
        assert_eq!(asked.subject, Some(Subject::Type("Vec<a=b>*".to_owned())));
        assert_eq!(asked.limit, 1024.0);
        assert_eq!(asked.name, "leaked_bytes:type:Vec<a=b>*");
        let share = Asked::parse("holes_share=30 %").expect("a budget");
        assert_eq!((share.kind, share.limit), (Kind::HolesShare, 0.3));
        let handles = Asked::parse("handles:class:Pool*=0.5").expect("a budget");
        assert_eq!(handles.subject, Some(Subject::Class("Pool*".to_owned())));
        assert_eq!(handles.limit, 0.5);
    }

    #[test]
    fn what_is_no_budget_says_what_is_expected() {
        for (text, expected) in [
            ("leaked_bytes", "expected KIND[:OF]=LIMIT"),
            ("leaks=0", "expected one of leaked_bytes, leaked_objects"),
            ("leaked_bytes=many", "has an unknown unit"),
            ("leaked_bytes=", "is not a size"),
            ("leaked_bytes:Proof=0", "expected type:GLOB"),
            (
                "peak_bytes:type:Proof=0",
                "cannot be restricted by type:Proof",
            ),
            ("holes_share=130%", "up to 100%"),
            ("handles=-1", "no number of 0 or more"),
            ("handles:type:Proof=1", "cannot be restricted"),
        ] {
            let error = Asked::parse(text).expect_err(text);
            let said = format!("{error:#}");
            assert!(said.contains(expected) && said.contains(text), "{said}");
        }
    }
}
