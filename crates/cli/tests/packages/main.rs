//! `unfreed record` on packages of npm, as they are published. Each runs a
//! scenario of `tests/packages/scenarios` with and without recording: both must
//! say the same, and what the recording says is live at the end must be what the
//! allocators' own headers in the memories say is in use (`tests/packages/walk.cjs`).

mod account;
mod install;
mod recording;
mod retained;
mod scenario;

use recording::Recording;
use scenario::{Run, Scenario};

/// What is known of a scenario beforehand.
struct Expected {
    scenario: Scenario,
    /// Allocations and frees that it must have at least, about half of what it has.
    events: u64,
    /// The allocators whose heaps are compared, in any order.
    allocators: &'static [&'static str],
    /// Whether the sizes of live blocks are all known.
    sizes: Sizes,
    /// Why other modules that run with it are not instrumented.
    others: &'static [&'static str],
}

/// Whether sizes in the recording are compared with those in the headers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sizes {
    Compared,
    /// realloc is inlined, so blocks that grow in place keep the size they had.
    StaleWhereResized,
}

const fn expected(
    name: &'static str,
    events: u64,
    allocators: &'static [&'static str],
) -> Expected {
    Expected {
        scenario: Scenario { name, flags: &[] },
        events,
        allocators,
        sizes: Sizes::Compared,
        others: &[],
    }
}

impl Expected {
    fn holds(&self) {
        let run = Run::of(&self.scenario);
        run.is_the_same_with_and_without_recording();
        run.has_a_clean_bill(self.events);
        let recording = Recording::read(&run.recording());
        let others = recording
            .modules()
            .filter(|module| module.status != "instrumented");
        let others: Vec<&str> = others.map(|module| module.reason.as_str()).collect();
        assert_eq!(others, self.others, "modules that are not instrumented");
        assert_eq!(recording.missing(), 0, "events that are not in it");
        let mut allocators: Vec<String> = Vec::new();
        let heaps = run.heaps();
        let accounts = account::Accounts::of(&run.recording());
        let memories = &accounts.memories;
        memories.iter().for_each(account::Account::is_sound);
        let modelled = self.allocators.iter().filter(|name| **name != "wee_alloc");
        accounts.agree_at_marks(modelled.count());
        for memory in heaps.iter().filter(|memory| memory.allocator.is_some()) {
            account::agree(memories, memory, self.sizes == Sizes::Compared);
            recording.agrees_with(memory, self.sizes == Sizes::Compared);
            allocators.extend(memory.allocator.clone());
        }
        allocators.sort();
        assert_eq!(allocators, self.allocators, "heaps found by their headers");
        let in_use: usize = heaps.iter().map(|memory| memory.blocks.len()).sum();
        assert_eq!(recording.live(), in_use, "live blocks of all memories");
    }
}

/// Rust with names; exceptions of both kinds and reference types.
#[test]
fn automerge() {
    expected("automerge", 60_000, &["dlmalloc"]).holds();
}

/// Rust with names; promises.
#[test]
fn matrix() {
    expected("matrix", 7_000, &["dlmalloc"]).holds();
}

/// Rust with names in the old mangling.
#[test]
fn photon() {
    expected("photon", 300, &["dlmalloc"]).holds();
}

/// Rust without names, of which the program frees little.
#[test]
fn cardano() {
    expected("cardano", 6_000, &["dlmalloc"]).holds();
}

/// Rust without names, with `wee_alloc`.
#[test]
fn uplc() {
    expected("uplc", 2_000, &["wee_alloc"]).holds();
}

/// Rust without names, malloc called directly at 900 places.
#[test]
fn resvg() {
    expected("resvg", 3_000, &["dlmalloc"]).holds();
}

/// Rust without names, 18 MB.
#[test]
fn swc() {
    expected("swc", 26_000, &["dlmalloc"]).holds();
}

/// Rust without names.
#[test]
fn rollup() {
    expected("rollup", 30_000, &["dlmalloc"]).holds();
}

/// Rust without names, 150,000 live blocks.
#[test]
fn tiktoken() {
    expected("tiktoken", 350_000, &["dlmalloc"]).holds();
}

/// Rust without names, two copies of dlmalloc.
#[test]
fn loro() {
    expected("loro", 10_000, &["dlmalloc"]).holds();
}

/// Rust without names, with code of C in it.
#[test]
fn parquet() {
    expected("parquet", 2_500, &["dlmalloc"]).holds();
}

/// Rust without names, through Node-API.
#[test]
fn lightningcss() {
    expected("lightningcss", 3_500, &["dlmalloc"]).holds();
}

/// Rust in four threads, above malloc of C.
#[test]
fn tailwind() {
    expected("tailwind", 15_000, &["dlmalloc"]).holds();
}

/// C by Emscripten, with realloc inlined behind a header of its own.
#[test]
fn sql_js() {
    Expected {
        sizes: Sizes::StaleWhereResized,
        ..expected("sqljs", 6_000, &["dlmalloc"])
    }
    .holds();
}

/// C by Emscripten, memory imported.
#[test]
fn quickjs() {
    expected("quickjs", 10_000, &["dlmalloc"]).holds();
}

/// C by Emscripten; a side module allocates through it.
#[test]
fn tree_sitter() {
    Expected {
        others: &["nothing in it looks like an allocator that is known"],
        ..expected("tree-sitter", 30_000, &["dlmalloc"])
    }
    .holds();
}

/// C by an Emscripten of old.
#[test]
fn argon2() {
    expected("argon2", 100, &["dlmalloc"]).holds();
}

/// C++ by Emscripten, with SIMD.
#[test]
fn webp() {
    expected("webp", 1_200, &["dlmalloc"]).holds();
}

/// C++ by Emscripten, with emmalloc, as base64 in JavaScript.
#[test]
fn yoga() {
    expected("yoga", 700, &["emmalloc"]).holds();
}

/// C by Emscripten with 64-bit addresses.
#[test]
fn aos() {
    let base = expected("aos", 13_000, &["dlmalloc"]);
    let scenario = Scenario {
        flags: scenario::flags_for_64_bits(),
        ..base.scenario
    };
    Expected { scenario, ..base }.holds();
}

/// `AssemblyScript` with its collector, and its compiler, whose passes are C++.
#[test]
fn assembly_script() {
    Expected {
        // The arithmetic of the package long; a lexer of JavaScript.
        others: &[
            "the module has no memory",
            "nothing in it looks like an allocator that is known",
        ],
        ..expected("assemblyscript", 23_000, &["TLSF", "dlmalloc"])
    }
    .holds();
}

/// Go, in a process of its own: its collector frees without calling a function.
#[test]
fn esbuild() {
    let run = Run::of(&Scenario {
        name: "esbuild",
        flags: &[],
    });
    run.is_the_same_with_and_without_recording();
    let recording = Recording::read(&run.recording());
    let modules: Vec<_> = recording.modules().collect();
    assert!(!modules.is_empty());
    for module in modules {
        assert_eq!(module.status, "pages", "{module:?}");
        assert!(module.reason.contains("Go"), "{module:?}");
    }
    assert_eq!(recording.live(), 0);
    assert!(recording.grown() > 0, "the growth of its memory");
}
