//! A log with the published figures of the o1js analysis.
//!
//! The log behind that analysis was never published, its table was. This makes
//! a log that has, for every type of the table, as many allocations, frees and
//! leaked objects, and as many bytes of each to two decimals of a MB
//! (1,048,576 bytes). Where the table has more frees than objects that can have
//! been freed, the log has frees without an allocation.
//!
//! What the table does not say is decided here: objects of a type that leaks
//! ten times or more leak evenly over the ten iterations, others in the first
//! one; a freed object lives for at most a tenth of an iteration; the ids of
//! one iteration are spread over all ids of the run and stand in random order,
//! which is the hardest order that small ids can have for who matches them.

use std::io::{self, BufWriter, Write};

use crate::random::SplitMix64;

/// One row of the published table.
#[derive(Clone, Copy, Debug)]
pub struct TypeRow {
    /// The type as it was logged.
    pub name: &'static str,
    /// Where it was allocated.
    pub location: &'static str,
    /// Objects.
    pub count: Split<u64>,
    /// MB, which the table has to two decimals.
    pub megabytes: Split<f64>,
}

/// One figure, by what became of the objects.
#[derive(Clone, Copy, Debug)]
pub struct Split<T> {
    /// Handed out.
    pub allocated: T,
    /// Given back, by frees with and without an allocation.
    pub freed: T,
    /// Handed out and not given back.
    pub leaked: T,
}

/// Iterations of the program in one run.
pub const ITERATIONS: u64 = 10;

/// The published table, with one row more: the published totals have 850
/// objects that no row has, 143 of them (0.11 MB) leaked.
pub const PUBLISHED: [TypeRow; 13] = [
    row(
        ("WasmFpProverProof", "plonk-wasm/src/plonk_proof.rs:961"),
        (20, 10, 10),
        (100.00, 50.00, 50.00),
    ),
    row(
        ("WasmVector", "plonk-wasm/src/wasm_vector.rs:122"),
        (173_935, 265_305, 82_370),
        (35.97, 42.40, 13.84),
    ),
    row(
        ("WasmFpPolyComm", "plonk-wasm/src/poly_comm.rs:136"),
        (172_911, 181_408, 82_221),
        (17.15, 17.99, 8.15),
    ),
    row(
        ("WasmFpSrs", "plonk-wasm/src/srs.rs:42"),
        (3, 3, 1),
        (13.50, 13.50, 4.50),
    ),
    row(
        (
            "WasmPastaFpPlonkIndex",
            "plonk-wasm/src/pasta_fp_plonk_index.rs:179",
        ),
        (1, 0, 1),
        (3.81, 0.00, 3.81),
    ),
    row(
        (
            "WasmPastaFqPlonkIndex",
            "plonk-wasm/src/pasta_fq_plonk_index.rs:178",
        ),
        (1, 0, 1),
        (3.81, 0.00, 3.81),
    ),
    row(
        ("WasmFqSrs", "plonk-wasm/src/srs.rs:43"),
        (2, 2, 1),
        (4.50, 4.50, 2.25),
    ),
    row(
        ("WasmFpGate", "plonk-wasm/src/gate_vector.rs:61"),
        (484, 484, 0),
        (0.10, 0.10, 0.00),
    ),
    row(
        ("WasmFqGate", "plonk-wasm/src/gate_vector.rs:62"),
        (6_612, 6_612, 0),
        (1.40, 1.40, 0.00),
    ),
    row(
        ("WasmFqProverProof", "plonk-wasm/src/plonk_proof.rs:962"),
        (20, 20, 0),
        (100.00, 100.00, 0.00),
    ),
    row(
        (
            "WasmFqProverCommitments",
            "plonk-wasm/src/plonk_proof.rs:301",
        ),
        (20, 30, 0),
        (0.05, 0.07, 0.00),
    ),
    row(
        ("WasmFqOpeningProof", "plonk-wasm/src/plonk_proof.rs:172"),
        (20, 30, 0),
        (0.06, 0.09, 0.00),
    ),
    row(
        (
            "WasmFpPlonkVerificationEvals",
            "plonk-wasm/src/plonk_verifier_index.rs:88",
        ),
        (850, 707, 143),
        (0.65, 0.54, 0.11),
    ),
];

const fn row(
    (name, location): (&'static str, &'static str),
    count: (u64, u64, u64),
    megabytes: (f64, f64, f64),
) -> TypeRow {
    TypeRow {
        name,
        location,
        count: Split {
            allocated: count.0,
            freed: count.1,
            leaked: count.2,
        },
        megabytes: Split {
            allocated: megabytes.0,
            freed: megabytes.1,
            leaked: megabytes.2,
        },
    }
}

fn bytes(megabytes: f64) -> u64 {
    (megabytes * 1_048_576.0).round() as u64
}

/// Published size of the linear memory at the start and at the end of the run,
/// in MB.
const MEMORY: (f64, f64) = (36.06, 775.75);

/// Lines that each iteration of the program prints about its work.
const STEPS: u32 = 4;

/// Pieces of which there are fewer are all of one size (±1): the proofs of the
/// table are 5 MB each.
const FEW: usize = 100;

/// Writes `repeat` runs one after another, each with ids of its own. The same
/// `repeat` and `seed` give the same bytes; 10 runs are 378 million.
pub fn write(out: &mut impl io::Write, repeat: u32, seed: u64) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let mut random = SplitMix64::new(seed);
    let mut next_id = 0;
    for _ in 0..repeat {
        writeln!(out, "=== o1js WASM memory leak benchmark ===")?;
        writeln!(out, "  WASM memory at the start: {:.2} MB", MEMORY.0)?;
        let run = Run::new(&mut random, next_id);
        next_id = run.next_id;
        for (_, line) in &run.lines {
            line.write(&mut out)?;
        }
    }
    out.flush()
}

/// When a line is printed: the iteration in the upper half, in the lower one
/// how much of it is over.
type Moment = u64;

/// The part of an iteration in which objects are allocated that are freed in
/// it, in 2^-32.
const LAST_ALLOCATION: u32 = 9 * LONGEST_LIFE;

/// How long such an object may live.
const LONGEST_LIFE: u32 = u32::MAX / 10;

fn moment(iteration: u64, part: u32) -> Moment {
    (iteration << 32) | u64::from(part)
}

#[derive(Clone, Copy)]
enum Line {
    Begin { iteration: u64 },
    Step { step: u32 },
    End { iteration: u64 },
    Allocate { row: u8, size: u32, id: u64 },
    Free { row: u8, size: u32, id: u64 },
}

/// The lines of one run of the program.
struct Run<'a> {
    random: &'a mut SplitMix64,
    lines: Vec<(Moment, Line)>,
    next_id: u64,
}

impl<'a> Run<'a> {
    fn new(random: &'a mut SplitMix64, next_id: u64) -> Run<'a> {
        let mut run = Run {
            random,
            lines: Vec::with_capacity(900_000),
            next_id,
        };
        // Lines of the same moment keep this order: nothing comes before the
        // begin of its iteration or after its end, no free before its object.
        for iteration in 0..ITERATIONS {
            run.begin(iteration);
        }
        for index in 0..PUBLISHED.len() {
            run.objects(index);
        }
        for iteration in 0..ITERATIONS {
            run.add(iteration, u32::MAX, Line::End { iteration });
        }
        run.lines.sort_by_key(|(moment, _)| *moment);
        run
    }

    fn begin(&mut self, iteration: u64) {
        self.add(iteration, 0, Line::Begin { iteration });
        for step in 1..=STEPS {
            let part = u32::MAX / (STEPS + 1) * step;
            self.add(iteration, part, Line::Step { step });
        }
    }

    fn objects(&mut self, index: usize) {
        let row = index as u8;
        let TypeRow {
            count, megabytes, ..
        } = PUBLISHED[index];
        let freed = count.allocated - count.leaked;
        let leaked_bytes = bytes(megabytes.leaked);
        let freed_bytes = bytes(megabytes.allocated) - leaked_bytes;
        let leaked = self.sizes(leaked_bytes, count.leaked);
        self.leaked(row, &leaked);
        let sizes = self.sizes(freed_bytes, freed);
        self.freed(row, &sizes);
        let stray = count.freed.saturating_sub(freed);
        let sizes = self.sizes(bytes(megabytes.freed).saturating_sub(freed_bytes), stray);
        self.stray_frees(row, &sizes);
    }

    fn leaked(&mut self, row: u8, sizes: &[u32]) {
        let spread = sizes.len() as u64 >= ITERATIONS;
        for (iteration, size) in (0..ITERATIONS).cycle().zip(sizes) {
            let iteration = if spread { iteration } else { 0 };
            let part = self.random.below(u32::MAX);
            let (size, id) = (*size, self.id());
            self.add(iteration, part, Line::Allocate { row, size, id });
        }
    }

    fn freed(&mut self, row: u8, sizes: &[u32]) {
        for (iteration, size) in (0..ITERATIONS).cycle().zip(sizes) {
            let part = self.random.below(LAST_ALLOCATION);
            let life = self.random.below(LONGEST_LIFE);
            let (size, id) = (*size, self.id());
            self.add(iteration, part, Line::Allocate { row, size, id });
            self.add(iteration, part + life, Line::Free { row, size, id });
        }
    }

    fn stray_frees(&mut self, row: u8, sizes: &[u32]) {
        for (iteration, size) in (0..ITERATIONS).cycle().zip(sizes) {
            let part = self.random.below(u32::MAX);
            let (size, id) = (*size, self.id());
            self.add(iteration, part, Line::Free { row, size, id });
        }
    }

    fn add(&mut self, iteration: u64, part: u32, line: Line) {
        self.lines.push((moment(iteration, part), line));
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// `count` sizes that add up to `total`, about equal, or, where there are
    /// many, up to a quarter above or below.
    fn sizes(&mut self, total: u64, count: u64) -> Vec<u32> {
        let above = total.checked_rem(count).unwrap_or(0);
        let size = |index| (total / count + u64::from(index < above)) as u32;
        let mut sizes: Vec<u32> = (0..count).map(size).collect();
        if sizes.len() < FEW {
            return sizes;
        }
        for pair in sizes.chunks_exact_mut(2) {
            let moved = self.random.below(pair[0] / 4 + 1);
            pair[0] -= moved;
            pair[1] += moved;
        }
        sizes
    }
}

impl Line {
    fn write(self, out: &mut impl io::Write) -> io::Result<()> {
        match self {
            Line::Allocate { row, size, id } => {
                let TypeRow { name, location, .. } = PUBLISHED[usize::from(row)];
                writeln!(out, "@ALLOCATE {name} {size} {location} {id}")
            }
            Line::Free { row, size, id } => {
                let TypeRow { name, .. } = PUBLISHED[usize::from(row)];
                writeln!(out, "@DROP {name} {size} {id}")
            }
            Line::Begin { iteration } => {
                let number = iteration + 1;
                writeln!(out, "--- Iteration {number}/{ITERATIONS} ---")
            }
            Line::Step { step } => writeln!(out, "  proving: step {step} of {STEPS}"),
            Line::End { iteration } => {
                let (start, end) = MEMORY;
                let over = (iteration + 1) as f64 / ITERATIONS as f64;
                let memory = start + (end - start) * over;
                writeln!(out, "  WASM memory after iteration: {memory:.2} MB")
            }
        }
    }
}

#[cfg(test)]
mod tests;
