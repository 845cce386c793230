//! Each round drops its proof.

#[test]
fn rounds() {
    for round in 0..8 {
        unfreed_probe::mark(&format!("round {round}"));
        assert_eq!(probe_check::prove(), 64);
    }
    unfreed_probe::mark("end");
}
