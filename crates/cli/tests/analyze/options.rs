//! Options that select, order and show.

use serde_json::Value;

use crate::support::{analyze, analyze_with, list, number, run, run_with, text};

const STEP3: &str = "tests/logs/good/step3-cut.log";

fn types(found: &Value) -> Vec<&str> {
    list(found, "/types")
        .iter()
        .map(|row| text(row, "/type"))
        .collect()
}

/// The options of `--sort` and the members that they order by.
const ORDERS: [(&str, &str); 7] = [
    ("leaked-bytes", "leaked_bytes"),
    ("leaked", "leaked"),
    ("allocations", "allocations"),
    ("frees", "frees"),
    ("allocated-bytes", "allocated_bytes"),
    ("peak-bytes", "peak_bytes"),
    ("temporary", "temporary"),
];

#[test]
fn sort_orders_types_and_sites_the_largest_first() {
    for (order, member) in ORDERS {
        let (_, found) = analyze(&format!("--sort {order} {STEP3}"));
        for table in ["/types", "/sites"] {
            let figures = list(&found, table).iter();
            let figures: Vec<u64> = figures
                .map(|row| number(row, &format!("/{member}")))
                .collect();
            assert!(
                figures.is_sorted_by(|a, b| a >= b),
                "{order}, {table}: {figures:?}"
            );
            assert!(
                figures.first() > figures.last(),
                "{order}, {table}: {figures:?}"
            );
        }
    }
}

#[test]
fn sort_by_name_goes_from_a_to_z() {
    let (_, found) = analyze(&format!("--sort name {STEP3}"));
    assert!(types(&found).is_sorted());
    assert_eq!(types(&found).len(), 13);
}

#[test]
fn an_unknown_order_is_wrong_use_and_the_known_ones_are_named() {
    let run = run(&format!("analyze --sort size {STEP3}"));
    assert_eq!(run.code, 2);
    for (order, _) in ORDERS {
        assert!(run.stderr.contains(order), "{}", run.stderr);
    }
}

#[test]
fn top_limits_the_tables_and_says_how_much_is_left_out() {
    let (_, found) = analyze(&format!("--top 3 {STEP3}"));
    assert_eq!(types(&found).len(), 3);
    assert_eq!(list(&found, "/sites").len(), 3);
    assert_eq!(number(&found, "/totals/leaked"), 74);
    let shown = run(&format!("analyze --top 3 {STEP3}")).stdout;
    assert!(
        shown.contains("10 types left out (--top 0 shows all)"),
        "{shown}"
    );
    assert!(
        shown.contains("5 sites left out (--top 0 shows all)"),
        "{shown}"
    );
}

#[test]
fn top_0_shows_all_and_text_shows_20_without_it() {
    let mut log = String::new();
    for number in 0..25 {
        log.push_str(&format!(
            "@ALLOCATE Type{number} 8 src/a.rs:{number} {number}\n"
        ));
    }
    let rows = |arguments: &[&str]| {
        let shown = run_with(&[&["analyze"], arguments].concat(), log.clone()).stdout;
        let table = shown.split("\n\n").nth(1).expect("By type").to_owned();
        table.matches(" Type").count()
    };
    assert_eq!(rows(&[]), 20);
    assert_eq!(rows(&["--top=0"]), 25);
    assert_eq!(rows(&["--top=1"]), 1);
    assert_eq!(types(&analyze_with(&["-"], log.clone()).1).len(), 25);
}

#[test]
fn type_selects_by_glob_and_leaves_the_totals() {
    let (_, all) = analyze(STEP3);
    let (code, found) = analyze(&format!("--type *Srs {STEP3}"));
    assert_eq!(code, 0);
    assert_eq!(types(&found), ["WasmFpSrs", "WasmFqSrs"]);
    assert_eq!(found["totals"], all["totals"]);
    assert_eq!(list(&found, "/sites").len(), 2);
    let largest = list(&found, "/largest").iter();
    for block in largest {
        assert!(text(block, "/type").ends_with("Srs"));
    }
    assert!(types(&analyze(&format!("--type Nothing {STEP3}")).1).is_empty());
}

/// Type names have brackets; only `*` and `?` are special, as the help says.
#[test]
fn type_takes_a_name_as_it_is() {
    for name in ["Vec<u8>", "[u8; 32]", "{closure#0}", "a::b\\c"] {
        let log = format!("@ALLOCATE {name} 8 src/a.rs:1 1\n@ALLOCATE Other 8 src/a.rs:1 2\n");
        let (code, found) = analyze_with(&["--type", name], log);
        assert_eq!((code, types(&found)), (0, vec![name]));
    }
}

#[test]
fn units_are_those_that_fit_or_bytes_or_mb() {
    let shown = |units: &str| {
        let run = run(&format!(
            "analyze --units {units} tests/logs/good/o1js-pool.log.gz"
        ));
        run.stdout.lines().nth(1).expect("the sum").to_owned()
    };
    assert!(shown("auto").contains("297 of 19,431 allocations were never freed, 24.09 MiB"));
    assert!(shown("bytes").contains("297 of 19,431 allocations were never freed, 25,260,628"));
    assert!(shown("mb").contains("297 of 19,431 allocations were never freed, 24.09 MB"));
    let (_, auto) = analyze(&format!("--units auto {STEP3}"));
    let (_, bytes) = analyze(&format!("--units bytes {STEP3}"));
    assert_eq!(
        auto["totals"], bytes["totals"],
        "JSON is in bytes in any case"
    );
}

#[test]
fn records_behind_other_text_are_only_read_with_anywhere() {
    let log = "tests/logs/good/prefixed.log";
    let without = run(&format!("analyze {log}"));
    assert_eq!(without.code, 3);
    let first = without.stdout.lines().next().expect("the answer");
    assert!(
        first.contains('3') && first.contains("--anywhere"),
        "{first}"
    );
    let (code, found) = analyze(&format!("--anywhere {log}"));
    assert_eq!(code, 0);
    assert_eq!(number(&found, "/lines/records"), 3);
    assert_eq!(number(&found, "/lines/program"), 2);
    assert_eq!(number(&found, "/lines/prefixed"), 0);
    assert_eq!(number(&found, "/totals/matched_frees"), 1);
    assert_eq!(number(&found, "/totals/leaked"), 1);
}

#[test]
fn some_prefixed_records_are_named_with_the_option() {
    let log = "tests/logs/good/partly-prefixed.log";
    let shown = run(&format!("analyze {log}")).stdout;
    assert!(shown.contains("--anywhere"), "{shown}");
    assert!(
        shown.contains(&format!("{log}:4: record behind other text")),
        "{shown}"
    );
    let (_, found) = analyze(&format!("--anywhere {log}"));
    assert_eq!(number(&found, "/totals/leaked"), 0);
}

#[test]
fn a_broken_pattern_is_wrong_use() {
    for arguments in [["--mark", "("], ["--memory", "[z-a]"]] {
        let arguments = [&["analyze"], &arguments[..], &[STEP3]].concat();
        let run = run_with(&arguments, "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(arguments[1]), "{}", run.stderr);
    }
}
