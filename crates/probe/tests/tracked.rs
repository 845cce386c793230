//! The life of a `Tracked<T>`.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use support::{lines, only_size, trusted};
use unfreed_probe::{Measure, Tracked, leaks};

/// What a `Tracked` adds to a value.
const PROBE: usize = size_of::<Tracked<()>>();

fn normal(log: &str) -> String {
    let mut ids = HashMap::new();
    lines(log)
        .iter()
        .map(|line| {
            let (rest, id) = line.rsplit_once(' ').expect("an id");
            let next = ids.len();
            let id = *ids.entry(id.to_owned()).or_insert(next);
            // Line numbers move with each edit of this file.
            let rest = match rest.rsplit_once(" crates") {
                Some((before, _)) => format!("{before} HERE"),
                None => rest.to_owned(),
            };
            format!("{rest} {id}\n")
        })
        .collect()
}

#[test]
fn creation_change_clone_and_end_are_logged_with_measured_sizes() {
    let watched = leaks(|| {
        let mut rows = Tracked::new(vec![0_u64; 100]);
        rows.edit().reserve_exact(400);
        let copy = rows.clone();
        drop(rows);
        copy.into_inner()
    });
    let (large, small) = (24 + PROBE + 500 * 8, 24 + PROBE + 100 * 8);
    let expected = format!(
        "@ALLOCATE alloc::vec::Vec<u64> {small} HERE 0\n\
         @REALLOC alloc::vec::Vec<u64> {large} 0\n\
         @ALLOCATE alloc::vec::Vec<u64> {small} HERE 1\n\
         @DROP alloc::vec::Vec<u64> {large} 0\n\
         @DROP alloc::vec::Vec<u64> {small} 1\n"
    );
    assert_eq!(normal(watched.log()), expected);
    trusted(watched.log());
}

#[test]
fn the_site_is_that_of_the_caller() {
    #[track_caller]
    fn make() -> Tracked<u8> {
        Tracked::from(1)
    }
    let line = line!() + 1;
    let watched = leaks(|| std::mem::forget(make()));
    let site = &watched.by_site()[0].site;
    assert!(site.contains(&format!("tracked.rs:{line}:")), "{site}");
}

#[test]
fn capacity_counts_and_not_length() {
    let watched = leaks(|| {
        let mut text = String::with_capacity(1000);
        text.push('x');
        drop(Tracked::new(text));
    });
    assert_eq!(only_size(watched.log()), 24 + PROBE + 1000);
}

#[test]
fn what_is_shared_inside_of_an_object_counts_once() {
    let watched = leaks(|| {
        let shared = Arc::new([0_u8; 4096]);
        drop(Tracked::new(vec![shared.clone(), shared.clone(), shared]));
    });
    let bytes = only_size(watched.log());
    assert_eq!(bytes, 24 + PROBE + 3 * 8 + 4096);
}

#[test]
fn what_several_objects_share_counts_once_if_it_is_tracked_itself() {
    let watched = leaks(|| {
        let shared: Arc<Tracked<[u8; 4096]>> = Arc::new(Tracked::new([0; 4096]));
        for _ in 0..3 {
            std::mem::forget(Tracked::new(shared.clone()));
        }
    });
    assert_eq!(watched.objects(), 4);
    let handles = 3 * (8 + PROBE);
    assert_eq!(watched.bytes() as usize, 4096 + PROBE + handles);
}

#[test]
fn the_objects_inside_of_an_object_report_for_themselves() {
    let watched = leaks(|| {
        let parts: Vec<Tracked<Vec<u8>>> = (0..10).map(|_| Tracked::new(vec![0; 100])).collect();
        std::mem::forget(Tracked::new(parts));
    });
    let parts = 10 * (24 + PROBE + 100);
    assert_eq!(watched.bytes() as usize, parts + 24 + PROBE);
}

#[test]
fn a_moved_object_is_the_same_object() {
    let watched = leaks(|| {
        let pointer = Box::into_raw(Box::new(Tracked::new(vec![1_u8])));
        // SAFETY: it came out of `into_raw` right above.
        #[allow(unsafe_code)]
        let back = unsafe { Box::from_raw(pointer) };
        let mut slot = Some(*back);
        std::mem::take(&mut slot)
    });
    assert!(watched.is_empty(), "{watched}");
    assert_eq!(watched.log().lines().count(), 2);
}

#[test]
fn a_replaced_object_ends_and_its_successor_begins() {
    let watched = leaks(|| {
        let mut value: Tracked<String> = Tracked::default();
        value = Tracked::new(format!("{}x", *value));
        let mut other = Tracked::new(String::new());
        std::mem::swap(&mut value, &mut other);
        value
    });
    assert!(watched.is_empty(), "{watched}");
    let (findings, _) = trusted(watched.log());
    assert_eq!(findings.totals.allocations, 3);
}

#[test]
fn a_size_function_measures_what_cannot_be_measured() {
    struct Foreign(usize);
    struct ByCount;
    impl Measure<Foreign> for ByCount {
        fn heap_bytes(value: &Foreign) -> usize {
            value.0 * 10
        }
        fn name() -> &'static str {
            "Foreign index"
        }
    }
    let watched = leaks(|| {
        let mut foreign = Tracked::<_, ByCount>::measured(Foreign(7));
        foreign.edit().0 = 8;
        foreign
    });
    let log = lines(watched.log()).join("\n");
    assert!(log.starts_with(&format!("@ALLOCATE Foreign index {} ", 8 + PROBE + 70)));
    assert!(log.contains(&format!("@REALLOC Foreign index {} ", 8 + PROBE + 80)));
    trusted(watched.log());
}

#[test]
fn objects_of_other_threads_are_none_of_this_one() {
    let watched = leaks(|| {
        let ours = Tracked::new(vec![1_u8]);
        std::thread::spawn(move || {
            std::mem::forget(Tracked::new(vec![2_u8]));
            // Dropped by another thread than the one that made it.
            drop(ours);
        })
        .join()
        .expect("it ends");
    });
    assert!(watched.is_empty(), "{watched}");
    assert_eq!(watched.log().lines().count(), 2);
}
