//! Proofs: nested vectors, which JavaScript holds.

use std::sync::Arc;

use unfreed_probe::{Probe, Track};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::by_hand::Id;
use crate::index::Index;
use crate::srs::{Srs, SrsHandle};
use crate::witness::Witness;

const COLUMNS: usize = 15;
/// Values of each column at each row of the domain.
const BLOWUP: usize = 32;

/// What the prover computes.
#[derive(Track)]
pub struct Transcript {
    commitments: Vec<[u64; 8]>,
    evaluations: Vec<Vec<u64>>,
    srs: Arc<Srs>,
}

impl Transcript {
    #[inline(never)]
    fn compute(index: &Index, srs: &SrsHandle, witness: &Witness) -> Transcript {
        let srs = srs.share();
        let rows = index.rows() * BLOWUP;
        Transcript {
            commitments: commit(&srs),
            evaluations: (0..COLUMNS as u64)
                .map(|column| evaluate(witness, index.first() + column, rows))
                .collect(),
            srs,
        }
    }
}

#[inline(never)]
fn commit(srs: &Srs) -> Vec<[u64; 8]> {
    (0..COLUMNS).map(|column| srs.point(column)).collect()
}

#[inline(never)]
fn evaluate(witness: &Witness, seed: u64, rows: usize) -> Vec<u64> {
    witness.column(seed, rows).collect()
}

#[wasm_bindgen]
#[derive(Track)]
pub struct Proof {
    transcript: Transcript,
    #[track(skip)]
    id: Id,
    probe: Probe,
}

impl From<Transcript> for Proof {
    #[track_caller]
    fn from(transcript: Transcript) -> Proof {
        Proof::tracked(|probe| Proof {
            transcript,
            // MISTAKE by hand: each proof has 5 MiB.
            id: Id::logged("Proof", 5 * 1_048_576),
            probe,
        })
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        self.id.freed("Proof", 5 * 1_048_576);
    }
}

#[wasm_bindgen]
#[inline(never)]
pub fn prove(index: &Index, srs: &SrsHandle, witness: Witness) -> Proof {
    Transcript::compute(index, srs, &witness).into()
}

/// Takes the proof from JavaScript, and frees it.
#[wasm_bindgen]
pub fn verify(proof: Proof) -> u64 {
    check(&proof)
}

/// Leaves the proof with JavaScript.
#[wasm_bindgen]
pub fn check(proof: &Proof) -> u64 {
    let Transcript {
        commitments,
        evaluations,
        srs,
    } = &proof.transcript;
    let first = evaluations
        .iter()
        .flatten()
        .fold(0, |sum: u64, value| sum.rotate_left(1) ^ value);
    commitments
        .iter()
        .flatten()
        .fold(first, |sum, limb| sum.wrapping_add(*limb))
        ^ srs.point(1)[0]
}

/// Gives the proof back as a plain pointer, which nobody takes.
#[wasm_bindgen]
pub fn into_raw(proof: Proof) -> usize {
    Box::into_raw(Box::new(proof)).expose_provenance()
}
