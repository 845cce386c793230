//! What the text of a stack becomes: frames, and the type that the stack's
//! allocations are counted under.

use crate::fold::{UNKNOWN, label};
use crate::limits::MAX_STACK_FRAMES;
use crate::names::{NameFault, Names};
use crate::stacks::{Frame, FrameKind, StackId};
use crate::trace::raw::Module;
use crate::trace::v8_stack;

/// A stack as it was recorded, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct RawStack<'a> {
    /// Process id.
    pub process: u32,
    /// Thread id.
    pub thread: u32,
    /// The number that events of this thread use for it.
    pub context: u32,
    /// Id of the module that allocated; `None` if its instance is not in the
    /// recording.
    pub module: Option<&'a str>,
    /// The 64-bit context.
    pub path: u64,
    /// `Error.stack` without its first line; see [`v8_stack::frames`].
    pub text: &'a str,
}

/// What a stack was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The type that its allocations are counted under.
    pub type_name: String,
    /// Its frames.
    pub stack: StackId,
}

/// Decides what stacks become. It may map offsets back to an original module,
/// demangle, leave frames out.
pub trait Resolve {
    /// Learns of a module, and says of it what only compact traces say. Modules of
    /// a thread are told before its stacks.
    fn module(&mut self, _module: &mut Module) {}

    /// Resolves one stack.
    ///
    /// # Errors
    ///
    /// If there are too many names.
    fn resolve(&mut self, stack: &RawStack<'_>, names: &mut Names) -> Result<Resolved, NameFault>;
}

impl<F> Resolve for F
where
    F: FnMut(&RawStack<'_>, &mut Names) -> Result<Resolved, NameFault>,
{
    fn resolve(&mut self, stack: &RawStack<'_>, names: &mut Names) -> Result<Resolved, NameFault> {
        self(stack, names)
    }
}

/// Takes frames as they are. The type is the innermost function that is not the
/// allocator's.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsRecorded;

impl Resolve for AsRecorded {
    fn resolve(&mut self, stack: &RawStack<'_>, names: &mut Names) -> Result<Resolved, NameFault> {
        let frames: Vec<Frame<'_>> = v8_stack::frames(stack.text)
            .take(MAX_STACK_FRAMES)
            .map(|frame| frame.frame())
            .collect();
        Ok(Resolved {
            type_name: label(&frames),
            stack: intern(names, &frames)?,
        })
    }
}

/// The stack of `frames`, which are innermost first. Without a frame it is one
/// of an unknown function.
///
/// # Errors
///
/// If there are too many names.
pub fn intern(names: &mut Names, frames: &[Frame<'_>]) -> Result<StackId, NameFault> {
    let mut stack = None;
    for frame in frames.iter().rev() {
        let frame = names.intern_frame(*frame)?;
        stack = Some(names.intern_stack(frame, stack)?);
    }
    match stack {
        Some(stack) => Ok(stack),
        None => {
            let frame = names.intern_frame(Frame {
                kind: FrameKind::Native,
                function: UNKNOWN,
                module: "",
                place: None,
                wasm: None,
            })?;
            names.intern_stack(frame, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> (Names, Resolved) {
        let mut names = Names::default();
        let stack = RawStack {
            process: 1,
            thread: 0,
            context: 1,
            module: None,
            path: 0,
            text,
        };
        let resolved = AsRecorded.resolve(&stack, &mut names).expect("few names");
        (names, resolved)
    }

    #[test]
    fn the_type_is_the_innermost_function_that_is_not_the_allocators() {
        let (names, resolved) = resolve(
            "    at dlmalloc::dlmalloc::Dlmalloc<A>::malloc::h1 (wasm://wasm/0a0a0a0a:wasm-function[1]:0x1)
    at __rust_alloc (wasm://wasm/0a0a0a0a:wasm-function[2]:0x2)
    at kimchi::prove (wasm://wasm/0a0a0a0a:wasm-function[3]:0x3)
    at main (a.js:1:2)",
        );
        assert_eq!(resolved.type_name, "kimchi::prove");
        assert_eq!(names.frames_of(resolved.stack).count(), 4);
    }

    #[test]
    fn what_has_no_name_is_told_by_its_number() {
        let (_, resolved) = resolve("    at wasm://wasm/7afca666:wasm-function[2]:0x2f");
        assert_eq!(resolved.type_name, "7afca666!function 2");
        let (names, resolved) = resolve("");
        assert_eq!(resolved.type_name, UNKNOWN);
        assert_eq!(names.frames_of(resolved.stack).count(), 1);
    }
}
