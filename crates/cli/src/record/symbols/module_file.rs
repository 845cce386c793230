//! The file that a module was loaded from. The recorder sees bytes only, and the
//! script that had them compiled.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use memchr::memmem;

use super::local::{path_of_url, read};

/// Levels of folders that are looked into below that of the script.
const DEPTH: u32 = 3;

/// Entries of folders that are looked at.
const MAX_ENTRIES: usize = 20_000;

/// First bytes of a module that are looked for in scripts; a multiple of 3, so
/// that base64 has no padding.
const EMBEDDED_BYTES: usize = 48;

/// Where a module comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum ModuleFile {
    /// It is this file.
    Wasm(PathBuf),
    /// This script has it in it, as base64.
    Script(PathBuf),
}

/// Looks for the file with these bytes: in the folder of the script that had
/// them compiled, in those below it, and in those beside it.
///
/// `origin` is `file:line:column` of the script, a path or a `file:` URL.
pub fn find(origin: &str, wasm: &[u8]) -> Option<ModuleFile> {
    let script = path_of_url(origin.rsplitn(3, ':').nth(2)?)?;
    let folder = script.parent()?;
    let text = read(&script).unwrap_or_default();
    let mut entries = MAX_ENTRIES;
    let mut near = |folder: &Path, depth| {
        let same = search(folder, depth, &mut entries, wasm);
        // Packages have copies of a module for different hosts.
        let named = same.iter().find(|file| names(&text, file));
        named.or(same.first()).cloned()
    };
    if let Some(file) = near(folder, DEPTH) {
        return Some(ModuleFile::Wasm(file));
    }
    if embeds(&text, wasm) {
        return Some(ModuleFile::Script(script));
    }
    near(folder.parent()?, DEPTH - 1).map(ModuleFile::Wasm)
}

/// The files with these bytes in one folder: this one, or the nearest below it
/// that has any.
fn search(folder: &Path, depth: u32, entries: &mut usize, wasm: &[u8]) -> Vec<PathBuf> {
    let mut folders = VecDeque::from([(folder.to_owned(), depth)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let Ok(found) = fs::read_dir(&folder) else {
            continue;
        };
        let mut found: Vec<fs::DirEntry> = found.flatten().take(*entries).collect();
        *entries -= found.len();
        found.sort_by_key(fs::DirEntry::file_name);
        let mut same = Vec::new();
        for entry in found {
            let path = entry.path();
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && (depth == 0 || is_hidden) => {}
                Ok(kind) if kind.is_dir() => folders.push_back((path, depth - 1)),
                Ok(_) if is_module(&path, wasm) => same.push(path),
                _ => {}
            }
        }
        if !same.is_empty() {
            return same;
        }
    }
    Vec::new()
}

/// Whether a script has the name of a file in it.
fn names(script: &[u8], file: &Path) -> bool {
    let name = file.file_name().map(|name| name.as_encoded_bytes());
    name.is_some_and(|name| {
        let mut found = memmem::find_iter(script, name);
        // `sql.wasm` is no part of `my-sql.wasm`.
        found.any(|at| at == 0 || matches!(script[at - 1], b'"' | b'\'' | b'`' | b'/'))
    })
}

fn is_module(path: &Path, wasm: &[u8]) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "wasm")
        && fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == wasm.len() as u64)
        && fs::read(path).is_ok_and(|bytes| bytes == wasm)
}

fn embeds(script: &[u8], wasm: &[u8]) -> bool {
    let begin = &wasm[..wasm.len().min(EMBEDDED_BYTES) / 3 * 3];
    let encoded = BASE64.encode(begin);
    memmem::find(script, encoded.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASM: &[u8] = b"\0asm\x01\0\0\0and more";

    /// A folder with these files.
    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
        folder
    }

    fn found(folder: &Path, script: &str) -> Option<String> {
        let origin = format!("{}:1:2", folder.join(script).display());
        find(&origin, WASM).map(|file| {
            let (kind, path) = match &file {
                ModuleFile::Wasm(path) => ("wasm", path),
                ModuleFile::Script(path) => ("script", path),
            };
            let path = path.strip_prefix(folder).expect("in the folder");
            format!("{kind} {}", path.display())
        })
    }

    #[test]
    fn the_file_is_near_the_script() {
        let folder = folder(&[
            ("pkg/glue.js", b""),
            ("pkg/a/other.wasm", b"\0asm\x01\0\0\0and less"),
            ("pkg/a/b/c/it.wasm", WASM),
            ("beside/it.txt", WASM),
            ("far/a/b/c/d/it.wasm", WASM),
            ("far/glue.js", b""),
        ]);
        let found = |script| found(folder.path(), script);
        assert_eq!(
            found("pkg/glue.js").as_deref(),
            Some("wasm pkg/a/b/c/it.wasm")
        );
        assert_eq!(
            found("pkg/a/b/glue.js").as_deref(),
            Some("wasm pkg/a/b/c/it.wasm")
        );
        assert_eq!(found("beside/app.js"), None);
        assert_eq!(found("far/glue.js"), None);
    }

    #[test]
    fn of_copies_the_script_names_the_right_one() {
        let folder = folder(&[
            ("sql.js", b"load('my-sql.wasm', \"sql.wasm\")"),
            ("a.wasm", WASM),
            ("-sql.wasm", WASM),
            ("sql.wasm", WASM),
        ]);
        let found = found(folder.path(), "sql.js");
        assert_eq!(found.as_deref(), Some("wasm sql.wasm"));
    }

    #[test]
    fn the_script_may_have_it_in_it() {
        let script = format!("load('{}')", BASE64.encode(WASM));
        let folder = folder(&[("pkg/glue.js", script.as_bytes()), ("it.wasm", WASM)]);
        let found = found(folder.path(), "pkg/glue.js");
        assert_eq!(found.as_deref(), Some("script pkg/glue.js"));
    }

    #[test]
    fn odd_origins_have_no_file() {
        for origin in [
            "",
            ":",
            "::",
            "node:fs:1:2",
            "app.js:1:2",
            "/:1:2",
            "file://:1:2",
        ] {
            assert_eq!(find(origin, WASM), None, "{origin}");
        }
    }
}
