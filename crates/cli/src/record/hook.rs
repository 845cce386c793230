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
    "flush.cjs",
    "format.cjs",
    "garbage.cjs",
    "globals.cjs",
    "handles/closures.cjs",
    "handles/code.cjs",
    "handles/embind-patch.cjs",
    "handles/embind.cjs",
    "handles/glue.cjs",
    "handles/handles.cjs",
    "handles/loaders.cjs",
    "handles/module-sources.cjs",
    "handles/patch.cjs",
    "handles/registry.cjs",
    "handles/settle.cjs",
    "handles/slabs.cjs",
    "handles/stacks.cjs",
    "handles/stamp.cjs",
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
    "reading.cjs",
    "realms.cjs",
    "recorder.cjs",
    "rewrite.cjs",
    "sections.cjs",
    "signals.cjs",
    "snapshot.cjs",
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
        if let Some((folder, _)) = name.rsplit_once('/') {
            fs::create_dir_all(unfinished.join(folder))?;
        }
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
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../js/src");
        let mut there = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder of the hook") {
                let path = entry.expect("a file").path();
                let name = path.strip_prefix(&root).expect("a file in the folder");
                let name = name.to_string_lossy().into_owned();
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("cjs" | "wasm") => there.push(name),
                    _ if path.is_dir() => folders.push(path),
                    _ => {}
                }
            }
        }
        there.sort();
        let carried: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(carried, there);
    }
}
