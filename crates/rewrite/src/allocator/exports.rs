//! The exports through which JavaScript allocates and frees. They are wrappers,
//! but they lead to the heap that the program uses, and confirm what was found
//! without names.

use crate::module::Module;
use crate::role::Role;

use super::names::{self, Family};
use super::shape::Shape;
use super::{Part, Search};

/// How many calls lie between such an export and the heap at most, among all
/// modules seen.
pub const DEPTH: usize = 4;

/// An export that allocates or frees.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What it does.
    pub part: Part,
    /// Its function.
    pub function: u32,
    /// What its parameters are.
    pub role: Role,
    /// Its name.
    pub name: &'a str,
    /// Whether the name says so; else its signature does.
    pub by_name: bool,
}

/// All such exports.
pub fn entries<'a>(module: &Module<'a>) -> Vec<Entry<'a>> {
    let mut found = Vec::new();
    for export in module.exported_functions() {
        let named = names::of_export(module, export);
        let boundary = |named: &names::Named<'_>| {
            matches!(
                named.family,
                Family::Boundary | Family::C | Family::AsObjects
            )
        };
        if let Some(named) = named.filter(boundary) {
            found.push(Entry {
                part: named.part,
                function: named.function,
                role: named.role,
                name: export.name,
                by_name: true,
            });
        } else if is_shortened(export.name) {
            found.extend(by_signature(module, export.index, export.name));
        }
    }
    found
}

/// Whether it is a name that wasm-bindgen gives to exports to make them short,
/// such as `__wbindgen_export_0` and `__wbindgen_export2`.
fn is_shortened(name: &str) -> bool {
    let name = name.strip_suffix("_command_export").unwrap_or(name);
    let number = name.strip_prefix("__wbindgen_export");
    number.is_some_and(|number| {
        let number = number.strip_prefix('_').unwrap_or(number);
        number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Among those exports the signature tells which is which. Functions in a table
/// are closures.
fn by_signature<'a>(module: &Module<'a>, function: u32, name: &'a str) -> Option<Entry<'a>> {
    if module.is_addressed(function) {
        return None;
    }
    let all = [
        (Part::Malloc, Shape("sa")),
        (Part::Realloc, Shape("pxsa")),
        (Part::Free, Shape("pxa")),
    ];
    all.into_iter().find_map(|(part, shape)| {
        Some(Entry {
            part,
            function,
            role: shape.fit(module, function, part, false)?,
            name,
            by_name: false,
        })
    })
}

/// An export of that part that leads to `function`, if there is one.
pub fn leading_to<'s>(search: &'s Search<'_>, part: Part, function: u32) -> Option<&'s Entry<'s>> {
    let mut entries = search.entries.iter().filter(|entry| entry.part == part);
    entries.find(|entry| search.reaches(entry.function, function, DEPTH))
}
