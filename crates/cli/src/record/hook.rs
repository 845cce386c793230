//! The files of the Node hook, which this program carries with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../js/src/", $name)) as &[u8])),*]
    };
}

/// All files of `js/src` that Node loads.
const FILES: &[(&str, &[u8])] = files![
    "check.cjs",
    "contexts.cjs",
    "crc32.cjs",
    "drain.cjs",
    "environment.cjs",
    "events.cjs",
    "events.wasm",
    "exit.cjs",
    "exports.cjs",
    "format.cjs",
    "hook.cjs",
    "imports.cjs",
    "instances.cjs",
    "lines.cjs",
    "marks.cjs",
    "memories.cjs",
    "numbering.cjs",
    "output.cjs",
    "pool.cjs",
    "process.cjs",
    "realms.cjs",
    "recorder.cjs",
    "rewrite.cjs",
    "sections.cjs",
    "signals.cjs",
    "stack.cjs",
    "start.cjs",
    "streaming.cjs",
    "timer.cjs",
    "webassembly.cjs",
    "workers.cjs",
];

/// The file that Node preloads.
const ENTRY: &str = "hook.cjs";

/// Puts the files where Node can load them, unless they are there, and says
/// where the one to preload is. Each version of them has a folder of its own.
pub fn unpack(cache: &Path) -> io::Result<PathBuf> {
    let mut digest = Sha256::new();
    for (name, bytes) in FILES {
        digest.update(name);
        digest.update(bytes);
    }
    let version: String = digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = cache.join(format!("hook-{version}"));
    if folder.join(ENTRY).is_file() {
        return Ok(folder.join(ENTRY));
    }
    // Another recording may do the same at the same time: the folder gets its
    // name when it is complete, and whoever is second finds it there.
    let unfinished = cache.join(format!("hook-{version}.{}.unfinished", std::process::id()));
    fs::create_dir_all(&unfinished)?;
    for (name, bytes) in FILES {
        fs::write(unfinished.join(name), bytes)?;
    }
    if fs::rename(&unfinished, &folder).is_err() {
        fs::remove_dir_all(&unfinished)?;
    }
    Ok(folder.join(ENTRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_that_node_loads_are_carried() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../js/src");
        let mut there: Vec<String> = fs::read_dir(folder)
            .expect("the folder of the hook")
            .map(|entry| entry.expect("a file").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".cjs") || name.ends_with(".wasm"))
            .collect();
        there.sort();
        let carried: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(carried, there);
    }
}
