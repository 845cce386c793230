//! A scenario, run with and without recording.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::install;

/// A script of `tests/packages/scenarios`.
pub struct Scenario {
    /// Its name without `.mjs`.
    pub name: &'static str,
    /// Options of Node.
    pub flags: &'static [&'static str],
}

/// What Node needs to run modules with memories of 64-bit addresses: nothing,
/// if it no longer knows the option.
pub fn flags_for_64_bits() -> &'static [&'static str] {
    const FLAGS: &[&str] = &["--experimental-wasm-memory64"];
    static KNOWN: OnceLock<bool> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let node = Command::new("node").args(FLAGS).args(["-e", "0"]).output();
        node.expect("node runs").status.success()
    });
    if *known { FLAGS } else { &[] }
}

/// What the headers in a memory say at the end of a run.
#[derive(Deserialize, PartialEq, Eq)]
pub struct Memory {
    /// Its size in bytes.
    pub memory: u64,
    /// The allocator whose headers were found, if any.
    pub allocator: Option<String>,
    /// Address and size in bytes of each block in use; the size is what the
    /// block has room for.
    pub blocks: Vec<(u64, u64)>,
}

/// Both runs of a scenario.
pub struct Run {
    folder: TempDir,
    plain: Output,
    recorded: Output,
}

impl Run {
    /// Runs it.
    pub fn of(scenario: &Scenario) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!("scenarios/{}.mjs", scenario.name);
        let node = [
            &["node"],
            scenario.flags,
            &["--require", "./heap.cjs", &script],
        ]
        .concat();
        let run = |mut command: Command, heaps: &str| {
            let output = command
                .current_dir(install::folder())
                .env("UNFREED_TEST_HEAP", folder.path().join(heaps))
                .env("XDG_CACHE_HOME", folder.path().join("cache"))
                .output();
            output.expect("it runs")
        };
        let mut plain = Command::new(node[0]);
        plain.args(&node[1..]);
        let plain = run(plain, "plain.json");
        let mut record = Command::new(env!("CARGO_BIN_EXE_unfreed"));
        record
            .args([
                "record",
                "--quiet",
                "--snapshot",
                "mark",
                "--snapshot",
                "end",
                "-o",
            ])
            .arg(folder.path().join("run.unfreed"))
            .arg("--")
            .args(&node);
        let recorded = run(record, "recorded.json");
        Run {
            folder,
            plain,
            recorded,
        }
    }

    /// The recording.
    pub fn recording(&self) -> PathBuf {
        self.folder.path().join("run.unfreed")
    }

    /// What the headers say of each memory at the end of the recorded run.
    pub fn heaps(&self) -> Vec<Memory> {
        memories(&self.folder.path().join("recorded.json"))
    }

    pub fn is_the_same_with_and_without_recording(&self) {
        let [plain, recorded] = [&self.plain, &self.recorded].map(|output| {
            let text = |bytes: &[u8]| without_process_ids(&String::from_utf8_lossy(bytes));
            (
                output.status.code(),
                text(&output.stdout),
                text(&output.stderr),
            )
        });
        assert_eq!(plain.0, Some(0), "{}", plain.2);
        assert!(!plain.1.is_empty(), "the scenario says something");
        assert_eq!(plain, recorded);
    }

    /// The self-checks of the analysis, and at least so many allocations and frees.
    pub fn has_a_clean_bill(&self, least_events: u64) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
        let output = command
            .args(["analyze", "--format", "json"])
            .arg(self.recording())
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .output()
            .expect("it runs");
        let analysed: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let figure = |of: &str, name: &str| analysed[of][name].as_u64().expect("a figure");
        for anomaly in [
            "unmatched_frees",
            "double_frees",
            "duplicate_allocations",
            "unmatched_reallocations",
            "impossible_sizes",
            "early_frees",
        ] {
            assert_eq!(figure("anomalies", anomaly), 0, "{anomaly}");
        }
        for check in analysed["trust"]["checks"].as_array().expect("checks") {
            assert_ne!(check["outcome"], "fail", "{check}");
        }
        assert_eq!(analysed["complete"], true);
        let events = figure("totals", "allocations") + figure("totals", "frees");
        assert!(events >= least_events, "{events} events");
        let memory: u64 = self.heaps().iter().map(|memory| memory.memory).sum();
        assert!(figure("totals", "leaked_bytes") <= memory);
    }
}

fn memories(file: &Path) -> Vec<Memory> {
    let json = fs::read(file).expect("what heap.cjs has written");
    serde_json::from_slice(&json).expect("JSON")
}

/// Node's warnings begin with `(node:` and the process id.
fn without_process_ids(text: &str) -> String {
    let mut pieces = text.split("(node:");
    let mut without = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        without.push_str("(node:");
        without.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    without
}
