//! Tells the functions of allocators by what their bodies look like, for
//! modules without names. The constants are those of the sources: dlmalloc
//! serves requests below 245 bytes from small bins and refuses those above
//! `MAX_REQUEST`; they survive every optimiser seen.

use crate::scan::Body;

use super::{Search, operands};

/// The largest requests that dlmalloc of Rust serves, by version.
const RUST_MAX_REQUEST: [i32; 3] = [-65587, -65588, -65544];

/// The largest request that dlmalloc of C serves, and one more.
const C_MAX_REQUEST: [i32; 2] = [-65, -64];

/// Masks that dlmalloc takes the flags off a chunk's size with.
const SIZE_MASKS: [i32; 4] = [-8, -9, -16, -4];

/// More bytes than a free, realloc or memalign has; about 1,700 were the most
/// seen.
const LARGEST_PART: u32 = 4000;

/// Which dlmalloc a function belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The crate.
    Rust,
    /// The C source.
    C,
}

impl Dialect {
    /// Whether it refuses requests that are too large.
    fn refuses(self, body: &Body) -> bool {
        match self {
            Dialect::Rust => body.constants.has_any(&RUST_MAX_REQUEST) || is_small(body),
            Dialect::C => body.constants.has_any(&C_MAX_REQUEST),
        }
    }

    /// Whether it rounds a request up to the size of a chunk.
    fn rounds(self, body: &Body) -> bool {
        body.constants.has(11) || (self == Dialect::Rust && is_small(body))
    }
}

/// Whether it computes the largest request that the crate serves at run time:
/// so do builds for small size, which do not inline the rounding of sizes.
fn is_small(body: &Body) -> bool {
    body.constants.has_all(&[-65536, -9, 8, 16, 20])
}

/// Functions that look like malloc of the crate `dlmalloc`, those that are
/// called from most functions first.
pub fn rust_mallocs(search: &Search<'_>) -> Vec<u32> {
    called(search, |function, body| {
        body.constants.has(245)
            && Dialect::Rust.refuses(body)
            && (search.has_signature(function, 1, 1) || search.has_signature(function, 2, 1))
    })
}

/// Functions that look like malloc of dlmalloc in C.
pub fn c_mallocs(search: &Search<'_>) -> Vec<u32> {
    called(search, |function, _| is_c_malloc(search, function))
}

/// Whether a function looks like malloc of dlmalloc in C.
pub fn is_c_malloc(search: &Search<'_>, function: u32) -> bool {
    let body = search.scan.body(function);
    body.constants.has_all(&[-65, 11])
        && body.constants.has_any(&[244, 245, 236, -16])
        && body.bytes > 1500
        && body.loops > 5
        && search.has_signature(function, 1, 1)
}

/// Functions that look like malloc of emmalloc.
pub fn emmallocs(search: &Search<'_>) -> Vec<u32> {
    called(search, |function, _| is_emmalloc(search, function))
}

/// Whether a function looks like malloc of emmalloc, which may take an
/// alignment before the size.
pub fn is_emmalloc(search: &Search<'_>, function: u32) -> bool {
    let constants = search.scan.body(function).constants;
    let plain = constants.has(-57) && search.has_signature(function, 1, 1);
    let aligned = !constants.has(-2) && search.has_signature(function, 2, 1);
    constants.has_all(&[30, 63, 71, 99, 110, 127]) && (plain || aligned)
}

/// Functions that look like realloc of emmalloc.
pub fn emmalloc_realloc(search: &Search<'_>, malloc: u32, free: u32) -> Option<u32> {
    let fits = |function: &u32| {
        let body = search.scan.body(*function);
        body.constants.has_all(&[-2, 30, 63, 71, 110, 127])
            && body.calls(free)
            && (search.has_signature(*function, 2, 1) || search.has_signature(*function, 3, 1))
    };
    let callers = search.scan.callers(malloc).iter().copied();
    most_called(search, callers.filter(fits))
}

/// Functions that look like free of emmalloc.
pub fn emmalloc_frees(search: &Search<'_>) -> Vec<u32> {
    called(search, |function, body| {
        body.constants.has_all(&[-2, 30, 63, 71, 110, 127]) && search.has_signature(function, 1, 0)
    })
}

/// The realloc that goes with `malloc`: it calls malloc and something shaped
/// like free.
pub fn realloc(search: &Search<'_>, malloc: u32, dialect: Dialect) -> Option<u32> {
    let parameters = search.parameters(malloc);
    let counts: &[usize] = match (dialect, parameters) {
        (Dialect::C, _) => &[2],
        (Dialect::Rust, 1) => &[4, 2],
        (Dialect::Rust, _) => &[3, 4, 5],
    };
    let fits = |function: &u32| {
        let body = search.scan.body(*function);
        dialect.refuses(body)
            && dialect.rounds(body)
            && body.constants.has_any(&SIZE_MASKS)
            && body.bytes < LARGEST_PART
            && counts
                .iter()
                .any(|count| search.has_signature(*function, *count, 1))
            && frees_called_by(search, *function, malloc).next().is_some()
            && (dialect == Dialect::Rust || hands_on_its_size(search, *function, malloc))
    };
    most_called(
        search,
        search.scan.callers(malloc).iter().copied().filter(fits),
    )
}

/// Whether the size that a realloc of C gets is what it asks malloc for when
/// there is no block yet. A function into which realloc was inlined may take
/// other addresses and sizes than it, such as those behind a header of its own.
fn hands_on_its_size(search: &Search<'_>, realloc: u32, malloc: u32) -> bool {
    let places = operands::handed_on(search.module, realloc, malloc);
    places.iter().any(|locals| locals[..] == [1])
}

/// A function without the signature of realloc into which it was inlined: it
/// refuses what malloc refuses, calls malloc and free.
pub fn inlined_realloc(
    search: &Search<'_>,
    malloc: u32,
    free: u32,
    dialect: Dialect,
) -> Option<u32> {
    let fits = |function: &u32| {
        let body = search.scan.body(*function);
        dialect.refuses(body) && dialect.rounds(body) && body.calls(free)
    };
    search.scan.callers(malloc).iter().copied().find(fits)
}

/// The free that goes with `malloc`, of those that `realloc` calls.
pub fn free(search: &Search<'_>, malloc: u32, realloc: u32) -> Option<u32> {
    most_called(search, frees_called_by(search, realloc, malloc))
}

/// A free of Rust where no realloc is linked in: shaped like it, and calls a
/// function that takes a chunk out of its bin, as malloc or memalign do.
pub fn lone_rust_free(search: &Search<'_>, malloc: u32, aligned: &[u32]) -> Option<u32> {
    let parameters = search.parameters(malloc);
    let takes_chunk = |function: u32| search.has_signature(function, parameters + 1, 0);
    let helpers = |function: &u32| {
        let calls = search.scan.body(*function).calls.iter();
        let functions = calls.map(|call| call.function);
        functions
            .filter(|function| takes_chunk(*function))
            .collect::<Vec<u32>>()
    };
    let mut shared = helpers(&malloc);
    for direct in aligned.iter().flat_map(helpers) {
        shared.extend(helpers(&direct));
        shared.push(direct);
    }
    let found = called(search, |function, body| {
        is_free_of(search, function, malloc)
            && body.constants.has_all(&[3, 256])
            && body.bytes < LARGEST_PART
            && shared.iter().any(|helper| body.calls(*helper))
    });
    found.first().copied()
}

/// A free of C where no realloc is linked in.
pub fn lone_c_free(search: &Search<'_>) -> Option<u32> {
    let found = called(search, |function, body| {
        body.constants.has_all(&[-8, -2, 3, 31])
            && body.constants.has_any(&[62, 245_760])
            && body.constants.has_any(&[255, 256, -4095])
            && (2..=5).contains(&body.loops)
            && body.bytes > 1000
            && !body.constants.has(11)
            && search.has_signature(function, 1, 0)
    });
    found.first().copied()
}

/// Whether a function is shaped like the free that goes with `malloc`.
pub fn is_free_of(search: &Search<'_>, function: u32, malloc: u32) -> bool {
    let body = search.scan.body(function);
    search.has_signature(function, search.parameters(malloc), 0)
        && body.bytes > 300
        && body.constants.has(-8)
}

/// The other callers of malloc that refuse large requests and give back what
/// lies before and behind an aligned block, with one parameter more than malloc
/// (memalign) or two (`posix_memalign`).
pub fn aligned(search: &Search<'_>, malloc: u32, dialect: Dialect, more: usize) -> Vec<u32> {
    let parameters = search.parameters(malloc);
    let trims = |body: &Body| {
        body.calls
            .iter()
            .any(|call| call.sites >= 2 && search.has_signature(call.function, parameters + 1, 0))
    };
    // A function into which realloc was inlined has the other signs, too.
    let calls_free = |function: u32| frees_called_by(search, function, malloc).next().is_some();
    let fits = |function: &u32| {
        let body = search.scan.body(*function);
        dialect.refuses(body)
            && dialect.rounds(body)
            && (is_small(body) || body.constants.has_all(&[-8, 3, 16]))
            && body.bytes < LARGEST_PART
            && trims(body)
            && search.has_signature(*function, parameters + more, 1)
            && (dialect == Dialect::Rust || !calls_free(*function))
    };
    let callers = search.scan.callers(malloc).iter().copied();
    callers.filter(fits).collect()
}

/// Functions that look like the alloc and the dealloc of `wee_alloc`, which
/// keeps free lists for sizes up to 256 words of four bytes.
pub fn wee_alloc(search: &Search<'_>) -> Option<(u32, u32)> {
    let twice = |function: u32, parameters: usize, results: usize| {
        let calls = search.scan.body(function).calls.iter();
        let mut fitting = calls.filter(|call| {
            call.sites == 2 && search.has_signature(call.function, parameters, results)
        });
        fitting.next().is_some()
    };
    let words = |body: &Body| body.constants.has_all(&[2, 3, 256]);
    let allocs = called(search, |function, body| {
        words(body) && search.has_signature(function, 2, 1) && twice(function, 6, 1)
    });
    let deallocs = called(search, |function, body| {
        words(body) && search.has_signature(function, 3, 0) && twice(function, 4, 0)
    });
    Some((*allocs.first()?, *deallocs.first()?))
}

fn frees_called_by(search: &Search<'_>, realloc: u32, malloc: u32) -> impl Iterator<Item = u32> {
    let calls = search.scan.body(realloc).calls.iter();
    calls
        .map(|call| call.function)
        .filter(move |function| is_free_of(search, *function, malloc))
}

/// The functions that fit and are called directly, those that are called from
/// most functions first.
fn called(search: &Search<'_>, fits: impl Fn(u32, &Body) -> bool) -> Vec<u32> {
    let mut found: Vec<u32> = search
        .defined()
        .filter(|function| fits(*function, search.scan.body(*function)))
        .filter(|function| !search.scan.callers(*function).is_empty())
        .collect();
    found.sort_by_key(|function| std::cmp::Reverse(search.scan.callers(*function).len()));
    found
}

fn most_called(search: &Search<'_>, functions: impl Iterator<Item = u32>) -> Option<u32> {
    functions.max_by_key(|function| search.scan.callers(*function).len())
}
