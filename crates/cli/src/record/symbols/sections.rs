//! The parts of a module that say where its source is.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{Parser, Payload};

/// Byte ranges of a module's contents.
#[derive(Default)]
pub struct Sections {
    /// The contents of the code section, its count of functions included.
    pub code: Option<Range<usize>>,
    custom: HashMap<String, Range<usize>>,
}

impl Sections {
    /// Finds the sections; those behind one that cannot be read are missing.
    pub fn of(wasm: &[u8]) -> Sections {
        let mut sections = Sections::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::CodeSectionStart {
                    unchecked_range: range,
                    ..
                }) => sections.code = within(wasm, range),
                Ok(Payload::CustomSection(section)) => {
                    let end = section.range().end;
                    let begin = end - section.data().len() as u64;
                    if let Some(range) = within(wasm, begin..end) {
                        sections.custom.insert(section.name().to_owned(), range);
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        sections
    }

    /// The contents of a custom section, behind its name.
    pub fn custom(&self, name: &str) -> Option<Range<usize>> {
        self.custom.get(name).cloned()
    }

    /// The text that a custom section consists of, its length before it.
    pub fn text<'a>(&self, wasm: &'a [u8], name: &str) -> Option<&'a str> {
        let contents = wasm.get(self.custom(name)?)?;
        let mut reader = wasmparser::BinaryReader::new(contents, 0);
        reader.read_string().ok()
    }
}

fn within(wasm: &[u8], range: Range<u64>) -> Option<Range<usize>> {
    let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
    wasm.get(range.clone()).map(|_| range)
}
