//! Exit codes, help, completions and the man page.

use crate::support::{run, run_with};

fn code(arguments: &str) -> i32 {
    run(arguments).code
}

#[test]
fn analysed_is_0_with_leaks_or_without() {
    assert_eq!(code("analyze tests/logs/good/one-leak.log"), 0);
    assert_eq!(code("analyze tests/logs/good/nothing-leaks.log"), 0);
}

#[test]
fn leaks_are_1_only_if_that_was_asked_for() {
    assert_eq!(
        code("analyze --fail-on-leak tests/logs/good/one-leak.log"),
        1
    );
    assert_eq!(
        code("analyze --fail-on-leak tests/logs/good/nothing-leaks.log"),
        0
    );
    // Totals do not depend on what is shown.
    let hidden = "analyze --fail-on-leak --type Nothing tests/logs/good/one-leak.log";
    assert_eq!(code(hidden), 1);
}

#[test]
fn findings_are_printed_whatever_the_code() {
    let without = run("analyze tests/logs/good/one-leak.log").stdout;
    let with = run("analyze --fail-on-leak tests/logs/good/one-leak.log").stdout;
    assert_eq!(with, without);
    let torn = run("analyze tests/logs/bad/torn-line.log").stdout;
    assert!(torn.contains("Buffer"), "{torn}");
}

#[test]
fn wrong_use_is_2_and_says_what_to_do() {
    for arguments in [
        "",
        "analyse",
        "analyze --no-such-option",
        "analyze --format xml",
        "analyze --units kg",
        "analyze --top many",
        "analyze --top -1",
        "completions tcsh",
        "man analyse",
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let run = run_with(&words, "");
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "unfreed {arguments}"
        );
        assert!(
            run.stderr.contains("--help") || run.stderr.contains("Usage"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn damage_is_3_and_comes_before_1() {
    let torn_with_leak = "tests/logs/bad/two-writers.log";
    let torn_without = "tests/logs/bad/torn-line.log";
    let cut = "tests/logs/bad/zstd-cut.log.zst";
    for log in [torn_with_leak, torn_without, cut] {
        assert_eq!(code(&format!("analyze {log}")), 3, "{log}");
        assert_eq!(code(&format!("analyze --fail-on-leak {log}")), 3, "{log}");
    }
    assert_eq!(code("analyze --fail-on-leak tests/logs/bad/empty.log"), 3);
}

#[test]
fn help_names_every_option_and_exit_code() {
    let help = run("help analyze");
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    assert_eq!(help.stdout, run("analyze --help").stdout);
    for part in OPTIONS.iter().chain(&[
        "  0  analysed",
        "  1  leaks",
        "  2  wrong use",
        "  3  the input",
    ]) {
        assert!(
            help.stdout.contains(part),
            "{part} is not in {}",
            help.stdout
        );
    }
    assert_eq!(code("--help"), 0);
    assert_eq!(code("--version"), 0);
}

const OPTIONS: [&str; 11] = [
    "--format",
    "--units",
    "--sort",
    "--top",
    "--type",
    "--mark",
    "--memory",
    "--observed",
    "--anywhere",
    "--fail-on-leak",
    "@ALLOCATE",
];

#[test]
fn completions_know_the_commands_and_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&format!("completions {shell}"));
        assert_eq!((script.code, script.stderr.as_str()), (0, ""), "{shell}");
        for word in ["analyze", "completions", "man", "fail-on-leak"] {
            assert!(
                script.stdout.contains(word),
                "{word} is not in the {shell} script"
            );
        }
    }
}

#[test]
fn completions_know_the_values_of_options() {
    for shell in ["bash", "fish", "zsh"] {
        let script = run(&format!("completions {shell}")).stdout;
        assert!(
            script.contains("leaked-bytes") && script.contains("markdown"),
            "{shell}"
        );
    }
}

#[test]
fn the_man_pages_have_all_that_help_has() {
    let all = run("man");
    assert_eq!((all.code, all.stderr.as_str()), (0, ""));
    assert!(all.stdout.contains(".TH unfreed 1"), "{}", all.stdout);
    assert!(all.stdout.contains("analyze"), "{}", all.stdout);
    let page = run("man analyze").stdout.replace(r"\-", "-");
    assert!(page.contains(".TH unfreed-analyze 1"), "{page}");
    for part in OPTIONS {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(page.contains("Exit codes"), "{page}");
}
