//! `unfreed report`: what a page has in it against what the other commands say.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;
use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(folder: &TempDir, arguments: &[&str]) -> (i32, Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .current_dir(folder.path())
        .args(arguments)
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("it exits"), output.stdout, said)
}

fn log(name: &str) -> String {
    let path = root().join("tests/logs/good").join(name);
    path.to_str().expect("text").to_owned()
}

/// A page, and the data in it.
fn page(folder: &TempDir, input: &str) -> (String, Value) {
    data_of(folder, &["report", input, "-o", "-"])
}

fn data_of(folder: &TempDir, arguments: &[&str]) -> (String, Value) {
    let (code, html, said) = run(folder, arguments);
    assert_eq!(code, 0, "{said}");
    let html = String::from_utf8(html).expect("text");
    let begin = html.find(r#"id="data">"#).expect("a place for data") + 10;
    let end = begin + html[begin..].find("</script>").expect("its end");
    let packed = BASE64.decode(&html.as_bytes()[begin..end]).expect("base64");
    let mut json = String::new();
    let mut unpacked = GzDecoder::new(&packed[..]);
    unpacked.read_to_string(&mut json).expect("gzip");
    (html, serde_json::from_str(&json).expect("JSON"))
}

fn json(folder: &TempDir, command: &str, input: &str) -> Value {
    let (_, out, said) = run(folder, &[command, "--format", "json", input]);
    serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}: {said}"))
}

fn sum(column: &Value) -> i64 {
    let values = column.as_array().expect("a column").iter();
    values.map(|value| value.as_i64().expect("a number")).sum()
}

/// Figures of types, of sites and of moments add up to the totals, which are those of
/// `unfreed analyze`.
fn adds_up(page: &Value, analysis: &Value) {
    for name in ["leaked", "leaked_bytes", "allocations", "allocated_bytes"] {
        let total = analysis["totals"][name].as_i64().expect("a total");
        assert_eq!(page["totals"][name].as_i64(), Some(total), "{name}");
        assert_eq!(sum(&page["types"][name]), total, "types, {name}");
        assert_eq!(sum(&page["sites"][name]), total, "sites, {name}");
        let change = match name {
            "leaked" => "live",
            "leaked_bytes" => "live_bytes",
            other => other,
        };
        assert_eq!(sum(&page["changes"][change]), total, "changes, {name}");
    }
    assert_eq!(page["headline"], analysis["headline"]);
}

/// Records a case of `tests/leaks` as `run.unfreed`.
fn record(folder: &TempDir, case: &str) {
    let cases = root().join("tests/leaks/run.mjs");
    let cases = cases.to_str().expect("text");
    let record = "record --quiet --snapshot end -o run.unfreed -- node";
    let arguments: Vec<&str> = record.split(' ').chain([cases, case]).collect();
    let (code, _, said) = run(folder, &arguments);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn the_page_of_a_log_has_its_figures() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "o1js-pool.log.gz",
        "marks.log",
        "hostile-names.log",
        "nothing-leaks.log",
    ] {
        let input = log(name);
        let (_, data) = page(&folder, &input);
        adds_up(&data, &json(&folder, "analyze", &input));
        assert_eq!(data["kind"], "log");
    }
}

#[test]
fn a_page_has_nothing_of_its_input_but_packed_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("hostile.log");
    let name = "<script>alert(1)</script><img/src=x/onerror=alert(2)>UNFREED_DATA";
    std::fs::write(&input, format!("@ALLOCATE {name} 10 a.rs:1 1\n")).expect("written");
    let (html, data) = page(&folder, input.to_str().expect("text"));
    let strings = data["strings"].as_array().expect("texts");
    assert!(strings.iter().any(|text| text == name), "{strings:?}");
    assert!(!html.contains("alert(") && !html.contains("UNFREED_DATA"));
    assert!(html.contains("default-src 'none'"));
    // Nothing is loaded: all that a browser would fetch stands in one of these.
    for loads in [" src=", "<link", "@import", "url(http"] {
        assert!(!html.contains(loads), "{loads}");
    }
}

#[test]
fn the_page_of_a_recording_has_its_memories_and_what_holds_blocks() {
    let folder = tempfile::tempdir().expect("a folder");
    record(&folder, "cache-unbounded");
    let (_, data) = page(&folder, "run.unfreed");
    adds_up(&data, &json(&folder, "analyze", "run.unfreed"));
    assert_eq!(data["kind"], "recording");

    let account = json(&folder, "account", "run.unfreed");
    let memory = &data["memories"][0];
    let last = memory["partitions"]
        .as_array()
        .and_then(|all| all.last())
        .expect("the end");
    let classes = account["memories"][0]["classes"]
        .as_array()
        .expect("classes");
    for (number, class) in classes.iter().enumerate() {
        assert_eq!(memory["classes"][number], class["class"]);
        assert_eq!(last[number], class["after"], "{class}");
    }
    assert_eq!(
        sum(last),
        account["memories"][0]["size"]["after"]
            .as_i64()
            .expect("a size")
    );

    // The blocks of the map that are live at the end are those that leaked.
    let map = &memory["map"];
    let end = map["at"].as_array().expect("moments").len() as u64 - 1;
    let lengths = map["length"].as_array().expect("a column").iter();
    let last = map["last"].as_array().expect("a column").iter();
    let live = lengths
        .zip(last)
        .filter(|(_, last)| last.as_u64() == Some(end));
    let live: i64 = live
        .map(|(length, _)| length.as_i64().expect("bytes"))
        .sum();
    assert_eq!(data["totals"]["leaked_bytes"].as_i64(), Some(live));

    let why = json(&folder, "why", "run.unfreed");
    let held = |of: &Value| {
        sum(&of
            .as_array()
            .expect("classes")
            .iter()
            .map(|class| class["bytes"].clone())
            .collect())
    };
    assert_eq!(
        held(&data["holders"][0]["classes"]),
        held(&why["memories"][0]["classes"])
    );
    // So has the tree of what is held, whose parts add up.
    let tree = &data["holders"][0]["tree"];
    assert_eq!(sum(&tree["bytes"]), held(&why["memories"][0]["classes"]));
    assert_eq!(tree["retained_bytes"][0], sum(&tree["bytes"]));
    assert_eq!(
        data["timeline"]["memory"][0],
        account["memories"][0]["size"]["before"]
    );
    let grows = account["grows"].as_array().expect("growths");
    assert_eq!(data["grows"].as_array().map(Vec::len), Some(grows.len()));
}

#[test]
fn a_page_of_two_runs_has_the_stacks_of_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, records: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, records).expect("written");
        path.to_str().expect("text").to_owned()
    };
    let before = write(
        "before.log",
        "@ALLOCATE A 10 a.rs:1 1\n@ALLOCATE B 7 b.rs:2 2\n@ALLOCATE B 7 b.rs:2 3\n@DROP B 7 3\n",
    );
    let after = write(
        "after.log",
        "@ALLOCATE A 10 a.rs:1 1\n@ALLOCATE A 10 a.rs:1 2\n",
    );
    let arguments = ["report", &after, "--against", &before, "-o", "-"];
    let data = data_of(&folder, &arguments).1;
    let against = &data["against"];
    assert!(
        against["title"]
            .as_str()
            .is_some_and(|title| title.ends_with("before.log"))
    );
    let place = |row: usize| {
        let place = against["place"][row].as_u64().expect("a place");
        data["strings"][place as usize].clone()
    };
    let rows = |column: &str| against[column].clone();
    assert_eq!([place(0), place(1)], ["a.rs:1", "b.rs:2"]);
    assert_eq!(rows("stack"), serde_json::json!([-1, -1]));
    assert_eq!(rows("leaked_bytes"), serde_json::json!([10, 7]));
    assert_eq!(rows("allocations"), serde_json::json!([1, 2]));
    // The place that both have is the same text.
    assert_eq!(against["place"][0], data["sites"]["place"][0]);
    let (_, alone) = page(&folder, &after);
    assert!(alone["against"].is_null());

    let (code, _, said) = run(&folder, &["report", &after, "--against", "none.log"]);
    assert_eq!(code, 2);
    assert!(said.contains("none.log"), "{said}");
}

#[test]
fn stacks_of_threads_that_ended_have_one_card() {
    let folder = tempfile::tempdir().expect("a folder");
    record(&folder, "worker-stacks");
    let (_, data) = page(&folder, "run.unfreed");
    let cards = data["findings"].as_array().expect("cards");
    let of_threads: Vec<&Value> = cards
        .iter()
        .filter(|card| card["kind"] == "threads")
        .collect();
    let [card] = of_threads[..] else {
        panic!("{cards:?}");
    };
    assert!(
        card["per_iteration"].is_string() && card["why"].is_string(),
        "{card}"
    );
    let site = card["site"].as_u64().expect("a site") as usize;
    assert_eq!(data["sites"]["starts_threads"][site], 1);
    // The type that is nothing else has none beside it.
    let bytes = card["bytes"].as_u64().expect("bytes");
    let alike = cards
        .iter()
        .filter(|other| other["bytes"].as_u64() >= Some(bytes));
    assert_eq!(alike.count(), 1, "{cards:?}");
}

#[test]
fn pictures_are_drawn_and_have_no_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("hostile.log");
    let records = "@ALLOCATE <script>x</script> 10 <b>&.rs:1 1\n@MARK <b><script>m\n@ALLOCATE T 5 a.rs:2 2\n@DROP T 5 2\n";
    std::fs::write(&input, records).expect("written");
    let input = input.to_str().expect("text");
    for picture in ["flame", "timeline"] {
        let (code, svg, said) = run(&folder, &["report", input, "--svg", picture, "-o", "-"]);
        let svg = String::from_utf8(svg).expect("text");
        assert_eq!(code, 0, "{said}");
        assert!(
            svg.contains("<svg")
                && !svg.contains("<script")
                && !svg.contains("<b>")
                && !svg.contains(">Search<"),
            "{svg}"
        );
    }
    let (code, _, said) = run(&folder, &["report", input, "--svg", "map"]);
    assert_eq!(code, 2);
    assert!(said.contains("no linear memory to draw"), "{said}");
}

#[test]
fn a_file_is_named_after_its_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = log("marks.log");
    for (options, name) in [
        (&[][..], "marks.html"),
        (&["--svg", "flame"][..], "marks.flame.svg"),
    ] {
        let (code, out, said) = run(&folder, &[&["report", &input], options].concat());
        assert_eq!((code, out.len()), (0, 0), "{said}");
        assert!(folder.path().join(name).is_file(), "{said}");
    }
    let (code, out, _) = run(&folder, &["report", &input, "--markdown"]);
    assert_eq!(code, 0);
    assert!(String::from_utf8_lossy(&out).contains("## "));
}
