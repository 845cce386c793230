//! `unfreed handles` on handles of embind: those of clipper2-wasm, an npm package, against
//! what glue that was patched by hand has counted.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

#[path = "packages/install.rs"]
mod install;

/// What each round of `tests/packages/embind.cjs` does.
const ROUNDS: u64 = 6;

fn node(counts: &Path) -> Output {
    let mut command = Command::new("node");
    command
        .args(["--expose-gc", "embind.cjs"])
        .env("COUNTS", counts)
        .current_dir(install::folder());
    command.output().expect("node runs")
}

fn unfreed(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    command
        .args(arguments)
        .current_dir(install::folder())
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::null());
    command.output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn class<'a>(classes: &'a Value, name: &str) -> &'a Value {
    let mut all = classes.as_array().expect("classes").iter();
    all.find(|class| class["class"] == name).expect("the class")
}

#[test]
fn every_handle_of_embind_is_counted_and_the_program_sees_no_difference() {
    let folder = tempfile::tempdir().expect("a folder");
    let (counts, file) = (
        folder.path().join("counts"),
        folder.path().join("it.unfreed"),
    );
    let file = file.to_str().expect("a name");
    let counted = node(&counts);
    let command = [
        "record",
        "-o",
        file,
        "--",
        "node",
        "--expose-gc",
        "embind.cjs",
    ];
    let recorded = unfreed(folder.path(), &command);
    assert_eq!(text(&recorded.stdout), text(&counted.stdout));
    assert_eq!(
        recorded.status.code(),
        Some(0),
        "{}",
        text(&recorded.stderr)
    );

    let counts = std::fs::read(counts).expect("counts");
    let counts: Value = serde_json::from_slice(&counts).expect("JSON");
    let output = unfreed(folder.path(), &["handles", "--format", "json", file]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let classes = &json["classes"];
    let known = counts.as_object().expect("classes");
    assert_eq!(known.len(), 3);
    assert_eq!(classes.as_array().map(Vec::len), Some(3), "{json:#}");
    for (name, counted) in known {
        let found = class(classes, name);
        assert_eq!(found["made"], counted["made"], "{name}");
        assert_eq!(found["freed"], counted["deleted"], "{name}");
        assert_eq!(found["free"], "delete");
        assert_eq!(found["module"], "clipper2z.wasm");
        let of = |pointer: &str| found.pointer(pointer).and_then(Value::as_u64);
        let ended = of("/freed")
            .zip(of("/collected/count"))
            .zip(of("/held/count"));
        let ended = ended.map(|((freed, collected), held)| freed + collected + held);
        assert_eq!(of("/made"), ended, "{name}");
        let unknown = [
            of("/unknown"),
            of("/collected/unknown"),
            of("/held/unknown"),
        ];
        assert_eq!(unknown, [Some(0); 3], "{name}");
    }

    // Two squares are forgotten in each round: vectors, of which each is 12 bytes.
    let path = class(classes, "Path64");
    assert_eq!(path["collected"]["count"], 2 * ROUNDS);
    assert_eq!(path["collected"]["never_freed"], 2 * ROUNDS);
    assert_eq!(path["collected"]["never_freed_bytes"], 2 * ROUNDS * 12);
    assert_eq!(path["held"]["count"], 0);
    assert_eq!(path["verdict"]["kind"], "systematic");
    assert_eq!(path["verdict"]["bytes_per_iteration"], 24.0);

    // One whose clone is forgotten, and one that is held with its clone.
    let paths = class(classes, "Paths64");
    assert_eq!(paths["collected"]["count"], ROUNDS);
    assert_eq!(paths["collected"]["never_freed"], ROUNDS);
    assert_eq!(paths["held"]["count"], 2 * ROUNDS);
    assert_eq!(paths["held"]["bytes"], ROUNDS * 12);
    assert_eq!(paths["verdict"]["per_iteration"], 3.0);
    let clone = paths["sites"].as_array().expect("sites").iter();
    let mut frames = clone.map(|site| &site["frames"]);
    assert!(
        frames.any(|frames| frames[0]["function"] == "ClassHandle.clone"
            && frames[1]["function"] == "forget"),
        "{paths:#}"
    );

    // What was forgotten when nothing was left to do.
    let point = class(classes, "Point64");
    assert_eq!(
        (&point["held"]["count"], &point["held"]["lost"]),
        (&1.into(), &1.into())
    );
}
