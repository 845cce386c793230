//! Where the instructions of a module are in its source: by DWARF in the module
//! or in a file beside it, or else by a source map.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use data_encoding::BASE64;

use super::dwarf::{Dwarf, Placed};
use super::local;
use super::sections::Sections;
use super::source_map::SourceMap;

/// What is known of a module's source.
pub struct Source {
    /// Where the code section's contents begin.
    code: u32,
    dwarf: Option<Dwarf>,
    map: Option<SourceMap>,
}

impl Source {
    /// Reads what `wasm` has. `file` is where the module is; only what lies in
    /// its folder is looked at.
    pub fn of(wasm: &Rc<[u8]>, file: Option<&Path>) -> Source {
        let sections = Sections::of(wasm);
        let own = Dwarf::read(wasm, &sections);
        let dwarf = own.or_else(|| external_dwarf(wasm, &sections, file?));
        let map = match dwarf {
            Some(_) => None,
            None => source_map(wasm, &sections, file),
        };
        Source {
            code: sections.code.map_or(0, |code| code.start as u32),
            dwarf,
            map,
        }
    }

    /// What stands at an offset of the module, in a function with this body:
    /// functions that were inlined, and last the function itself. Empty if
    /// nothing is known.
    pub fn at(&self, offset: u32, body: Range<u32>) -> Vec<Placed> {
        if let Some(dwarf) = &self.dwarf {
            return match offset.checked_sub(self.code) {
                Some(address) => dwarf.at(u64::from(address)),
                None => Vec::new(),
            };
        }
        let place = self.map.as_ref().and_then(|map| map.at(offset, body));
        let placed = place.map(|place| Placed {
            function: None,
            place: Some(place),
        });
        placed.into_iter().collect()
    }
}

/// DWARF of the file that the module names, or of that whose name says so. It is
/// another link of the same code, so the code sections must be of one size.
fn external_dwarf(wasm: &[u8], sections: &Sections, file: &Path) -> Option<Dwarf> {
    let folder = file.parent()?;
    let named = sections.text(wasm, "external_debug_info");
    let stem = file.file_stem()?.to_str()?;
    let usual = [
        format!("{stem}.debug.wasm"),
        format!("{stem}.wasm.debug.wasm"),
    ];
    let names = named.into_iter().chain(usual.iter().map(String::as_str));
    names
        .filter_map(|name| local::beside(folder, name))
        .find_map(|path| {
            let bytes: Rc<[u8]> = local::read(&path)?.into();
            let other = Sections::of(&bytes);
            let fits = match (&sections.code, &other.code) {
                (Some(own), Some(other)) => own.len() == other.len(),
                // Tools may leave it out.
                (_, other) => other.is_none(),
            };
            fits.then(|| Dwarf::read(&bytes, &other))?
        })
}

fn source_map(wasm: &[u8], sections: &Sections, file: Option<&Path>) -> Option<SourceMap> {
    let url = sections.text(wasm, "sourceMappingURL")?;
    let folder = file.and_then(Path::parent);
    let (json, folder) = match url.strip_prefix("data:") {
        Some(data) => {
            let (kind, data) = data.split_once(',')?;
            let encoded = kind.ends_with(";base64").then_some(data)?;
            (BASE64.decode(encoded.as_bytes()).ok()?, folder)
        }
        None => {
            let path = local::beside(folder?, url)?;
            let json = local::read(&path)?;
            return SourceMap::read(&json, |root, source| located(path.parent(), root, source));
        }
    };
    SourceMap::read(&json, |root, source| located(folder, root, source))
}

/// Compilers write sources relative to the map, to its folder's parents, or to
/// where they ran. The file that is there is meant; if none is, the source is
/// called as it is written.
fn located(folder: Option<&Path>, root: &str, source: &str) -> String {
    let parents = folder.into_iter().flat_map(Path::ancestors).take(4);
    let mut candidates =
        parents.flat_map(|folder| [folder.join(root).join(source), folder.join(source)]);
    let there = candidates.find_map(|path| {
        let path = fs::canonicalize(path).ok()?;
        path.is_file().then_some(path)
    });
    there.map_or_else(|| source.to_owned(), |path| path.display().to_string())
}
