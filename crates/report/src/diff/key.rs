//! What types and stacks are known by in two builds of a program.
//!
//! Offsets, lines, columns, indices of functions and folders differ from build to
//! build, and so are in no key. A stack is the names of the program's functions: those
//! of allocators and libraries that asked for the memory, and those of Node around the
//! program, are left out. A function without a name is known by its file; how many of
//! them a stack has, and what calls them, still tells stacks apart. Stacks that are the
//! same then add up.

use std::collections::HashMap;
use std::rc::Rc;

use unfreed_events::fold::{is_anonymous, is_told, label, owner};
use unfreed_events::stacks::{Frame, FrameId, FrameKind, StackId};
use unfreed_events::{Names, SiteId};

use super::function::function;
use crate::paths::short;
use crate::sections::own_frames;
use crate::view::View;

/// What a stack is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackKey {
    /// What it allocates.
    pub type_name: String,
    /// Its functions, the one that asked for the memory first. Of a site that is known by
    /// its place only, the file.
    pub frames: Vec<String>,
}

/// Makes keys of the sites of a run.
pub(super) struct Keys<'a> {
    view: &'a View<'a>,
    frames: HashMap<FrameId, Rc<str>>,
}

impl<'a> Keys<'a> {
    pub fn new(view: &'a View<'a>) -> Keys<'a> {
        Keys {
            view,
            frames: HashMap::new(),
        }
    }

    pub fn of(&mut self, site: SiteId) -> StackKey {
        let names = self.view.names;
        let type_name = self.view.site_type(site);
        let Some(stack) = names.stack_of(site) else {
            return StackKey {
                type_name: type_name.to_owned(),
                frames: vec![file(names.location(site).file())],
            };
        };
        let ids = ids(stack, names);
        let frames: Vec<Frame<'_>> = ids.iter().filter_map(|id| names.frame(*id)).collect();
        let own = own_frames(&frames);
        StackKey {
            type_name: type_of(type_name, &frames),
            frames: own
                .map(|at| self.frame(ids[at], &frames[at]).to_string())
                .collect(),
        }
    }

    fn frame(&mut self, id: FrameId, frame: &Frame<'_>) -> Rc<str> {
        if let Some(known) = self.frames.get(&id) {
            return Rc::clone(known);
        }
        let name: Rc<str> = name(frame).into();
        self.frames.insert(id, Rc::clone(&name));
        name
    }
}

/// In a recording types are called after functions.
fn type_of(type_name: &str, frames: &[Frame<'_>]) -> String {
    match owner(frames) {
        Some(frame) if type_name == label(frames) => name(frame),
        _ => type_name.to_owned(),
    }
}

fn name(frame: &Frame<'_>) -> String {
    let is_native = frame.kind == FrameKind::Native;
    if !is_anonymous(frame) && (is_native || is_told(frame)) {
        return function(frame.function);
    }
    let place = frame.place.map(without_line);
    match file(place.unwrap_or(frame.module)).as_str() {
        "" => "(unnamed)".to_owned(),
        file => format!("(unnamed) {file}"),
    }
}

/// The frames of a stack, innermost first.
fn ids(stack: StackId, names: &Names) -> Vec<FrameId> {
    let mut next = Some(stack);
    std::iter::from_fn(|| {
        let (frame, caller) = names.stack(next?)?;
        next = caller;
        Some(frame)
    })
    .collect()
}

/// A file as it is called on any machine: within its package, or as it is if its path is
/// relative, or else by its name. Where a recording was made plays no role.
fn file(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = short(&path, "");
    let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    without_hashes(match path.rsplit_once('/') {
        Some((_, name)) if is_absolute => name,
        _ => &path,
    })
}

/// `app.js` of `app.js:12:34`.
fn without_line(place: &str) -> &str {
    let is_line = |c: char| c.is_ascii_digit() || c == ':';
    let file = place.trim_end_matches(is_line);
    match place[file.len()..].starts_with(':') {
        true => file,
        // The name of the file ends with digits.
        false => match place[file.len()..].find(':') {
            Some(at) => &place[..file.len() + at],
            None => place,
        },
    }
}

/// A path in which `*` stands for each run of eight or more hexadecimal digits, one of
/// them decimal: bundlers put the hash of a file's content into its name, and a module
/// without a file is called by its hash.
fn without_hashes(path: &str) -> String {
    const LEAST: usize = 8;
    let mut written = String::with_capacity(path.len());
    let mut rest = path;
    while !rest.is_empty() {
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let is_hash = word.len() >= LEAST
            && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            && word.bytes().any(|byte| byte.is_ascii_digit());
        written.push_str(if is_hash { "*" } else { word });
        let next = behind.find(is_word).unwrap_or(behind.len());
        written.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_as_on_any_machine() {
        for (path, expected) in [
            ("/home/a/app/src/a.js", "a.js"),
            ("file:///home/a/app/a.mjs", "a.mjs"),
            ("/home/a/app/node_modules/x/y.js", "node_modules/x/y.js"),
            ("C:\\app\\node_modules\\x\\y.js", "node_modules/x/y.js"),
            ("C:\\app\\y.js", "y.js"),
            ("src/lib.rs", "src/lib.rs"),
            ("app.wasm", "app.wasm"),
            ("", ""),
        ] {
            assert_eq!(file(path), expected);
        }
    }

    #[test]
    fn lines_and_columns_are_no_part_of_a_file() {
        for (place, expected) in [
            ("app.js:12:34", "app.js"),
            ("/a/app.js:12", "/a/app.js"),
            ("lib2:7", "lib2"),
            ("lib2", "lib2"),
            ("node:internal/x:1:2", "node:internal/x"),
        ] {
            assert_eq!(without_line(place), expected);
        }
    }

    #[test]
    fn hashes_in_names_of_files_are_no_part_of_them() {
        for (path, expected) in [
            ("assets/index-4f3a2b1c.js", "assets/index-*.js"),
            ("glue.js#0a1b2c3d", "glue.js#*"),
            ("0a1b2c3d.wasm", "*.wasm"),
            ("src/facade.rs", "src/facade.rs"),
            ("plonk_wasm_bg.wasm", "plonk_wasm_bg.wasm"),
            ("é/0a1b2c3dé", "é/*é"),
        ] {
            assert_eq!(without_hashes(path), expected);
        }
    }
}
