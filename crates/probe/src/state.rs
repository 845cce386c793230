//! Whether anything listens: one number that each probe looks at first.

use std::sync::Once;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::{log, sink};

/// The environment was not looked at yet.
const UNDECIDED: u8 = 0;
/// It was. Alone, this bit means that nothing listens.
const DECIDED: u8 = 1;
/// A sink takes lines.
pub(crate) const LOG: u8 = 2;
/// A leak check takes events.
pub(crate) const WATCH: u8 = 4;

static STATE: AtomicU8 = AtomicU8::new(UNDECIDED);
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// Whether objects are announced at all. This is all that a probe costs while
/// nothing listens.
#[inline]
pub fn is_on() -> bool {
    let state = STATE.load(Ordering::Relaxed);
    state != DECIDED && (state != UNDECIDED || decide())
}

#[cold]
fn decide() -> bool {
    static DECISION: Once = Once::new();
    DECISION.call_once(|| {
        if let Some(sink) = sink::from_environment("UNFREED_LOG") {
            log::replace(Some(sink));
        }
        set(DECIDED);
    });
    STATE.load(Ordering::Relaxed) > DECIDED
}

/// Whether any of `bits` is set.
pub(crate) fn has(bits: u8) -> bool {
    STATE.load(Ordering::Relaxed) & bits != 0
}

/// What is set by hand stands, whatever the environment says.
pub(crate) fn set(bits: u8) {
    STATE.fetch_or(DECIDED | bits, Ordering::Relaxed);
}

pub(crate) fn clear(bits: u8) {
    STATE.fetch_and(!bits, Ordering::Relaxed);
}

/// Ids are counted from 0 in the whole process.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// The id that will be given next.
pub(crate) fn upcoming_id() -> u64 {
    NEXT_ID.load(Ordering::Relaxed)
}
