//! Values that JavaScript owns by handles of wasm-bindgen, and functions of Rust
//! that it may call.

use wasm_bindgen::prelude::{Closure, JsValue, wasm_bindgen};

#[wasm_bindgen]
pub struct Document {
    text: Vec<u8>,
}

#[wasm_bindgen]
impl Document {
    #[wasm_bindgen(constructor)]
    #[inline(never)]
    pub fn new(length: usize) -> Document {
        Document {
            text: vec![b'a'; length],
        }
    }

    /// A look at it.
    pub fn count(&self) -> usize {
        self.text.len()
    }

    /// The same, and the document is used up.
    pub fn into_count(self) -> usize {
        self.text.len()
    }
}

#[wasm_bindgen]
pub struct Listener {
    closure: Closure<dyn FnMut(u32) -> u32>,
}

#[wasm_bindgen]
impl Listener {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Listener {
        Listener {
            closure: adding(1),
        }
    }

    /// The function. It can be called as long as there is the listener.
    pub fn function(&self) -> JsValue {
        self.closure.as_ref().clone()
    }
}

/// A function that can be called for ever.
#[wasm_bindgen]
pub fn listen(start: u32) -> JsValue {
    let closure = adding(start);
    let function = closure.as_ref().clone();
    closure.forget();
    function
}

#[inline(never)]
fn adding(start: u32) -> Closure<dyn FnMut(u32) -> u32> {
    let mut sum = start;
    Closure::new(move |number| {
        sum += number;
        sum
    })
}
