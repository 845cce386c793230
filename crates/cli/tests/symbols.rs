//! Stacks of a recording: functions, lines and names of modules, from what
//! modules and the files beside them say of their source.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use data_encoding::BASE64;
use tempfile::TempDir;

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/modules");

/// Fills a tree or a list, whose module is where the first argument says.
const PROGRAM: &str = r#"
const { readFileSync } = require('node:fs');
function load(file) {
  const bytes = readFileSync(file);
  const imports = { env: { abort() {} } };
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}
for (const file of process.argv.slice(2)) load(file).fill(10);
"#;

/// A folder with a program in it.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Folder { folder };
        folder.write("app.cjs", PROGRAM.as_bytes());
        folder
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }

    fn unfreed(&self, arguments: &[&str]) -> (String, String) {
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        let output = command
            .args(arguments)
            .env("XDG_CACHE_HOME", self.path().join(".cache"))
            .current_dir(self.path())
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(output.stdout), text(output.stderr))
    }

    /// What is said at the end of recording the program with these modules.
    fn record(&self, options: &[&str], modules: &[&str]) -> String {
        let record = ["record", "-o", "app.unfreed"];
        let program = ["--", "node", "app.cjs"];
        self.unfreed(&[&record[..], options, &program, modules].concat())
            .1
    }

    /// The first stack that a recording of these modules shows.
    fn stack(&self, modules: &[&str]) -> Vec<String> {
        self.record(&["--quiet"], modules);
        stack(&self.unfreed(&["analyze", "app.unfreed"]).0)
    }
}

/// The first line of the first stack in a report, and its frames up to those of
/// the program itself.
fn stack(report: &str) -> Vec<String> {
    let mut lines = report.lines().map(str::trim);
    lines.find(|line| *line == "Stacks of what leaks most");
    let lines = lines.take_while(|line| !line.starts_with("- Object.<anonymous>"));
    lines.map(str::to_owned).collect()
}

fn module(name: &str) -> Vec<u8> {
    fs::read(Path::new(MODULES).join(name)).expect("a module")
}

/// A module without some of its custom sections, and with another one.
fn edited(wasm: &[u8], without: impl Fn(&str) -> bool, with: Option<(&str, &str)>) -> Vec<u8> {
    let mut edited = wasm[..8].to_vec();
    let mut at = 8;
    while at < wasm.len() {
        let (size, begin) = number(wasm, at + 1);
        let end = begin + size;
        let (length, name) = number(wasm, begin);
        let is_left_out =
            wasm[at] == 0 && std::str::from_utf8(&wasm[name..name + length]).is_ok_and(&without);
        if !is_left_out {
            edited.extend_from_slice(&wasm[at..end]);
        }
        at = end;
    }
    if let Some((name, text)) = with {
        let mut contents = Vec::new();
        for part in [name, text] {
            put(&mut contents, part.len());
            contents.extend_from_slice(part.as_bytes());
        }
        edited.push(0);
        put(&mut edited, contents.len());
        edited.extend_from_slice(&contents);
    }
    edited
}

fn number(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[at];
        value |= usize::from(byte & 0x7f) << shift;
        (at, shift) = (at + 1, shift + 7);
        if byte & 0x80 == 0 {
            return (value, at);
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn is_dwarf(section: &str) -> bool {
    section.starts_with(".debug_")
}

const TREE: [&str; 5] = [
    "make_node: 120 B in 10 blocks, allocated by",
    "- (1 frame of allocators and libraries; --all-frames shows them)",
    "- make_node  /src/tree.c:11:23 (inlined)",
    "- insert  /src/tree.c:23:9",
    "- fill  /src/tree.c:28:5",
];

#[test]
fn dwarf_of_a_module_tells_lines_and_inlined_functions() {
    let folder = Folder::new();
    folder.write("pkg/tree.wasm", &module("tree.wasm"));
    assert_eq!(folder.stack(&["pkg/tree.wasm"]), TREE);
    let (all, _) = folder.unfreed(&["analyze", "--all-frames", "app.unfreed"]);
    let stack = stack(&all);
    assert_eq!(stack[1], "- malloc  dlmalloc/src/dlmalloc.c:68:12");
    assert_eq!(stack[2..], TREE[2..]);
    assert!(all.contains("node:internal"), "{all}");
    let said = folder.record(&["--all-frames"], &["pkg/tree.wasm"]);
    assert!(said.contains("- malloc  dlmalloc/src/dlmalloc.c"), "{said}");
}

#[test]
fn dwarf_may_be_in_a_file_beside_the_module() {
    let whole = module("tree.wasm");
    let folder = Folder::new();
    folder.write("usual/it.wasm", &edited(&whole, is_dwarf, None));
    folder.write("usual/it.debug.wasm", &whole);
    assert_eq!(folder.stack(&["usual/it.wasm"]), TREE);
    let named = |url| edited(&whole, is_dwarf, Some(("external_debug_info", url)));
    folder.write("named/it.wasm", &named("sub/tree%20it.dbg"));
    folder.write("named/sub/tree it.dbg", &whole);
    assert_eq!(folder.stack(&["named/it.wasm"]), TREE);
    // A module must not have files read that are not its own.
    folder.write("outer/it.wasm", &named("../outside.wasm"));
    folder.write("outside.wasm", &whole);
    let stack = folder.stack(&["outer/it.wasm"]);
    assert_eq!(stack[0], "insert: 120 B in 10 blocks, allocated by");
    assert!(stack[2].starts_with("- insert  it.wasm:0x"), "{stack:?}");
}

#[test]
fn functions_without_names_have_those_of_dwarf() {
    let folder = Folder::new();
    let unnamed = edited(&module("tree.wasm"), |name| name == "name", None);
    folder.write("pkg/tree.wasm", &unnamed);
    let stack = folder.stack(&["pkg/tree.wasm"]);
    assert_eq!(stack[stack.len() - 2..], TREE[3..]);
}

#[test]
fn a_source_map_tells_lines() {
    let list = |with_source: bool, wasm: &[u8], has_map: bool| {
        let folder = Folder::new();
        folder.write("build/list.wasm", wasm);
        if has_map {
            folder.write("build/list.wasm.map", &module("list.wasm.map"));
        }
        if with_source {
            folder.write("list.ts", &module("list.ts"));
        }
        folder.stack(&["build/list.wasm"])
    };
    let expected = [
        "list.ts:20: 80 B in 10 blocks, allocated by",
        "- function 12  list.ts:20:17",
        "- fill  list.ts:29:5",
    ];
    let wasm = module("list.wasm");
    assert_eq!(list(false, &wasm, true), expected);
    // Where the source is there, its place is said from the current folder on.
    assert_eq!(list(true, &wasm, true), expected);
    let map = BASE64.encode(&module("list.wasm.map"));
    let url = format!("data:application/json;base64,{map}");
    let section = "sourceMappingURL";
    let embedding = edited(&wasm, |name| name == section, Some((section, &url)));
    assert_eq!(list(false, &embedding, false), expected);
    let without = list(false, &wasm, false);
    assert_eq!(without[0], "fill: 80 B in 10 blocks, allocated by");
    assert!(
        without[1].starts_with("- function 12  list.wasm:0x"),
        "{without:?}"
    );
}

#[test]
fn modules_of_one_name_are_told_apart() {
    let folder = Folder::new();
    let first = edited(&module("tree.wasm"), is_dwarf, None);
    let second = edited(&first, |_| false, Some(("other", "")));
    folder.write("a/tree.wasm", &first);
    folder.write("b/tree.wasm", &second);
    folder.record(&["--quiet"], &["a/tree.wasm", "b/tree.wasm"]);
    let (report, _) = folder.unfreed(&["analyze", "app.unfreed"]);
    let shown = |text: &str| report.contains(&format!("- insert  {text}"));
    assert!(shown("tree.wasm:0x"), "{report}");
    assert!(shown("tree.wasm#"), "{report}");
}

#[test]
fn a_module_in_a_script_is_called_by_the_script() {
    let folder = Folder::new();
    let wasm = BASE64.encode(&edited(&module("tree.wasm"), is_dwarf, None));
    let program = PROGRAM.replace(
        "readFileSync(file)",
        &format!("Buffer.from('{wasm}', 'base64')"),
    );
    folder.write("app.cjs", program.as_bytes());
    let stack = folder.stack(&["none"]);
    assert!(stack[2].starts_with("- insert  app.cjs#"), "{stack:?}");
}
