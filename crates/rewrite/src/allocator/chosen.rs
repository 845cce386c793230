//! An allocator whose functions the user names.

use thiserror::Error;
use wasmparser::ValType;

use crate::module::Module;
use crate::role::{Hook, Role};

use super::shape::Shape;
use super::{Allocator, Certainty, Kind, Member, Part, names};

/// What is wrong with a choice, as in `--allocator malloc=my_alloc`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChoiceError {
    /// It is not `PART=FUNCTION`.
    #[error("{found:?} is not PART=FUNCTION, such as malloc=my_alloc or free=236")]
    Form {
        /// What was given.
        found: String,
    },
    /// There is no such part.
    #[error(
        "{found:?} is no part of an allocator; expected malloc, free, realloc, calloc, memalign or posix_memalign"
    )]
    Part {
        /// What was given.
        found: String,
    },
    /// No function has that name or index.
    #[error(
        "the module has no function {found:?}: no export, no symbol and no index below {functions}"
    )]
    NoFunction {
        /// What was given.
        found: String,
        /// How many functions there are.
        functions: usize,
    },
    /// Several functions have that name.
    #[error("{functions:?} are all named {found:?}; give the index of one")]
    Ambiguous {
        /// What was given.
        found: String,
        /// The functions of that name.
        functions: Vec<u32>,
    },
    /// The function is imported, so it has no body to wrap.
    #[error("function {function} is imported; only functions of the module can be wrapped")]
    Imported {
        /// The function.
        function: u32,
    },
    /// The function does not have the signature of its part.
    #[error("function {function} cannot be {part}: expected {expected}, found {found}")]
    Signature {
        /// The function.
        function: u32,
        /// Which part it was to be.
        part: Part,
        /// Signatures that it may have.
        expected: &'static str,
        /// The one that it has.
        found: String,
    },
    /// One function was named for two parts, or as one part twice.
    #[error("function {function} is named twice")]
    Twice {
        /// The function.
        function: u32,
    },
    /// What is needed to tell what is live was not named.
    #[error("no {missing} is named; a malloc and a free are needed")]
    Missing {
        /// What is missing.
        missing: Part,
    },
}

/// Makes an allocator of `choices`, each `PART=FUNCTION`, where `FUNCTION` is
/// the index of a function, or the name of an export or of a symbol, as written
/// in the module or without mangling.
///
/// # Errors
/// A choice that cannot be read or does not fit the module, and choices without
/// a malloc or a free.
pub fn choose<'c>(
    module: &Module<'_>,
    choices: impl IntoIterator<Item = &'c str>,
) -> Result<Allocator, ChoiceError> {
    let mut chosen = Vec::new();
    for choice in choices {
        let form = || ChoiceError::Form {
            found: choice.to_owned(),
        };
        let (part, function) = choice.split_once('=').ok_or_else(form)?;
        let part = part_of(part)?;
        let function = resolve(module, function)?;
        if chosen.iter().any(|(_, one)| *one == function) {
            return Err(ChoiceError::Twice { function });
        }
        chosen.push((part, function));
    }
    for missing in [Part::Malloc, Part::Free] {
        if !chosen.iter().any(|(part, _)| *part == missing) {
            return Err(ChoiceError::Missing { missing });
        }
    }
    let style = Style::of(module, &chosen);
    let mut members = Vec::new();
    for (part, function) in chosen {
        members.push(Member {
            part,
            hook: Hook {
                function,
                role: role(module, part, function, style)?,
            },
            evidence: "named by --allocator".to_owned(),
            certainty: Certainty::Certain,
        });
    }
    let mut allocator = Allocator::of(Kind::Chosen, members);
    allocator.certainty = Certainty::Certain;
    Ok(allocator)
}

fn part_of(name: &str) -> Result<Part, ChoiceError> {
    let all = [
        Part::Malloc,
        Part::Free,
        Part::Realloc,
        Part::Calloc,
        Part::Memalign,
        Part::PosixMemalign,
    ];
    let part = all.into_iter().find(|part| part.name() == name.trim());
    part.ok_or_else(|| ChoiceError::Part {
        found: name.to_owned(),
    })
}

fn resolve(module: &Module<'_>, name: &str) -> Result<u32, ChoiceError> {
    let name = name.trim();
    let found = match name.parse::<u32>() {
        Ok(index) => Vec::from([index]),
        Err(_) => by_name(module, name),
    };
    let [function] = found.as_slice() else {
        return Err(match found.is_empty() {
            true => no_function(module, name),
            false => ChoiceError::Ambiguous {
                found: name.to_owned(),
                functions: found,
            },
        });
    };
    match module.functions.get(*function as usize) {
        None => Err(no_function(module, name)),
        Some(one) if one.body.is_none() => Err(ChoiceError::Imported {
            function: *function,
        }),
        Some(_) => Ok(*function),
    }
}

fn no_function(module: &Module<'_>, name: &str) -> ChoiceError {
    ChoiceError::NoFunction {
        found: name.to_owned(),
        functions: module.functions.len(),
    }
}

/// An export goes before a symbol: export names are unique.
fn by_name(module: &Module<'_>, name: &str) -> Vec<u32> {
    let export = module.exported_functions().find(|one| one.name == name);
    if let Some(export) = export {
        return vec![export.index];
    }
    let named = module.functions.iter().enumerate();
    let same = named.filter(|(_, function)| {
        let symbol = function.name;
        symbol.is_some_and(|symbol| symbol == name || names::readable(symbol) == name)
    });
    same.map(|(index, _)| index as u32).collect()
}

/// How the functions of an allocator take their parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// As in C.
    Plain,
    /// As in C, with a self pointer before.
    WithSelf,
    /// Size and alignment of the block are told when it is freed too.
    Sized,
}

impl Style {
    /// How many parameters free has decides for all.
    fn of(module: &Module<'_>, chosen: &[(Part, u32)]) -> Style {
        let count = |wanted: Part| {
            let found = chosen.iter().find(|(part, _)| *part == wanted);
            let signature = found.and_then(|(_, function)| module.function_type(*function));
            signature.map_or(0, |found| found.params().len())
        };
        match (count(Part::Free), count(Part::Malloc)) {
            (2, 2) => Style::WithSelf,
            (2 | 3, _) => Style::Sized,
            _ => Style::Plain,
        }
    }
}

fn role(module: &Module<'_>, part: Part, function: u32, style: Style) -> Result<Role, ChoiceError> {
    let shapes: &[&'static str] = match (part, style) {
        (Part::Malloc, Style::WithSelf) => &["xs", "s"],
        (Part::Malloc, _) => &["s", "sx", "sxx"],
        (Part::Free, Style::WithSelf) => &["xp", "p"],
        (Part::Free, _) => &["p", "px", "pxx"],
        (Part::Realloc, Style::WithSelf) => &["xps", "ps", "pxas"],
        (Part::Realloc, Style::Sized) => &["pxas", "pxs", "ps"],
        (Part::Realloc, Style::Plain) => &["ps", "psx", "pxas"],
        (Part::Calloc, Style::WithSelf) => &["xns", "ns"],
        (Part::Calloc, Style::Sized) => &["sx", "ns", "s"],
        (Part::Calloc, Style::Plain) => &["ns", "s"],
        (Part::Memalign, Style::WithSelf) => &["xas", "as"],
        (Part::Memalign, Style::Sized) => &["sa"],
        (Part::Memalign, Style::Plain) => &["as"],
        (Part::PosixMemalign, _) => &["oas"],
    };
    let mut fitting = shapes
        .iter()
        .filter_map(|shape| Shape(shape).fit(module, function, part, false));
    let role = fitting.next();
    role.ok_or_else(|| ChoiceError::Signature {
        function,
        part,
        expected: expected(part),
        found: signature(module, function),
    })
}

fn expected(part: Part) -> &'static str {
    match part {
        Part::Malloc => "(size) -> pointer, (self, size) or (size, alignment)",
        Part::Free => "(pointer), (self, pointer) or (pointer, size, alignment), without a result",
        Part::Realloc => {
            "(pointer, size) -> pointer, (self, pointer, size) or (pointer, old size, alignment, size)"
        }
        Part::Calloc => "(count, size) -> pointer or (size, alignment)",
        Part::Memalign => "(alignment, size) -> pointer or (size, alignment)",
        Part::PosixMemalign => "(address, alignment, size) -> i32",
    }
}

fn signature(module: &Module<'_>, function: u32) -> String {
    let Some(found) = module.function_type(function) else {
        return "nothing".to_owned();
    };
    let list = |types: &[ValType]| {
        let types: Vec<String> = types.iter().map(ValType::to_string).collect();
        format!("({})", types.join(", "))
    };
    format!("{} -> {}", list(found.params()), list(found.results()))
}
