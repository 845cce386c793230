//! Source lines from DWARF.
//!
//! Addresses are byte offsets from the beginning of the code section's contents
//! ("DWARF for WebAssembly", <https://yurydelendik.github.io/webassembly-dwarf/>).
//! Only the units that an address is in are read.

use std::rc::Rc;

use addr2line::Context;
use gimli::{EndianRcSlice, LittleEndian};

use super::sections::Sections;

/// DWARF of one module.
pub struct Dwarf {
    context: Context<EndianRcSlice<LittleEndian>>,
}

/// A function and a place in it, as far as they are known.
pub struct Placed {
    /// Its name as the linker has it, or as the source does.
    pub function: Option<String>,
    /// `file:line` or `file:line:column`.
    pub place: Option<String>,
}

impl Dwarf {
    /// `None` for a module without DWARF, or with one that cannot be read.
    pub fn read(wasm: &Rc<[u8]>, sections: &Sections) -> Option<Dwarf> {
        sections.custom(gimli::SectionId::DebugInfo.name())?;
        let all = EndianRcSlice::new(wasm.clone(), LittleEndian);
        let section = |id: gimli::SectionId| -> Result<_, gimli::Error> {
            Ok(all.range(sections.custom(id.name()).unwrap_or(0..0)))
        };
        let dwarf = gimli::Dwarf::load(section).ok()?;
        let context = Context::from_dwarf(dwarf).ok()?;
        Some(Dwarf { context })
    }

    /// What stands at an address: functions that were inlined there, each before
    /// that which it was inlined into, and last the function itself.
    pub fn at(&self, address: u64) -> Vec<Placed> {
        let mut found = Vec::new();
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else {
            return found;
        };
        while let Ok(Some(frame)) = frames.next() {
            let function = frame.function.as_ref().and_then(|name| {
                let name = name.raw_name().ok()?;
                Some(name.into_owned())
            });
            found.push(Placed {
                function,
                place: frame.location.as_ref().and_then(place),
            });
        }
        found
    }
}

/// A path without the steps that lead nowhere: `/src/./a.c` is `/src/a.c`.
fn without_dots(path: &str) -> String {
    let steps: Vec<&str> = path.split('/').filter(|step| *step != ".").collect();
    steps.join("/")
}

fn place(location: &addr2line::Location<'_>) -> Option<String> {
    let file = without_dots(location.file?);
    // Line 0 is for what the compiler made.
    let line = location.line.filter(|line| *line > 0)?;
    Some(match location.column.filter(|column| *column > 0) {
        Some(column) => format!("{file}:{line}:{column}"),
        None => format!("{file}:{line}"),
    })
}
