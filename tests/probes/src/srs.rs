//! The structured reference string, which all share.

use std::sync::Arc;

use unfreed_probe::{Probe, Track};
use wasm_bindgen::prelude::wasm_bindgen;

type Point = [u64; 8];

/// The points themselves, behind an `Arc`: with a probe, so that they count once.
#[derive(Track)]
pub struct Srs {
    points: Vec<Point>,
    probe: Probe,
}

impl Srs {
    #[inline(never)]
    fn create(depth: usize) -> Arc<Srs> {
        Arc::new(Srs::tracked(|probe| Srs {
            points: (0..depth as u64).map(|i| [i; 8]).collect(),
            probe,
        }))
    }

    pub fn point(&self, index: usize) -> Point {
        self.points[index % self.points.len()]
    }
}

/// What JavaScript holds of it.
#[wasm_bindgen]
#[derive(Track)]
#[track(clone)]
pub struct SrsHandle {
    srs: Arc<Srs>,
    probe: Probe,
}

#[wasm_bindgen]
impl SrsHandle {
    #[wasm_bindgen(constructor)]
    pub fn new(depth: usize) -> SrsHandle {
        Srs::create(depth).into()
    }

    pub fn another(&self) -> SrsHandle {
        self.clone()
    }
}

impl From<Arc<Srs>> for SrsHandle {
    #[track_caller]
    fn from(srs: Arc<Srs>) -> SrsHandle {
        SrsHandle::tracked(|probe| SrsHandle { srs, probe })
    }
}

impl SrsHandle {
    pub fn share(&self) -> Arc<Srs> {
        self.srs.clone()
    }
}
