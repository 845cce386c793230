//! A module made of another one to try its allocator: it imports nothing, runs
//! nothing when it is instantiated, and exports the functions of the allocator and
//! the memory. Functions that those do not call are left without a body.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{Encode, ExportKind, ExportSection, RawSection, SectionId};
use wasmparser::{BinaryReaderError, Parser, Payload, TypeRef};

use crate::allocator::{Allocator, Certainty, Kind, Member, Part};
use crate::module::Module;
use crate::role::{Role, Size};
use crate::scan::Scan;

/// A module to try an allocator with.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its bytes. It exports `malloc`, `free`, `realloc` if there is one, and
    /// `memory`.
    pub wasm: Vec<u8>,
    /// The functions that it exports, with what they have to be called with.
    pub functions: Vec<(Part, Vec<Argument>)>,
}

/// What a parameter of an allocator's function means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Bytes asked for.
    Size,
    /// A block.
    Pointer,
    /// A power of two.
    Alignment,
    /// Bytes that the block has.
    OldSize,
    /// The address of 512 bytes of zeros, which become the state of the heap.
    State,
}

impl Argument {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Argument::Size => "size",
            Argument::Pointer => "pointer",
            Argument::Alignment => "alignment",
            Argument::OldSize => "old size",
            Argument::State => "state",
        }
    }
}

/// Why an allocator cannot be tried.
#[derive(Clone, Debug, Error)]
pub enum Untried {
    /// What it is, other functions have to set up first.
    #[error("it has to be set up by constructors first")]
    Constructed,
    /// Its memory is one that threads share.
    #[error("its memory is shared by threads")]
    Shared,
    /// Its addresses have 64 bits.
    #[error("its memory has 64-bit addresses")]
    Wide,
    /// Values that it depends on come from outside.
    #[error("the module imports globals")]
    Globals,
    /// Its functions take what is not known.
    #[error("it is not known what function {function} takes")]
    Arguments {
        /// The function.
        function: u32,
    },
    /// The module cannot be read.
    #[error("the module cannot be read: {0}")]
    Malformed(#[from] BinaryReaderError),
    /// A type in it cannot be written.
    #[error("the module has a type that cannot be written: {0}")]
    Type(String),
}

/// Whether an allocator was found by what its functions look like, so that they
/// may be others.
#[must_use]
pub fn is_needed(allocator: &Allocator) -> bool {
    let by_shape = matches!(
        allocator.kind,
        Kind::RustDlmalloc | Kind::Dlmalloc | Kind::Emmalloc | Kind::WeeAlloc
    );
    let mut tried = allocator.members.iter().filter(|one| is_tried(one.part));
    by_shape && tried.any(|one| one.certainty < Certainty::Certain)
}

fn is_tried(part: Part) -> bool {
    matches!(part, Part::Malloc | Part::Free | Part::Realloc)
}

/// Makes the module.
///
/// # Errors
/// Why it cannot be made.
pub fn of(module: &Module<'_>, scan: &Scan, allocator: &Allocator) -> Result<Trial, Untried> {
    if allocator.kind == Kind::Emmalloc {
        return Err(Untried::Constructed);
    }
    let memory = module.memories.first();
    if memory.is_some_and(|memory| memory.shared) {
        return Err(Untried::Shared);
    }
    if module.is_64() {
        return Err(Untried::Wide);
    }
    if module.globals.iter().any(|global| global.imported) {
        return Err(Untried::Globals);
    }
    let mut members: Vec<&Member> = Vec::new();
    for member in &allocator.members {
        let is_first = members.iter().all(|one| one.part != member.part);
        if is_tried(member.part) && is_first {
            members.push(member);
        }
    }
    let mut functions = Vec::new();
    for member in &members {
        functions.push((member.part, arguments(module, allocator, member)?));
    }
    let roots = members.iter().map(|member| member.hook.function).collect();
    Ok(Trial {
        wasm: written(module, &members, &called(module, scan, roots))?,
        functions,
    })
}

/// What a function takes: its role tells where size and pointer stand, and the
/// make what stands around them.
fn arguments(
    module: &Module<'_>,
    allocator: &Allocator,
    member: &Member,
) -> Result<Vec<Argument>, Untried> {
    use Argument::{Alignment, OldSize, Pointer, Size as Bytes, State};
    let function = member.hook.function;
    let parameters = |function| {
        let signature = module.function_type(function);
        signature.map_or(0, |signature| signature.params().len())
    };
    let count = parameters(function);
    let place = |size| match size {
        Size::Parameter(place) => Some(place as usize),
        Size::Product(..) => None,
    };
    let unknown = || Untried::Arguments { function };
    let (pointer, size) = match member.hook.role {
        Role::Allocate { size } => (None, Some(place(size).ok_or_else(unknown)?)),
        Role::Free { pointer } => (Some(pointer as usize), None),
        Role::Reallocate { pointer, size } => (
            Some(pointer as usize),
            Some(place(size).ok_or_else(unknown)?),
        ),
        Role::AllocateInto { .. } => return Err(unknown()),
    };
    let wee_alloc = allocator.kind == Kind::WeeAlloc;
    let others: &[Argument] = match (member.part, count) {
        (Part::Malloc, 2) if wee_alloc => &[Alignment],
        // In the order that its malloc takes them in.
        (Part::Free, 3) if wee_alloc => match allocated_first(allocator) {
            true => &[Bytes, Alignment],
            false => &[Alignment, Bytes],
        },
        (Part::Malloc | Part::Free, 1) | (Part::Realloc, 2) => &[],
        (Part::Malloc | Part::Free, 2) | (Part::Realloc, 3) => &[State],
        (Part::Realloc, 4) => &[OldSize, Alignment],
        (Part::Realloc, 5) => &[State, OldSize, Alignment],
        _ => return Err(unknown()),
    };
    let mut others = others.iter().copied();
    let of_place = |at| match (Some(at) == pointer, Some(at) == size) {
        (true, _) => Some(Pointer),
        (_, true) => Some(Bytes),
        _ => others.next(),
    };
    let arguments: Option<Vec<Argument>> = (0..count).map(of_place).collect();
    arguments
        .filter(|_| others.next().is_none())
        .ok_or_else(unknown)
}

/// Whether malloc takes the size before the alignment.
fn allocated_first(allocator: &Allocator) -> bool {
    let malloc = allocator
        .members
        .iter()
        .find(|one| one.part == Part::Malloc);
    let role = malloc.map(|malloc| malloc.hook.role);
    let size = Size::Parameter(0);
    role == Some(Role::Allocate { size })
}

/// All functions that one of `roots` can call, however far, and those. An
/// indirect call may reach all whose address is taken.
fn called(module: &Module<'_>, scan: &Scan, roots: Vec<u32>) -> Vec<bool> {
    let mut called = vec![false; scan.bodies.len()];
    let mut found = roots;
    let mut addressed = Some(&module.addressed);
    while let Some(function) = found.pop() {
        match called.get_mut(function as usize) {
            Some(known) if !*known => *known = true,
            _ => continue,
        }
        let body = scan.body(function);
        found.extend(body.calls.iter().map(|call| call.function));
        if body.indirect_calls > 0 {
            found.extend(addressed.take().into_iter().flatten());
        }
    }
    called
}

/// A body that only traps: its size, no locals, `unreachable`, `end`.
const TRAPS: [u8; 4] = [3, 0, 0x00, 0x0b];

/// Sections of the new module, in the order in which they must stand.
const ORDER: [SectionId; 11] = [
    SectionId::Type,
    SectionId::Function,
    SectionId::Table,
    SectionId::Memory,
    SectionId::Tag,
    SectionId::Global,
    SectionId::Export,
    SectionId::Element,
    SectionId::DataCount,
    SectionId::Code,
    SectionId::Data,
];

fn written(module: &Module<'_>, members: &[&Member], called: &[bool]) -> Result<Vec<u8>, Untried> {
    let mut sections: HashMap<u8, Range<usize>> = HashMap::new();
    let mut imported: HashMap<u8, Items> = HashMap::new();
    for payload in Parser::new(0).parse_all(module.bytes) {
        let payload = payload?;
        if let Payload::ImportSection(reader) = payload {
            for import in reader.into_imports() {
                let (id, item) = defined(import?.ty)?;
                imported.entry(id as u8).or_default().add(&item);
            }
        } else if let Some((id, range)) = payload.as_section() {
            sections.insert(id, range.start as usize..range.end as usize);
        }
    }
    let mut new = wasm_encoder::Module::new();
    for id in ORDER {
        let section = sections.get(&(id as u8));
        let section = section.and_then(|range| module.bytes.get(range.clone()));
        let data = match id {
            SectionId::Export => {
                new.section(&exports(members));
                continue;
            }
            SectionId::Code => bodies(module, called),
            _ => match (imported.remove(&(id as u8)), section) {
                (Some(before), section) => before.followed_by(section.unwrap_or(&[0])),
                (None, Some(section)) => section.to_vec(),
                (None, None) => continue,
            },
        };
        new.section(&RawSection {
            id: id as u8,
            data: &data,
        });
    }
    Ok(new.finish())
}

/// The section that an import is defined in instead, and how. Globals have no
/// value to define them with.
fn defined(import: TypeRef) -> Result<(SectionId, Vec<u8>), Untried> {
    let mut item = Vec::new();
    let failed = |error: wasm_encoder::reencode::Error| Untried::Type(error.to_string());
    let id = match import {
        TypeRef::Func(index) | TypeRef::FuncExact(index) => {
            index.encode(&mut item);
            SectionId::Function
        }
        TypeRef::Table(table) => {
            let table = RoundtripReencoder.table_type(table).map_err(failed)?;
            table.encode(&mut item);
            SectionId::Table
        }
        TypeRef::Memory(memory) => {
            let memory = RoundtripReencoder.memory_type(memory).map_err(failed)?;
            memory.encode(&mut item);
            SectionId::Memory
        }
        TypeRef::Tag(tag) => {
            let tag = RoundtripReencoder.tag_type(tag).map_err(failed)?;
            tag.encode(&mut item);
            SectionId::Tag
        }
        TypeRef::Global(_) => return Err(Untried::Globals),
    };
    Ok((id, item))
}

fn exports(members: &[&Member]) -> ExportSection {
    let mut exports = ExportSection::new();
    for member in members {
        exports.export(member.part.name(), ExportKind::Func, member.hook.function);
    }
    exports.export("memory", ExportKind::Memory, 0);
    exports
}

/// The content of the code section.
fn bodies(module: &Module<'_>, called: &[bool]) -> Vec<u8> {
    let mut code = Vec::new();
    module.functions.len().encode(&mut code);
    for (number, function) in module.functions.iter().enumerate() {
        let is_called = called.get(number) == Some(&true);
        let body = function.body.clone().filter(|_| is_called);
        match body.and_then(|range| module.bytes.get(range)) {
            Some(body) => body.encode(&mut code),
            None => code.extend_from_slice(&TRAPS),
        }
    }
    code
}

/// Items of a section, without their count.
#[derive(Default)]
struct Items {
    count: u32,
    bytes: Vec<u8>,
}

impl Items {
    fn add(&mut self, item: &[u8]) {
        self.count += 1;
        self.bytes.extend_from_slice(item);
    }

    /// The content of a section with these items before those of `section`.
    fn followed_by(self, section: &[u8]) -> Vec<u8> {
        let digits = section.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let (count, items) = section.split_at(digits.min(section.len()));
        let count = count.iter().rev();
        let count = count.fold(0u32, |sum, byte| sum << 7 | u32::from(byte & 0x7f));
        let mut data = Vec::with_capacity(section.len() + self.bytes.len());
        self.count.saturating_add(count).encode(&mut data);
        data.extend(self.bytes);
        data.extend_from_slice(items);
        data
    }
}
