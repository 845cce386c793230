//! Suppressions: used, unused, expired and wrong ones.

use crate::support::{check_json, log, logged, recorded, unfreed, write};

const SUPPRESSIONS: &str = "\
# reason: is fixed in the next release
# expires: 2999-12-31
leak:^Proof$
leak:nothing is called so

# expires: 2020-01-01
leak:made.rs
";

#[test]
fn what_is_suppressed_is_left_out_and_shown() {
    let folder = logged(&log(6, &[("Proof", 100), ("Index", 20)]));
    write(&folder, "known.supp", SUPPRESSIONS);
    let arguments = ["--suppressions", "known.supp", "app.log"];
    let (code, json) = check_json(folder.path(), &arguments);
    assert_eq!(code, 1, "the expired one suppresses nothing: {json:#}");
    assert_eq!(json["budgets"][0]["measured"]["growth"], 20.0);
    let suppressed = &json["suppressed"][0];
    assert_eq!(suppressed["pattern"], "^Proof$");
    assert_eq!(suppressed["reason"], "is fixed in the next release");
    assert_eq!(
        (&suppressed["blocks"], &suppressed["bytes"]),
        (&6.into(), &600.into())
    );
    let stale = json["unused_suppressions"].as_array().expect("some");
    let said: Vec<_> = stale
        .iter()
        .map(|one| (one["place"].as_str(), one["expired"].as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Some("known.supp:4"), None),
            (Some("known.supp:7"), Some("2020-01-01"))
        ]
    );
    let run = unfreed(folder.path(), &[&["check"], &arguments[..]].concat());
    for line in [
        "leak:^Proof$: 600 B in 6 blocks: is fixed in the next release (until 2999-12-31)",
        "known.supp:4: leak:nothing is called so matches nothing",
        "known.supp:7: leak:made.rs has expired on 2020-01-01, and suppresses nothing",
    ] {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
}

#[test]
fn a_frame_of_a_stack_is_enough_and_the_file_is_found_beside_the_configuration() {
    let folder = recorded("plain-leak");
    write(&folder, "known.supp", "leak:cases.plain-*\n");
    write(&folder, "unfreed.toml", "suppressions = 'known.supp'\n");
    let (code, json) = check_json(folder.path(), &["case.unfreed"]);
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(json["suppressed"][0]["bytes"], 1_200);
    assert_eq!(
        json["unused_suppressions"].as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn errors_name_file_and_line() {
    let folder = logged(&log(6, &[]));
    write(&folder, "known.supp", "leak:a\nthread:b\n");
    let run = unfreed(
        folder.path(),
        &["check", "--suppressions", "known.supp", "app.log"],
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("known.supp:2: 'thread:b' is no suppression"),
        "{}",
        run.stderr
    );
}

#[test]
fn dates_of_expiry_are_not_lost() {
    let folder = logged(&log(6, &[("Proof", 100)]));
    let check = |text: &str| {
        write(&folder, "known.supp", text);
        let arguments = ["check", "--suppressions", "known.supp", "app.log"];
        unfreed(folder.path(), &arguments)
    };
    let run = check("\u{feff}# Expires: 2020-01-01\nleak:Proof\n");
    assert_eq!(run.code, 1, "{}", run.stdout);
    for lost in [
        "# expires: 2020-01-01\n\nleak:Proof\n",
        "leak:Proof\n# expires: 2020-01-01\n",
    ] {
        let run = check(lost);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains("a date of expiry"), "{}", run.stderr);
    }
}
