//! Random modules.

use arbitrary::Unstructured;
use unfreed_bench::random::SplitMix64;

/// The module of a seed; `None` where the seed gives none.
pub fn module(config: &wasm_smith::Config, seed: u64) -> Option<wasm_smith::Module> {
    let mut random = SplitMix64::new(seed);
    let bytes: Vec<u8> = (0..2048).map(|_| random.below(256) as u8).collect();
    wasm_smith::Module::new(config.clone(), &mut Unstructured::new(&bytes)).ok()
}
