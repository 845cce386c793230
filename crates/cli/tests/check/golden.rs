//! What is printed and written, as golden files in `tests/snapshots`.

use std::fs;

use insta::Settings;

use crate::support::{check_json, log, logged, recorded, root, unfreed};

/// The real log of o1js, cut into its thread-pool cycles, with a budget that it breaks,
/// one that it keeps, and one that a log does not measure.
const POOL: [&str; 8] = [
    "--mark=^pool cycle ([0-9]+)",
    "--budget",
    "leaked_bytes=1 MiB",
    "--budget",
    "peak_bytes=1 GiB",
    "--budget",
    "memory_growth=64 KiB",
    "tests/logs/good/o1js-pool.log.gz",
];

/// Compares with `tests/snapshots/NAME.snap`.
fn assert_golden(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_log_for_people() {
    for (format, name) in [("text", "check-pool.txt"), ("markdown", "check-pool.md")] {
        let run = unfreed(
            &root(),
            &[&["check", "--format", format], &POOL[..]].concat(),
        );
        assert_eq!((run.code, run.stderr.as_str()), (1, ""));
        assert_golden(name, &run.stdout);
    }
}

#[test]
fn a_log_for_programs() {
    let (code, json) = check_json(&root(), &POOL);
    assert_eq!(code, 1);
    let text = serde_json::to_string_pretty(&json).expect("JSON");
    assert_golden("check-pool.json", &text);
}

#[test]
fn a_log_for_ci_systems() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (junit, sarif, summary) = (path("a.xml"), path("a.sarif"), path("summary.md"));
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("unfreed");
    command
        .current_dir(root())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .args(["check", "--junit", &junit, "--sarif", &sarif, "--github"])
        .args(POOL);
    let run = crate::support::run(&mut command);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let commands = run.stdout.lines().filter(|line| line.starts_with("::"));
    assert_golden(
        "check-pool.github.txt",
        &commands.collect::<Vec<_>>().join("\n"),
    );
    let read = |file: &str| fs::read_to_string(file).expect("it was written");
    assert_golden("check-pool.xml", &read(&junit));
    assert_golden("check-pool.sarif", &read(&sarif));
    assert!(read(&summary).contains("Broken: leaked bytes per iteration"));
}

#[test]
fn a_recording() {
    let folder = recorded("plain-leak");
    let run = unfreed(folder.path(), &["check", "case.unfreed"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert_golden("check-plain-leak.txt", &run.stdout);
    let kept = recorded("plain-freed");
    let run = unfreed(kept.path(), &["check", "case.unfreed"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_golden("check-plain-freed.txt", &run.stdout);
}

#[test]
fn names_are_no_markup_and_no_commands() {
    let hostile = "x]]><a&b::error::%0A\"";
    let folder = logged(&log(6, &[(hostile, 8)]));
    let config =
        "[[budget]]\nname = \"n\\n::error::<b>]]>\\u0001\"\nkind = \"leaked_bytes\"\nlimit = 0\n";
    crate::support::write(&folder, "unfreed.toml", config);
    let run = unfreed(
        folder.path(),
        &[
            "check", "--junit", "a.xml", "--sarif", "a.sarif", "--github", "app.log",
        ],
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
    let commands: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect();
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert!(commands[0].contains("x]]><a&b::error::%250A\""));
    let xml = fs::read_to_string(folder.path().join("a.xml")).expect("it was written");
    let (names, texts) = parsed(&xml);
    assert!(
        names.contains(&"n ::error::<b>]]>\u{fffd}".to_owned()),
        "{names:?}"
    );
    assert!(texts.iter().any(|text| text.contains(hostile)), "{texts:?}");
    let sarif = fs::read(folder.path().join("a.sarif")).expect("it was written");
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).expect("JSON");
    let message = &sarif["runs"][0]["results"][0]["message"]["text"];
    assert!(message.as_str().is_some_and(|text| text.contains(hostile)));
}

/// The names of test cases, and all texts, as a parser of XML reads them.
fn parsed(xml: &str) -> (Vec<String>, Vec<String>) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut names, mut texts) = (Vec::new(), vec![String::new()]);
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"testcase" => {
                let name = tag.try_get_attribute("name").expect("XML");
                let name = name.expect("a name");
                let value =
                    quick_xml::escape::unescape(std::str::from_utf8(&name.value).expect("UTF-8"));
                names.push(value.expect("XML").replace('\n', " "));
            }
            Event::Text(text) => {
                let text = text.decode().expect("UTF-8");
                texts.last_mut().expect("a text").push_str(&text);
            }
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().expect("UTF-8"));
                let text = quick_xml::escape::unescape(&entity)
                    .expect("XML")
                    .into_owned();
                texts.last_mut().expect("a text").push_str(&text);
            }
            Event::Eof => return (names, texts),
            _ => texts.push(String::new()),
        }
    }
}
