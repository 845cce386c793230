//! What a raw recording says of handles: objects of JavaScript that own something in
//! a linear memory, as wasm-bindgen makes them.

use serde::{Deserialize, Serialize};

use crate::record::HandleFate;
use crate::trace::raw::text;

/// A class of handles was met on a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandleClass {
    /// The number that events of this thread use, from 1.
    pub class: u32,
    /// Its name in the glue.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// The export that frees one; empty if it is not known.
    #[serde(deserialize_with = "text")]
    pub free: String,
    /// [`Instance::instance`](crate::trace::raw::Instance::instance); 0: not known.
    pub instance: u32,
    /// The file of the glue; empty if it is not known.
    #[serde(deserialize_with = "text")]
    pub place: String,
}

/// Who made a handle. Only some are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HandleStack {
    /// The number of the handle.
    pub handle: u32,
    /// [`HandleClass::class`]
    pub class: u32,
    /// How many handles of the class were made since the last that was asked, with
    /// this one.
    pub stands_for: u32,
    /// As in [`Stack`](crate::trace::raw::Stack), likewise the rest.
    pub stack: Vec<u32>,
    /// The number of the first of [`HandleStack::new`].
    pub first: u32,
    /// Lines that come up for the first time on this thread.
    pub new: Vec<String>,
}

/// How long a slab of JavaScript values was that a module holds. It never shrinks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JsValues {
    /// The number of the mark at which it was looked at; 0: at the end.
    pub mark: u32,
    /// `heap`, an array of the glue, or `table`, one of the module.
    #[serde(deserialize_with = "text")]
    pub kind: String,
    /// The file of the glue; empty for a table.
    #[serde(deserialize_with = "text")]
    pub place: String,
    /// Whose table it is; 0 for an array.
    pub instance: u32,
    /// Its entries.
    pub length: u64,
}

/// A record of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawHandle {
    /// What came of it.
    pub fate: HandleFate,
    /// [`HandleClass::class`]
    pub class: u32,
    /// Its number, unique on its thread; it wraps.
    pub handle: u32,
    /// Where what it owns is.
    pub pointer: u64,
}

/// What a record of kind 7 says by its number, if it is not 0; `None` if garbage is
/// collected for the last time.
pub(super) fn handle(number: u32, a: u32, b: u32) -> Option<RawHandle> {
    let said = number.saturating_sub(1);
    let fate = match said & 3 {
        0 => HandleFate::Made,
        1 => HandleFate::Freed,
        2 => HandleFate::Consumed,
        _ => HandleFate::Collected,
    };
    let class = said >> 2;
    (class > 0).then_some(RawHandle {
        fate,
        class,
        handle: b,
        pointer: u64::from(a),
    })
}
