//! What JavaScript has to offer.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    pub(crate) fn log(line: &str);

    #[wasm_bindgen(js_namespace = performance)]
    pub(crate) fn now() -> f64;
}
