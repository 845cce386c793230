//! Functions that are named as those of allocators, in the name section or as
//! exports.

use std::collections::HashSet;

use crate::demangle::demangled;
use crate::module::{Export, Module};
use crate::role::Role;

use super::Part;
use super::symbols::{ASSEMBLY_SCRIPT, RUST_CORE, RUST_GLOBAL, SYMBOLS, Symbol};

/// The layer of an allocator that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The inner functions of the crate `dlmalloc`.
    RustCore,
    /// `__rust_alloc` and its like, which compilers inline.
    Shim,
    /// Methods of `GlobalAlloc`.
    Global,
    /// What JavaScript calls; all it sees is what passes the boundary.
    Boundary,
    /// The names of the C standard.
    C,
    /// The lowest functions of an allocator of C.
    Core,
    /// `emmalloc`.
    Emmalloc,
    /// `mimalloc`.
    Mimalloc,
    /// The heap of AssemblyScript.
    AsHeap,
    /// The blocks below that heap.
    AsBlocks,
    /// The objects above it.
    AsObjects,
}

/// A function that is named as one of an allocator, and has its signature.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The function.
    pub function: u32,
    /// The layer.
    pub family: Family,
    /// Which part of it.
    pub part: Part,
    /// What it does.
    pub role: Role,
    /// The name as the module has it.
    pub name: &'a str,
    /// Whether that is the name of an export.
    pub exported: bool,
}

impl Named<'_> {
    /// The name, as evidence.
    pub fn evidence(&self) -> String {
        let name = readable(self.name);
        match self.exported {
            true => format!("exported as {name}"),
            false => format!("named {name}"),
        }
    }
}

/// All functions with a body that are so named, each once for each layer. Those
/// whose signature does not agree with their name are left out.
pub fn named<'a>(module: &Module<'a>) -> Vec<Named<'a>> {
    let mut found = Vec::new();
    let defined = module.imported_functions as usize;
    for (index, function) in module.functions.iter().enumerate().skip(defined) {
        if let Some(name) = function.name {
            found.extend(one(module, index as u32, name, false));
        }
    }
    for export in module.exported_functions() {
        if export.index >= module.imported_functions {
            found.extend(of_export(module, export));
        }
    }
    let mut seen = HashSet::new();
    found.retain(|one| seen.insert((one.function, one.family as u8)));
    found
}

/// The export, if it is so named.
pub fn of_export<'a>(module: &Module<'a>, export: &Export<'a>) -> Option<Named<'a>> {
    one(module, export.index, export.name, true)
}

fn one<'a>(module: &Module<'a>, function: u32, name: &'a str, exported: bool) -> Option<Named<'a>> {
    if !might_match(name) {
        return None;
    }
    let plain = demangled(name);
    matching(&plain).find_map(|symbol| {
        let has_self = matches!(
            symbol.family,
            Family::RustCore | Family::Global | Family::Core
        );
        let role = symbol.shape.fit(module, function, symbol.part, has_self)?;
        Some(Named {
            function,
            family: symbol.family,
            part: symbol.part,
            role,
            name,
            exported,
        })
    })
}

/// Most names of a module are ruled out here, before they are demangled.
fn might_match(name: &str) -> bool {
    let parts = ["alloc", "free", "memalign", "Block", "__new", "__renew"];
    parts.iter().any(|part| name.contains(part))
}

fn matching(plain: &str) -> impl Iterator<Item = &'static Symbol> {
    let (table, wanted) = table(plain);
    table.iter().filter(move |symbol| symbol.name == wanted)
}

/// The names to compare with, and what of `plain` is to be compared.
fn table(plain: &str) -> (&'static [Symbol], String) {
    let (path, last) = plain.rsplit_once("::").unwrap_or(("", plain));
    if path.contains("dlmalloc::dlmalloc::Dlmalloc") {
        return (RUST_CORE, last.to_owned());
    }
    if path.ends_with("GlobalAlloc>") && path.starts_with('<') {
        return (RUST_GLOBAL, last.to_owned());
    }
    let script = plain
        .strip_prefix("~lib/rt/")
        .or(plain.strip_prefix("~lib/memory/"));
    if let Some(script) = script {
        let (_, last) = script.rsplit_once('/').unwrap_or(("", script));
        return (ASSEMBLY_SCRIPT, last.to_owned());
    }
    if plain == "__new" || plain == "__renew" || plain == "__alloc" || plain == "__free" {
        return (ASSEMBLY_SCRIPT, plain.to_owned());
    }
    let plain = plain.strip_suffix("_command_export").unwrap_or(plain);
    let plain = plain.strip_suffix(".command_export").unwrap_or(plain);
    let plain = plain.strip_prefix("__rustc::").unwrap_or(plain);
    let plain = plain.strip_prefix("c.malloc.").unwrap_or(plain);
    (SYMBOLS, plain.to_owned())
}

/// A name as people read it: without mangling and hashes, cut if it is very long, and with
/// characters that command a terminal written as escapes.
#[must_use]
pub fn readable(name: &str) -> String {
    const LONGEST: usize = 120;
    let full = demangled(name);
    let mut shown = String::new();
    for (place, c) in full.chars().enumerate() {
        if place == LONGEST {
            shown.push('…');
            break;
        }
        match commands(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// Control characters, line separators, and what turns the direction of text.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use crate::demangle::demangled;

    #[test]
    fn spellings_of_one_function() {
        let all = [
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc::h0123456789abcdef",
            "_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$6malloc17h0123456789abcdefE",
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc",
        ];
        for name in all {
            assert_eq!(demangled(name), "dlmalloc::dlmalloc::Dlmalloc<A>::malloc");
        }
        let new = [
            "<dlmalloc[0a1b2c3d4e5f]::dlmalloc::Dlmalloc<dlmalloc[0a1b2c3d4e5f]::sys::System>>::malloc",
            "_RNvMs0_NtCs8C3hVlxSHX6_8dlmalloc8dlmallocINtB5_8DlmallocNtNtB7_3sys6SystemE6mallocCs1njKG4L9aB3_3std",
        ];
        for name in new {
            let expected = "<dlmalloc::dlmalloc::Dlmalloc<dlmalloc::sys::System>>::malloc";
            assert_eq!(demangled(name), expected);
        }
    }

    #[test]
    fn spellings_of_shims() {
        assert_eq!(
            demangled("__rustc[1f2e3d4c5b6a]::__rust_alloc"),
            "__rustc::__rust_alloc"
        );
        let raw = "_RNvCs1njKG4L9aB3_7___rustc12___rust_alloc";
        assert_eq!(demangled(raw), "__rustc::__rust_alloc");
        assert_eq!(demangled("__rust_alloc"), "__rust_alloc");
    }
}
