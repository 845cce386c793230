//! Compares what is found in real modules of the npm registry with where their
//! allocators are known to be. `scripts/npm-modules.sh` installs the modules;
//! `UNFREED_NPM_MODULES` names their folder. Run it with
//! `cargo test --release -p unfreed-rewrite --features survey --test survey -- --nocapture`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use unfreed_rewrite::allocator::{self, Found, Part};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::scan::Scan;

/// Modules whose allocators were known while the rules were made.
const KNOWN: &str = include_str!("survey/truth.txt");

/// Modules that were looked at only after the rules were made.
const UNSEEN: &str = include_str!("survey/unseen.txt");

/// A line of a table.
struct Row<'a> {
    name: &'a str,
    file: &'a str,
    parts: [Expected; 3],
}

/// Where a part is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It is this function.
    At(u32),
    /// It is not linked in, or not told apart from others.
    Any,
    /// The module has no allocator.
    None,
}

const PARTS: [Part; 3] = [Part::Malloc, Part::Free, Part::Realloc];

fn rows(table: &str) -> impl Iterator<Item = Row<'_>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, file, malloc, free, realloc] = cells[..] else {
            panic!("five cells, not {line:?}");
        };
        Row {
            name,
            file,
            parts: [malloc, free, realloc].map(|cell| match cell {
                "-" => Expected::Any,
                "none" => Expected::None,
                index => Expected::At(index.parse().expect("an index")),
            }),
        }
    })
}

fn folder() -> PathBuf {
    let folder = env::var_os("UNFREED_NPM_MODULES")
        .expect("UNFREED_NPM_MODULES names the folder that scripts/npm-modules.sh has filled");
    // Tests run in the folder of their crate.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(folder).join("node_modules")
}

fn find(file: &Path) -> Found {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let module = Module::parse(&bytes).expect("a module");
    let scan = Scan::of(&module).expect("bodies that can be read");
    allocator::find(&module, &scan)
}

/// Whether one of the allocators has a part where it is expected.
fn is_right(found: &Found, part: Part, expected: Expected) -> Option<bool> {
    let mut functions = found.allocators.iter().filter_map(|one| one.function(part));
    match expected {
        Expected::Any => None,
        Expected::None => Some(found.allocators.is_empty()),
        Expected::At(index) => Some(functions.any(|function| function == index)),
    }
}

/// What was right, of how many, for each part; and a table of it.
fn compare(table: &str) -> ([(usize, usize); 3], String) {
    let folder = folder();
    let mut right = [(0, 0); 3];
    let mut text = String::new();
    for row in rows(table) {
        let found = find(&folder.join(row.file));
        let first = found.allocators.first();
        let kind = first.map_or("none".to_owned(), |one| one.kind.to_string());
        let certainty = first.map_or(String::new(), |one| one.certainty.to_string());
        write!(text, "{:34} {kind:24} {certainty:8}", row.name).expect("text grows");
        for (place, part) in PARTS.into_iter().enumerate() {
            let function = first.and_then(|one| one.function(part));
            let function = function.map_or("-".to_owned(), |index| index.to_string());
            let verdict = is_right(&found, part, row.parts[place]);
            if let Some(is_right) = verdict {
                right[place].0 += usize::from(is_right);
                right[place].1 += 1;
            }
            let sign = match verdict {
                Some(true) => "",
                Some(false) => "!",
                None => "?",
            };
            write!(text, " {:>8}", format!("{sign}{function}")).expect("text grows");
        }
        let hooks: usize = found.allocators.iter().map(|one| one.members.len()).sum();
        writeln!(
            text,
            " {:>3} hooks, {} heaps",
            hooks,
            found.allocators.len()
        )
        .expect("text grows");
    }
    (right, text)
}

fn report(title: &str, right: [(usize, usize); 3], text: &str) {
    println!("\n{title}\n{text}");
    for (part, (right, of)) in PARTS.iter().zip(right) {
        println!("{part}: {right} of {of}");
    }
}

#[test]
fn allocators_of_known_modules() {
    let (right, text) = compare(KNOWN);
    report("known modules (! wrong, ? not known)", right, &text);
    let [malloc, free, realloc] = right;
    assert_eq!(malloc.1, 33);
    assert!(malloc.0 >= 33, "malloc: {malloc:?}");
    assert!(free.0 >= 33, "free: {free:?}");
    assert!(realloc.0 >= realloc.1, "realloc: {realloc:?}");
}

#[test]
fn allocators_of_unseen_modules() {
    let (right, text) = compare(UNSEEN);
    report("unseen modules (! wrong, ? not known)", right, &text);
    let [malloc, free, _] = right;
    assert_eq!(malloc.0, malloc.1, "malloc: {malloc:?}");
    assert_eq!(free.0, free.1, "free: {free:?}");
}

/// Reads as far as it goes.
fn survives(bytes: &[u8]) {
    if let Ok(module) = Module::parse(bytes)
        && let Ok(scan) = Scan::of(&module)
    {
        let _ = allocator::find(&module, &scan);
    }
}

#[test]
fn damage_of_real_modules_is_survived() {
    let folder = folder();
    for file in [
        "argon2-browser/dist/argon2.wasm",
        "source-map/lib/mappings.wasm",
        "web-tree-sitter/debug/web-tree-sitter.wasm",
    ] {
        let whole = fs::read(folder.join(file)).expect("a module");
        // A step that is prime to most lengths of instructions.
        let step = whole.len() / 500 + 1;
        for place in (0..whole.len()).step_by(step) {
            survives(&whole[..place]);
            let mut damaged = whole.clone();
            damaged[place] ^= 1 << (place % 8);
            survives(&damaged);
            damaged[place] = 0xff;
            survives(&damaged);
        }
    }
}
