//! Functions of the scripts that compilers write beside a module.

use crate::stacks::{Frame, FrameKind};

/// Whether a script's function only hands a value of its caller to a module:
/// those of wasm-bindgen, Emscripten and AssemblyScript.
pub(super) fn passes_on(function: &str) -> bool {
    const WHOLE: [&str; 30] = [
        // wasm-bindgen
        "addBorrowedObject",
        "addHeapObject",
        "addToExternrefTable0",
        "passArrayJsValueToWasm0",
        // Emscripten
        "_calloc",
        "_emscripten_builtin_malloc",
        "_malloc",
        "_memalign",
        "_realloc",
        "allocateUTF8",
        "ccall",
        "dynCall",
        "stringToNewUTF8",
        "stringToUTF8OnStack",
        "toWireType",
        "writeStringToHeap",
        // AssemblyScript
        "__lowerArray",
        "__lowerBuffer",
        "__lowerInternref",
        "__lowerStaticArray",
        "__lowerString",
        "__lowerTypedArray",
        "__new",
        "__newArray",
        "__newArrayBuffer",
        "__newString",
        "__pin",
        "__renew",
        "__retain",
        "__unpin",
    ];
    let name = own_name(function);
    WHOLE.contains(&name)
        || is_passing(name)
        || ["__wbg_", "__wbindgen_", "dynCall_", "invoke_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Whether two frames are a function that a module imports, as wasm-bindgen
/// writes it: without a name, and called by one that takes care of exceptions;
/// or as Emscripten does, called by glue.
pub(super) fn is_import(frame: &Frame<'_>, caller: &Frame<'_>) -> bool {
    const CATCHING: [&str; 3] = ["handleError", "logError", "wrapError"];
    frame.kind == FrameKind::Js
        && caller.kind == FrameKind::Js
        && frame.function.is_empty()
        && frame.module == caller.module
        && (CATCHING.contains(&own_name(caller.function)) || passes_on(caller.function))
}

/// `passStringToWasm0`, `passArray8ToWasm0`, `passArrayF64ToWasm1`.
fn is_passing(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_prefix("pass")
        .and_then(|rest| rest.split_once("ToWasm"))
        .is_some_and(|(what, number)| {
            digits(number) && (what == "String" || what.starts_with("Array"))
        })
}

/// Whether V8 shows a function by this where it has no name: the code of a file
/// outside of functions, and functions that are called as soon as they are made.
pub(super) fn is_anonymous(function: &str) -> bool {
    matches!(function, "" | "eval" | "<anonymous>") || function.ends_with(".<anonymous>")
}

/// The function's own name, without what V8 says of its receiver:
/// `Object.Module._malloc [as _malloc]` is `_malloc`.
pub(super) fn own_name(function: &str) -> &str {
    let function = function.strip_prefix("new ").unwrap_or(function);
    let function = function
        .split_once(" [as ")
        .map_or(function, |(name, _)| name);
    function.rsplit('.').next().unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glue_is_told_from_what_calls_it() {
        for name in [
            "passStringToWasm0",
            "passArray8ToWasm0",
            "module.exports.__wbindgen_string_get",
            "imports.wbg.__wbg_new_8a6f238a6ece86ea",
            "Object.Module._malloc [as _malloc]",
            "Module.stringToNewUTF8",
            "__lowerString",
            "invoke_viii",
        ] {
            assert!(passes_on(name), "{name}");
        }
        for name in [
            "",
            "prove",
            "passport",
            "passStringToWasm",
            "passArguments",
            "malloc_test",
            "Database.exec",
            "new Store",
            "Object.<anonymous>",
        ] {
            assert!(!passes_on(name), "{name}");
        }
    }
}
