//! Finds the allocators of a module and says which of their functions to wrap.
//!
//! The functions to wrap are those of the lowest layer, which all paths go
//! through: compilers inline `__rust_alloc` and its like, so a wrapper on them
//! misses blocks. `docs/allocators.md` says what is recognised and how.

mod chosen;
mod classic;
mod confirm;
mod exports;
mod fallback;
mod names;
mod operands;
mod rust;
mod shape;
mod structure;
mod symbols;

use std::fmt;

pub use self::chosen::{ChoiceError, choose};
pub use self::names::readable;

use crate::module::{Kind as ImportKind, Module};
use crate::role::{Hook, Role};
use crate::scan::Scan;

use self::exports::Entry;
use self::names::{Family, Named};

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The allocators. Each has its own blocks, and all are to be wrapped.
    pub allocators: Vec<Allocator>,
    /// If there is none, why.
    pub reason: Option<Nothing>,
}

/// An allocator of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocator {
    /// Which one it is.
    pub kind: Kind,
    /// How sure it is that its blocks are all seen, and nothing else.
    pub certainty: Certainty,
    /// The functions to wrap, each once.
    pub members: Vec<Member>,
    /// What to know before its figures are trusted, in whole sentences.
    pub notes: Vec<String>,
}

/// A function of an allocator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which part of the allocator it is.
    pub part: Part,
    /// The function and what it does.
    pub hook: Hook,
    /// What tells so.
    pub evidence: String,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Which allocator it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The crate `dlmalloc`, which is the allocator of Rust's standard library.
    RustDlmalloc,
    /// Doug Lea's malloc in C, as in Emscripten and wasi-libc.
    Dlmalloc,
    /// `emmalloc` of Emscripten.
    Emmalloc,
    /// `mimalloc`.
    Mimalloc,
    /// The crate `wee_alloc`.
    WeeAlloc,
    /// The runtime of AssemblyScript.
    AssemblyScript,
    /// `malloc` and `free` of C whose make is not known.
    C,
    /// A global allocator of Rust whose make is not known.
    Rust,
    /// Functions that the user named.
    Chosen,
}

/// Which part of an allocator a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `malloc`.
    Malloc,
    /// `free`.
    Free,
    /// `realloc`.
    Realloc,
    /// `calloc`.
    Calloc,
    /// `memalign` and `aligned_alloc`.
    Memalign,
    /// `posix_memalign`.
    PosixMemalign,
}

/// How sure something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// One sign speaks for it.
    Guess,
    /// Signs of different kinds agree, such as what the bodies look like and
    /// what the exports call.
    Likely,
    /// It has the name, and its signature agrees.
    Certain,
}

/// Why no allocator was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nothing {
    /// The module has no memory.
    NoMemory,
    /// A collector frees its blocks without a call of a function.
    Collected {
        /// The toolchain.
        language: &'static str,
    },
    /// It uses the allocator of another module.
    Imported,
    /// Nothing in it looks like an allocator that is known.
    Unknown,
}

/// Finds the allocators of a module. `scan` is that of the same module.
#[must_use]
pub fn find(module: &Module<'_>, scan: &Scan) -> Found {
    if module.memories.is_empty() {
        return nothing(Nothing::NoMemory);
    }
    let search = Search::new(module, scan);
    if let Some(language) = collected(&search) {
        return nothing(Nothing::Collected { language });
    }
    let mut allocators = rust::find(&search);
    // A side module has no allocator of C, whatever looks like one.
    let is_side = imports_allocator(module);
    if !is_side {
        classic::find(&search, &mut allocators);
        if allocators.is_empty() {
            allocators = fallback::find(&search);
        }
    }
    // The one that the exports lead to, or that most call, comes first.
    allocators.sort_by_key(|allocator| std::cmp::Reverse(confirm::weight(&search, allocator)));
    confirm::drop_halves(&search, &mut allocators);
    for allocator in &mut allocators {
        confirm::confirm(&search, allocator);
    }
    if allocators.is_empty() {
        let is_script = |one: &Named<'_>| one.family == Family::AsObjects;
        let language = "AssemblyScript";
        return nothing(match search.named.iter().any(is_script) {
            _ if is_side => Nothing::Imported,
            true => Nothing::Collected { language },
            false => Nothing::Unknown,
        });
    }
    Found {
        allocators,
        reason: None,
    }
}

/// The language, if what it allocates is freed by a collector that no function
/// tells of.
fn collected(search: &Search<'_>) -> Option<&'static str> {
    let module = search.module;
    let producer = |name: &str| module.producers.iter().any(|made| made.name == name);
    let named = |name: &str| {
        let mut names = module.functions.iter().filter_map(|one| one.name);
        names.any(|one| one == name)
    };
    if producer("TinyGo") || named("runtime.alloc") {
        return Some("TinyGo");
    }
    let is_go = producer("Go") || named("runtime.mallocgc");
    is_go.then_some("Go")
}

/// Whether it is a side module, which calls the malloc of its main module.
fn imports_allocator(module: &Module<'_>) -> bool {
    let imports = |name: &str| {
        let mut imports = module.imports.iter();
        imports.any(|one| one.kind == ImportKind::Function && one.name == name)
    };
    imports("malloc") && imports("free")
}

fn nothing(reason: Nothing) -> Found {
    Found {
        allocators: Vec::new(),
        reason: Some(reason),
    }
}

/// What the rules look at.
struct Search<'a> {
    module: &'a Module<'a>,
    scan: &'a Scan,
    /// Functions whose name or export name is that of an allocator's function.
    named: Vec<Named<'a>>,
    /// The exports that allocate and free.
    entries: Vec<Entry<'a>>,
}

impl<'a> Search<'a> {
    fn new(module: &'a Module<'a>, scan: &'a Scan) -> Search<'a> {
        Search {
            module,
            scan,
            named: names::named(module),
            entries: exports::entries(module),
        }
    }

    /// Whether all parameters are addresses, `parameters` of them, and so are
    /// the `results` results.
    fn has_signature(&self, function: u32, parameters: usize, results: usize) -> bool {
        let address = shape::address(self.module);
        self.module.function_type(function).is_some_and(|found| {
            found.params().len() == parameters
                && found.results().len() == results
                && found.params().iter().all(|one| *one == address)
                && found.results().iter().all(|one| *one == address)
        })
    }

    fn parameters(&self, function: u32) -> usize {
        let found = self.module.function_type(function);
        found.map_or(0, |found| found.params().len())
    }

    /// The functions with a body.
    fn defined(&self) -> impl Iterator<Item = u32> {
        self.module.imported_functions..self.module.functions.len() as u32
    }

    /// Whether `to` is reached from `from` by at most `most` direct calls; a
    /// function reaches itself.
    fn reaches(&self, from: u32, to: u32, most: usize) -> bool {
        let mut seen = std::collections::HashSet::from([from]);
        let mut front = vec![from];
        for _ in 0..most {
            if seen.contains(&to) {
                return true;
            }
            let calls = |function: &u32| self.scan.body(*function).calls.iter();
            let next: Vec<u32> = front.iter().flat_map(calls).map(|c| c.function).collect();
            front = next.into_iter().filter(|one| seen.insert(*one)).collect();
        }
        seen.contains(&to)
    }
}

impl Member {
    /// A function that has the name of its part, and its signature.
    fn named(named: &Named<'_>) -> Member {
        Member {
            part: named.part,
            hook: Hook {
                function: named.function,
                role: named.role,
            },
            evidence: named.evidence(),
            certainty: Certainty::Certain,
        }
    }

    /// A function that looks like its part.
    fn by_structure(part: Part, function: u32, role: Role, evidence: &str) -> Member {
        Member {
            part,
            hook: Hook { function, role },
            evidence: evidence.to_owned(),
            certainty: Certainty::Guess,
        }
    }
}

impl Allocator {
    fn of(kind: Kind, members: Vec<Member>) -> Allocator {
        let mut allocator = Allocator {
            kind,
            certainty: Certainty::Guess,
            members: Vec::new(),
            notes: Vec::new(),
        };
        for member in members {
            allocator.add(member);
        }
        allocator
    }

    /// Adds a member, unless its function is one already.
    fn add(&mut self, member: Member) {
        let function = member.hook.function;
        if !self.members.iter().any(|one| one.hook.function == function) {
            self.members.push(member);
            self.members.sort_by_key(|one| one.part);
        }
    }

    /// The function that is a part; the first if there are several.
    #[must_use]
    pub fn function(&self, part: Part) -> Option<u32> {
        let member = self.members.iter().find(|member| member.part == part);
        member.map(|member| member.hook.function)
    }

    /// What is to be wrapped.
    pub fn hooks(&self) -> impl Iterator<Item = Hook> {
        self.members.iter().map(|member| member.hook)
    }
}

impl Part {
    /// Its name in C.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Malloc => "malloc",
            Part::Free => "free",
            Part::Realloc => "realloc",
            Part::Calloc => "calloc",
            Part::Memalign => "memalign",
            Part::PosixMemalign => "posix_memalign",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::RustDlmalloc => "dlmalloc of Rust",
            Kind::Dlmalloc => "dlmalloc of C",
            Kind::Emmalloc => "emmalloc",
            Kind::Mimalloc => "mimalloc",
            Kind::WeeAlloc => "wee_alloc",
            Kind::AssemblyScript => "AssemblyScript runtime",
            Kind::C => "unknown allocator of C",
            Kind::Rust => "unknown allocator of Rust",
            Kind::Chosen => "chosen by --allocator",
        })
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Certainty::Certain => "certain",
            Certainty::Likely => "likely",
            Certainty::Guess => "guess",
        })
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Nothing::NoMemory => f.write_str("the module has no memory"),
            Nothing::Collected { language } => write!(
                f,
                "{language} has a garbage collector, which frees without calling a function"
            ),
            Nothing::Imported => f.write_str(
                "it imports malloc and free from another module, which is the one to look at",
            ),
            Nothing::Unknown => f.write_str("nothing in it looks like an allocator that is known"),
        }
    }
}
