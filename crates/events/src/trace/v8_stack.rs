//! The text of a V8 stack, cut into frames.
//!
//! V8 writes a frame as `at FUNCTION (PLACE)` or `at PLACE`
//! (`Error.prototype.stack`, <https://v8.dev/docs/stack-trace-api>). Functions
//! and places may hold spaces and parentheses; a place is cut off by the
//! parenthesis that closes last.

use crate::stacks::{Frame, FrameKind, WasmPlace};

/// One frame, in parts of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V8Frame<'a> {
    /// Below an `await`: it was not on the stack, but waits for what is.
    pub is_async: bool,
    /// As shown, with `new` and the receiver's type; for a module's function
    /// without the module's name. `None` where V8 knows no name.
    pub function: Option<&'a str>,
    /// Where it is.
    pub place: V8Place<'a>,
}

/// Where a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V8Place<'a> {
    /// In a script.
    Script {
        /// `URL:line:column`, or a path.
        place: &'a str,
    },
    /// In code made by `eval` or `new Function`.
    Eval {
        /// `URL:line:column` of the script that made it.
        origin: &'a str,
    },
    /// In a module.
    Wasm {
        /// Its name, or V8's hash of its bytes, or its URL.
        module: &'a str,
        /// Where.
        place: WasmPlace,
    },
    /// In the engine or its embedder.
    Native,
}

/// The frames of a stack's text, innermost first. Lines that are no frames are
/// left out.
pub fn frames(text: &str) -> impl Iterator<Item = V8Frame<'_>> {
    text.lines().filter_map(frame)
}

/// One line; `None` if it is no frame.
pub fn frame(line: &str) -> Option<V8Frame<'_>> {
    let rest = line.trim().strip_prefix("at ")?;
    let (is_async, rest) = match rest.strip_prefix("async ") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (function, place) = match split_place(rest) {
        Some((function, place)) => (Some(function), place),
        None => (None, rest),
    };
    let place = self::place(place);
    let function = match place {
        V8Place::Wasm { module, .. } => function.map(|name| without_module(name, module)),
        // `at <anonymous>`, `at native`: the line has nothing but a name.
        V8Place::Native if function.is_none() => Some(rest),
        _ => function,
    };
    Some(V8Frame {
        is_async,
        function,
        place,
    })
}

/// Cuts `FUNCTION (PLACE)` at the parenthesis that the last one closes.
fn split_place(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix(')')?;
    // A module may be named anything, so that parentheses need not be in pairs.
    let open = match inner.rfind(" (wasm://") {
        Some(at) => at + 1,
        None => opening(inner)?,
    };
    let function = text[..open].strip_suffix(' ')?;
    Some((function, &inner[open + 1..]))
}

fn opening(inner: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn place(text: &str) -> V8Place<'_> {
    if let Some(place) = wasm_place(text) {
        return place;
    }
    if let Some(rest) = text.strip_prefix("eval at ") {
        return eval_place(rest);
    }
    if has_line(text) {
        V8Place::Script { place: text }
    } else {
        V8Place::Native
    }
}

/// `wasm://wasm/NAME-HASH:wasm-function[7]:0x1a2b`; the URL is that of the bytes
/// where they were streamed.
fn wasm_place(text: &str) -> Option<V8Place<'_>> {
    let (rest, offset) = text.rsplit_once("]:0x")?;
    let (url, function) = rest.rsplit_once(":wasm-function[")?;
    Some(V8Place::Wasm {
        module: module_of(url),
        place: WasmPlace {
            function: function.parse().ok()?,
            offset: u32::from_str_radix(offset, 16).ok()?,
        },
    })
}

/// The name of a module whose code has this URL.
fn module_of(url: &str) -> &str {
    let Some(name) = url.strip_prefix("wasm://wasm/") else {
        return url;
    };
    match name.rsplit_once('-') {
        Some((name, hash)) if is_hash(hash) && !name.is_empty() => name,
        _ => name,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// V8 puts a named module before the function: `module.function`.
fn without_module<'a>(name: &'a str, module: &str) -> &'a str {
    name.strip_prefix(module)
        .and_then(|rest| rest.strip_prefix('.'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(name)
}

/// `FUNCTION (ORIGIN), <anonymous>:1:2`, where an origin may be another `eval`.
/// Code that names itself (`sourceURL`) is a script.
fn eval_place(rest: &str) -> V8Place<'_> {
    if let Some((_, own)) = rest.rsplit_once("), ")
        && has_line(own)
        && !own.starts_with("<anonymous>")
    {
        return V8Place::Script { place: own };
    }
    let origin = rest.rfind("eval at ").map_or(rest, |at| &rest[at..]);
    let origin = match (origin.find(" ("), origin.find("), ").or(origin.rfind(')'))) {
        (Some(open), Some(close)) if open + 2 <= close => &origin[open + 2..close],
        _ => origin,
    };
    V8Place::Eval {
        origin: origin.trim_end_matches(')'),
    }
}

/// Whether a text ends with `:line:column`.
fn has_line(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.rsplitn(3, ':');
    let (column, line, file) = (parts.next(), parts.next(), parts.next());
    column.is_some_and(number) && line.is_some_and(number) && file.is_some_and(|f| !f.is_empty())
}

impl<'a> V8Frame<'a> {
    /// The frame as names keep it.
    pub fn frame(&self) -> Frame<'a> {
        let function = self.function.unwrap_or_default();
        match self.place {
            V8Place::Script { place } | V8Place::Eval { origin: place } => Frame {
                kind: FrameKind::Js,
                function,
                module: script_of(place),
                place: Some(place),
                wasm: None,
            },
            V8Place::Wasm { module, place } => Frame {
                kind: FrameKind::Wasm,
                function,
                module,
                place: None,
                wasm: Some(place),
            },
            V8Place::Native => Frame {
                kind: FrameKind::Native,
                function,
                module: "",
                place: None,
                wasm: None,
            },
        }
    }
}

/// The script of `URL:line:column`.
fn script_of(place: &str) -> &str {
    match place.rsplitn(3, ':').nth(2) {
        Some(script) if has_line(place) => script,
        _ => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> (Option<&str>, V8Place<'_>) {
        let frame = frame(line).expect("a frame");
        (frame.function, frame.place)
    }

    fn script(place: &str) -> V8Place<'_> {
        V8Place::Script { place }
    }

    fn wasm(module: &str, function: u32, offset: u32) -> V8Place<'_> {
        let place = WasmPlace { function, offset };
        V8Place::Wasm { module, place }
    }

    // All lines are from Node 20.20.

    #[test]
    fn functions_of_modules() {
        assert_eq!(
            parts("    at wasm://wasm/7afca666:wasm-function[2]:0x2f"),
            (None, wasm("7afca666", 2, 0x2f))
        );
        assert_eq!(
            parts(
                "    at plonk_wasm.wasm.<Foo as core::fmt::Display>::fmt \
                 (wasm://wasm/plonk_wasm.wasm-81a47fd6:wasm-function[2]:0x2f)"
            ),
            (
                Some("<Foo as core::fmt::Display>::fmt"),
                wasm("plonk_wasm.wasm", 2, 0x2f)
            )
        );
        assert_eq!(
            parts(
                "    at my mod (v 2):x.alloc::vec::Vec<(u8, T)>::push::h1234 (x) [as y] \
                 (wasm://wasm/my mod (v 2):x-b35fc06e:wasm-function[1]:0x2a)"
            ),
            (
                Some("alloc::vec::Vec<(u8, T)>::push::h1234 (x) [as y]"),
                wasm("my mod (v 2):x", 1, 0x2a)
            )
        );
        assert_eq!(
            parts("at f (http://localhost/a.wasm:wasm-function[12]:0xbeef)"),
            (Some("f"), wasm("http://localhost/a.wasm", 12, 0xbeef))
        );
    }

    #[test]
    fn functions_of_scripts() {
        for (line, function, place) in [
            ("at show (/tmp/s.js:17:28)", Some("show"), "/tmp/s.js:17:28"),
            ("at /tmp/s.js:24:23", None, "/tmp/s.js:24:23"),
            ("at [eval]:1:13", None, "[eval]:1:13"),
            (
                "at new Foo (/tmp/s.js:18:36)",
                Some("new Foo"),
                "/tmp/s.js:18:36",
            ),
            (
                "at Object.<anonymous> (/tmp/sp ace/y (2).js:1:13)",
                Some("Object.<anonymous>"),
                "/tmp/sp ace/y (2).js:1:13",
            ),
            (
                "at Function.executeUserEntryPoint [as runMain] (node:internal/x:164:12)",
                Some("Function.executeUserEntryPoint [as runMain]"),
                "node:internal/x:164:12",
            ),
            (
                "at file:///tmp/sp%20ace/x.mjs:1:13",
                None,
                "file:///tmp/sp%20ace/x.mjs:1:13",
            ),
            (
                "at a b (C:\\x\\s.js:27:18)",
                Some("a b"),
                "C:\\x\\s.js:27:18",
            ),
            ("at #p (/tmp/m.mjs:6:16)", Some("#p"), "/tmp/m.mjs:6:16"),
            (
                "at data:text/javascript,globalThis.i2():1:29",
                None,
                "data:text/javascript,globalThis.i2():1:29",
            ),
        ] {
            assert_eq!(parts(line), (function, script(place)), "{line}");
        }
    }

    #[test]
    fn functions_of_evaluated_code_are_where_it_was_made() {
        let origin = "/tmp/s.js:25:1";
        let ev = "at ev (eval at <anonymous> (/tmp/s.js:25:1), <anonymous>:1:26)";
        assert_eq!(parts(ev), (Some("ev"), V8Place::Eval { origin }));
        let nested = "at eval (eval at f (eval at <anonymous> (/tmp/s.js:25:1)), <anonymous>:1:2)";
        assert_eq!(parts(nested), (Some("eval"), V8Place::Eval { origin }));
        let named = "at f (eval at <anonymous> (/tmp/s.js:25:1), own.js:1:2)";
        assert_eq!(parts(named), (Some("f"), script("own.js:1:2")));
    }

    #[test]
    fn functions_of_the_engine() {
        let native = V8Place::Native;
        assert_eq!(
            parts("at Array.map (<anonymous>)"),
            (Some("Array.map"), native)
        );
        assert_eq!(
            parts("at new Promise (<anonymous>)"),
            (Some("new Promise"), native)
        );
        assert_eq!(parts("at <anonymous>"), (Some("<anonymous>"), native));
        let all = frame("    at async Promise.all (index 0)").expect("a frame");
        assert!(all.is_async);
        assert_eq!((all.function, all.place), (Some("Promise.all"), native));
    }

    #[test]
    fn lines_that_are_no_frames_are_left_out() {
        let text = "Error: at a loss\n    at f (a.js:1:2)\n\n    at g (b.js:3:4)\n  and more";
        let functions: Vec<_> = frames(text).map(|frame| frame.function).collect();
        assert_eq!(functions, [Some("f"), Some("g")]);
    }

    #[test]
    fn a_frame_knows_its_script() {
        let frame = frame("at f (node:internal/x:164:12)")
            .expect("a frame")
            .frame();
        assert_eq!(frame.module, "node:internal/x");
        assert_eq!(frame.place, Some("node:internal/x:164:12"));
    }
}
