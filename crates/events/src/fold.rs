//! Which frames only pass a request for memory on, and what allocations of a
//! stack are called.

mod glue;
mod library;

use crate::stacks::{Frame, FrameKind};

/// What stands for a type or a function of which nothing is known.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// What the blocks that a stack allocates are counted under: the name of its
/// [`owner`], or where that is if it has none.
pub fn label(frames: &[Frame<'_>]) -> String {
    let Some(frame) = owner(frames) else {
        return UNKNOWN.to_owned();
    };
    if !is_anonymous(frame) {
        return frame.function.to_owned();
    }
    file_and_line(frame).unwrap_or_else(|| match frame.wasm {
        Some(wasm) => format!("{}!function {}", frame.module, wasm.function),
        None => frame.spelled(),
    })
}

/// Whether a frame has no name, or one that V8 gives to all functions without.
pub fn is_anonymous(frame: &Frame<'_>) -> bool {
    match frame.kind {
        FrameKind::Js => glue::is_anonymous(frame.function),
        FrameKind::Wasm | FrameKind::Native | FrameKind::Machine => frame.function.is_empty(),
    }
}

/// The innermost function of a stack that is not a layer between a program and
/// its allocator, and of which people know what it is: a function of a module
/// without any names is not, but what calls it may be.
pub fn owner<'f, 'a>(frames: &'f [Frame<'a>]) -> Option<&'f Frame<'a>> {
    let mut rest = frames;
    while let [frame, callers @ ..] = rest {
        if frame.module.starts_with("node:") {
            break;
        }
        if is_told(frame) && layers(rest) == 0 {
            return Some(frame);
        }
        rest = &callers[layers(rest).saturating_sub(1)..];
    }
    frames.get(folded(frames))
}

/// Whether a name or a place tells what a function is. Names of one or two
/// letters are a minifier's.
pub fn is_told(frame: &Frame<'_>) -> bool {
    const MINIFIED: usize = 2;
    let name = match frame.kind {
        FrameKind::Js => glue::own_name(frame.function),
        FrameKind::Wasm | FrameKind::Native | FrameKind::Machine => frame.function,
    };
    match name.len() {
        0 => frame.place.is_some(),
        1..=MINIFIED => frame.kind != FrameKind::Js && frame.place.is_some(),
        _ => true,
    }
}

/// How many frames, from the innermost on, only pass a request for memory on: 0
/// if all do, since a stack of nothing but an allocator says that at least.
///
/// Such are functions of allocators, of standard libraries and their collections,
/// and of the glue that compilers write between scripts and modules. They are
/// told by their full names as compilers write them, so that a program's own
/// `alloc::Vec` stays.
pub fn folded(frames: &[Frame<'_>]) -> usize {
    let mut count = 0;
    while count < frames.len() {
        match layers(&frames[count..]) {
            0 => return count,
            layers => count += layers,
        }
    }
    0
}

/// How many of the first frames are one layer between a program and its
/// allocator; 0 if the first is none.
fn layers(frames: &[Frame<'_>]) -> usize {
    match frames {
        [frame, ..] if passes_on(frame) => 1,
        [frame, caller, ..] if glue::is_import(frame, caller) => 2,
        _ => 0,
    }
}

fn passes_on(frame: &Frame<'_>) -> bool {
    match frame.kind {
        FrameKind::Wasm | FrameKind::Machine => library::passes_on(frame.function),
        FrameKind::Js => glue::passes_on(frame.function),
        FrameKind::Native => frame.function != UNKNOWN,
    }
}

/// `app.js:12` of `/path/app.js:12:34` and of `/path/app.js:12`.
fn file_and_line(frame: &Frame<'_>) -> Option<String> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (head, last) = frame.place?.rsplit_once(':')?;
    let (file, line) = match head.rsplit_once(':') {
        Some((file, line)) if is_number(line) => (file, line),
        _ => (head, last),
    };
    let file = file.rsplit(['/', '\\']).next()?;
    Some(format!("{file}:{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::WasmPlace;

    fn frame(function: &str) -> Frame<'_> {
        Frame {
            kind: FrameKind::Wasm,
            function,
            module: "a.wasm",
            place: None,
            wasm: None,
        }
    }

    fn script<'a>(function: &'a str, place: &'a str) -> Frame<'a> {
        Frame {
            kind: FrameKind::Js,
            place: Some(place),
            ..frame(function)
        }
    }

    #[test]
    fn a_label_is_the_first_function_that_does_not_pass_on() {
        let stack = [
            frame("dlmalloc::dlmalloc::Dlmalloc<A>::malloc"),
            frame("__rust_alloc"),
            frame("alloc::raw_vec::RawVec<T,A>::grow_one"),
            frame("kimchi::prove"),
        ];
        assert_eq!(label(&stack), "kimchi::prove");
        assert_eq!(
            label(&stack[..2]),
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc"
        );
        assert_eq!(label(&[]), "(unknown)");
    }

    #[test]
    fn what_a_script_asks_for_is_called_by_its_function() {
        let glue = [
            frame("__wbindgen_malloc"),
            script("passStringToWasm0", "/app/pkg/glue.js:90:1"),
            script("Module.parse", "/app/pkg/glue.js:140:1"),
            script("main", "/app/app.js:3:1"),
        ];
        assert_eq!(label(&glue), "Module.parse");
        let import = [
            frame("__wbindgen_malloc"),
            script("passStringToWasm0", "/app/pkg/glue.js:90:1"),
            script("", "/app/pkg/glue.js:140:1"),
            script("handleError", "/app/pkg/glue.js:20:1"),
            script("imports.wbg.__wbg_get_1f8a", "/app/pkg/glue.js:139:1"),
            frame("app::parse"),
        ];
        assert_eq!(label(&import), "app::parse");
        assert_eq!(label(&import[..3]), "glue.js:140");
        let top = [
            frame("malloc"),
            script("Object.<anonymous>", "/app/app.js:3:1"),
        ];
        assert_eq!(label(&top), "app.js:3");
        let top = [frame("malloc"), script("", "file:///app/app.mjs:3:1")];
        assert_eq!(label(&top), "app.mjs:3");
    }

    #[test]
    fn what_has_no_name_is_called_by_what_is_known() {
        let unnamed = |function| Frame {
            wasm: Some(WasmPlace {
                function,
                offset: 0x1c,
            }),
            ..frame("")
        };
        let stripped = [
            unnamed(8886),
            frame("__wbindgen_malloc"),
            unnamed(264),
            frame("list_insert"),
        ];
        assert_eq!(label(&stripped), "list_insert");
        assert_eq!(label(&stripped[..3]), "a.wasm!function 8886");
        let minified = [
            unnamed(105),
            frame("Ka"),
            script("new g", "/app/sql.js:1:9"),
            script("", "/app/app.js:3:1"),
        ];
        assert_eq!(label(&minified), "app.js:3");
        let placed = Frame {
            place: Some("/app/list.ts:20:17"),
            ..unnamed(12)
        };
        assert_eq!(label(&[placed, frame("fill")]), "list.ts:20");
        let nodes = Frame {
            module: "node:internal/x",
            ..script("Module.load", "node:internal/x:1:2")
        };
        assert_eq!(label(&[unnamed(7), nodes]), "a.wasm!function 7");
    }

    #[test]
    fn the_engine_passes_on_and_what_is_unknown_does_not() {
        let native = |function| Frame {
            kind: FrameKind::Native,
            ..frame(function)
        };
        assert!(passes_on(&native("Array.map")));
        assert!(!passes_on(&native("(unknown)")));
    }
}
