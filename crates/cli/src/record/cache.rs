//! Where rewritten modules are kept from one recording to the next.

use std::fs;
use std::path::{Path, PathBuf};

use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};

/// What was not used for so long is removed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The folder, which is created if it is not there: `unfreed` in the user's
/// folder for caches (XDG Base Directory Specification).
pub fn folder() -> anyhow::Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let caches = match (variable("XDG_CACHE_HOME"), variable("HOME")) {
        (Some(caches), _) => PathBuf::from(caches),
        (None, Some(home)) => PathBuf::from(home).join(".cache"),
        (None, None) => {
            bail!("neither XDG_CACHE_HOME nor HOME is set: there is no place for rewritten modules")
        }
    };
    let folder = std::path::absolute(caches)
        .context("cannot tell the current folder")?
        .join("unfreed");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Notes that a file of the cache is of use.
pub fn touch(file: &Path) {
    // Where that cannot be noted, the file is made again some day.
    if let Ok(opened) = fs::File::options().append(true).open(file) {
        let _ = opened.set_modified(SystemTime::now());
    }
}

/// Removes the files of modules that no recording has used for a month.
pub fn clean(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let is_old = || {
            let modified = entry.metadata().ok()?.modified().ok()?;
            Some(modified.elapsed().ok()? > KEPT)
        };
        let path = entry.path();
        let of_module = ["wasm", "json", "map", "original"];
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| of_module.contains(&extension))
            && is_old() == Some(true)
        {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_long_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let long_ago = SystemTime::now() - KEPT - Duration::from_secs(60);
        for name in ["old.wasm", "used.wasm", "old.txt"] {
            fs::write(path(name), b"").expect("written");
            let file = fs::File::options().append(true).open(path(name));
            file.expect("open").set_modified(long_ago).expect("set");
        }
        touch(&path("used.wasm"));
        clean(folder.path());
        assert!(!path("old.wasm").exists());
        assert!(path("used.wasm").exists() && path("old.txt").exists());
    }
}
