//! How the inputs of the text targets are read: the first line says how to
//! decode, the rest is the log.

use std::sync::LazyLock;

use regex::bytes::Regex;
use unfreed_events::text::TextOptions;

/// An input.
pub struct Input<'a> {
    /// How to decode.
    pub options: TextOptions,
    /// Lengths of pieces, used over and over.
    pub lengths: &'a [u8],
    /// What to decode.
    pub log: &'a [u8],
}

static MARKS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| patterns(&["^iteration", r"round (\d+)", ""]));

static MEMORIES: LazyLock<Vec<Regex>> =
    LazyLock::new(|| patterns(&["memory: (.*)", "memory", "^.*$"]));

fn patterns(texts: &[&str]) -> Vec<Regex> {
    let pattern = |text: &&str| Regex::new(text).expect("a pattern");
    texts.iter().map(pattern).collect()
}

/// The first byte chooses the options (`@` none, `A` the log anywhere in a
/// line, and so on), those behind it are the lengths.
pub fn read(input: &[u8]) -> Option<Input<'_>> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let (first, lengths) = input[..end].split_first()?;
    let options = TextOptions {
        anywhere: first & 1 == 1,
        mark: choose(&MARKS, first >> 1 & 3),
        memory: choose(&MEMORIES, first >> 3 & 3),
    };
    let log = &input[end + 1..];
    Some(Input {
        options,
        lengths,
        log,
    })
}

/// One of the patterns, or none for 0.
fn choose(patterns: &[Regex], number: u8) -> Option<Regex> {
    let index = usize::from(number).checked_sub(1)?;
    patterns.get(index).cloned()
}
