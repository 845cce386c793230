//! Who asked for a block.

#[derive(Clone, Copy)]
pub(super) struct Site {
    /// The function, or a word that says that it is not known.
    pub function: &'static str,
    /// `file:line:column`, as the format wants it.
    pub place: &'static str,
}

/// An allocator is not told who calls it, and wasm has no way to find out.
#[cfg(not(all(feature = "backtrace", not(target_family = "wasm"))))]
pub(super) fn caller() -> Site {
    Site {
        function: "heap block",
        place: "unknown:0",
    }
}

#[cfg(all(feature = "backtrace", not(target_family = "wasm")))]
pub(super) use walked::caller;
#[cfg(all(feature = "backtrace", not(target_family = "wasm")))]
pub use walked::sample_call_sites;

#[cfg(all(feature = "backtrace", not(target_family = "wasm")))]
mod walked {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::sync::{Mutex, PoisonError};

    use super::Site;

    static EVERY: AtomicU64 = AtomicU64::new(1);
    static COUNT: AtomicU64 = AtomicU64::new(0);

    /// Takes the call site of each `every`-th allocation only, since walking the
    /// stack is what costs most. All allocations are still logged, with their
    /// sizes; the type of the others is `not sampled`. With 1, the default, all
    /// have a site; with 0 none.
    pub fn sample_call_sites(every: u64) {
        EVERY.store(every, Relaxed);
    }

    const NOT_SAMPLED: Site = Site {
        function: "not sampled",
        place: "unknown:0",
    };
    const UNKNOWN: Site = Site {
        function: "unknown function",
        place: "unknown:0",
    };

    /// What is known of an address in the code: `None` for one in the standard
    /// library, which allocates on behalf of others.
    static SITES: Mutex<Option<HashMap<usize, Option<Site>>>> = Mutex::new(None);

    pub fn caller() -> Site {
        let every = EVERY.load(Relaxed);
        if every == 0 || COUNT.fetch_add(1, Relaxed) % every != 0 {
            return NOT_SAMPLED;
        }
        let mut found = UNKNOWN;
        backtrace::trace(|frame| match site(frame) {
            Some(site) => {
                found = site;
                false
            }
            None => true,
        });
        found
    }

    fn site(frame: &backtrace::Frame) -> Option<Site> {
        let address = frame.ip().addr();
        let known = SITES
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_default()
            .get(&address)
            .copied();
        known.unwrap_or_else(|| {
            let site = resolve(frame);
            SITES
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_default()
                .insert(address, site);
            site
        })
    }

    /// Of the functions that were inlined there, the innermost of the program.
    fn resolve(frame: &backtrace::Frame) -> Option<Site> {
        let mut found = None;
        backtrace::resolve_frame(frame, |symbol| {
            if found.is_some() {
                return;
            }
            let Some(name) = symbol.name() else { return };
            // Without the hash, which is another in each build.
            let function = format!("{name:#}");
            if is_library(&function) {
                return;
            }
            let place = match (symbol.filename(), symbol.lineno()) {
                (Some(file), Some(line)) => format!(
                    "{}:{line}:{}",
                    file.display(),
                    symbol.colno().unwrap_or_default()
                ),
                _ => "unknown:0".to_owned(),
            };
            // There are as many as there are places in the program that allocate.
            found = Some(Site {
                function: function.leak(),
                place: place.leak(),
            });
        });
        found
    }

    fn is_library(function: &str) -> bool {
        let function = function.trim_start_matches(['<', '&', '[']);
        let of_crate = |name: &str| {
            function
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with("::"))
        };
        [
            "alloc",
            "core",
            "std",
            "hashbrown",
            "backtrace",
            "unfreed_probe",
        ]
        .into_iter()
        .any(of_crate)
            || function.starts_with("__rust")
            || function.starts_with("_R") && function.contains("___rust_")
            || function.contains("__rustc")
    }

    #[cfg(test)]
    mod tests {
        use super::is_library;

        #[test]
        fn functions_of_the_library_are_told_by_their_crate() {
            assert!(is_library(
                "<alloc::vec::Vec<T> as core::clone::Clone>::clone"
            ));
            assert!(is_library("alloc::raw_vec::RawVec<T,A>::grow_one"));
            assert!(is_library("__rust_alloc"));
            assert!(!is_library("allocator_test::main"));
            assert!(!is_library("<my::Type as core::clone::Clone>::clone"));
        }
    }
}
