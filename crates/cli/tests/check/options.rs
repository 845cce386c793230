//! Budgets, the file that has them, and exit codes.

use crate::support::{check_json, log, logged, unfreed, write};

#[test]
fn a_budget_that_is_kept_exits_with_0_and_one_that_is_broken_with_1() {
    let folder = logged(&log(6, &[("Proof", 100), ("Index", 20)]));
    for (budget, code) in [
        ("leaked_bytes=120", 0),
        ("leaked_bytes=119", 1),
        ("leaked_objects=2", 0),
        ("leaked_objects=1.5", 1),
        ("leaked_bytes:type:Proof=100", 0),
        ("leaked_bytes:type:*o*=99", 1),
        ("leaked_bytes:stack:made.rs=120", 0),
        ("leaked_objects:stack:made.rs=1", 1),
        ("live_bytes=720", 0),
        ("live_bytes=719", 1),
        ("live_objects:type:Index=5", 1),
        ("peak_bytes=1 KiB", 0),
        ("peak_bytes=700", 1),
        ("temporary=0", 0),
        ("temporary_share=0%", 0),
    ] {
        let run = unfreed(folder.path(), &["check", "--budget", budget, "app.log"]);
        assert_eq!(run.code, code, "{budget}: {}{}", run.stdout, run.stderr);
    }
    // Without a budget nothing may leak.
    let run = unfreed(folder.path(), &["check", "app.log"]);
    assert_eq!(run.code, 1);
}

#[test]
fn what_cannot_be_told_exits_with_3_and_is_no_pass() {
    let leaks = [("Proof", 100)];
    let cut = log(6, &leaks) + "@ALLOCATE Proof 10";
    for (text, arguments, said) in [
        (log(3, &leaks), &[][..], "not enough iterations: 3 of 4"),
        (
            log(6, &leaks),
            &["--iterations", "7"][..],
            "not enough iterations: 6 of 7",
        ),
        (
            log(6, &leaks),
            &["--warm-up", "3"][..],
            "not enough iterations: 3 of 4",
        ),
        (
            log(6, &leaks),
            &["--budget", "memory_growth=1GiB"][..],
            "not measured: there is no linear memory in it",
        ),
        (
            log(6, &leaks),
            &["--budget", "leaked_bytes:type:Prof=1GiB"][..],
            "nothing that was recorded has a name that matches",
        ),
        (
            log(6, &leaks),
            &["--budget", "leaked_bytes=1GiB", "--mark-end", "^end$"][..],
            "no mark that --mark-end matches",
        ),
        (
            cut,
            &["--budget", "leaked_bytes=1GiB"][..],
            "1 line starts with @ and cannot be read",
        ),
        (
            "nothing of ours\n".to_owned(),
            &["--budget", "live_bytes=0"][..],
            "there is no allocation in it",
        ),
    ] {
        let folder = logged(&text);
        let run = unfreed(
            folder.path(),
            &[&["check"], arguments, &["app.log"]].concat(),
        );
        assert_eq!(run.code, 3, "{arguments:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
        assert!(run.stdout.starts_with("Cannot tell: "), "{}", run.stdout);
    }
}

#[test]
fn figures_of_a_sample_are_estimates() {
    let text = format!("@SAMPLE 0.5 1\n{}", log(6, &[("Proof", 1000)]));
    let folder = logged(&text);
    let (code, json) = check_json(folder.path(), &["app.log"]);
    let measured = &json["budgets"][0]["measured"];
    assert_eq!((code, &measured["estimate"]), (1, &true.into()), "{json:#}");
    let run = unfreed(folder.path(), &["check", "app.log"]);
    assert!(
        run.stdout.contains("estimated from samples"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_broken_budget_comes_before_one_that_is_not_measured() {
    let folder = logged(&log(6, &[("Proof", 100)]));
    let arguments = ["--budget", "leaked_bytes=0", "--budget", "memory_growth=0"];
    let (code, json) = check_json(folder.path(), &[&arguments[..], &["app.log"]].concat());
    assert_eq!((code, json["outcome"].as_str()), (1, Some("fail")));
    let outcomes = [
        &json["budgets"][0]["outcome"],
        &json["budgets"][1]["outcome"],
    ];
    assert_eq!(outcomes, ["fail", "not_measured"]);
    assert!(json["budgets"][1]["measured"].is_null());
}

#[test]
fn marks_of_a_log_begin_and_end_the_iterations() {
    let mut text = log(2, &[("Other", 999)]);
    for round in 0..=5 {
        text += &format!("@MARK test:7:{round}\n@ALLOCATE Proof 10 a.rs:1 1{round}\n");
    }
    text += &log(3, &[("Later", 999)]).replace(" src/made.rs:7 ", " b.rs:1 9");
    let folder = logged(&text);
    let marks = ["--mark", "^test:7:", "--mark-end", "^test:7:5$"];
    let (_, json) = check_json(folder.path(), &[&marks[..], &["app.log"]].concat());
    assert_eq!(json["iterations"]["counted"], 5, "{json:#}");
    assert_eq!(json["iterations"]["names"][0], "test:7:0");
    assert_eq!(json["budgets"][0]["measured"]["growth"], 10.0);
    let levels = json["series"]["live_bytes"].as_array().expect("levels");
    assert_eq!(levels.len(), 6);
}

#[test]
fn the_file_in_the_folder_is_read_and_the_command_line_comes_first() {
    let folder = logged(&log(8, &[("Proof", 100)]));
    write(
        &folder,
        "unfreed.toml",
        "mark = '^round [1-7]$'\nwarm_up = 1\n\n[[budget]]\nname = 'proofs'\nkind = 'leaked_bytes'\n\
         type = 'Proof*'\nlimit = '1 KiB'\n\n[[budget]]\nkind = 'leaked_objects'\nlimit = 0.5\nwarm_up = 2\n",
    );
    let (code, json) = check_json(folder.path(), &["app.log"]);
    assert_eq!(code, 1);
    let budgets = &json["budgets"];
    assert_eq!(budgets[0]["name"], "proofs");
    assert_eq!(budgets[0]["subject"], "type:Proof*");
    assert_eq!(budgets[0]["outcome"], "pass");
    assert_eq!(budgets[0]["measured"]["warm_up"], 1);
    assert_eq!(budgets[1]["name"], "leaked_objects");
    assert_eq!(budgets[1]["outcome"], "fail");
    assert_eq!(budgets[1]["measured"]["warm_up"], 2);
    assert_eq!(json["iterations"]["names"][0], "round 1");
    let (code, json) = check_json(folder.path(), &["--budget", "leaked_objects=1", "app.log"]);
    assert_eq!(
        (code, json["budgets"].as_array().map(Vec::len)),
        (0, Some(1))
    );
}

#[test]
fn errors_in_the_file_name_its_line() {
    let folder = logged(&log(6, &[]));
    for (text, place, said) in [
        (
            "mark = 'a'\nwarmup = 3\n",
            "unfreed.toml:2: ",
            "unknown field `warmup`",
        ),
        (
            "[[budget]]\nkind = 'leaks'\nlimit = 0\n",
            "unfreed.toml:2: ",
            "'leaks' is no kind of budget",
        ),
        (
            "[[budget]]\nkind = 'leaked_bytes'\nlimit = '1 KiX'\n",
            "unfreed.toml:3: ",
            "unknown unit",
        ),
        (
            "[[budget]]\nkind = 'handles'\ntype = 'A'\nlimit = 0\n",
            "unfreed.toml:1: ",
            "cannot be restricted",
        ),
        (
            "[[budget]]\nkind = 'leaked_bytes'\n",
            "unfreed.toml:1: ",
            "missing field `limit`",
        ),
        ("mark = '('\n", "unfreed.toml:1: ", "regex parse error"),
        ("mark = \n", "unfreed.toml:1: ", ""),
    ] {
        write(&folder, "unfreed.toml", text);
        let run = unfreed(folder.path(), &["check", "app.log"]);
        assert_eq!(run.code, 2, "{text}");
        assert!(
            run.stderr.contains(place) && run.stderr.contains(said),
            "{text}: {}",
            run.stderr
        );
    }
}

#[test]
fn wrong_use_exits_with_2() {
    let folder = logged(&log(6, &[]));
    for (arguments, said) in [
        (&["nowhere.log"][..], "nowhere.log"),
        (
            &["--budget", "leaks=0", "app.log"][..],
            "'leaks' is no kind of budget",
        ),
        (&["--config", "nowhere.toml", "app.log"][..], "nowhere.toml"),
        (&[][..], "required"),
        (&["app.log", "--", "node"][..], "cannot be used with"),
    ] {
        let run = unfreed(folder.path(), &[&["check"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
}

#[test]
fn what_the_file_says_of_all_budgets_holds_for_those_of_the_command_line() {
    let folder = logged(&log(6, &[("Proof", 100)]));
    write(&folder, "unfreed.toml", "iterations = 20\n");
    let run = unfreed(folder.path(), &["check", "app.log"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("6 of 20"), "{}", run.stdout);
    let (code, _) = check_json(folder.path(), &["--iterations", "4", "app.log"]);
    assert_eq!(code, 1);
}

#[test]
fn a_rate_may_be_a_part_of_a_byte() {
    let folder = logged(&log(6, &[("Proof", 100)]));
    for (limit, code) in [("99.5", 1), ("100.0", 0)] {
        let budget = format!("leaked_bytes={limit}");
        let run = unfreed(folder.path(), &["check", "--budget", &budget, "app.log"]);
        assert_eq!(run.code, code, "{limit}: {}", run.stdout);
    }
}

#[test]
fn what_was_set_up_once_is_no_culprit_beside_what_leaks() {
    let mut text = String::new();
    for round in 0..12 {
        text += &format!("@MARK round {round}\n@ALLOCATE Leak 100 src/leak.rs:1 {round}\n");
        if round == 6 {
            text += "@ALLOCATE Table 1048576 src/table.rs:1 100\n";
        }
    }
    let folder = logged(&text);
    let (code, json) = check_json(folder.path(), &["app.log"]);
    let culprits = json["budgets"][0]["culprits"].as_array().expect("some");
    assert_eq!((code, culprits.len()), (1, 1), "{json:#}");
    assert_eq!(culprits[0]["type"], "Leak");
    assert_eq!(culprits[0]["bytes_per_iteration"], 100.0);
}

#[test]
fn no_output_overwrites_the_input() {
    let folder = logged(&log(6, &[("Proof", 100)]));
    for arguments in [
        &["check", "--junit", "app.log", "app.log"][..],
        &["check", "--sarif", "app.log", "app.log"],
        &["baseline", "-o", "app.log", "app.log"],
        &["report", "-o", "app.log", "app.log"],
        &["diff", "--svg", "app.log", "app.log", "app.log"],
    ] {
        let run = unfreed(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("would be overwritten"),
            "{}",
            run.stderr
        );
    }
    let run = unfreed(folder.path(), &["check", "app.log"]);
    assert_eq!(run.code, 1);
}

#[test]
fn annotations_and_json_do_not_share_an_output() {
    let folder = logged(&log(6, &[]));
    let arguments = ["check", "--github", "--format", "json", "app.log"];
    let run = unfreed(folder.path(), &arguments);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
}
