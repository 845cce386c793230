//! What workers that ended have left behind: the stack and the thread-local
//! storage that their module allocated for them when they started.

use crate::units::things;
use crate::view::View;

/// What they left, in a sentence; `None` if that is nothing.
pub fn left_behind(view: &View<'_>) -> Option<String> {
    let left = view.findings.ended_threads();
    if left.threads == 0 {
        return None;
    }
    let threads = things(left.threads, "ended worker", "ended workers");
    let blocks = things(left.blocks, "block", "blocks");
    let size = view.size(left.bytes);
    let call = match has_destroy(view) {
        true => " without a call of __wbindgen_thread_destroy",
        false => "",
    };
    Some(format!(
        "{threads} left their stack and thread-local storage behind{call}: {size} in {blocks}"
    ))
}

/// Whether a module exports the function that frees them.
pub fn has_destroy(view: &View<'_>) -> bool {
    let modules = view.recording.map(|facts| facts.modules.as_slice());
    let mut modules = modules.unwrap_or_default().iter();
    modules.any(|module| module.what.thread_destroy)
}
