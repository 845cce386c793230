//! Lines as people write them, with the mistakes that were published with them:
//! sizes that are constants, a constructor without a line, an end without one.

use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn log(line: &str);
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The id of an object in the lines.
pub struct Id(u32);

impl Id {
    /// An id, and a line.
    #[track_caller]
    pub fn logged(name: &str, bytes: usize) -> Id {
        let id = Id::silent();
        if crate::is_by_hand() {
            let at = Location::caller();
            log(&format!(
                "@ALLOCATE {name} {bytes} {}:{} {}",
                at.file(),
                at.line(),
                id.0
            ));
        }
        id
    }

    /// An id without a line.
    pub fn silent() -> Id {
        Id(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The line of the end.
    pub fn freed(&self, name: &str, bytes: usize) {
        if crate::is_by_hand() {
            log(&format!("@DROP {name} {bytes} {}", self.0));
        }
    }
}
