//! A case of `tests/leaks` that was recorded, and what unfreed says of it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How often each case runs its round.
pub const ROUNDS: u64 = 12;

/// A case that was recorded, and what unfreed finds in it.
pub struct Recorded {
    folder: TempDir,
    /// What `unfreed record` printed.
    pub report: String,
    pub analysis: Value,
    /// From the first event to the last.
    pub account: Value,
}

pub fn unfreed(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    command
        .current_dir(cases())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .stdin(Stdio::null());
    command
}

pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

impl Recorded {
    /// Records a case, and checks what holds for all: the program computes the
    /// same, everything is recorded, and the account adds up.
    pub fn new(case: &str) -> Recorded {
        let folder = tempfile::tempdir().expect("a folder");
        let mut plain = Command::new("node");
        plain.args(["run.mjs", case]).current_dir(cases());
        let plain = plain.output().expect("node runs");
        let recorded = unfreed(&folder)
            .args(["record", "--snapshot", "end", "-o"])
            .arg(folder.path().join("case.unfreed"))
            .args(["--", "node", "run.mjs", case])
            .output()
            .expect("it runs");
        let report = text(recorded.stderr);
        assert_eq!(recorded.status.code(), Some(0), "{report}");
        assert_eq!(text(recorded.stdout), text(plain.stdout));
        let mut this = Recorded {
            folder,
            report,
            analysis: Value::Null,
            account: Value::Null,
        };
        this.analysis = this.json("analyze", &[]);
        this.account = this.json("account", &[]);
        assert_eq!(this.analysis["complete"], true);
        assert_eq!(this.analysis["trust"]["grade"], "high");
        adds_up(&this.account);
        this
    }

    pub fn json(&self, command: &str, options: &[&str]) -> Value {
        let output = unfreed(&self.folder)
            .args([command, "--format", "json"])
            .args(options)
            .arg(self.folder.path().join("case.unfreed"))
            .output()
            .expect("it runs");
        let said = text(output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    pub fn of_type(&self, name: &str) -> &Value {
        let types = array(&self.analysis["types"]);
        let found = types.iter().find(|found| found["type"] == name);
        found.unwrap_or_else(|| panic!("no type {name} in {types:#?}"))
    }

    /// The types that are said to leak.
    pub fn accused(&self) -> Vec<&str> {
        let leaks =
            |found: &&Value| ["systematic", "noisy"].contains(&string(&found["verdict"]["kind"]));
        let accused = array(&self.analysis["types"]).iter().filter(leaks);
        accused.map(|found| string(&found["type"])).collect()
    }

    /// One type leaks, in each round the same.
    pub fn leaks_exactly(&self, name: &str, blocks: u64, bytes: u64) {
        let found = self.of_type(name);
        let verdict = &found["verdict"];
        assert_eq!(verdict["kind"], "systematic", "{found:#}");
        assert_eq!(verdict["exact"], true, "{found:#}");
        assert_eq!(verdict["per_iteration"], blocks as f64, "{found:#}");
        assert_eq!(verdict["bytes_per_iteration"], bytes as f64, "{found:#}");
    }

    /// What is left of a type at the end, and the verdict on it.
    pub fn leaves(&self, name: &str, kind: &str, blocks: u64, bytes: u64) {
        let found = self.of_type(name);
        assert_eq!(found["verdict"]["kind"], kind, "{found:#}");
        assert_eq!(found["leaked"], blocks, "{found:#}");
        assert_eq!(found["leaked_bytes"], bytes, "{found:#}");
    }

    /// Nothing is live at the end.
    pub fn is_clean(&self) {
        assert_eq!(self.accused(), [""; 0]);
        assert_eq!(self.analysis["totals"]["leaked"], 0);
        for memory in array(&self.account["memories"]) {
            assert_eq!(class(memory, "live payload", "after"), 0);
        }
    }

    /// Whether the account knows of each byte that is used since the start. Where
    /// zeroed data end and the stack begins a module without data does not tell.
    pub fn everything_is_known(&self) {
        for memory in array(&self.account["memories"]) {
            assert_eq!(memory["model"], "dlmalloc", "{memory:#}");
            assert_eq!(class(memory, "unknown", "growth"), 0, "{memory:#}");
        }
    }

    /// All blocks of a type are in this class at the end, as what reaches them says.
    pub fn is_held(&self, name: &str, class: &str, root: Option<&str>) {
        let why = self.json("why", &[]);
        let sites = array(&why["memories"]).iter();
        let sites = sites.flat_map(|memory| array(&memory["sites"]));
        let mut found = sites.filter(|site| site["type"] == name).peekable();
        assert!(found.peek().is_some(), "no {name} in {why:#}");
        for site in found {
            for part in array(&site["classes"]) {
                assert_eq!(part["class"], class, "{site:#}");
                assert_eq!(part["root"].as_str(), root, "{site:#}");
            }
        }
    }

    /// So many live blocks are definitely and indirectly lost, and nothing holds any other.
    pub fn is_lost(&self, definitely: u64, indirectly: u64) {
        let why = self.json("why", &[]);
        let mut lost: Vec<_> = array(&why["memories"][0]["classes"])
            .iter()
            .map(|class| (string(&class["class"]), number(&class["blocks"]) as u64))
            .collect();
        lost.sort_unstable();
        let expected = [
            ("definitely_lost", definitely),
            ("indirectly_lost", indirectly),
        ];
        assert_eq!(lost, expected, "{why:#}");
    }

    /// What `unfreed record` said has this in it.
    pub fn says(&self, part: &str) {
        assert!(self.report.contains(part), "{part}: {}", self.report);
    }

    pub fn does_not_say(&self, part: &str) {
        assert!(!self.report.contains(part), "{part}: {}", self.report);
    }

    /// The one line of the account speaks of a leak, or does not.
    pub fn account_says_leak(&self, leak: bool) {
        let headline = string(&self.account["headline"]);
        assert_eq!(headline.contains("leak "), leak, "{headline}");
    }

    pub fn memory(&self) -> &Value {
        let memories = array(&self.account["memories"]);
        assert_eq!(memories.len(), 1);
        &memories[0]
    }
}

/// The classes of each memory are its size at both moments, no block lies where
/// the model of the allocator cannot have put it, and the growth of live blocks is
/// that of their stacks.
pub fn adds_up(account: &Value) {
    let mut live = 0;
    for memory in array(&account["memories"]) {
        for when in ["before", "after", "growth"] {
            let classes = array(&memory["classes"]).iter();
            let sum: i64 = classes.map(|class| number(&class[when])).sum();
            assert_eq!(sum, number(&memory["size"][when]), "{when}: {memory:#}");
        }
        assert_eq!(memory["misplaced_blocks"], 0, "{memory:#}");
        assert_eq!(class(memory, "recorder", "after"), 0);
        live += class(memory, "live payload", "growth");
        live += class(memory, "thread shadow stacks and TLS", "growth");
    }
    let stacks = array(&account["growth"]).iter();
    let by_stack: i64 = stacks.map(|stack| number(&stack["bytes"])).sum();
    assert_eq!(by_stack, live);
}

pub fn array(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

pub fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

pub fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

/// The bytes of a class of a memory, `before`, `after` or their `growth`.
pub fn class(memory: &Value, name: &str, when: &str) -> i64 {
    let mut classes = array(&memory["classes"]).iter();
    let found = classes.find(|class| class["class"] == name);
    number(&found.unwrap_or_else(|| panic!("no class {name}"))[when])
}

/// Where the cases are.
pub fn cases() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/leaks")
}
