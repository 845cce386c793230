//! The rewritten module, section by section.

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, ElementSection, Elements, Encode, ExportSection,
    GlobalSection, GlobalType, Module, NameMap, NameSection, RawSection, SectionId, StartSection,
    TableSection, ValType,
};
use wasmparser::{CustomSectionReader, KnownCustom, Name, NameSectionReader, Parser, Payload};

use super::error::InstrumentError;
use super::functions::Functions;
use super::indices::{Import, Indices};
use super::layout::{Layout, OWN_NAME};

/// All that is added to a module.
pub(super) struct Additions<'a> {
    pub layout: &'a Layout,
    pub indices: &'a Indices,
    pub imports: &'a [Import],
    pub functions: &'a Functions,
    /// The content of the custom section.
    pub identity: &'a str,
}

/// A written module and where its code is.
pub(super) struct Written {
    pub wasm: Vec<u8>,
    /// The offset of the first byte of each body, behind its size.
    pub bodies: Vec<usize>,
}

/// Moves function indices; all else stays where it is.
struct Moved<'a> {
    indices: &'a Indices,
}

impl Reencode for Moved<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(self.indices.function(function))
    }
}

impl From<Error<Infallible>> for InstrumentError {
    fn from(error: Error<Infallible>) -> InstrumentError {
        match error {
            Error::ParseError(error) => InstrumentError::Malformed(error),
            other => InstrumentError::Section(other.to_string()),
        }
    }
}

/// The sections to which something is added, in the order in which they must
/// stand, each before all that follow it here.
const ORDER: [SectionId; 13] = [
    SectionId::Type,
    SectionId::Import,
    SectionId::Function,
    SectionId::Table,
    SectionId::Memory,
    SectionId::Tag,
    SectionId::Global,
    SectionId::Export,
    SectionId::Start,
    SectionId::Element,
    SectionId::DataCount,
    SectionId::Code,
    SectionId::Data,
];

impl Additions<'_> {
    /// Writes `wasm` with what is added.
    pub fn write(&self, wasm: &[u8]) -> Result<Written, InstrumentError> {
        let mut module = Module::new();
        let mut code = None;
        let mut passed = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            let section = section_of(&payload);
            if let Some(id) = section {
                passed = self.missing(passed, Some(id), &mut module)?;
            }
            match payload {
                Payload::TypeSection(reader) => {
                    let section = self.extended(wasm, reader.range(), reader.count());
                    self.types(section)?.write(SectionId::Type, &mut module);
                }
                Payload::ImportSection(reader) => {
                    let section = self.extended(wasm, reader.range(), reader.count());
                    self.imports(section).write(SectionId::Import, &mut module);
                }
                Payload::FunctionSection(reader) => {
                    let mut section = self.extended(wasm, reader.range(), reader.count());
                    for function in &self.functions.added {
                        function.type_index.encode(&mut section.items);
                        section.count += 1;
                    }
                    section.write(SectionId::Function, &mut module);
                }
                Payload::TableSection(reader) => {
                    let mut section = TableSection::new();
                    self.moved().parse_table_section(&mut section, reader)?;
                    module.section(&section);
                }
                Payload::GlobalSection(reader) => {
                    let mut section = GlobalSection::new();
                    self.moved().parse_global_section(&mut section, reader)?;
                    self.globals(section, &mut module);
                }
                Payload::ExportSection(reader) => {
                    let mut section = ExportSection::new();
                    for export in reader {
                        let export = export?;
                        let replaced = matches!(
                            export.kind,
                            wasmparser::ExternalKind::Func | wasmparser::ExternalKind::FuncExact
                        )
                        .then(|| self.functions.exports.get(&export.index))
                        .flatten();
                        match replaced {
                            Some(wrapper) => {
                                let kind = self.moved().export_kind(export.kind)?;
                                section.export(export.name, kind, *wrapper);
                            }
                            None => self.moved().parse_export(&mut section, export)?,
                        }
                    }
                    module.section(&section);
                }
                Payload::StartSection { func, .. } => {
                    let own = self.indices.function(func);
                    let function_index = self.functions.start.unwrap_or(own);
                    module.section(&StartSection { function_index });
                }
                Payload::ElementSection(reader) => {
                    let mut section = ElementSection::new();
                    self.moved().parse_element_section(&mut section, reader)?;
                    self.elements(section, &mut module);
                }
                Payload::CodeSectionStart { .. } => {
                    code = Some(self.code(&mut module));
                }
                Payload::CodeSectionEntry(_) | Payload::Version { .. } | Payload::End(_) => {}
                Payload::CustomSection(reader) => self.custom(&reader, &mut module),
                other => {
                    if let Some((id, range)) = other.as_section() {
                        let data = &wasm[range.start as usize..range.end as usize];
                        module.section(&RawSection { id, data });
                    }
                }
            }
        }
        self.missing(passed, None, &mut module)?;
        module.section(&CustomSection {
            name: OWN_NAME.into(),
            data: Cow::Borrowed(self.identity.as_bytes()),
        });
        Ok(Written {
            wasm: module.finish(),
            bodies: code.unwrap_or_default(),
        })
    }

    fn moved(&self) -> Moved<'_> {
        Moved {
            indices: self.indices,
        }
    }

    /// Writes those sections that the module lacks and something is added to,
    /// of those that stand between the first `passed` of [`ORDER`] and `next`.
    /// Returns how many are passed now.
    fn missing(
        &self,
        passed: usize,
        next: Option<SectionId>,
        module: &mut Module,
    ) -> Result<usize, InstrumentError> {
        let place = |id: SectionId| ORDER.iter().position(|held| *held as u8 == id as u8);
        let until = next.map_or(Some(ORDER.len()), place).unwrap_or(passed);
        for id in ORDER.get(passed..until).unwrap_or_default() {
            match id {
                SectionId::Type => self.types(Extended::default())?.write(*id, module),
                SectionId::Import => self.imports(Extended::default()).write(*id, module),
                SectionId::Global => self.globals(GlobalSection::new(), module),
                SectionId::Start => {
                    if let Some(function_index) = self.functions.start {
                        module.section(&StartSection { function_index });
                    }
                }
                SectionId::Element if self.functions.reader.is_some() => {
                    self.elements(ElementSection::new(), module);
                }
                _ => {}
            }
        }
        Ok((until + 1).max(passed))
    }

    /// A section as it is, to which items can be added.
    fn extended(&self, wasm: &[u8], range: std::ops::Range<u64>, count: u32) -> Extended {
        let section = &wasm[range.start as usize..range.end as usize];
        // The count before the items may be written with more bytes than it needs.
        let digits = section.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        Extended {
            count,
            items: section[digits..].to_vec(),
        }
    }

    fn types(&self, mut section: Extended) -> Result<Extended, InstrumentError> {
        for import in self.imports {
            section.function_type(&import.parameters(self.layout.is_64), &[]);
        }
        // Those of the function that grows, of the one that reads globals, and of
        // the start function.
        let address = match self.layout.is_64 {
            true => ValType::I64,
            false => ValType::I32,
        };
        section.function_type(&[address], &[address]);
        section.function_type(&[ValType::I32], &[ValType::I64]);
        section.function_type(&[], &[]);
        self.block_types(&mut section)?;
        Ok(section)
    }

    /// Types of blocks that stand around whole bodies and give what those give.
    fn block_types(&self, section: &mut Extended) -> Result<(), InstrumentError> {
        for (number, body) in self.layout.bodies.iter().enumerate() {
            if body.catches_at_end.is_none() {
                continue;
            }
            let function = self.layout.imported_functions + number as u32;
            let signature = self.layout.signature(function);
            let results = signature.map_or(&[][..], |found| found.results());
            let results = results.iter();
            let results: Vec<ValType> = results
                .map(|result| self.moved().val_type(*result))
                .collect::<Result<_, _>>()?;
            section.function_type(&[], &results);
        }
        Ok(())
    }

    fn imports(&self, mut section: Extended) -> Extended {
        for (number, import) in self.imports.iter().enumerate() {
            OWN_NAME.encode(&mut section.items);
            import.name(self.layout.is_64).encode(&mut section.items);
            let type_index = self.layout.types.len() + number;
            wasm_encoder::EntityType::Function(type_index as u32).encode(&mut section.items);
            section.count += 1;
        }
        section
    }

    fn globals(&self, mut section: GlobalSection, module: &mut Module) {
        for (val_type, zero) in [
            (ValType::I64, ConstExpr::i64_const(0)),
            (ValType::I32, ConstExpr::i32_const(0)),
        ] {
            let global_type = GlobalType {
                val_type,
                mutable: true,
                shared: false,
            };
            section.global(global_type, &zero);
        }
        module.section(&section);
    }

    /// A function may be referred to if it is declared.
    fn elements(&self, mut section: ElementSection, module: &mut Module) {
        if let Some(reader) = self.functions.reader {
            section.declared(Elements::Functions(Cow::Borrowed(&[reader])));
        }
        module.section(&section);
    }

    /// Writes all code; where each body begins.
    fn code(&self, module: &mut Module) -> Vec<usize> {
        let mut section = CodeSection::new();
        let added = self.functions.added.iter().map(|function| &function.body);
        let bodies = self.functions.own.iter().chain(added);
        let bodies: Vec<&[u8]> = bodies.map(|body| &body.bytes[..]).collect();
        for body in &bodies {
            section.raw(body);
        }
        module.section(&section);
        // The last body ends where the section does, and so each where the next
        // one's size begins.
        let mut end = module.len();
        let mut begins = Vec::with_capacity(bodies.len());
        for body in bodies.iter().rev() {
            let mut size = Vec::new();
            body.len().encode(&mut size);
            begins.push(end - body.len());
            end -= body.len() + size.len();
        }
        begins.reverse();
        begins
    }

    fn custom(&self, reader: &CustomSectionReader<'_>, module: &mut Module) {
        let is_of_code = |name: &str| {
            name.starts_with(".debug_")
                || name.starts_with("reloc.")
                || name.starts_with("metadata.code.")
                || name == "sourceMappingURL"
        };
        match reader.as_known() {
            // A name section that cannot be read names nothing.
            KnownCustom::Name(names) => {
                if let Ok(names) = self.names(names) {
                    module.section(&names);
                }
            }
            // It speaks of places in the code that are elsewhere now.
            _ if is_of_code(reader.name()) => {}
            _ => {
                module.section(&CustomSection {
                    name: reader.name().into(),
                    data: Cow::Borrowed(reader.data()),
                });
            }
        }
    }

    fn names(&self, section: NameSectionReader<'_>) -> Result<NameSection, InstrumentError> {
        let mut names = NameSection::new();
        for subsection in section {
            let Name::Function(held) = subsection? else {
                continue;
            };
            let mut functions = NameMap::new();
            let mut by_function = HashMap::new();
            for naming in held {
                let naming = naming?;
                functions.append(self.indices.function(naming.index), naming.name);
                by_function.insert(naming.index, naming.name);
            }
            for (number, added) in self.functions.added.iter().enumerate() {
                let name = added
                    .named_as
                    .and_then(|function| by_function.get(&function));
                if let Some(name) = name {
                    functions.append(self.indices.first_added + number as u32, name);
                }
            }
            names.functions(&functions);
        }
        Ok(names)
    }
}

/// A section without its count.
#[derive(Default)]
struct Extended {
    count: u32,
    items: Vec<u8>,
}

impl Extended {
    fn function_type(&mut self, parameters: &[ValType], results: &[ValType]) {
        self.items.push(0x60);
        for types in [parameters, results] {
            (types.len() as u32).encode(&mut self.items);
            for one in types {
                one.encode(&mut self.items);
            }
        }
        self.count += 1;
    }

    fn write(self, id: SectionId, module: &mut Module) {
        let mut data = Vec::with_capacity(self.items.len() + 5);
        self.count.encode(&mut data);
        data.extend_from_slice(&self.items);
        module.section(&RawSection {
            id: id as u8,
            data: &data,
        });
    }
}

fn section_of(payload: &Payload<'_>) -> Option<SectionId> {
    Some(match payload {
        Payload::TypeSection(_) => SectionId::Type,
        Payload::ImportSection(_) => SectionId::Import,
        Payload::FunctionSection(_) => SectionId::Function,
        Payload::TableSection(_) => SectionId::Table,
        Payload::MemorySection(_) => SectionId::Memory,
        Payload::TagSection(_) => SectionId::Tag,
        Payload::GlobalSection(_) => SectionId::Global,
        Payload::ExportSection(_) => SectionId::Export,
        Payload::StartSection { .. } => SectionId::Start,
        Payload::ElementSection(_) => SectionId::Element,
        Payload::DataCountSection { .. } => SectionId::DataCount,
        Payload::CodeSectionStart { .. } => SectionId::Code,
        Payload::DataSection(_) => SectionId::Data,
        _ => return None,
    })
}
