//! Leaks 100 sessions, each with a name and values. Most is live in the middle.

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

struct Session {
    name: String,
    values: Vec<u32>,
}

#[inline(never)]
fn open(number: u32) -> Box<Session> {
    Box::new(Session {
        name: format!("session {number}"),
        values: vec![number; number as usize % 7 + 1],
    })
}

#[inline(never)]
fn work(round: u32) -> usize {
    let mut lines = Vec::new();
    for line in 0..round % 13 {
        lines.push(format!("line {line}"));
    }
    lines.iter().map(String::len).sum()
}

#[inline(never)]
fn table() -> Vec<u64> {
    vec![1; 10_000]
}

fn main() {
    let _profiler = dhat::Profiler::new_heap();
    let mut sum = 0;
    for round in 0..200 {
        sum += work(round);
        let session = open(round);
        sum += session.name.len() + session.values.len();
        if round == 100 {
            sum += table().len();
        }
        if round % 2 == 0 {
            Box::leak(session);
        }
    }
    println!("{sum}");
}
