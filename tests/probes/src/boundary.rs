//! Values that cross from JavaScript and back in all ways that wasm-bindgen has:
//! plain ones in `Tracked`, and a class with a probe; alone, as options, in vectors.

use std::cell::RefCell;

use unfreed_probe::{Probe, Track, Tracked};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn back(text: Tracked<String>) -> Tracked<String> {
    text
}

#[wasm_bindgen]
pub fn back_if_any(numbers: Option<Tracked<Vec<u32>>>) -> Option<Tracked<Vec<u32>>> {
    numbers
}

/// All but the first.
#[wasm_bindgen]
pub fn rest(mut texts: Vec<Tracked<String>>) -> Vec<Tracked<String>> {
    texts.drain(..1);
    texts
}

/// Fails with what it was given.
#[wasm_bindgen]
pub fn refused(text: Tracked<String>) -> Result<Tracked<String>, String> {
    Err(text.into_inner())
}

thread_local! {
    static KEPT: RefCell<Vec<Tracked<Vec<u8>>>> = const { RefCell::new(Vec::new()) };
}

/// Never given back.
#[wasm_bindgen]
pub fn keep(bytes: Tracked<Vec<u8>>) {
    KEPT.with_borrow_mut(|kept| kept.push(bytes));
}

#[wasm_bindgen]
#[derive(Track)]
pub struct Ticket {
    name: String,
    probe: Probe,
}

#[wasm_bindgen]
impl Ticket {
    #[wasm_bindgen(constructor)]
    pub fn new(name: String) -> Ticket {
        Ticket::tracked(|probe| Ticket { name, probe })
    }

    /// The name, for which the ticket is given up.
    pub fn redeem(self) -> String {
        self.name
    }
}

#[wasm_bindgen]
pub fn stamped(ticket: Ticket) -> Ticket {
    ticket
}

#[wasm_bindgen]
pub fn stamped_if_any(ticket: Option<Ticket>) -> Option<Ticket> {
    ticket
}

/// All but the first.
#[wasm_bindgen]
pub fn other_tickets(mut tickets: Vec<Ticket>) -> Vec<Ticket> {
    tickets.drain(..1);
    tickets
}
