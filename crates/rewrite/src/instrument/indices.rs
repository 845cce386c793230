//! Where things are in the rewritten module.

use wasm_encoder::ValType;

use super::layout::Layout;

/// The functions that a rewritten module imports, by the names of their
/// imports. Parameters are pairs of 32 bits for what is an address or a size in
/// a 64-bit memory, and for contexts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Import {
    Allocate,
    Free,
    BeginReallocate,
    EndReallocate,
    Grow,
    /// Is given the function that reads globals, and how many it reads. Called
    /// once, before all others.
    Globals,
}

impl Import {
    pub const ALL: [Import; 6] = [
        Import::Allocate,
        Import::Free,
        Import::BeginReallocate,
        Import::EndReallocate,
        Import::Grow,
        Import::Globals,
    ];

    pub fn name(self, is_64: bool) -> &'static str {
        match (self, is_64) {
            (Import::Allocate, false) => "allocate",
            (Import::Allocate, true) => "allocate64",
            (Import::Free, false) => "free",
            (Import::Free, true) => "free64",
            (Import::BeginReallocate, false) => "begin_reallocate",
            (Import::BeginReallocate, true) => "begin_reallocate64",
            (Import::EndReallocate, false) => "end_reallocate",
            (Import::EndReallocate, true) => "end_reallocate64",
            (Import::Grow, false) => "grow",
            (Import::Grow, true) => "grow64",
            (Import::Globals, _) => "globals",
        }
    }

    /// Whether a context follows the addresses and sizes that it takes.
    pub fn has_context(self) -> bool {
        matches!(
            self,
            Import::Allocate | Import::EndReallocate | Import::Grow
        )
    }

    /// The types of its parameters.
    pub fn parameters(self, is_64: bool) -> Vec<ValType> {
        let addresses = match self {
            Import::Allocate | Import::EndReallocate | Import::Grow => 2,
            Import::Free | Import::BeginReallocate => 1,
            Import::Globals => return vec![ValType::FUNCREF, ValType::I32],
        };
        let words = addresses * if is_64 { 2 } else { 1 };
        vec![ValType::I32; words + if self.has_context() { 2 } else { 0 }]
    }
}

/// Indices of what was added, and where what was there has moved.
pub(super) struct Indices {
    imported_functions: u32,
    /// By [`Import`]: the imported function, if it is needed.
    imports: [Option<u32>; Import::ALL.len()],
    added_imports: u32,
    /// The global that holds the context.
    pub context: u32,
    /// The global that is not 0 within the allocator.
    pub depth: u32,
    /// The function that grows memory 0 and reports it.
    pub grow: u32,
    /// Its type.
    pub grow_type: u32,
    /// The type of the function that reads globals.
    pub reader_type: u32,
    /// The type of the start function.
    pub start_type: u32,
    /// The first of the types of blocks that stand around whole bodies, in the
    /// order of [`super::layout::Body::catches_at_end`].
    pub first_block_type: u32,
    /// The first of all functions that are added behind the module's own.
    pub first_added: u32,
}

impl Indices {
    pub fn new(layout: &Layout, needed: &[Import]) -> Indices {
        let mut imports = [None; Import::ALL.len()];
        for (number, import) in needed.iter().enumerate() {
            imports[*import as usize] = Some(layout.imported_functions + number as u32);
        }
        let grow_type = (layout.types.len() + needed.len()) as u32;
        let first_added = (layout.functions.len() + needed.len()) as u32;
        Indices {
            imported_functions: layout.imported_functions,
            imports,
            added_imports: needed.len() as u32,
            context: layout.global_count(),
            depth: layout.global_count() + 1,
            grow: first_added,
            grow_type,
            reader_type: grow_type + 1,
            start_type: grow_type + 2,
            first_block_type: grow_type + 3,
            first_added,
        }
    }

    /// Where a function of the original module is.
    pub fn function(&self, original: u32) -> u32 {
        match original < self.imported_functions {
            true => original,
            false => original + self.added_imports,
        }
    }

    /// An imported function, if the module needs it.
    pub fn import(&self, import: Import) -> Option<u32> {
        self.imports[import as usize]
    }
}
