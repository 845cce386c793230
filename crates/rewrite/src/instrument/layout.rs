//! What must be known of a whole module before its first byte is rewritten.

use wasmparser::{
    CompositeInnerType, ElementItems, Encoding, ExternalKind, FuncType, GlobalType, MemoryType,
    Operator, Parser, Payload, TypeRef, ValType,
};

use super::catches::Labels;
use super::error::InstrumentError;
use crate::globals;

/// Indices of a module and who calls whom.
#[derive(Default)]
pub(super) struct Layout {
    /// By type index; `None` for what is no function type.
    pub types: Vec<Option<FuncType>>,
    /// The type index of each function, imported ones first.
    pub functions: Vec<u32>,
    pub imported_functions: u32,
    /// Of each global, imported ones first: whether it is imported, its type, and
    /// whether it can change.
    globals: Vec<(bool, ValType, bool)>,
    /// Memories, imported ones counted.
    memories: u32,
    /// Memory 0 has 64-bit addresses.
    pub is_64: bool,
    /// Threads share memory 0.
    is_shared: bool,
    /// Functions that are exported, each once.
    pub exported: Vec<u32>,
    /// Functions that may be called through a table or a reference.
    pub escaping: Vec<u32>,
    /// Of each defined function.
    pub bodies: Vec<Body>,
    /// How many of them have a `try_table` that catches at their end.
    catching_ends: u32,
    /// The function that runs when the module is instantiated.
    pub start: Option<u32>,
}

/// What a function calls.
#[derive(Default)]
pub(super) struct Body {
    /// Functions, each once.
    pub calls: Vec<u32>,
    /// Types of functions called through a table or a reference, each once.
    pub call_types: Vec<u32>,
    /// It grows memory 0.
    pub grows: bool,
    /// Offsets of the loops at whose begin a `try_table` catches, ascending.
    pub catching_loops: Vec<u32>,
    /// Whether a `try_table` catches at the end of the function: the how-manieth
    /// such function it is.
    pub catches_at_end: Option<u32>,
}

/// The name of the custom section of a rewritten module, and of the module
/// that it imports from.
pub(super) const OWN_NAME: &str = "unfreed";

impl Layout {
    pub fn of(wasm: &[u8]) -> Result<Layout, InstrumentError> {
        let mut layout = Layout::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::Version {
                    encoding: Encoding::Component,
                    ..
                } => {
                    return Err(InstrumentError::Component);
                }
                Payload::CustomSection(section) if section.name() == OWN_NAME => {
                    return Err(InstrumentError::Already);
                }
                Payload::TypeSection(section) => {
                    for group in section {
                        for sub_type in group?.into_types() {
                            layout.types.push(match sub_type.composite_type.inner {
                                CompositeInnerType::Func(function) => Some(function),
                                _ => None,
                            });
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                                layout.functions.push(index);
                                layout.imported_functions += 1;
                            }
                            TypeRef::Global(global) => layout.global(true, global),
                            TypeRef::Memory(memory) => layout.memory(memory),
                            TypeRef::Table(_) | TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        layout.functions.push(index?);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        layout.memory(memory?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        if let wasmparser::TableInit::Expr(init) = table?.init {
                            layout.references(init.get_operators_reader())?;
                        }
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        layout.global(false, global.ty);
                        layout.references(global.init_expr.get_operators_reader())?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact) {
                            layout.exported.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => layout.start = Some(func),
                Payload::ElementSection(section) => {
                    for element in section {
                        match element?.items {
                            ElementItems::Functions(functions) => {
                                for function in functions {
                                    layout.escaping.push(function?);
                                }
                            }
                            ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    layout.references(expression?.get_operators_reader())?;
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let body = layout.body(body.get_operators_reader()?)?;
                    layout.bodies.push(body);
                }
                _ => {}
            }
        }
        for list in [&mut layout.exported, &mut layout.escaping] {
            list.sort_unstable();
            list.dedup();
        }
        Ok(layout)
    }

    fn global(&mut self, imported: bool, global: GlobalType) {
        let (value, mutable) = (global.content_type, global.mutable);
        self.globals.push((imported, value, mutable));
    }

    /// How many globals there are, imported ones counted.
    pub fn global_count(&self) -> u32 {
        self.globals.len() as u32
    }

    /// The globals whose values the recorder can ask for, and their types.
    pub fn read_globals(&self) -> Vec<(u32, ValType)> {
        if self.memories == 0 || self.bodies.is_empty() {
            return Vec::new();
        }
        globals::read(self.globals.iter().copied())
    }

    fn memory(&mut self, memory: MemoryType) {
        if self.memories == 0 {
            self.is_64 = memory.memory64;
            self.is_shared = memory.shared;
        }
        self.memories += 1;
    }

    /// Whether memory 0 may grow only where JavaScript does it for a function of
    /// the module, as in modules of Emscripten. Threads that share a memory would
    /// see one another's growth.
    pub fn grows_by_import(&self) -> bool {
        let grows_itself = self.bodies.iter().any(|body| body.grows);
        self.memories > 0 && self.imported_functions > 0 && !self.is_shared && !grows_itself
    }

    /// Notes the functions that an expression refers to.
    fn references(
        &mut self,
        mut reader: wasmparser::OperatorsReader<'_>,
    ) -> Result<(), InstrumentError> {
        while !reader.eof() {
            if let Operator::RefFunc { function_index } = reader.read()? {
                self.escaping.push(function_index);
            }
        }
        Ok(())
    }

    fn body(
        &mut self,
        mut reader: wasmparser::OperatorsReader<'_>,
    ) -> Result<Body, InstrumentError> {
        let mut body = Body::default();
        let mut labels = Labels::default();
        while !reader.eof() {
            let (operator, at) = reader.read_with_offset()?;
            labels.follow(&operator, at as u32);
            match operator {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    body.calls.push(function_index);
                }
                Operator::CallIndirect { type_index, .. }
                | Operator::ReturnCallIndirect { type_index, .. }
                | Operator::CallRef { type_index }
                | Operator::ReturnCallRef { type_index } => body.call_types.push(type_index),
                Operator::RefFunc { function_index } => self.escaping.push(function_index),
                Operator::MemoryGrow { mem: 0 } => body.grows = true,
                _ => {}
            }
        }
        for list in [
            &mut body.calls,
            &mut body.call_types,
            &mut labels.catching_loops,
        ] {
            list.sort_unstable();
            list.dedup();
        }
        body.catching_loops = labels.catching_loops;
        if labels.catches_at_end {
            body.catches_at_end = Some(self.catching_ends);
            self.catching_ends += 1;
        }
        Ok(body)
    }

    /// The signature of a function; `None` if there is no such function.
    pub fn signature(&self, function: u32) -> Option<&FuncType> {
        let type_index = self.functions.get(function as usize)?;
        self.types.get(*type_index as usize)?.as_ref()
    }

    /// What tells the types of an indirect call apart: the same for all types
    /// between which a call can match, whatever subtypes are declared. Numbers
    /// have no subtypes, so all references may be taken for one type.
    pub fn shape(&self, type_index: u32) -> Option<(Vec<ValType>, Vec<ValType>)> {
        let erase = |value: &ValType| match value {
            ValType::Ref(_) => ValType::FUNCREF,
            number => *number,
        };
        let function = self.types.get(type_index as usize)?.as_ref()?;
        Some((
            function.params().iter().map(erase).collect(),
            function.results().iter().map(erase).collect(),
        ))
    }
}
