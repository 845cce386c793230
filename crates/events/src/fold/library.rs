//! Functions of modules that belong to an allocator or a library of collections.
//!
//! Names are demangled ones: of Rust, in either mangling
//! (`<alloc::vec::Vec<T> as core::clone::Clone>::clone`), of C++, with or without
//! parameters and result (`void std::__2::vector<int>::push_back(int&&)`), of C,
//! and of AssemblyScript (`~lib/array/Array<i32>#push`).

/// Crates and namespaces whose functions are not the program's own: standard
/// libraries, allocators, collections of general use, and the Rust side of glue.
const LIBRARIES: [&str; 25] = [
    "__gnu_cxx",
    "__rustc",
    "alloc",
    "allocator_api2",
    "arrayvec",
    "bumpalo",
    "core",
    "dhat",
    "dlmalloc",
    "emscripten",
    "hashbrown",
    "indexmap",
    "js_sys",
    "lol_alloc",
    "mimalloc",
    "once_cell",
    "rlsf",
    "slab",
    "smallvec",
    "std",
    "talc",
    "tinyvec",
    "typed_arena",
    "wasm_bindgen",
    "wee_alloc",
];

/// Functions of C libraries that return memory which their caller has to free,
/// and what they call.
const FUNCTIONS: [&str; 42] = [
    "__cxa_allocate_exception",
    "__externref_table_alloc",
    "__libc_calloc",
    "__libc_malloc",
    "__libc_realloc",
    "__strdup",
    "aligned_alloc",
    "asprintf",
    "calloc",
    "claim_more_memory",
    "dlcalloc",
    "dlmalloc",
    "dlmemalign",
    "dlposix_memalign",
    "dlrealloc",
    "emmalloc_calloc",
    "emmalloc_malloc",
    "emmalloc_memalign",
    "emmalloc_realloc",
    "emscripten_builtin_calloc",
    "emscripten_builtin_malloc",
    "emscripten_builtin_memalign",
    "emscripten_builtin_realloc",
    "internal_memalign",
    "malloc",
    "malloc_default",
    "memalign",
    "mmap",
    "napi_wasm_malloc",
    "posix_memalign",
    "prepend_alloc",
    "realloc",
    "reallocarray",
    "sbrk",
    "strdup",
    "strndup",
    "sys_alloc",
    "tmalloc_large",
    "tmalloc_small",
    "try_realloc_chunk",
    "valloc",
    "vasprintf",
];

/// What names of shims begin with: of Rust's global allocator, wasm-bindgen's
/// exports, mimalloc.
const SHIMS: [&str; 13] = [
    "__rdl_",
    "__rg_",
    "__rust_alloc",
    "__rust_realloc",
    "__wbindgen_",
    "_mi_",
    "mi_calloc",
    "mi_heap_",
    "mi_malloc",
    "mi_new",
    "mi_realloc",
    "mi_zalloc",
    "operator new",
];

/// The files of AssemblyScript's standard library that allocate; packages, which
/// are in `~lib/` too, are not among them.
const ASSEMBLYSCRIPT: [&str; 20] = [
    "array",
    "arraybuffer",
    "builtins",
    "dataview",
    "date",
    "error",
    "function",
    "iterator",
    "map",
    "memory",
    "number",
    "object",
    "regexp",
    "rt",
    "set",
    "staticarray",
    "string",
    "symbol",
    "typedarray",
    "util",
];

/// Whether a module's function is of an allocator or a library.
pub(super) fn passes_on(function: &str) -> bool {
    if let Some(path) = function.strip_prefix("~lib/") {
        let file = path.split('/').next().unwrap_or(path);
        return ASSEMBLYSCRIPT.contains(&file);
    }
    // Binaryen makes one function of several that are alike.
    let function = function
        .strip_prefix("byn$mgfn-shared$")
        .unwrap_or(function);
    let name = path_of(function);
    FUNCTIONS.contains(&name)
        || SHIMS.iter().any(|shim| name.starts_with(shim))
        || is_wrapper(name)
        || is_library_function(name)
}

/// Whether a function of C wraps one of the C library, as many programs have
/// them: `ts_malloc_default`, `sqlite3DbMallocRaw`, `js_realloc2`.
fn is_wrapper(name: &str) -> bool {
    const WRAPPED: [&str; 5] = ["malloc", "calloc", "realloc", "strdup", "strndup"];
    let is_c = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_c && {
        let name = name.to_ascii_lowercase();
        WRAPPED.iter().any(|wrapped| name.contains(wrapped))
    }
}

fn is_library_function(name: &str) -> bool {
    let Some(inner) = name.strip_prefix('<') else {
        return is_in_library(name);
    };
    // `<TYPE>::f` and `<TYPE as TRAIT>::f`.
    let inner = &inner[..closing(inner)];
    match split_as(inner) {
        Some((own, of)) => is_library_type(own) && is_in_library(of),
        None => is_library_type(inner),
    }
}

/// Whether a type is a library's: in one, or built in, or a parameter's name.
fn is_library_type(name: &str) -> bool {
    let mut name = name;
    while let Some(rest) = ["&", "*const ", "*mut ", "mut ", "dyn "]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
    {
        name = rest;
    }
    match name.strip_prefix('<') {
        // `<T as Trait>::Item`
        Some(_) => is_library_function(name),
        None => name.starts_with(['[', '(']) || !name.contains("::") || is_in_library(name),
    }
}

fn is_in_library(path: &str) -> bool {
    if path.starts_with('<') {
        return is_library_function(path);
    }
    let root = path.split_once("::").map(|(root, _)| root);
    root.is_some_and(|root| LIBRARIES.contains(&root))
}

/// The path of a function: without the result that C++ writes before templates,
/// and without parameters.
fn path_of(name: &str) -> &str {
    let bytes = name.as_bytes();
    let mut depth = 0usize;
    let mut begin = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        match byte {
            b'<' | b'[' | b'{' => depth += 1,
            // Results of functions are written `->`.
            b'>' if before == Some(b'-') => {}
            b'>' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'(' if depth == 0 && !name[at..].starts_with("(anonymous") => return &name[begin..at],
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            // What follows may hold any of these characters.
            b'o' if depth == 0
                && matches!(before, None | Some(b':' | b' '))
                && is_operator(&name[at..]) =>
            {
                return &name[begin..];
            }
            b' ' if depth == 0 => begin = at + 1,
            _ => {}
        }
    }
    &name[begin..]
}

fn is_operator(rest: &str) -> bool {
    let rest = rest.strip_prefix("operator");
    rest.and_then(|rest| rest.bytes().next())
        .is_some_and(|next| !next.is_ascii_alphanumeric() && !matches!(next, b'_' | b':'))
}

/// Where the angle bracket is closed that was open at the beginning.
fn closing(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 1usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// `TYPE as TRAIT`, cut where no bracket is open.
fn split_as(text: &str) -> Option<(&str, &str)> {
    const AS: &str = " as ";
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'[' | b'(' => depth += 1,
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b']' | b')' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 && text[at..].starts_with(AS) => {
                return Some((&text[..at], &text[at + AS.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocators_and_collections_pass_on() {
        for name in [
            "malloc",
            "emscripten_builtin_malloc",
            "__rust_alloc",
            "__rdl_realloc",
            "__rustc::__rust_alloc_zeroed",
            "__wbindgen_malloc",
            "__wbindgen_export_0",
            "__wbindgen_object_clone_ref",
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc",
            "<dlmalloc::dlmalloc::Dlmalloc<dlmalloc::sys::System>>::malloc",
            "alloc::raw_vec::RawVec<T,A>::reserve::do_reserve_and_handle",
            "<alloc::raw_vec::RawVecInner>::finish_grow",
            "alloc::raw_vec::finish_grow::<alloc::alloc::Global>",
            "<alloc::vec::Vec<T> as alloc::vec::spec_from_iter::SpecFromIter<T,I>>::from_iter",
            "<alloc::vec::Vec<kimchi::Gate> as core::clone::Clone>::clone",
            "<T as alloc::slice::hack::ConvertVec>::to_vec",
            "alloc::slice::<impl [T]>::to_vec_in",
            "<[u8] as alloc::borrow::ToOwned>::to_owned",
            "<&mut F as core::ops::function::FnOnce<A>>::call_once",
            "<core::iter::adapters::map::Map<I, kimchi::prove::{closure#0}> as core::iter::traits::iterator::Iterator>::fold",
            "hashbrown::raw::RawTable<T,A>::reserve_rehash",
            "<fn(u8) -> u8 as core::ops::function::FnOnce<(u8,)>>::call_once",
            "<u8 as <[_]>::to_vec_in::ConvertVec>::to_vec::<alloc::alloc::Global>",
            "byn$mgfn-shared$<alloc::vec::Vec<matrix::Session>>::reserve",
            "byn$mgfn-shared$alloc::boxed::box_new_uninit.4727",
            "ts_malloc_default",
            "sqlite3DbMallocRaw",
            "operator new(unsigned long)",
            "operator new[](unsigned int, std::nothrow_t const&)",
            "void std::__2::vector<int, std::__2::allocator<int> >::__push_back_slow_path<int>(int&&)",
            "std::__2::basic_string<char, std::__2::char_traits<char>, std::__2::allocator<char> >::__init(char const*, unsigned long)",
            "std::__2::function<void (int)>::operator()(int) const",
            "std::__2::basic_ostream<char>& std::__2::operator<< <char>(std::__2::basic_ostream<char>&, char)",
            "~lib/rt/itcms/__new",
            "~lib/array/Array<assembly/index/Foo>#push",
        ] {
            assert!(passes_on(name), "{name}");
        }
    }

    #[test]
    fn functions_of_the_program_do_not() {
        for name in [
            "",
            "main",
            "my::malloc_cache::fill",
            "byn$mgfn-shared$my::parse",
            "my::alloc::vec::Vec<T>::push",
            "<my::alloc::vec::Vec<T>>::push",
            "<my::Foo as core::clone::Clone>::clone",
            "<alloc::vec::Vec<u8> as my::Serialize>::serialize",
            "<T as my::Trait>::build",
            "my::imp::<impl core::fmt::Display for alloc::vec::Vec<u8>>::fmt",
            "my::collect::<alloc::vec::Vec<u8>>",
            "my::f::<fn(u8) -> alloc::vec::Vec<u8>>",
            "allocate::vec::Vec::new",
            "my::Tree::insert(std::__2::vector<int>)",
            "std::__2::vector<int> my::parse<int>(char const*)",
            "std::__2::unique_ptr<int> make()",
            "(anonymous namespace)::Cache::add(int)",
            "my::Foo::operator()(std::__2::vector<int>) const",
            "my::operator<<(std::__2::ostream&, my::Foo const&)",
            "operators::run()",
            "~lib/as-bignum/integer/u128/u128#toString",
            "assembly/index/build",
        ] {
            assert!(!passes_on(name), "{name}");
        }
    }

    #[test]
    fn no_name_is_too_odd() {
        for name in [
            "<",
            ">",
            "<<",
            "<>",
            "->",
            "< as >",
            "(",
            ")",
            "operator",
            "operator(",
            "~lib/",
            "::",
            "<a as ",
            "[",
            "<é>::ü",
        ] {
            assert!(!passes_on(name) || name.starts_with('<'), "{name}");
        }
    }
}
