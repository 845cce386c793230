//! Where rewritten modules are kept from one recording to the next.

use std::path::PathBuf;

use anyhow::{Context, bail};

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
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
