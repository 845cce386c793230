//! Each round forgets a proof.

#[test]
fn rounds() {
    for round in 0..8 {
        unfreed_probe::mark(&format!("round {round}"));
        probe_check::prove_and_forget();
    }
    unfreed_probe::mark("end");
}
