//! Patterns in the syntax of LeakSanitizer's suppressions: text that is found
//! anywhere, `*` for any text, `^` at the begin and `$` at the end of a name.

use anyhow::{Context, bail};
use regex::Regex;
use unfreed_events::{Names, SiteId};

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> anyhow::Result<Pattern> {
        if text.is_empty() {
            bail!("the pattern is empty, and would match everything; expected a part of a name");
        }
        let (begin, rest) = match text.strip_prefix('^') {
            Some(rest) => ("^", rest),
            None => ("", text),
        };
        let (middle, end) = match rest.strip_suffix('$') {
            Some(middle) => (middle, "$"),
            None => (rest, ""),
        };
        let parts: Vec<String> = middle.split('*').map(regex::escape).collect();
        let regex = Regex::new(&format!("(?s){begin}{}{end}", parts.join(".*")))
            .with_context(|| format!("the pattern {text:?} is too long"))?;
        Ok(Pattern { regex })
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        !name.is_empty() && self.regex.is_match(name)
    }

    /// Whether function, file or module of a frame of a site's stack matches; of a site
    /// that is a place, that.
    pub fn matches_stack(&self, names: &Names, site: SiteId) -> bool {
        let Some(stack) = names.stack_of(site) else {
            return self.matches(names.location(site).as_str());
        };
        names.frames_of(stack).any(|frame| {
            self.matches(frame.function)
                || self.matches(frame.module)
                || frame.place.is_some_and(|place| self.matches(place))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_match_as_those_of_leak_sanitizer() {
        for (pattern, name, expected) in [
            ("pool", "initThreadPool", false),
            ("Pool", "initThreadPool", true),
            ("init*Pool", "initThreadPool", true),
            ("^init", "initThreadPool", true),
            ("^Thread", "initThreadPool", false),
            ("Pool$", "initThreadPool", true),
            ("Thread$", "initThreadPool", false),
            ("^init*Pool$", "initThreadPool", true),
            ("*", "anything", true),
            ("Vec<T,A>::grow(", "alloc::Vec<T,A>::grow(x)", true),
            ("a.c", "abc", false),
            ("x", "", false),
        ] {
            let made = Pattern::new(pattern).expect("a pattern");
            assert_eq!(made.matches(name), expected, "{pattern} {name}");
        }
        assert!(Pattern::new("").is_err());
    }
}
