//! The lines of stacks, which stand once for each thread and are called by number
//! after that.

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};

use crate::limits::{MAX_STACK_FRAMES, MAX_STACK_TEXT_BYTES};
use crate::trace::raw;

/// Stands for a line that is not known; read as a function of which nothing is.
const UNKNOWN_LINE: &str = "    at (unknown)";

/// The lines of all threads.
#[derive(Default)]
pub(super) struct Lines {
    /// By stream and number.
    known: HashMap<(usize, u32), Rc<str>>,
    /// Each line once: threads have most in common.
    texts: HashSet<Rc<str>>,
}

/// A stack as one text.
pub(super) struct StackText {
    /// As `Error.stack` without its first line.
    pub text: String,
    /// Whether all its lines are known.
    pub is_whole: bool,
}

impl Lines {
    /// Learns the lines that come up for the first time; `None` if there are no
    /// such numbers.
    pub fn learn(&mut self, stream: usize, stack: &raw::Stack) -> Option<()> {
        let count = u32::try_from(stack.new.len()).ok()?;
        stack.first.checked_add(count)?;
        for (line, number) in stack.new.iter().zip(stack.first..) {
            let line = self
                .texts
                .get_or_insert_with(line.as_str(), |line| Rc::from(line));
            self.known.insert((stream, number), Rc::clone(line));
        }
        Some(())
    }

    /// The text of a stack, of so many frames as are looked at. A line that is not
    /// known is an unknown frame; so is what makes the text too long.
    pub fn text(&self, stream: usize, stack: &raw::Stack) -> StackText {
        let mut joined = StackText {
            text: String::new(),
            is_whole: true,
        };
        for number in stack.stack.iter().take(MAX_STACK_FRAMES) {
            let known = self.known.get(&(stream, *number));
            let known = known.filter(|line| fits(&joined.text, line));
            joined.is_whole &= known.is_some();
            if !joined.text.is_empty() {
                joined.text.push('\n');
            }
            joined
                .text
                .push_str(known.map_or(UNKNOWN_LINE, |line| line));
        }
        joined
    }
}

fn fits(text: &str, line: &str) -> bool {
    text.len() + line.len() <= MAX_STACK_TEXT_BYTES
}
