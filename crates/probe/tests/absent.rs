//! Without the feature `enabled` nothing is left of the probes:
//! `cargo test -p unfreed-probe --no-default-features --test absent`.
#![cfg(not(feature = "enabled"))]

use unfreed_probe::{Probe, Sink, Track, Tracked};

#[derive(Track)]
#[track(clone)]
struct Object {
    values: Vec<u64>,
    probe: Probe,
}

#[test]
fn probes_have_no_size_and_log_nothing() {
    assert_eq!(size_of::<Probe>(), 0);
    assert_eq!(size_of::<Tracked<Vec<u8>>>(), size_of::<Vec<u8>>());
    assert!(!std::mem::needs_drop::<Tracked<u64>>());

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    unfreed_probe::start(Sink::file(path.to_str().expect("text")).expect("a file"));
    let mut object = Object::tracked(|probe| Object {
        values: vec![1],
        probe,
    });
    object.remeasure();
    let copy = object.clone();
    let mut tracked = Tracked::new(copy.values.clone());
    tracked.edit().push(2);
    unfreed_probe::mark("round");
    drop((object, copy, tracked));
    unfreed_probe::stop();
    assert_eq!(std::fs::read_to_string(path).expect("a log"), "");
}
