//! Suppressions, in the syntax of LeakSanitizer: `leak:PATTERN`, and `#` before a
//! comment. Why one is there and when it expires is said in comments above it, which
//! LeakSanitizer does not read.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use unfreed_report::Stale;

use super::pattern::Pattern;

/// A day, counted from 1 January 1970.
pub type Day = i64;

/// The suppressions of a file, in their order.
#[derive(Default)]
pub struct Suppressions {
    pub all: Vec<Suppression>,
}

/// One of them.
pub struct Suppression {
    pub pattern: Pattern,
    /// As it is written.
    pub text: String,
    /// File and line.
    pub place: String,
    pub reason: Option<String>,
    pub expires: Option<Expiry>,
}

/// The last day on which a suppression counts.
pub struct Expiry {
    /// As it is written.
    pub text: String,
    day: Day,
}

impl Suppression {
    /// Whether it does not count any more.
    pub fn has_expired(&self, today: Day) -> bool {
        self.expires
            .as_ref()
            .is_some_and(|expiry| expiry.day < today)
    }
}

impl Suppressions {
    /// Reads a file.
    pub fn read(path: &Path) -> anyhow::Result<Suppressions> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        Suppressions::parse(&shown, &text)
    }

    fn parse(name: &str, text: &str) -> anyhow::Result<Suppressions> {
        let mut all = Vec::new();
        let (mut reason, mut expires) = (None, None);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // A line more, which ends what stands last.
        for (number, line) in (1..).zip(text.lines().chain([""])) {
            let place = format!("{name}:{number}");
            let line = line.trim();
            if line.is_empty() {
                if expires.take().is_some() {
                    bail!(
                        "{place}: a date of expiry stands above, and no leak:PATTERN follows it at once"
                    );
                }
                // What stands above an empty line is about nothing below it.
                reason = None;
            } else if let Some(comment) = line.strip_prefix('#') {
                let (key, said) = comment.split_once(':').unwrap_or_default();
                let said = said.trim();
                match key.trim().to_ascii_lowercase().as_str() {
                    "reason" => reason = Some(said.to_owned()),
                    "expires" => expires = Some(expiry(said).with_context(|| place.clone())?),
                    _ => {}
                }
            } else if let Some(pattern) = line.strip_prefix("leak:") {
                all.push(Suppression {
                    pattern: Pattern::new(pattern).with_context(|| place.clone())?,
                    text: pattern.to_owned(),
                    place,
                    reason: reason.take(),
                    expires: expires.take(),
                });
            } else {
                bail!(
                    "{place}: '{line}' is no suppression; expected leak:PATTERN, or # and a comment"
                );
            }
        }
        Ok(Suppressions { all })
    }

    /// Those that do nothing: of each it is said whether it was used.
    pub fn stale(&self, used: &[bool], today: Day) -> Vec<Stale> {
        let stale = self
            .all
            .iter()
            .zip(used)
            .filter(|(suppression, used)| suppression.has_expired(today) || !**used);
        stale
            .map(|(suppression, _)| Stale {
                pattern: suppression.text.clone(),
                place: suppression.place.clone(),
                expired: (suppression.expires.as_ref())
                    .filter(|_| suppression.has_expired(today))
                    .map(|expiry| expiry.text.clone()),
            })
            .collect()
    }
}

fn expiry(text: &str) -> anyhow::Result<Expiry> {
    let day = day(text);
    let day =
        day.with_context(|| format!("'{text}' is no date; expected one such as 2027-03-01"))?;
    Ok(Expiry {
        text: text.to_owned(),
        day,
    })
}

/// Of a date, `2027-03-01`.
fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let mut part = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<Day>().ok()).flatten()
    };
    let (year, month, of_month) = (part(4)?, part(2)?, part(2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month - 1).ok()?;
    let length = *lengths.get(before)?;
    if !(1..=length).contains(&of_month) {
        return None;
    }
    let past = year - 1;
    // Days before the year, of the Gregorian calendar; 719,162 of them before 1970.
    let years = past * 365 + past / 4 - past / 100 + past / 400 - 719_162;
    let months: Day = lengths[..before].iter().sum();
    Some(years + months + of_month - 1)
}

/// The day that it is, in UTC.
pub fn today() -> Day {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| (since.as_secs() / 86_400) as Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("1972-03-01"), Some(790));
        assert_eq!(day("2000-02-29"), Some(11_016));
        assert_eq!(day("2027-03-01"), Some(20_878));
        for text in [
            "2027-02-29",
            "2027-13-01",
            "2027-00-10",
            "27-03-01",
            "2027-3-1",
            "soon",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn reason_and_expiry_stand_above_a_suppression() {
        let text = "# Known leaks.\n\n# reason: the pool is fixed in 2.8\n# expires: 2027-03-01\n\
                    leak:initThreadPool\nleak:^cache*get$\n\n# reason: of nothing below\n\nleak:late\n";
        let found = Suppressions::parse("a.supp", text).expect("suppressions");
        let said: Vec<_> = found
            .all
            .iter()
            .map(|one| {
                let expires = one.expires.as_ref().map(|expiry| expiry.text.as_str());
                (
                    one.text.as_str(),
                    one.place.as_str(),
                    one.reason.as_deref(),
                    expires,
                )
            })
            .collect();
        let reason = Some("the pool is fixed in 2.8");
        assert_eq!(
            said,
            [
                ("initThreadPool", "a.supp:5", reason, Some("2027-03-01")),
                ("^cache*get$", "a.supp:6", None, None),
                ("late", "a.supp:10", None, None),
            ]
        );
    }

    #[test]
    fn one_counts_until_the_end_of_its_last_day() {
        let found = Suppressions::parse("a", "# expires: 2027-03-01\nleak:x\nleak:y\n");
        let found = found.expect("suppressions");
        let last = day("2027-03-01").expect("a day");
        assert!(!found.all[0].has_expired(last));
        assert!(found.all[0].has_expired(last + 1));
        let stale = found.stale(&[true, false], last + 1);
        let said: Vec<_> = stale
            .iter()
            .map(|one| (one.pattern.as_str(), one.expired.as_deref()))
            .collect();
        assert_eq!(said, [("x", Some("2027-03-01")), ("y", None)]);
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, expected) in [
            ("leak:a\nrace:b\n", "a.supp:2: 'race:b' is no suppression"),
            (
                "# expires: tomorrow\nleak:a\n",
                "a.supp:1: 'tomorrow' is no date",
            ),
            ("\nleak:\n", "a.supp:2: the pattern is empty"),
        ] {
            let error = Suppressions::parse("a.supp", text).err().expect(text);
            let said = format!("{error:#}");
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
