//! x
#![allow(missing_docs, clippy::all)]
use std::io::Read;
use unfreed_events::text::*;
fn main() {
    let mut all = Vec::new();
    std::fs::File::open(std::env::args().nth(1).unwrap()).unwrap().take(100<<20).read_to_end(&mut all).unwrap();
    let mut best = f64::MAX;
    let mut n = 0;
    for _ in 0..10 {
        let t = std::time::Instant::now();
        let mut d = TextDecoder::new(TextOptions::default());
        let mut out = Vec::new();
        n = 0;
        for piece in all.chunks(64 << 10) {
            out.clear();
            d.decode(piece, &mut out);
            n += out.len();
        }
        best = best.min(t.elapsed().as_secs_f64());
    }
    println!("{n} records, {:.1} ns each, {:.0} MB/s", best * 1e9 / n as f64, all.len() as f64 / best / 1e6);
}
