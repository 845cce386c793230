//! The tables of a profile: each string, module, function and location once.

use std::collections::HashMap;

use super::message::{Function, Line, Location, Mapping};
use crate::export::frames::{Kind, Shown};

/// The tables so far. Ids count from 1, strings from 0.
#[derive(Default)]
pub(super) struct Tables {
    strings: HashMap<String, i64>,
    pub string_table: Vec<String>,
    modules: HashMap<String, u64>,
    pub mappings: Vec<Mapping>,
    functions: HashMap<(i64, i64), u64>,
    pub function_table: Vec<Function>,
    locations: HashMap<(u64, u64, Vec<Line>), u64>,
    pub location_table: Vec<Location>,
}

impl Tables {
    pub fn new() -> Tables {
        let mut tables = Tables::default();
        tables.string("");
        tables
    }

    pub fn string(&mut self, text: &str) -> i64 {
        if let Some(number) = self.strings.get(text) {
            return *number;
        }
        let number = self.string_table.len() as i64;
        self.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), number);
        number
    }

    /// The locations of a stack, innermost first: functions that were inlined are lines
    /// of the location that they were inlined into.
    pub fn stack(&mut self, frames: &[Shown]) -> Vec<u64> {
        let mut locations = Vec::new();
        let mut lines = Vec::new();
        for (place, frame) in frames.iter().enumerate() {
            lines.push(self.line(frame));
            if !frame.is_inlined || place + 1 == frames.len() {
                locations.push(self.location(frame, std::mem::take(&mut lines)));
            }
        }
        locations
    }

    fn line(&mut self, frame: &Shown) -> Line {
        let name = self.string(&frame.function);
        let filename = self.string(frame.file_or_module());
        let functions = &mut self.function_table;
        let function = *self.functions.entry((name, filename)).or_insert_with(|| {
            let id = functions.len() as u64 + 1;
            functions.push(Function {
                id,
                name,
                system_name: name,
                filename,
            });
            id
        });
        Line {
            function_id: function,
            line: i64::try_from(frame.line).unwrap_or_default(),
            column: i64::try_from(frame.column).unwrap_or_default(),
        }
    }

    fn location(&mut self, frame: &Shown, line: Vec<Line>) -> u64 {
        let address = u64::from(frame.offset.unwrap_or_default());
        let mapping = match frame.kind {
            Kind::Wasm | Kind::Machine => self.mapping(&frame.module, address),
            Kind::Js | Kind::Node | Kind::Place | Kind::Type => 0,
        };
        let locations = &mut self.location_table;
        let key = (mapping, address, line);
        *self.locations.entry(key).or_insert_with_key(|key| {
            let id = locations.len() as u64 + 1;
            locations.push(Location {
                id,
                mapping_id: key.0,
                address: key.1,
                line: key.2.clone(),
            });
            id
        })
    }

    /// The mapping of a module; 0 where none is named.
    fn mapping(&mut self, module: &str, address: u64) -> u64 {
        if module.is_empty() {
            return 0;
        }
        let filename = self.string(module);
        let mappings = &mut self.mappings;
        let id = *self.modules.entry(module.to_owned()).or_insert_with(|| {
            let id = mappings.len() as u64 + 1;
            mappings.push(Mapping {
                id,
                filename,
                // Nothing is left to be looked up.
                has_functions: true,
                has_filenames: true,
                has_line_numbers: true,
                has_inline_frames: true,
                ..Mapping::default()
            });
            id
        });
        if let Some(mapping) = mappings.get_mut(id as usize - 1) {
            mapping.memory_limit = mapping.memory_limit.max(address + 1);
        }
        id
    }
}
