//! Programs that leak in known ways, and programs that only look as if they did
//! (`tests/leaks`): `unfreed record` names the type and the stack, with the exact
//! figures, and accuses nothing else.

mod handles;
mod recorded;

use std::process::Command;

use serde_json::Value;

use recorded::{ROUNDS, Recorded, adds_up, array, cases, class, number, string, text, unfreed};

#[test]
fn each_case_is_described() {
    let said = Command::new("node")
        .args(["run.mjs", "no such case"])
        .current_dir(cases())
        .output()
        .expect("node runs");
    let said = text(said.stderr);
    let (_, names) = said.split_once("there are: ").expect("the cases");
    let described = std::fs::read_to_string(cases().join("README.md")).expect("a README");
    let described: Vec<_> = described
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(case, _)| case)
        .filter(|case| !case.contains('.'))
        .collect();
    assert_eq!(described, names.split_whitespace().collect::<Vec<_>>());
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
    recorded.is_lost(ROUNDS, ROUNDS);
    recorded.everything_is_known();
}

#[test]
fn counted_references_that_are_weak_in_one_direction() {
    let recorded = Recorded::new("rc-weak");
    recorded.is_clean();
    assert_eq!(recorded.analysis["totals"]["allocations"], 2 * ROUNDS);
}

#[test]
fn lists_whose_first_node_is_forgotten() {
    let recorded = Recorded::new("list-lost");
    assert_eq!(recorded.accused(), ["numbers"]);
    recorded.leaks_exactly("numbers", 5, 40);
    recorded.is_lost(ROUNDS, 4 * ROUNDS);
    recorded.everything_is_known();
}

#[test]
fn lists_that_are_freed() {
    let recorded = Recorded::new("list-freed");
    recorded.is_clean();
    assert_eq!(recorded.analysis["totals"]["allocations"], 5 * ROUNDS);
}

#[test]
fn blocks_to_whose_inside_only_there_are_pointers() {
    let recorded = Recorded::new("interior-kept");
    assert_eq!(recorded.accused(), ["new_record"]);
    recorded.leaks_exactly("new_record", 1, 52);
    recorded.is_held("new_record", "possibly_lost", Some("static"));
    recorded
        .says("Why it stays: possibly lost: pointers to their inside only, held by static data");
}

#[test]
fn a_block_that_is_found_by_a_pointer_to_its_inside_and_freed() {
    let recorded = Recorded::new("interior-freed");
    assert_eq!(recorded.accused(), [""; 0]);
    recorded.leaves("new_record", "one_off", 1, 52);
    recorded.is_held("new_record", "possibly_lost", Some("static"));
    recorded.does_not_say("Next steps");
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
