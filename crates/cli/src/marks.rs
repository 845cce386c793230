//! Which marks of a recording begin iterations, and which one ends the last.

use std::collections::{HashMap, HashSet};

use regex::bytes::{Captures, Regex};
use unfreed_engine::{Engine, Findings};
use unfreed_events::{Event, Names, Record, WordId};

use crate::args::MarkChoice;

/// Chooses among marks by their names.
pub struct Marks<'a> {
    choice: &'a MarkChoice,
    /// What iterations are called that a mark begins, where the mark is called otherwise.
    captured: HashMap<WordId, String>,
    ends: Vec<WordId>,
    ignored: HashSet<WordId>,
    /// Whether an iteration has begun.
    has_begun: bool,
    /// Words that were looked at.
    seen: usize,
}

impl<'a> Marks<'a> {
    /// Chooses as the user said.
    pub fn new(choice: &'a MarkChoice) -> Marks<'a> {
        Marks {
            choice,
            captured: HashMap::new(),
            ends: Vec::new(),
            ignored: HashSet::new(),
            has_begun: false,
            seen: 0,
        }
    }

    /// Has the engine pass over marks that are not chosen. Looks at the words that are
    /// new; must come before the records that have them.
    pub fn look(&mut self, names: &Names, engine: &mut Engine) {
        for number in self.seen..names.word_count() {
            let word = WordId(number as u32);
            let name = names.word(word);
            let name = match &self.choice.mark {
                None => name.to_owned(),
                Some(pattern) => match pattern.captures(name.as_bytes()) {
                    None => {
                        engine.ignore_marks(word);
                        self.ignored.insert(word);
                        continue;
                    }
                    Some(captures) => captured(&captures).unwrap_or_else(|| name.to_owned()),
                },
            };
            if ends(self.choice.mark_end.as_ref(), &name) {
                self.ends.push(word);
            }
            if name != names.word(word) {
                self.captured.insert(word, name);
            }
        }
        self.seen = names.word_count();
    }

    /// Whether the last iteration ends in these records. Takes all records in
    /// their order.
    pub fn are_over(&mut self, records: &[Record]) -> bool {
        for record in records {
            let Event::Mark { name } = record.event else {
                continue;
            };
            if self.has_begun && self.ends.contains(&name) {
                return true;
            }
            self.has_begun |= !self.ignored.contains(&name);
        }
        false
    }

    /// Marks that end the last iteration.
    pub fn ends(&self) -> &[WordId] {
        &self.ends
    }

    /// Has iterations be called as the pattern has captured.
    pub fn rename(self, names: &mut Names, findings: &mut Findings) {
        let interned = self.captured.into_iter().filter_map(|(word, name)| {
            // A name that is none keeps the mark's.
            Some((word, names.intern_word(name.as_bytes()).ok()?))
        });
        let new: HashMap<WordId, WordId> = interned.collect();
        if !new.is_empty() {
            findings.rename_marks(|word| new.get(&word).copied().unwrap_or(word));
        }
    }
}

/// The marks of a log that end the last iteration, by the names of iterations.
pub fn ends_of_log(pattern: Option<&Regex>, names: &Names) -> Vec<WordId> {
    let words = (0..names.word_count() as u32).map(WordId);
    words
        .filter(|word| ends(pattern, names.word(*word)))
        .collect()
}

fn ends(pattern: Option<&Regex>, name: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.is_match(name.as_bytes()))
}

fn captured(captures: &Captures<'_>) -> Option<String> {
    let first = captures.get(1)?;
    let name = String::from_utf8_lossy(first.as_bytes());
    (!name.is_empty()).then(|| name.into_owned())
}
