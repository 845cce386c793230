//! The helpers for tests.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};

use support::trusted;
use unfreed_probe::{Tracked, assert_no_leaks, leaks, leaks_in_all_threads, leaks_per_iteration};

fn message(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("it fails");
    *panic.downcast::<String>().expect("a message")
}

/// The log that a message names.
fn saved(message: &str) -> String {
    let (_, path) = message
        .rsplit_once("the log: unfreed analyze ")
        .expect("a path");
    let log = std::fs::read_to_string(path).expect("a log");
    std::fs::remove_file(path).expect("it is there");
    log
}

#[test]
fn the_message_has_types_sites_and_bytes_and_the_log_is_saved() {
    let said = message(|| {
        assert_no_leaks!(|| {
            for _ in 0..3 {
                std::mem::forget(Tracked::new(vec![0_u8; 100]));
            }
            std::mem::forget(Tracked::new(1_u8));
            drop(Tracked::new(2_u8));
        });
    });
    let one = size_of::<Tracked<Vec<u8>>>() + 100;
    let small = size_of::<Tracked<u8>>();
    let total = 3 * one + small;
    assert!(
        said.starts_with(&format!("4 objects were never dropped, {total} bytes\n")),
        "{said}"
    );
    let expected = format!(
        "         3 x alloc::vec::Vec<u8>, {} bytes, made at ",
        3 * one
    );
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("tests/leaks.rs:"), "{said}");
    let (findings, _) = trusted(&saved(&said));
    assert_eq!(findings.totals.live, 4);
    assert_eq!(findings.totals.allocations, 5);
}

#[test]
fn what_the_closure_returns_is_dropped() {
    assert_no_leaks!(|| Tracked::new(1_u8));
    assert_no_leaks!(|| {});
}

#[test]
fn leak_checks_nest() {
    let outer = leaks(|| {
        std::mem::forget(Tracked::new(1_u8));
        let inner = leaks(|| std::mem::forget(Tracked::new(2_u8)));
        assert_eq!(inner.objects(), 1);
    });
    assert_eq!(outer.objects(), 2);
}

#[test]
fn other_threads_are_looked_at_if_asked_for() {
    struct OnlyHere;
    impl unfreed_probe::Measure<u8> for OnlyHere {
        fn heap_bytes(_: &u8) -> usize {
            0
        }
        fn name() -> &'static str {
            "only here"
        }
    }
    let found = leaks_in_all_threads(|| {
        std::thread::spawn(|| std::mem::forget(Tracked::<u8, OnlyHere>::measured(1)))
            .join()
            .expect("it ends");
    });
    let ours = found
        .by_site()
        .iter()
        .filter(|leak| leak.type_name == "only here");
    assert_eq!(ours.count(), 1);
}

#[test]
fn runs_that_leave_more_each_time_are_told_from_those_that_do_not() {
    let mut set_up = None;
    let mut queue = Vec::new();
    let runs = leaks_per_iteration(6, || {
        set_up.get_or_insert_with(|| Tracked::new([0_u8; 100]));
        std::mem::forget(Tracked::new(String::from("each time")));
        queue.push(Tracked::new(1_u16));
        if queue.len() == 3 {
            queue.clear();
        }
    });
    let growing: Vec<&str> = runs.systematic().map(|growth| growth.type_name).collect();
    assert_eq!(growing, ["alloc::string::String"]);
    let of = |name: &str| {
        let found = runs.types().iter().find(|growth| growth.type_name == name);
        found.unwrap_or_else(|| panic!("{name}")).objects.clone()
    };
    assert_eq!(of("alloc::string::String"), [1; 6]);
    assert_eq!(of("[u8; 100]"), [1, 0, 0, 0, 0, 0]);
    assert_eq!(of("u16"), [1, 1, -2, 1, 1, -2]);
    let (findings, _) = trusted(runs.log());
    assert_eq!(findings.counted_iterations, 6);

    let said = message(|| runs.assert_none_systematic());
    assert!(
        said.contains("alloc::string::String: objects [+1, +1, +1, +1, +1, +1]"),
        "{said}"
    );
    assert!(!said.contains("u16"), "{said}");
    saved(&said);
}

#[test]
fn one_object_that_grows_in_each_run_is_found() {
    let mut list = Tracked::new(Vec::<u8>::new());
    // Only what is made under the watch is seen: so the list is made there.
    let mut first = true;
    let runs = leaks_per_iteration(4, || {
        if first {
            list = Tracked::new(Vec::new());
            first = false;
        }
        let mut edit = list.edit();
        let room = edit.capacity() + 100;
        edit.reserve_exact(room);
    });
    let found = &runs.types()[0];
    assert_eq!(found.objects, [1, 0, 0, 0]);
    assert!(found.is_systematic(), "{found:?}");
}

#[test]
fn few_runs_accuse_nobody() {
    let runs = leaks_per_iteration(1, || std::mem::forget(Tracked::new(1_u8)));
    runs.assert_none_systematic();
    assert!(leaks_per_iteration(0, || {}).types().is_empty());
}
