//! Leak checks for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::watch::{Live, Running};
use crate::{events, thread};

/// Objects of one type and site.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leak {
    /// The name of the type.
    pub type_name: &'static str,
    /// Where they were made: `file:line:column`.
    pub site: String,
    /// How many.
    pub objects: u64,
    /// Their bytes together, as measured last.
    pub bytes: u64,
}

/// What a piece of code made and did not drop.
#[derive(Debug, Clone)]
pub struct Leaks {
    found: Vec<Leak>,
    log: String,
}

/// Runs `f` and says which tracked objects it made and did not drop. What it
/// returns is dropped first.
///
/// Only objects that the calling thread makes are looked at, since other tests run
/// in other threads; they may be dropped anywhere. See
/// [`leaks_in_all_threads`].
///
/// ```
/// use unfreed_probe::{Tracked, leaks};
///
/// let leaks = leaks(|| {
///     let kept = Tracked::new(vec![0_u8; 1000]);
///     std::mem::forget(kept);
///     let dropped = Tracked::new(vec![0_u8; 500]);
/// });
/// assert_eq!(leaks.objects(), 1);
/// ```
pub fn leaks<R>(f: impl FnOnce() -> R) -> Leaks {
    watched(thread::number(), f)
}

/// The same, for objects that any thread makes meanwhile. In a test that
/// calls it nothing else may run: `cargo test -- --test-threads=1`, or a test
/// binary of its own.
pub fn leaks_in_all_threads<R>(f: impl FnOnce() -> R) -> Leaks {
    watched(None, f)
}

fn watched<R>(thread: Option<u64>, f: impl FnOnce() -> R) -> Leaks {
    let running = Running::start(thread);
    drop(f());
    let seen = running.end();
    Leaks {
        found: by_site(seen.live.values()),
        log: seen.log,
    }
}

fn by_site<'a>(live: impl Iterator<Item = &'a Live>) -> Vec<Leak> {
    let mut sites: BTreeMap<(&'static str, String), (u64, u64)> = BTreeMap::new();
    for object in live {
        let site = (object.name, object.at.to_string());
        let (objects, bytes) = sites.entry(site).or_default();
        *objects += 1;
        *bytes += object.bytes as u64;
    }
    let mut found: Vec<Leak> = sites
        .into_iter()
        .map(|((type_name, site), (objects, bytes))| Leak {
            type_name,
            site,
            objects,
            bytes,
        })
        .collect();
    found.sort_by_key(|leak| std::cmp::Reverse(leak.bytes));
    found
}

impl Leaks {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What is left, by type and site; the most bytes first.
    #[must_use]
    pub fn by_site(&self) -> &[Leak] {
        &self.found
    }

    /// How many objects are left.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.found.iter().map(|leak| leak.objects).sum()
    }

    /// The bytes of what is left, as measured last.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.found.iter().map(|leak| leak.bytes).sum()
    }

    /// The lines of what was watched, for `unfreed analyze`.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Writes the log to a new file in `folder` and says which.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save(&self, folder: &Path) -> io::Result<PathBuf> {
        save(&self.log, folder)
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (objects, bytes) = (self.objects(), self.bytes());
        write!(f, "{} never dropped, {bytes} bytes", count(objects))?;
        for leak in &self.found {
            write!(
                f,
                "\n{:>10} x {}, {} bytes, made at {}",
                leak.objects, leak.type_name, leak.bytes, leak.site
            )?;
        }
        Ok(())
    }
}

fn count(objects: u64) -> String {
    format!(
        "{objects} object{} {}",
        if objects == 1 { "" } else { "s" },
        if objects == 1 { "was" } else { "were" }
    )
}

fn save(log: &str, folder: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!("unfreed-{}-{number}.log", std::process::id()));
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, log)?;
    Ok(path)
}

/// What each of several runs of the same code left.
#[derive(Debug, Clone)]
pub struct Iterations {
    types: Vec<Growth>,
    log: String,
}

/// How the live objects of one type changed from run to run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Growth {
    /// The name of the type.
    pub type_name: &'static str,
    /// By how many objects each run changed what is live.
    pub objects: Vec<i64>,
    /// By how many bytes.
    pub bytes: Vec<i64>,
}

impl Growth {
    /// Whether each run after the first left more of them, in objects or bytes.
    /// What the first run leaves may be set up once.
    #[must_use]
    pub fn is_systematic(&self) -> bool {
        let grows = |changes: &[i64]| {
            let after_first = changes.get(1..).unwrap_or_default();
            !after_first.is_empty() && after_first.iter().all(|change| *change > 0)
        };
        grows(&self.objects) || grows(&self.bytes)
    }
}

/// Runs `f` for `n` times and says by how much each run changed what is live of
/// each type. Only objects that the calling thread makes are looked at.
///
/// ```
/// use unfreed_probe::{Tracked, leaks_per_iteration};
///
/// let mut cache = None;
/// let runs = leaks_per_iteration(5, || {
///     cache.get_or_insert_with(|| Tracked::new(String::from("set up once")));
/// });
/// runs.assert_none_systematic();
/// ```
pub fn leaks_per_iteration<R>(n: usize, mut f: impl FnMut() -> R) -> Iterations {
    let running = Running::start(thread::number());
    let mut types: BTreeMap<&'static str, Growth> = BTreeMap::new();
    let mut before = BTreeMap::new();
    for run in 0..n {
        events::mark(&format!("run {run}"));
        drop(f());
        let after = levels(&running.live());
        for name in before.keys().chain(after.keys()) {
            let growth = types.entry(name).or_insert_with(|| Growth {
                type_name: name,
                objects: vec![0; run],
                bytes: vec![0; run],
            });
            if growth.objects.len() > run {
                continue;
            }
            let (was, is) = (level(&before, name), level(&after, name));
            growth.objects.push(is.0 - was.0);
            growth.bytes.push(is.1 - was.1);
        }
        before = after;
        for growth in types.values_mut() {
            growth.objects.resize(run + 1, 0);
            growth.bytes.resize(run + 1, 0);
        }
    }
    events::mark("end");
    Iterations {
        types: types.into_values().collect(),
        log: running.end().log,
    }
}

type Levels = BTreeMap<&'static str, (i64, i64)>;

fn levels(live: &BTreeMap<u64, Live>) -> Levels {
    let mut levels = Levels::new();
    for object in live.values() {
        let (objects, bytes) = levels.entry(object.name).or_default();
        *objects += 1;
        *bytes += object.bytes as i64;
    }
    levels
}

fn level(levels: &Levels, name: &str) -> (i64, i64) {
    levels.get(name).copied().unwrap_or_default()
}

impl Iterations {
    /// Each type of which anything was left by any run.
    #[must_use]
    pub fn types(&self) -> &[Growth] {
        &self.types
    }

    /// The types of which each run after the first leaves more.
    pub fn systematic(&self) -> impl Iterator<Item = &Growth> {
        self.types.iter().filter(|growth| growth.is_systematic())
    }

    /// The lines of what was watched, a mark before each run and one at the end,
    /// for `unfreed analyze`.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Panics if a type grows in each run after the first, and says by how much.
    /// The log is saved in the folder for temporary files.
    ///
    /// # Panics
    ///
    /// If one does.
    #[track_caller]
    pub fn assert_none_systematic(&self) {
        if self.systematic().next().is_some() {
            let saved = saved(&self.log, &std::env::temp_dir());
            panic!("{self}\n{saved}");
        }
    }
}

impl fmt::Display for Iterations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut growing = self.systematic().peekable();
        if growing.peek().is_none() {
            return write!(f, "no type grows in each run");
        }
        write!(f, "these types grow in each run after the first:")?;
        for growth in growing {
            write!(
                f,
                "\n  {}: objects {:+?}, bytes {:+?}",
                growth.type_name, growth.objects, growth.bytes
            )?;
        }
        Ok(())
    }
}

fn saved(log: &str, folder: &Path) -> String {
    match save(log, folder) {
        Ok(path) => format!("the log: unfreed analyze {}", path.display()),
        Err(error) => format!(
            "the log could not be saved in {}: {error}",
            folder.display()
        ),
    }
}

/// What [`assert_no_leaks!`](crate::assert_no_leaks) calls. `folder` is where the
/// log goes, or that for temporary files.
#[doc(hidden)]
#[track_caller]
pub fn assert_none(leaks: &Leaks, folder: Option<&str>) {
    if !leaks.is_empty() {
        let folder = folder.map_or_else(std::env::temp_dir, PathBuf::from);
        let saved = saved(&leaks.log, &folder);
        panic!("{leaks}\n{saved}");
    }
}

/// Runs a closure, and panics if it leaves tracked objects behind that it made,
/// with their types, sites and bytes. The log is saved: in the folder that
/// Cargo gives to integration tests, else in that for temporary files. See
/// [`leaks`](crate::leaks) for what is looked at.
///
/// ```should_panic
/// use unfreed_probe::{Tracked, assert_no_leaks};
///
/// assert_no_leaks!(|| {
///     let rows = Tracked::new(vec![0_u64; 100]);
///     std::mem::forget(rows);
/// });
/// // 1 object was never dropped, 824 bytes
/// //          1 x alloc::vec::Vec<u64>, 824 bytes, made at src/….rs:6:16
/// // the log: unfreed analyze /tmp/unfreed-4711-0.log
/// ```
#[macro_export]
macro_rules! assert_no_leaks {
    ($closure:expr $(,)?) => {
        $crate::__private::assert_none(
            &$crate::leaks($closure),
            ::core::option_env!("CARGO_TARGET_TMPDIR"),
        )
    };
}
