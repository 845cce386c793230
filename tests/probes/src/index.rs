//! What a program compiles to; one is made for each proof and freed.

use std::sync::Arc;

use unfreed_probe::{Probe, Track};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::by_hand::Id;
use crate::srs::{Srs, SrsHandle};

/// One for each constraint.
#[derive(Track, Clone)]
struct Gate {
    coefficients: Vec<u64>,
}

#[wasm_bindgen]
#[derive(Track)]
pub struct Index {
    gates: Vec<Gate>,
    srs: Arc<Srs>,
    #[track(skip)]
    id: Id,
    probe: Probe,
}

#[wasm_bindgen]
impl Index {
    #[wasm_bindgen(constructor)]
    pub fn new(srs: &SrsHandle, gates: usize) -> Index {
        Index::from_parts(srs.share(), gates)
    }
}

impl Index {
    #[inline(never)]
    #[track_caller]
    fn from_parts(srs: Arc<Srs>, gates: usize) -> Index {
        Index::tracked(|probe| Index {
            gates: (0..gates as u64)
                .map(|gate| Gate {
                    coefficients: vec![gate; 15],
                })
                .collect(),
            srs,
            // MISTAKE by hand: no line at the begin.
            id: Id::silent(),
            probe,
        })
    }

    pub fn rows(&self) -> usize {
        self.gates.len()
    }

    pub fn first(&self) -> u64 {
        self.gates.first().map_or(0, |gate| gate.coefficients[0]) + self.srs.point(0)[0]
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.id.freed("Index", 131_072);
    }
}
