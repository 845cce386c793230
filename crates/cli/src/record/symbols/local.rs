//! Files that a URL names, as far as they are on this machine and near a module.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a file that is read whole.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// The path of a `file:` URL, or of what is a path already; `None` for other
/// URLs and names that are no paths from the root.
pub fn path_of_url(url: &str) -> Option<PathBuf> {
    let path = match url.strip_prefix("file://") {
        Some(path) => PathBuf::from(decoded(path)),
        None => PathBuf::from(url),
    };
    path.is_absolute().then_some(path)
}

/// A file that a module in `folder` names by a relative URL. Links and `..` lead
/// nowhere else than into that folder: modules come from anybody.
pub fn beside(folder: &Path, url: &str) -> Option<PathBuf> {
    let is_relative = !url.is_empty() && !url.contains(':') && !url.starts_with('/');
    let folder = folder.canonicalize().ok()?;
    let plain = is_relative.then(|| folder.join(decoded(url)))?;
    let path = plain.canonicalize().ok()?;
    let is_below = path.starts_with(&folder) && path.is_file();
    is_below.then_some(path)
}

/// The bytes of a file, unless it is too large.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let size = fs::metadata(path).ok()?.len();
    let fits = size <= MAX_FILE_BYTES;
    fits.then(|| fs::read(path).ok())?
}

/// A URL's path with `%20` and the like replaced.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|byte| (*byte as char).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_files_are_paths() {
        let path = |url| path_of_url(url).map(|path| path.display().to_string());
        assert_eq!(path("file:///a%20b/c%.js").as_deref(), Some("/a b/c%.js"));
        assert_eq!(path("/a%20b.js").as_deref(), Some("/a%20b.js"));
        for url in ["node:fs", "https://host/a.js", "a.js", "", "[eval]"] {
            assert_eq!(path(url), None, "{url}");
        }
    }

    #[test]
    fn only_files_in_the_folder_are_beside() {
        let outer = tempfile::tempdir().expect("a folder");
        let folder = outer.path().join("pkg");
        fs::create_dir_all(folder.join("maps")).expect("a folder");
        for name in ["pkg/a b.map", "pkg/maps/c.map", "outside.map"] {
            fs::write(outer.path().join(name), "x").expect("written");
        }
        std::os::unix::fs::symlink(outer.path().join("outside.map"), folder.join("link.map"))
            .expect("a link");
        let is_beside = |url: &str| beside(&folder, url).is_some();
        assert!(is_beside("a%20b.map"));
        assert!(is_beside("./maps/c.map"));
        let absolute = folder.join("a b.map").display().to_string();
        for url in [
            "",
            ".",
            "maps",
            "missing.map",
            "../outside.map",
            "maps/../../outside.map",
            "link.map",
            "http://localhost/a b.map",
            "file:a b.map",
            absolute.as_str(),
        ] {
            assert!(!is_beside(url), "{url}");
        }
    }
}
