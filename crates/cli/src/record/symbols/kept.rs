//! The files that `unfreed instrument` left of a module.

use std::fs;
use std::path::{Path, PathBuf};

use crate::record::cache;

/// Those of one rewriting: another version of unfreed rewrites otherwise, and its
/// map leads to other places.
pub struct Kept {
    /// Without extension.
    stem: Option<PathBuf>,
}

impl Kept {
    /// Looks for a module in `cache`, by the first digits of its hash.
    pub fn new(cache: &Path, id: &str, version: &str) -> Kept {
        let ending = format!("-{version}");
        let entries = fs::read_dir(cache).into_iter().flatten().flatten();
        let mut stems = entries.map(|entry| entry.path().with_extension(""));
        let is_it = |stem: &PathBuf| {
            let name = stem.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(id) && name.ends_with(&ending))
        };
        Kept {
            stem: stems.find(is_it),
        }
    }

    /// What one of the files has in it; `None` if it is not there.
    pub fn read(&self, extension: &str) -> Option<Vec<u8>> {
        let file = self.stem.as_ref()?.with_extension(extension);
        let content = fs::read(&file).ok()?;
        cache::touch(&file);
        Some(content)
    }
}
