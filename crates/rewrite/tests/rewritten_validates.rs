//! Whatever a module uses, it is still a valid module when it is rewritten.

mod hooks;
mod random;

use hooks::hooks;
use random::module;
use unfreed_rewrite::instrument::instrument;
use wasmparser::{Validator, WasmFeatures};

/// Modules that are tried.
const SEEDS: u64 = 4_000;

#[test]
fn rewritten_modules_validate() {
    let config = wasm_smith::Config {
        exceptions_enabled: true,
        gc_enabled: true,
        max_memories: 2,
        memory64_enabled: true,
        min_funcs: 4,
        max_instructions: 300,
        multi_value_enabled: true,
        relaxed_simd_enabled: true,
        simd_enabled: true,
        tail_call_enabled: true,
        threads_enabled: true,
        ..wasm_smith::Config::default()
    };
    let (mut rewritten, mut hooked) = (0, 0);
    for seed in 0..SEEDS {
        let Some(module) = module(&config, seed) else {
            continue;
        };
        let wasm = module.to_bytes();
        let hooks = hooks(&wasm, seed);
        let result = instrument(&wasm, &hooks, "{}");
        let result = result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if let Err(error) =
            Validator::new_with_features(WasmFeatures::all()).validate_all(&result.wasm)
        {
            panic!("seed {seed}: {error}");
        }
        rewritten += 1;
        hooked += hooks.len();
    }
    // Otherwise the seeds give nothing to test.
    assert!(
        rewritten > SEEDS / 2 && hooked > 1_000,
        "{rewritten} {hooked}"
    );
}
