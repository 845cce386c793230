//! Files of other tools, which their tools wrote: `tests/foreign/README.md` says how.
//! What unfreed says of them is compared with what their tools say.

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::Settings;
use serde_json::Value;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/foreign").join(name)).expect("a file of the tests")
}

/// Exit code, standard output and standard error.
fn unfreed(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .current_dir(root())
        .args(arguments)
        .output()
        .expect("unfreed runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("it exits");
    (code, text(output.stdout), text(output.stderr))
}

fn analysed(path: &str) -> (i32, Value) {
    let (code, out, err) = unfreed(&["analyze", "--format", "json", path]);
    assert_eq!(err, "", "{path}");
    let found: Value = serde_json::from_str(&out).expect("JSON");
    let schema = std::fs::read(root().join("docs/analysis.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    jsonschema::validate(&schema, &found).expect("what the schema says");
    (code, found)
}

/// Analyses what is written to a file of this name first.
fn analysed_bytes(name: &str, bytes: &[u8]) -> (i32, Value) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    analysed(path.to_str().expect("a path of text"))
}

fn number(found: &Value, path: &str) -> u64 {
    let number = found.pointer(path).and_then(Value::as_u64);
    number.unwrap_or_else(|| panic!("no number {path} in {found:#}"))
}

fn totals<const N: usize>(found: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| number(found, &format!("/totals/{name}")))
}

/// Allocations, temporary ones, leaked bytes and bytes at the peak.
type Stack = [u64; 4];

/// What `heaptrack_print` says of each stack; the first is that of the first kind of
/// blocks.
fn printed(figures: &str) -> Vec<Stack> {
    let stack = |line: &str| {
        let mut numbers = line.split(' ').map_while(|field| field.parse().ok());
        std::array::from_fn(|_| numbers.next().expect("four numbers"))
    };
    figures.lines().map(stack).collect()
}

/// Compares by stack. heaptrack_print takes a free of the first kind of blocks for one
/// of a temporary block whenever the event before was a free, too: 0 stands for the
/// kind as well as for none. What is temporary of that stack is not compared.
fn assert_as_printed(found: &Value, mut stacks: Vec<Stack>) {
    let sum = |index: usize| stacks.iter().map(|stack| stack[index]).sum::<u64>();
    let sums = [sum(0), sum(2), sum(3)];
    let names = ["allocations", "leaked_bytes", "peak_bytes"];
    assert_eq!(totals(found, names), sums, "{found:#}");
    let first = stacks.remove(0);
    let mut sites: Vec<Stack> = found["sites"]
        .as_array()
        .expect("sites")
        .iter()
        .map(|site| {
            let names = ["allocations", "temporary", "leaked_bytes", "peak_bytes"];
            names.map(|name| number(site, &format!("/{name}")))
        })
        .collect();
    for stack in stacks {
        let place = sites.iter().position(|site| *site == stack);
        let place = place.unwrap_or_else(|| panic!("{stack:?} is not among {sites:?}"));
        sites.remove(place);
    }
    let [site] = sites[..] else {
        panic!("{sites:?} are too many");
    };
    assert_eq!([site[0], site[2], site[3]], [first[0], first[2], first[3]]);
}

fn figures(name: &str) -> Vec<Stack> {
    printed(&String::from_utf8(read(name)).expect("text"))
}

#[test]
fn heaptrack_files_have_the_figures_of_heaptrack_print() {
    // Temporary ones, and how many leak, as heaptrack_interpret counts.
    for (name, leaked, temporary) in [("leaky-c", 101, 1101), ("leaky-cpp", 499, 66)] {
        let (code, found) = analysed(&format!("tests/foreign/{name}.heaptrack.gz"));
        assert_eq!(code, 0);
        assert_as_printed(&found, figures(&format!("{name}.heaptrack.txt")));
        let counted = totals(&found, ["leaked", "temporary"]);
        assert_eq!(counted, [leaked, temporary], "{name}");
    }
}

/// Whether a program of the machine runs.
fn has(program: &str) -> bool {
    let run = Command::new(program).arg("--version").output();
    run.is_ok_and(|output| output.status.success())
}

#[test]
fn a_recording_of_today_has_the_figures_of_heaptrack_print() {
    if !["cc", "heaptrack", "heaptrack_print"].into_iter().all(has) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{program}: {output:?}");
    };
    let source = root().join("tests/foreign/leaky.c");
    let source = source.to_str().expect("a path of text");
    run("cc", &["-g", "-O1", "-o", "leaky", source]);
    run("heaptrack", &["-o", "leaky", "./leaky"]);
    let file = ["zst", "gz"].map(|end| folder.path().join(format!("leaky.{end}")));
    let file = file.iter().find(|file| file.exists()).expect("a recording");
    let file = file.to_str().expect("a path of text");
    let costs = ["allocations", "temporary", "leaked", "peak"];
    let columns = costs.map(|cost| {
        let suppress = [
            "--disable-builtin-suppressions",
            "--disable-embedded-suppressions",
        ];
        let print = ["-f", file, "-F", "out.txt", "--flamegraph-cost-type", cost];
        run("heaptrack_print", &[&print[..], &suppress[..]].concat());
        let lines = std::fs::read_to_string(folder.path().join("out.txt")).expect("text");
        let last = |line: &str| line.rsplit(' ').next()?.parse().ok();
        lines.lines().filter_map(last).collect::<Vec<u64>>()
    });
    let stack = |index: usize| std::array::from_fn(|cost| columns[cost][index]);
    let stacks = (0..columns[0].len()).map(stack);
    let (code, found) = analysed(file);
    assert_eq!(code, 0);
    assert_as_printed(&found, stacks.collect());
}

/// Bytes and blocks in all, at the peak and at the end, as DHAT says when it ends.
fn said(name: &str) -> [u64; 6] {
    let text = String::from_utf8(read(name))
        .expect("text")
        .replace(',', "");
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    std::array::from_fn(|_| numbers.next().expect("six numbers"))
}

#[test]
fn profiles_have_the_figures_that_dhat_says() {
    for name in ["leaky-c", "sessions"] {
        let (code, found) = analysed(&format!("tests/foreign/{name}.dhat.json"));
        assert_eq!(code, 0);
        let names = [
            "allocated_bytes",
            "allocations",
            "peak_bytes",
            "peak",
            "leaked_bytes",
            "leaked",
        ];
        assert_eq!(
            totals(&found, names),
            said(&format!("{name}.dhat.txt")),
            "{name}"
        );
        assert_eq!(found["totals"]["temporary"], Value::Null);
        assert_eq!(found["types"][0]["min_size"], Value::Null);
        assert_eq!(found["types"][0]["verdict"], Value::Null);
    }
}

#[test]
fn both_tools_say_the_same_of_the_same_program() {
    let leaked = |path: &str| {
        let (_, found) = analysed(path);
        let sites = found["sites"].as_array().expect("sites").clone();
        let own = sites.into_iter().filter(|site| site["type"] == "cache_add");
        let figures = own.map(|site| {
            let names = [
                "line",
                "allocations",
                "leaked",
                "leaked_bytes",
                "peak_bytes",
            ];
            names.map(|name| number(&site, &format!("/{name}")))
        });
        figures.collect::<Vec<_>>()
    };
    let of_heaptrack = leaked("tests/foreign/leaky-c.heaptrack.gz");
    assert_eq!(of_heaptrack.len(), 2);
    assert_eq!(of_heaptrack, leaked("tests/foreign/leaky-c.dhat.json"));
}

#[test]
fn whole_reports() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (file, format, name) in [
        ("leaky-cpp.heaptrack.gz", "text", "heaptrack.txt"),
        ("leaky-c.heaptrack.gz", "csv", "heaptrack.csv"),
        ("leaky-c.dhat.json", "text", "dhat.txt"),
        ("leaky-c.dhat.json", "json", "dhat.json"),
        ("leaky-c.dhat.json", "csv", "dhat.csv"),
        ("sessions.dhat.json", "markdown", "dhat-rust.md"),
    ] {
        let path = format!("tests/foreign/{file}");
        let (code, out, err) = unfreed(&["analyze", "--format", format, &path]);
        assert_eq!((code, err.as_str()), (0, ""), "{file}");
        settings.bind(|| insta::assert_snapshot!(name, out));
    }
}

fn unpacked(name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    let packed = read(name);
    let mut reader = flate2::read::GzDecoder::new(&packed[..]);
    std::io::Read::read_to_end(&mut reader, &mut text).expect("gzip");
    text
}

#[test]
fn a_file_is_known_however_it_is_compressed() {
    let plain = unpacked("leaky-c.heaptrack.gz");
    let packed = zstd::encode_all(&plain[..], 3).expect("zstd");
    for (name, bytes) in [("a.txt", &plain), ("b", &packed)] {
        let (code, found) = analysed_bytes(name, bytes);
        assert_eq!((code, number(&found, "/totals/allocations")), (0, 1203));
        assert_eq!(found["foreign"]["kind"], "heaptrack");
    }
    let packed = zstd::encode_all(&read("sessions.dhat.json")[..], 3).expect("zstd");
    let (code, found) = analysed_bytes("profile.zst", &packed);
    assert_eq!((code, number(&found, "/totals/leaked")), (0, 301));
}

#[test]
fn what_is_cut_is_incomplete_and_what_stands_before_is_told() {
    let heaptrack = unpacked("leaky-c.heaptrack.gz");
    let (code, found) = analysed_bytes("cut", &heaptrack[..heaptrack.len() / 2]);
    assert_eq!((code, &found["complete"]), (3, &Value::Bool(false)));
    let allocations = number(&found, "/totals/allocations");
    assert!((100..1203).contains(&allocations), "{allocations}");
    let packed = read("leaky-c.heaptrack.gz");
    let (code, found) = analysed_bytes("cut.gz", &packed[..packed.len() - 200]);
    assert_eq!((code, &found["complete"]), (3, &Value::Bool(false)));
    let reason = found["anomalies"]["damaged_sources"][0]["reason"].to_string();
    assert!(reason.contains("compressed data ends early"), "{reason}");

    let dhat = read("leaky-c.dhat.json");
    let (code, found) = analysed_bytes("cut.json", &dhat[..800]);
    assert_eq!((code, &found["complete"]), (3, &Value::Bool(false)));
    assert!(number(&found, "/totals/allocations") > 0);
    let reason = found["anomalies"]["damaged_sources"][0]["reason"].to_string();
    assert!(
        reason.contains("it ends early") && reason.contains("line "),
        "{reason}"
    );
}

#[test]
fn counts_that_no_program_can_have_are_left_out() {
    let text = String::from_utf8(read("leaky-c.dhat.json")).expect("text");
    let profile: Value = serde_json::from_str(&text).expect("JSON");
    let (bytes, count) = (&profile["pps"][0]["tb"], &profile["pps"][0]["tbk"]);
    let sums = format!("\"tb\":{bytes},\"tbk\":{count}");
    let huge = format!("\"tb\":{0},\"tbk\":{0}", u64::MAX - 1);
    assert!(text.contains(&sums), "{sums}");
    let (_, before) = analysed_bytes("as-it-is.json", text.as_bytes());
    let text = text.replacen(&sums, &huge, 1);
    let (code, found) = analysed_bytes("huge.json", text.as_bytes());
    assert_eq!(code, 0, "{found:#}");
    let lost = count.as_u64().expect("a count");
    let all = number(&before, "/totals/allocations");
    assert_eq!(number(&found, "/totals/allocations"), all - lost);
    let mut checks = found["trust"]["checks"].as_array().expect("checks").iter();
    let sums = checks.find(|check| check["name"] == "possible_sizes");
    let sums = sums.unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(sums["count"], 1, "{sums}");
    assert_ne!(sums["outcome"], "pass", "{sums}");
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("file");
    let path = path.to_str().expect("a path of text");
    for (text, expected) in [
        (
            r#"{"dhatFileVersion":2,"mode":"ad-hoc","pps":[]}"#,
            "mode ad-hoc",
        ),
        (
            r#"{"dhatFileVersion":1,"mode":"heap","pps":[]}"#,
            "expected version 2",
        ),
        (r#"{"dhatFileVersion":2}"#, "it does not say its mode"),
        (r#"{"dhatFileVersion""#, "line 1"),
        (
            "v 10400 4\n",
            "version 4 of heaptrack's format; expected version 1 to 3",
        ),
        ("v 10400 3\nx 4 /a/b\n", "line 2: a raw recording"),
    ] {
        std::fs::write(path, text).expect("a file");
        let (code, out, err) = unfreed(&["analyze", path]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}");
        assert!(
            err.contains(path) && err.contains(expected),
            "{text}: {err}"
        );
    }
}

#[test]
fn other_commands_say_what_the_file_is() {
    for (file, kind) in [
        ("leaky-c.heaptrack.gz", "a file of heaptrack"),
        ("leaky-c.dhat.json", "a profile of DHAT"),
    ] {
        let path = format!("tests/foreign/{file}");
        let (code, _, err) = unfreed(&["inspect", &path]);
        assert_eq!(code, 2);
        assert!(
            err.contains(kind) && err.contains("unfreed analyze"),
            "{err}"
        );
    }
    let file = "tests/foreign/leaky-c.dhat.json";
    let (code, _, err) = unfreed(&["analyze", file, file]);
    assert_eq!(code, 2);
    assert!(err.contains("give it as the only file"), "{err}");
}

#[test]
fn an_observed_growth_is_explained_by_sums() {
    let file = "tests/foreign/leaky-c.dhat.json";
    let arguments = [
        "analyze",
        "--format",
        "json",
        "--observed",
        "1000B",
        "3380B",
        file,
    ];
    let (code, out, err) = unfreed(&arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(number(&found, "/coverage/explained_bytes"), 1190);
}
