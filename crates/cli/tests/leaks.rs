//! Programs that leak in known ways, and programs that only look as if they did
//! (`tests/leaks`): `unfreed record` names the type and the stack, with the exact
//! figures, and accuses nothing else.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How often each case runs its round.
const ROUNDS: u64 = 12;

/// A case that was recorded, and what unfreed finds in it.
struct Recorded {
    folder: TempDir,
    /// What `unfreed record` printed.
    report: String,
    analysis: Value,
    /// From the first event to the last.
    account: Value,
}

fn unfreed(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    command
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/leaks"))
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .stdin(Stdio::null());
    command
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

impl Recorded {
    /// Records a case, and checks what holds for all: the program computes the
    /// same, everything is recorded, and the account adds up.
    fn new(case: &str) -> Recorded {
        let folder = tempfile::tempdir().expect("a folder");
        let mut plain = Command::new("node");
        plain
            .args(["run.mjs", case])
            .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/leaks"));
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

    fn json(&self, command: &str, options: &[&str]) -> Value {
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

    fn of_type(&self, name: &str) -> &Value {
        let types = array(&self.analysis["types"]);
        let found = types.iter().find(|found| found["type"] == name);
        found.unwrap_or_else(|| panic!("no type {name} in {types:#?}"))
    }

    /// The types that are said to leak.
    fn accused(&self) -> Vec<&str> {
        let leaks =
            |found: &&Value| ["systematic", "noisy"].contains(&string(&found["verdict"]["kind"]));
        let accused = array(&self.analysis["types"]).iter().filter(leaks);
        accused.map(|found| string(&found["type"])).collect()
    }

    /// One type leaks, in each round the same.
    fn leaks_exactly(&self, name: &str, blocks: u64, bytes: u64) {
        let found = self.of_type(name);
        let verdict = &found["verdict"];
        assert_eq!(verdict["kind"], "systematic", "{found:#}");
        assert_eq!(verdict["exact"], true, "{found:#}");
        assert_eq!(verdict["per_iteration"], blocks as f64, "{found:#}");
        assert_eq!(verdict["bytes_per_iteration"], bytes as f64, "{found:#}");
    }

    /// What is left of a type at the end, and the verdict on it.
    fn leaves(&self, name: &str, kind: &str, blocks: u64, bytes: u64) {
        let found = self.of_type(name);
        assert_eq!(found["verdict"]["kind"], kind, "{found:#}");
        assert_eq!(found["leaked"], blocks, "{found:#}");
        assert_eq!(found["leaked_bytes"], bytes, "{found:#}");
    }

    /// Nothing is live at the end.
    fn is_clean(&self) {
        assert_eq!(self.accused(), [""; 0]);
        assert_eq!(self.analysis["totals"]["leaked"], 0);
        for memory in array(&self.account["memories"]) {
            assert_eq!(class(memory, "live payload", "after"), 0);
        }
    }

    /// Whether the account knows of each byte that is used since the start. Where
    /// zeroed data end and the stack begins a module without data does not tell.
    fn everything_is_known(&self) {
        for memory in array(&self.account["memories"]) {
            assert_eq!(memory["model"], "dlmalloc", "{memory:#}");
            assert_eq!(class(memory, "unknown", "growth"), 0, "{memory:#}");
        }
    }

    /// All blocks of a type are in this class at the end, as what reaches them says.
    fn is_held(&self, name: &str, class: &str, root: Option<&str>) {
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

    /// The one line of the account speaks of a leak, or does not.
    fn account_says_leak(&self, leak: bool) {
        let headline = string(&self.account["headline"]);
        assert_eq!(headline.contains("leak "), leak, "{headline}");
    }

    fn memory(&self) -> &Value {
        let memories = array(&self.account["memories"]);
        assert_eq!(memories.len(), 1);
        &memories[0]
    }
}

/// The classes of each memory are its size at both moments, no block lies where
/// the model of the allocator cannot have put it, and the growth of live blocks is
/// that of their stacks.
fn adds_up(account: &Value) {
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

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

/// The bytes of a class of a memory, `before`, `after` or their `growth`.
fn class(memory: &Value, name: &str, when: &str) -> i64 {
    let mut classes = array(&memory["classes"]).iter();
    let found = classes.find(|class| class["class"] == name);
    number(&found.unwrap_or_else(|| panic!("no class {name}"))[when])
}

#[test]
fn each_case_is_described() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/leaks");
    let said = Command::new("node")
        .args(["run.mjs", "no such case"])
        .current_dir(&folder)
        .output()
        .expect("node runs");
    let said = text(said.stderr);
    let (_, cases) = said.split_once("there are: ").expect("the cases");
    let described = std::fs::read_to_string(folder.join("README.md")).expect("a README");
    let described: Vec<_> = described
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(case, _)| case)
        .filter(|case| !case.contains('.'))
        .collect();
    assert_eq!(described, cases.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn a_block_forgotten_in_each_round() {
    let recorded = Recorded::new("plain-leak");
    recorded.leaks_exactly("forget", 1, 100);
    recorded.is_held("forget", "definitely_lost", None);
    assert_eq!(recorded.accused(), ["forget"]);
    recorded.leaves("forget", "systematic", ROUNDS, 100 * ROUNDS);
    recorded.everything_is_known();
    assert_eq!(class(recorded.memory(), "live payload", "growth"), 1_200);
}

#[test]
fn a_block_freed_in_each_round() {
    let recorded = Recorded::new("plain-freed");
    recorded.is_clean();
    recorded.everything_is_known();
    assert_eq!(recorded.analysis["totals"]["allocations"], ROUNDS);
}

#[test]
fn a_block_forgotten_in_each_third_round() {
    let recorded = Recorded::new("plain-sometimes");
    assert_eq!(recorded.accused(), ["forget"]);
    recorded.leaves("forget", "noisy", ROUNDS / 3, 100 * ROUNDS / 3);
    recorded.is_held("forget", "definitely_lost", None);
    let verdict = &recorded.of_type("forget")["verdict"];
    let rate = verdict["per_iteration"].as_f64().expect("a rate");
    assert!((rate - 1.0 / 3.0).abs() < 0.01, "{verdict}");
    recorded.leaves("tidy", "clean", 0, 0);
}

#[test]
fn only_the_caller_that_forgets_is_accused() {
    let recorded = Recorded::new("two-callers");
    recorded.leaks_exactly("make_buffer", 1, 48);
    recorded.is_held("make_buffer", "definitely_lost", None);
    let mut left: Vec<_> = array(&recorded.analysis["sites"])
        .iter()
        .filter(|site| site["allocations"] == ROUNDS)
        .map(|site| (number(&site["leaked"]), string(&site["verdict"]["kind"])))
        .collect();
    left.sort_unstable();
    assert_eq!(left, [(0, "clean"), (12, "systematic")]);
    let stacks = |kind: &str| -> Vec<&str> {
        let sites = array(&recorded.analysis["sites"]).iter();
        let of_kind = sites.filter(|site| site["verdict"]["kind"] == kind);
        let frames = of_kind.flat_map(|site| array(&site["stack"]));
        frames.map(|frame| string(&frame["function"])).collect()
    };
    assert!(stacks("systematic").contains(&"read_body"));
    assert!(!stacks("systematic").contains(&"read_header"));
    assert!(stacks("clean").contains(&"read_header"));
    assert!(!recorded.report.contains("read_header"));
}

#[test]
fn a_block_freed_one_round_later() {
    let recorded = Recorded::new("delayed-free");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("keep", "one_off", 1, 200);
    recorded.is_held("keep", "reachable", Some("static"));
}

#[test]
fn blocks_freed_in_batches() {
    let recorded = Recorded::new("batch-freed");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("collect", "bounded", 2, 400);
    recorded.is_held("collect", "reachable", Some("static"));
}

#[test]
fn a_cache_that_does_not_stop_growing() {
    let recorded = Recorded::new("cache-unbounded");
    recorded.leaks_exactly("cache::render", 3, 1_500);
    recorded.is_held("cache::render", "reachable", Some("static"));
    // Its table has doubled a few times.
    assert_eq!(recorded.of_type("cache::get")["leaked"], 1);
    recorded.everything_is_known();
}

#[test]
fn a_cache_that_stops_growing() {
    let recorded = Recorded::new("cache-bounded");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("cache::render", "bounded", 8, 4_000);
    recorded.is_held("cache::render", "reachable", Some("static"));
    recorded.everything_is_known();
}

#[test]
fn counted_references_in_a_cycle() {
    let recorded = Recorded::new("rc-cycle");
    assert_eq!(recorded.accused(), ["rc_cycle::family"]);
    recorded.leaks_exactly("rc_cycle::family", 2, 24 + 20);
    let why = recorded.json("why", &[]);
    let lost = |class: &str| {
        let classes = array(&why["memories"][0]["classes"]).iter();
        let of_class = classes.filter(|found| found["class"] == class);
        of_class.map(|found| number(&found["blocks"])).sum::<i64>() as u64
    };
    assert_eq!(
        (lost("definitely_lost"), lost("indirectly_lost")),
        (ROUNDS, ROUNDS)
    );
    assert_eq!(lost("reachable") + lost("possibly_lost"), 0, "{why:#}");
    recorded.everything_is_known();
}

#[test]
fn counted_references_that_are_weak_in_one_direction() {
    let recorded = Recorded::new("rc-weak");
    recorded.is_clean();
    assert_eq!(recorded.analysis["totals"]["allocations"], 2 * ROUNDS);
}

#[test]
fn a_box_that_is_not_taken_back() {
    let recorded = Recorded::new("box-forgotten");
    assert_eq!(recorded.accused(), ["forgotten_box::open_account"]);
    recorded.leaks_exactly("forgotten_box::open_account", 1, 128);
    recorded.is_held("forgotten_box::open_account", "definitely_lost", None);
}

#[test]
fn a_box_that_is_taken_back() {
    let recorded = Recorded::new("box-closed");
    recorded.is_clean();
    assert_eq!(recorded.analysis["totals"]["allocations"], ROUNDS);
}

#[test]
fn a_list_that_keeps_the_capacity_of_the_longest() {
    let recorded = Recorded::new("vec-capacity");
    assert_eq!(recorded.accused(), [""; 0]);
    // 5,000 numbers of four bytes were pushed to a capacity that doubles.
    recorded.leaves("vec_capacity::fill", "bounded", 1, 4 * 8_192);
    recorded.is_held("vec_capacity::fill", "reachable", Some("static"));
    assert_eq!(class(recorded.memory(), "live payload", "growth"), 32_768);
}

#[test]
fn a_list_that_gives_its_capacity_back() {
    Recorded::new("vec-shrunk").is_clean();
}

#[test]
fn a_block_that_grows_in_each_round() {
    let recorded = Recorded::new("realloc-growth");
    assert_eq!(recorded.accused(), ["append"]);
    recorded.leaks_exactly("append", 0, 1_000);
    recorded.is_held("append", "reachable", Some("static"));
    recorded.account_says_leak(true);
    let found = recorded.of_type("append");
    assert_eq!(found["leaked"], 1);
    assert_eq!(found["leaked_bytes"], 1_000 * ROUNDS);
    recorded.everything_is_known();
}

#[test]
fn a_block_that_grows_and_is_freed_in_each_round() {
    Recorded::new("realloc-truncated").is_clean();
}

#[test]
fn holes_that_nothing_fits_into_grow_the_memory() {
    let recorded = Recorded::new("fragmentation");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.is_held("top_up", "reachable", Some("static"));
    assert_eq!(recorded.of_type("top_up")["verdict"]["kind"], "bounded");
    recorded.everything_is_known();

    let rounds = ["--between", "round 1", "end of rounds"];
    let account = recorded.json("account", &rounds);
    adds_up(&account);
    let marks = array(&account["marks"]);
    assert_eq!(marks.len() as u64, ROUNDS + 1);
    for mark in marks {
        assert_eq!(mark["live"], 2 * 1024 * 1024, "{mark:#}");
    }
    let memory = &array(&account["memories"])[0];
    let growth = number(&memory["size"]["growth"]);
    assert!(growth > 10 * 1024 * 1024, "{memory:#}");
    assert_eq!(class(memory, "live payload", "growth"), 0);
    assert!(class(memory, "holes", "growth") >= growth, "{memory:#}");

    // Before the first round there was no hole; from then on, all growth is due to
    // holes that are too small.
    let first = number(&marks[0]["event"]);
    let grows = array(&recorded.account["grows"]).iter();
    let (setup, ratchet): (Vec<_>, Vec<_>) = grows.partition(|grow| number(&grow["event"]) < first);
    assert!(!setup.is_empty());
    assert!(setup.iter().all(|grow| grow["would_have_fitted"] == false));
    let pages: i64 = ratchet
        .iter()
        .map(|grow| number(&grow["delta_pages"]))
        .sum();
    assert_eq!(pages * 65_536, growth);

    // The memory grows in all rounds alike; so the interval holds their mean.
    let rates = array(&account["rates"]);
    let rate = |what: &str| {
        let found = rates.iter().find(|rate| rate["what"] == what);
        found.unwrap_or_else(|| panic!("no rate of {what}: {rates:#?}"))
    };
    let of_memory = rate("memory-0");
    let bound = |end: &str| of_memory["interval"][end].as_f64().expect("a bound");
    let mean = growth as f64 / ROUNDS as f64;
    assert!(
        bound("low") <= mean && mean <= bound("high"),
        "{mean}: {of_memory:#}"
    );
    assert!(bound("low") > 0.0 && bound("confidence") >= 0.95);
    assert!(rate("resident set (rss)")["interval"]["confidence"].is_f64());
    assert!(ratchet.iter().all(|grow| grow["would_have_fitted"] == true));
}

#[test]
fn holes_that_are_used_again() {
    let recorded = Recorded::new("fragmentation-none");
    assert_eq!(recorded.accused(), [""; 0]);
    assert_eq!(recorded.of_type("top_up")["verdict"]["kind"], "one_off");
    let rounds = ["--between", "round 1", "end of rounds"];
    let account = recorded.json("account", &rounds);
    adds_up(&account);
    let memory = &array(&account["memories"])[0];
    assert_eq!(memory["size"]["growth"], 0);
    assert_eq!(class(memory, "live payload", "growth"), 0);
    assert_eq!(class(memory, "holes", "after"), 0);
    recorded.account_says_leak(false);
}

#[test]
fn one_huge_temporary_leaves_memory_that_is_free() {
    let recorded = Recorded::new("huge-temporary");
    recorded.is_clean();
    recorded.everything_is_known();
    let huge = 8 * 1024 * 1024;
    assert_eq!(recorded.analysis["peak"]["bytes"], huge);
    let memory = recorded.memory();
    assert_eq!(memory["size"]["growth"], huge);
    let reserve =
        class(memory, "free at the top", "growth") + class(memory, "never touched", "growth");
    assert_eq!(reserve, huge);
    let grows = array(&recorded.account["grows"]);
    assert_eq!(grows.len(), 1);
    assert_eq!(grows[0]["request"], huge);
    assert_eq!(grows[0]["would_have_fitted"], false);
}

#[test]
fn stacks_of_workers_that_ended() {
    let recorded = Recorded::new("worker-stacks");
    recorded.leaks_exactly("wbindgen_start", 1, 4_016);
    let why = recorded.json("why", &[]);
    let classes = array(&why["memories"][0]["classes"]).iter();
    let classes: Vec<_> = classes
        .map(|class| (string(&class["root"]), number(&class["blocks"])))
        .collect();
    assert_eq!(
        classes,
        [("stack", 1), ("terminated_thread", ROUNDS as i64)]
    );
    assert!(
        recorded
            .report
            .contains("12 ended workers left their stack and thread-local storage behind"),
        "{}",
        recorded.report
    );
    // The main thread has one, too.
    let threads = class(recorded.memory(), "thread shadow stacks and TLS", "growth");
    assert_eq!(threads, 4_016 * 13);
    assert_eq!(class(recorded.memory(), "live payload", "growth"), 0);
    assert_eq!(class(recorded.memory(), "unknown", "growth"), 0);
}

#[test]
fn stacks_that_workers_give_back() {
    let recorded = Recorded::new("worker-stacks-freed");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("wbindgen_start", "one_off", 1, 4_016);
    assert!(
        !recorded.report.contains("ended workers left"),
        "{}",
        recorded.report
    );
}

#[test]
fn the_module_that_leaks_is_the_second() {
    let recorded = Recorded::new("second-module");
    assert_eq!(recorded.accused(), ["new_shape"]);
    recorded.leaks_exactly("new_shape", 1, 64);
    recorded.is_held("new_shape", "definitely_lost", None);
    recorded.leaves("tidy", "clean", 0, 0);
    recorded.everything_is_known();
    let sites = array(&recorded.analysis["sites"]);
    let leaks = sites.iter().find(|site| site["leaked"] == ROUNDS);
    let file = string(&leaks.expect("a site")["file"]);
    assert!(file.starts_with("plugin.wasm"), "{file}");
    let growth = array(&recorded.account["memories"]).iter();
    let growth: Vec<_> = growth
        .map(|memory| class(memory, "live payload", "growth"))
        .collect();
    assert_eq!(growth, [0, 64 * 12]);
}

#[test]
fn two_modules_that_free_everything() {
    let recorded = Recorded::new("second-module-freed");
    recorded.is_clean();
    assert_eq!(recorded.analysis["totals"]["allocations"], 2 * ROUNDS);
}

#[test]
fn a_table_made_at_its_first_use() {
    let recorded = Recorded::new("static-table");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("square", "one_off", 1, 1_024);
    recorded.is_held("square", "reachable", Some("static"));
    recorded.everything_is_known();
}

#[test]
fn the_last_of_two_snapshots_with_no_event_between_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = folder.path().join("case.unfreed");
    let recorded = unfreed(&folder)
        .args([
            "record",
            "--quiet",
            "--snapshot",
            "mark",
            "--snapshot",
            "end",
            "-o",
        ])
        .arg(&recording)
        .args(["--", "node", "run.mjs", "plain-leak"])
        .output()
        .expect("it runs");
    assert_eq!(recorded.status.code(), Some(0), "{}", text(recorded.stderr));
    let output = unfreed(&folder)
        .args(["why", "--format", "json"])
        .arg(&recording)
        .output();
    let why: Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
    let memories = array(&why["memories"]);
    assert_eq!(memories.len(), 1, "{why:#}");
    assert_eq!(memories[0]["taken"], "end");
}
