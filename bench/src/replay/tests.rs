//! The figures of the log, counted line by line.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::*;

fn log(repeat: u32, seed: u64) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes, repeat, seed).expect("a vector takes all");
    String::from_utf8(bytes).expect("the log is text")
}

/// One run.
fn counted() -> &'static Counted {
    static COUNTED: OnceLock<Counted> = OnceLock::new();
    COUNTED.get_or_init(|| Counted::of(&log(1, 1)))
}

/// Objects and bytes.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Sum {
    count: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

struct Live {
    name: String,
    size: u64,
    iteration: usize,
}

/// A naive reading of a log.
#[derive(Default)]
struct Counted {
    allocated: HashMap<String, Sum>,
    freed: HashMap<String, Sum>,
    stray: HashMap<String, Sum>,
    live: HashMap<u64, Live>,
    /// What happened to each id: allocations, frees.
    events: HashMap<u64, (u32, u32)>,
    iterations: usize,
}

impl Counted {
    fn of(log: &str) -> Counted {
        let mut counted = Counted::default();
        for line in log.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |index: usize| words[index].parse().expect("a number");
            match words[0] {
                "@ALLOCATE" => counted.allocate(words[1], words[3], number(2), number(4)),
                "@DROP" => counted.free(words[1], number(2), number(3)),
                "---" => counted.iterations += 1,
                _ => {}
            }
        }
        counted
    }

    fn allocate(&mut self, name: &str, location: &str, size: u64, id: u64) {
        assert_eq!(row_of(name).location, location);
        let iteration = self.iterations;
        self.allocated.entry(name.into()).or_default().add(size);
        self.events.entry(id).or_default().0 += 1;
        let name = name.into();
        self.live.insert(
            id,
            Live {
                name,
                size,
                iteration,
            },
        );
    }

    fn free(&mut self, name: &str, size: u64, id: u64) {
        self.freed.entry(name.into()).or_default().add(size);
        self.events.entry(id).or_default().1 += 1;
        match self.live.remove(&id) {
            Some(block) => assert_eq!((block.name.as_str(), block.size), (name, size)),
            None => self.stray.entry(name.into()).or_default().add(size),
        }
    }

    fn leaked(&self, name: &str) -> Sum {
        let mut sum = Sum::default();
        for block in self.live.values().filter(|block| block.name == name) {
            sum.add(block.size);
        }
        sum
    }

    /// Leaked objects of a type by iteration, from the first.
    fn leaked_by_iteration(&self, name: &str) -> Vec<u64> {
        let mut counts = vec![0; ITERATIONS as usize];
        for block in self.live.values().filter(|block| block.name == name) {
            counts[block.iteration - 1] += 1;
        }
        counts
    }
}

fn row_of(name: &str) -> &'static TypeRow {
    let found = PUBLISHED.iter().find(|row| row.name == name);
    found.expect("the type is in the table")
}

/// As the table prints it.
fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1_048_576.0)
}

#[test]
fn every_type_has_its_published_figures() {
    let counted = counted();
    assert_eq!(counted.allocated.len(), PUBLISHED.len());
    for row in &PUBLISHED {
        let of = |sums: &HashMap<String, Sum>| sums.get(row.name).copied().unwrap_or_default();
        let check = |sum: Sum, count: u64, published: f64| {
            assert_eq!(sum.count, count, "{}", row.name);
            assert_eq!(
                megabytes(sum.bytes),
                format!("{published:.2}"),
                "{}",
                row.name
            );
        };
        let (count, published) = (row.count, row.megabytes);
        check(of(&counted.allocated), count.allocated, published.allocated);
        check(of(&counted.freed), count.freed, published.freed);
        check(counted.leaked(row.name), count.leaked, published.leaked);
        let matched = count.allocated - count.leaked;
        assert_eq!(of(&counted.stray).count, count.freed - matched);
    }
}

#[test]
fn the_totals_are_the_published_ones() {
    let counted = counted();
    let sum = |sums: &HashMap<String, Sum>| sums.values().map(|sum| sum.count).sum::<u64>();
    assert_eq!(sum(&counted.allocated), 354_879);
    assert_eq!(sum(&counted.freed), 454_611);
    assert_eq!(sum(&counted.stray), 264_480);
    assert_eq!(counted.live.len(), 164_748);
    let leaked: u64 = counted.live.values().map(|block| block.size).sum();
    assert_eq!(megabytes(leaked), "86.47");
}

#[test]
fn leaks_are_spread_over_the_iterations_or_in_the_first() {
    let counted = counted();
    assert_eq!(counted.iterations as u64, ITERATIONS);
    for row in &PUBLISHED {
        let by_iteration = counted.leaked_by_iteration(row.name);
        let leaked = row.count.leaked;
        if leaked < ITERATIONS {
            assert_eq!(by_iteration[0], leaked);
        } else {
            let even = leaked / ITERATIONS..=leaked.div_ceil(ITERATIONS);
            assert!(by_iteration.iter().all(|count| even.contains(count)));
        }
    }
    let proofs = counted.leaked_by_iteration("WasmFpProverProof");
    assert_eq!(proofs, [1; ITERATIONS as usize]);
    assert_eq!(counted.leaked("WasmFpProverProof").bytes, 50 << 20);
}

#[test]
fn an_iteration_begins_with_its_mark_and_ends_with_its_memory() {
    let log = log(1, 1);
    let lines: Vec<&str> = log.lines().collect();
    let at = |text: &str| {
        let place = lines.iter().position(|line| *line == text);
        place.expect("the line is there")
    };
    let ends: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].starts_with("  WASM memory after iteration: "))
        .collect();
    let mut expected = at("  WASM memory at the start: 36.06 MB");
    for (iteration, end) in ends.iter().enumerate() {
        let begin = at(&format!("--- Iteration {}/10 ---", iteration + 1));
        assert_eq!(begin, expected + 1);
        expected = *end;
    }
    assert_eq!(ends.len() as u64, ITERATIONS);
    assert_eq!(ends.last(), Some(&(lines.len() - 1)));
    assert_eq!(
        lines.last(),
        Some(&"  WASM memory after iteration: 775.75 MB")
    );
}

#[test]
fn ids_are_unique_and_interleaved_through_all_runs() {
    let log = log(2, 1);
    let counted = Counted::of(&log);
    assert!(
        counted
            .events
            .values()
            .all(|(allocations, frees)| *allocations <= 1 && *frees <= 1)
    );
    assert_eq!(counted.live.len(), 2 * 164_748);
    assert_eq!(counted.events.len(), 2 * (354_879 + 264_480));
    let ids: Vec<u64> = log
        .lines()
        .filter(|line| line.starts_with("@ALLOCATE"))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    let rising = ids.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((ids.len() / 3..ids.len() * 2 / 3).contains(&rising));
}

#[test]
fn the_log_depends_on_nothing_but_its_seed() {
    assert_eq!(log(1, 7), log(1, 7));
    assert_ne!(log(1, 7), log(1, 8));
    assert!(log(0, 7).is_empty());
}
