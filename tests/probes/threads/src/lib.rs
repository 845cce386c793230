//! What several threads do at once with tracked objects: make, clone, change,
//! drop, hand to another thread, and forget.

use std::alloc::Layout;
use std::sync::{Arc, Mutex, PoisonError};

use unfreed_probe::{Probe, ProbeAlloc, Sink, Track, Tracked};

#[global_allocator]
static ALLOCATOR: ProbeAlloc = ProbeAlloc::new();

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Writes a line with one call.
    #[link_name = "write_line"]
    safe fn write_line(text: *const u8, bytes: usize);
}

fn line(text: &str) {
    write_line(text.as_ptr(), text.len());
}

/// What one thread leaves for another, which may drop it.
static EXCHANGE: Mutex<Vec<Tracked<Vec<u64>>>> = Mutex::new(Vec::new());

#[derive(Track)]
#[track(clone)]
struct Proof {
    rows: Vec<u64>,
    key: Arc<Tracked<Vec<u8>>>,
    probe: Probe,
}

#[unsafe(no_mangle)]
pub extern "C" fn log_objects() {
    unfreed_probe::start(Sink::callback(line));
}

#[unsafe(no_mangle)]
pub extern "C" fn log_heap() {
    unfreed_probe::alloc::start_log(Sink::callback(line));
}

#[unsafe(no_mangle)]
pub extern "C" fn count_heap() {
    unfreed_probe::alloc::start_counting();
}

#[unsafe(no_mangle)]
pub extern "C" fn allocations() -> u64 {
    unfreed_probe::alloc::counters().allocations
}

#[unsafe(no_mangle)]
pub extern "C" fn live_bytes() -> i64 {
    unfreed_probe::alloc::counters().live_bytes
}

#[unsafe(no_mangle)]
pub extern "C" fn stop() {
    unfreed_probe::alloc::stop();
    unfreed_probe::stop();
}

/// Room for the stack and the thread-locals of a worker; never freed.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(bytes: usize, align: usize) -> *mut u8 {
    let layout = Layout::from_size_align(bytes.max(1), align.max(1)).expect("a small layout");
    // SAFETY: it has bytes.
    unsafe { std::alloc::alloc_zeroed(layout) }
}

/// `rounds` times: two proofs and a key that end, one vector for another thread,
/// and one proof that is forgotten together with its key.
#[unsafe(no_mangle)]
pub extern "C" fn work(rounds: usize) {
    for round in 0..rounds {
        let key = Arc::new(Tracked::new(vec![1_u8; 100]));
        let mut proof = prove(round, key.clone());
        let copy = proof.clone();
        proof.rows.reserve_exact(1000);
        proof.remeasure();
        drop((proof, copy, key));

        let taken = {
            let mut exchange = EXCHANGE.lock().unwrap_or_else(PoisonError::into_inner);
            exchange.insert(0, Tracked::new(vec![0; 10]));
            if exchange.len() > 3 {
                exchange.pop()
            } else {
                None
            }
        };
        drop(taken);

        std::mem::forget(prove(1, Arc::new(Tracked::new(vec![2_u8; 50]))));
    }
}

/// Takes what no thread took.
#[unsafe(no_mangle)]
pub extern "C" fn clear_exchange() {
    let left = std::mem::take(&mut *EXCHANGE.lock().unwrap_or_else(PoisonError::into_inner));
    drop(left);
}

#[inline(never)]
fn prove(rows: usize, key: Arc<Tracked<Vec<u8>>>) -> Proof {
    Proof::tracked(|probe| Proof {
        rows: vec![7; rows % 50 + 10],
        key,
        probe,
    })
}
