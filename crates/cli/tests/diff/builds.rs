//! Keys are the same in two builds of a source.

use std::fs;

use serde_json::Value;

use crate::runs::{array, baseline, build, changes, diff, json, root};

/// What all builds have in common is that they are others.
#[test]
fn the_builds_differ_in_indices_and_places() {
    let bytes = |name: &str| fs::read(root().join(format!("tests/builds/{name}/app.wasm")));
    let [leaky, moved] = ["leaky", "moved"].map(|name| bytes(name).expect("a build"));
    assert_ne!(leaky, moved);
}

#[test]
fn a_build_with_a_function_more_leaks_the_same() {
    let found = json(&build("leaky"), &build("moved"), &["--fail-on-growth"]);
    assert_eq!(changes(&found, "types", "type"), []);
    assert_eq!(changes(&found, "stacks", "type"), []);
    assert_eq!(found["live"]["change"], 0.0);
    let (_, leaky) = baseline(&build("leaky"));
    let (_, moved) = baseline(&build("moved"));
    assert_eq!(leaky, moved);
    assert!(leaky.contains(" rate 72 exact "), "{leaky}");
    assert!(
        leaky.contains("make_node;make_node;parse;one_round;"),
        "{leaky}"
    );
}

#[test]
fn so_does_one_without_names() {
    let found = json(&build("leaky-stripped"), &build("moved-stripped"), &[]);
    assert_eq!(changes(&found, "stacks", "type"), []);
    assert_eq!(found["live"]["b"]["growth"]["per_iteration"], 72.0);
    let (_, leaky) = baseline(&build("leaky-stripped"));
    let (_, moved) = baseline(&build("moved-stripped"));
    assert_eq!(leaky, moved);
    assert!(
        leaky.contains("round;(unnamed) app.wasm;(unnamed) app.wasm;(unnamed) app.wasm;round;"),
        "{leaky}"
    );
}

#[test]
fn a_fix_is_told_from_a_new_leak() {
    let found = json(&build("leaky"), &build("fixed"), &[]);
    let types = changes(&found, "types", "type");
    assert_eq!(
        types,
        [("new", "log_line", 24.0), ("shrunk", "make_node", -72.0)]
    );
    let stacks = changes(&found, "stacks", "type");
    assert_eq!(
        stacks,
        [("new", "log_line", 24.0), ("gone", "make_node", -72.0)]
    );
    assert_eq!(found["live"]["change"], -48.0);
    let headline = found["headline"][0].as_str().expect("a line");
    assert_eq!(
        headline,
        "B leaks 48 B less per iteration than A: 24 B instead of 72 B. make_node has shrunk (-72 B); log_line is new \
         (+24 B)."
    );
}

/// Node that was set up once is in another stack than those that leak.
#[test]
fn what_was_set_up_is_in_both_and_unchanged() {
    let found = json(&build("leaky"), &build("fixed"), &[]);
    let set_up: Vec<&Value> = array(&found["stacks"])
        .iter()
        .filter(|row| row["type"] == "make_node" && row["what"] == "unchanged")
        .collect();
    assert_eq!(set_up.len(), 1, "{found:#}");
    assert_eq!(set_up[0]["b"]["at_end"], 72);
}

#[test]
fn nothing_of_the_machine_is_in_a_baseline() {
    for name in ["leaky", "leaky-stripped", "fixed"] {
        let (code, text) = baseline(&build(name));
        assert_eq!(code, 0);
        let here = root().canonicalize().expect("a path");
        assert!(!text.contains(here.to_str().expect("a path")), "{text}");
        assert!(!text.contains("node:"), "{text}");
        assert!(!text.contains("0x"), "{text}");
    }
}

#[test]
fn the_picture_shows_both() {
    let svg = crate::runs::FOLDER.path().join("diff.svg");
    let run = diff(
        &build("leaky"),
        &build("fixed"),
        &["--svg", svg.to_str().expect("a path")],
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let svg = fs::read_to_string(svg).expect("a picture");
    assert!(svg.contains("log_line (24 bytes"), "{svg}");
    assert!(
        svg.contains("rgb(255,200,200)") && !svg.contains("<script"),
        "{svg}"
    );
    let same = crate::runs::FOLDER.path().join("gone.svg");
    let options = ["--svg", same.to_str().expect("a path")];
    let run = diff(
        &crate::runs::leak("plain-leak"),
        &crate::runs::leak("plain-freed"),
        &options,
    );
    assert_eq!(run.code, 0, "{run:?}");
    let svg = fs::read_to_string(same).expect("a picture");
    assert!(
        svg.contains("rgb(100,100,255)") && svg.contains("forget (100 bytes"),
        "{svg}"
    );
}
