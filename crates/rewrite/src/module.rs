//! The sections of a module, read in one pass. Bodies are left as byte ranges;
//! [`crate::scan`] reads them.

use std::ops::Range;

use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, Encoding, ExternalKind, FuncType, Imports,
    KnownCustom, Name, Operator, Parser, Payload, TypeRef, ValType,
};

use crate::error::ModuleError;

/// A module, with names that borrow from its bytes.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// All bytes of the module.
    pub bytes: &'a [u8],
    /// The types by index; `None` for those that are not of functions.
    pub types: Vec<Option<FuncType>>,
    /// All functions, imported ones first.
    pub functions: Vec<Function<'a>>,
    /// All imports, in their order.
    pub imports: Vec<Import<'a>>,
    /// All exports, in their order.
    pub exports: Vec<Export<'a>>,
    /// All memories, imported ones first.
    pub memories: Vec<Memory>,
    /// All globals, imported ones first.
    pub globals: Vec<Global>,
    /// The functions whose address is taken by an element segment or a global,
    /// sorted, each once.
    pub addressed: Vec<u32>,
    /// The function that runs when the module is instantiated.
    pub start: Option<u32>,
    /// What made the module, from its `producers` section.
    pub producers: Vec<Producer<'a>>,
    /// The custom sections, in their order.
    pub custom_sections: Vec<CustomSection<'a>>,
    /// How many functions come from outside.
    pub imported_functions: u32,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function<'a> {
    /// The index of its type, which is that of a function type.
    pub type_index: u32,
    /// The bytes of its body in the module, locals included; `None` if it is
    /// imported.
    pub body: Option<Range<usize>>,
    /// Its name in the name section, as it is written there.
    pub name: Option<&'a str>,
}

/// Something that comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import<'a> {
    /// The module that it is imported from.
    pub module: &'a str,
    /// Its name there.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
}

/// Something that is given to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its index among all of that kind.
    pub index: u32,
}

/// What an import or export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag of an exception.
    Tag,
}

/// A linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Whether it comes from outside.
    pub imported: bool,
    /// Pages at the start.
    pub initial: u64,
    /// Pages that it may grow to; `None` if the module sets no limit.
    pub maximum: Option<u64>,
    /// Whether threads share it.
    pub shared: bool,
    /// Whether addresses have 64 bits.
    pub is_64: bool,
}

/// A global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global {
    /// Whether it comes from outside.
    pub imported: bool,
    /// Its type.
    pub value: ValType,
    /// Whether it can change.
    pub mutable: bool,
}

/// One entry of the `producers` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer<'a> {
    /// What it did, such as `processed-by`.
    pub field: &'a str,
    /// Its name, such as `rustc`.
    pub name: &'a str,
    /// Its version, which may be empty.
    pub version: &'a str,
}

/// A custom section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomSection<'a> {
    /// Its name.
    pub name: &'a str,
    /// Bytes of its content.
    pub size: usize,
    /// Whether what is known of its format could not be read to its end.
    /// Engines accept such modules; what was read before is kept.
    pub damaged: bool,
}

impl<'a> Module<'a> {
    /// Reads all sections of a module in one pass. Bodies are not looked into,
    /// and the module is not validated.
    ///
    /// # Errors
    /// Bytes that are no core module, or whose sections cannot be read.
    pub fn parse(bytes: &'a [u8]) -> Result<Module<'a>, ModuleError> {
        if !bytes.starts_with(b"\0asm") {
            let found = bytes.get(..4).unwrap_or(bytes).to_vec();
            return Err(ModuleError::NotWasm { found });
        }
        // A component says so by its layer; wasmparser is built without them.
        if bytes.get(6..8) == Some(&[1, 0]) {
            return Err(ModuleError::Component);
        }
        let mut reading = Reading::new(bytes);
        for payload in Parser::new(0).parse_all(bytes) {
            reading.payload(payload?)?;
        }
        reading.finish()
    }

    /// The type of a function; `None` if there is no such function.
    #[must_use]
    pub fn function_type(&self, function: u32) -> Option<&FuncType> {
        let function = self.functions.get(function as usize)?;
        self.types.get(function.type_index as usize)?.as_ref()
    }

    /// The name of a function in the name section, as it is written there.
    #[must_use]
    pub fn function_name(&self, function: u32) -> Option<&'a str> {
        self.functions.get(function as usize)?.name
    }

    /// The exported functions.
    pub fn exported_functions(&self) -> impl Iterator<Item = &Export<'a>> {
        self.exports
            .iter()
            .filter(|export| export.kind == Kind::Function)
    }

    /// How many functions have a name in the name section.
    #[must_use]
    pub fn named_functions(&self) -> usize {
        let named = |function: &&Function<'_>| function.name.is_some();
        self.functions.iter().filter(named).count()
    }

    /// Whether a pointer has 64 bits: the first memory decides.
    #[must_use]
    pub fn is_64(&self) -> bool {
        self.memories.first().is_some_and(|memory| memory.is_64)
    }

    /// Whether an element segment or a global takes the address of a function.
    #[must_use]
    pub fn is_addressed(&self, function: u32) -> bool {
        self.addressed.binary_search(&function).is_ok()
    }
}

/// A module of which some sections have been read.
struct Reading<'a> {
    module: Module<'a>,
    bodies: Vec<Range<usize>>,
    names: Vec<(u32, &'a str)>,
}

impl<'a> Reading<'a> {
    fn new(bytes: &'a [u8]) -> Reading<'a> {
        let module = Module {
            bytes,
            types: Vec::new(),
            functions: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            addressed: Vec::new(),
            start: None,
            producers: Vec::new(),
            custom_sections: Vec::new(),
            imported_functions: 0,
        };
        Reading {
            module,
            bodies: Vec::new(),
            names: Vec::new(),
        }
    }

    fn payload(&mut self, payload: Payload<'a>) -> Result<(), ModuleError> {
        match payload {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return Err(ModuleError::Component),
            Payload::TypeSection(section) => {
                for group in section {
                    let types = group?.into_types();
                    self.module
                        .types
                        .extend(types.map(|one| match one.composite_type.inner {
                            CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        }));
                }
            }
            Payload::ImportSection(section) => self.imports(section)?,
            Payload::FunctionSection(section) => {
                for type_index in section {
                    self.function(type_index?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.module.memories.push(memory_of(memory?, false));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    self.module.globals.push(global_of(global.ty, false));
                    self.addresses(&global.init_expr)?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.module.exports.push(Export {
                        name: export.name,
                        kind: kind_of_export(export.kind),
                        index: export.index,
                    });
                }
            }
            Payload::StartSection { func, .. } => self.module.start = Some(func),
            Payload::ElementSection(section) => self.elements(section)?,
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                self.bodies.push(range.start as usize..range.end as usize);
            }
            Payload::CustomSection(section) => self.custom(&section),
            Payload::UnknownSection { id, range, .. } => {
                return Err(ModuleError::Malformed {
                    offset: range.start,
                    message: format!("expected a section id up to 13, found {id}"),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn function(&mut self, type_index: u32) {
        self.module.functions.push(Function {
            type_index,
            body: None,
            name: None,
        });
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'a>) -> Result<(), ModuleError> {
        for group in section {
            match group? {
                Imports::Single(_, import) => self.import(import.module, import.name, import.ty),
                Imports::Compact1 { module, items } => {
                    for item in items {
                        let item = item?;
                        self.import(module, item.name, item.ty);
                    }
                }
                Imports::Compact2 { module, ty, names } => {
                    for name in names {
                        self.import(module, name?, ty);
                    }
                }
            }
        }
        self.module.imported_functions = self.module.functions.len() as u32;
        Ok(())
    }

    fn import(&mut self, module: &'a str, name: &'a str, of: TypeRef) {
        let kind = match of {
            TypeRef::Func(type_index) | TypeRef::FuncExact(type_index) => {
                self.function(type_index);
                Kind::Function
            }
            TypeRef::Table(_) => Kind::Table,
            TypeRef::Memory(memory) => {
                self.module.memories.push(memory_of(memory, true));
                Kind::Memory
            }
            TypeRef::Global(global) => {
                self.module.globals.push(global_of(global, true));
                Kind::Global
            }
            TypeRef::Tag(_) => Kind::Tag,
        };
        self.module.imports.push(Import { module, name, kind });
    }

    fn elements(
        &mut self,
        section: wasmparser::ElementSectionReader<'a>,
    ) -> Result<(), ModuleError> {
        for segment in section {
            match segment?.items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        self.module.addressed.push(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions {
                        self.addresses(&expression?)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn addresses(&mut self, expression: &ConstExpr<'a>) -> Result<(), ModuleError> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.module.addressed.push(function_index);
            }
        }
        Ok(())
    }

    fn custom(&mut self, section: &wasmparser::CustomSectionReader<'a>) {
        let read = match section.as_known() {
            KnownCustom::Name(names) => self.names(names),
            KnownCustom::Producers(producers) => self.producers(producers),
            _ => Ok(()),
        };
        self.module.custom_sections.push(CustomSection {
            name: section.name(),
            size: section.data().len(),
            damaged: read.is_err(),
        });
    }

    fn names(&mut self, section: wasmparser::NameSectionReader<'a>) -> wasmparser::Result<()> {
        for subsection in section {
            if let Name::Function(functions) = subsection? {
                for naming in functions {
                    let naming = naming?;
                    self.names.push((naming.index, naming.name));
                }
            }
        }
        Ok(())
    }

    fn producers(
        &mut self,
        section: wasmparser::ProducersSectionReader<'a>,
    ) -> wasmparser::Result<()> {
        for field in section {
            let field = field?;
            for value in field.values {
                let value = value?;
                self.module.producers.push(Producer {
                    field: field.name,
                    name: value.name,
                    version: value.version,
                });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Module<'a>, ModuleError> {
        let mut module = self.module;
        let defined = module.imported_functions as usize;
        let declared = module.functions.len() - defined;
        if declared != self.bodies.len() {
            return Err(ModuleError::BodyCount {
                declared,
                bodies: self.bodies.len(),
            });
        }
        for (function, body) in module.functions.iter_mut().skip(defined).zip(self.bodies) {
            function.body = Some(body);
        }
        for (index, name) in self.names {
            if let Some(function) = module.functions.get_mut(index as usize) {
                function.name = Some(name);
            }
        }
        module.addressed.sort_unstable();
        module.addressed.dedup();
        check(&module)?;
        Ok(module)
    }
}

/// Indices that the rest relies on.
fn check(module: &Module<'_>) -> Result<(), ModuleError> {
    for (index, function) in module.functions.iter().enumerate() {
        let found = module.types.get(function.type_index as usize);
        if !matches!(found, Some(Some(_))) {
            return Err(ModuleError::FunctionType {
                function: index as u32,
                found: function.type_index,
                types: module.types.len(),
            });
        }
    }
    let functions = module.functions.len();
    let exported = module
        .exported_functions()
        .map(|export| (format!("export {:?}", export.name), export.index));
    let start = module
        .start
        .map(|start| ("the start section".to_owned(), start));
    for (place, found) in exported.chain(start) {
        if found as usize >= functions {
            return Err(ModuleError::FunctionIndex {
                place,
                found,
                functions,
            });
        }
    }
    Ok(())
}

fn memory_of(memory: wasmparser::MemoryType, imported: bool) -> Memory {
    Memory {
        imported,
        initial: memory.initial,
        maximum: memory.maximum,
        shared: memory.shared,
        is_64: memory.memory64,
    }
}

fn global_of(global: wasmparser::GlobalType, imported: bool) -> Global {
    Global {
        imported,
        value: global.content_type,
        mutable: global.mutable,
    }
}

fn kind_of_export(kind: ExternalKind) -> Kind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => Kind::Function,
        ExternalKind::Table => Kind::Table,
        ExternalKind::Memory => Kind::Memory,
        ExternalKind::Global => Kind::Global,
        ExternalKind::Tag => Kind::Tag,
    }
}
