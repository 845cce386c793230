//! The retained size of a JS handle, from a snapshot, against what `free()` gives back.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::install;

/// Records an object of a package while it is held and when it is freed.
fn recorded(name: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .args(["record", "--quiet", "--snapshot", "mark:held", "-o"])
        .arg(folder.path().join("run.unfreed"))
        .args(["--", "node", "retained.mjs", name])
        .current_dir(install::folder())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    folder
}

fn json(folder: &TempDir, options: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .args(options)
        .args(["--format", "json"])
        .arg(folder.path().join("run.unfreed"))
        .output()
        .expect("it runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The object retains what live bytes go down by when it is freed, within 1 %.
fn is_what_free_gives_back(name: &str, class: &str) {
    let folder = recorded(name);
    let why = json(&folder, &["why"]);
    let handles = why["memories"][0]["handles"].as_array().expect("handles");
    let found = handles.iter().find(|found| found["class"] == class);
    let found = found.unwrap_or_else(|| panic!("no {class} in {handles:#?}"));
    assert_eq!(found["handles"], 1);
    let account = json(&folder, &["account"]);
    let marks = account["marks"].as_array().expect("marks");
    let freed = number(&marks[0]["live"]) - number(&marks[1]["live"]);
    let retained = number(&found["retained_bytes"]);
    assert!(
        freed > 500.0 && (retained - freed).abs() <= freed / 100.0,
        "{retained} retained, {freed} freed"
    );
    let handles = json(&folder, &["handles"]);
    let mut classes = handles["classes"].as_array().expect("classes").iter();
    let row = classes.find(|found| found["class"] == class);
    let of_the_table = &row.expect("it was made")["held"]["retained_bytes"];
    assert_eq!(of_the_table, &found["retained_bytes"]);
}

#[test]
fn of_a_value_of_cardano() {
    is_what_free_gives_back("cardano", "Value");
}

#[test]
fn of_an_image_of_photon() {
    is_what_free_gives_back("photon", "PhotonImage");
}

#[test]
fn of_a_machine_of_matrix() {
    is_what_free_gives_back("matrix", "OlmMachine");
}

/// A bin of dlmalloc still points to its block.
#[test]
fn of_lists_of_matrix() {
    is_what_free_gives_back("matrix-lists", "DeviceLists");
}

/// Constants in its static data look like pointers to its block.
#[test]
fn of_options_of_parquet() {
    is_what_free_gives_back("parquet-options", "WriterPropertiesBuilder");
}

#[test]
fn of_a_picture_of_resvg() {
    is_what_free_gives_back("resvg", "resvg");
}

#[test]
fn of_an_encoding_of_tiktoken() {
    is_what_free_gives_back("tiktoken", "Tiktoken");
}
