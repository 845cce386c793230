//! A module as JSON, for programs. Names are those of the module, unchanged.

use serde::Serialize;
use unfreed_rewrite::allocator::{Allocator, Member};
use unfreed_rewrite::role::{Role, Size};

use super::Inspected;

#[derive(Serialize)]
struct Shown<'a> {
    version: u32,
    file: &'a str,
    bytes: usize,
    producers: Vec<Producer<'a>>,
    functions: Functions,
    memories: Vec<Memory>,
    features: &'a [&'static str],
    custom_sections: Vec<Custom<'a>>,
    memory_grow: Vec<Grower<'a>>,
    allocators: Vec<Found<'a>>,
    /// Why there is no allocator; null if there is one.
    no_allocator: Option<String>,
}

#[derive(Serialize)]
struct Producer<'a> {
    field: &'a str,
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Functions {
    all: usize,
    imported: u32,
    exported: usize,
    named: usize,
}

#[derive(Serialize)]
struct Memory {
    imported: bool,
    pages: u64,
    maximum_pages: Option<u64>,
    shared: bool,
    address_bits: u32,
}

#[derive(Serialize)]
struct Custom<'a> {
    name: &'a str,
    bytes: usize,
    damaged: bool,
}

#[derive(Serialize)]
struct Grower<'a> {
    function: u32,
    name: Option<&'a str>,
    places: u32,
}

#[derive(Serialize)]
struct Found<'a> {
    kind: String,
    certainty: String,
    notes: &'a [String],
    hooks: Vec<Hooked<'a>>,
}

#[derive(Serialize)]
struct Hooked<'a> {
    part: &'static str,
    function: u32,
    name: Option<&'a str>,
    direct_callers: usize,
    role: ShownRole,
    certainty: String,
    evidence: &'a str,
}

/// The role of a function; members are numbers of parameters, from 0.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "does")]
enum ShownRole {
    Allocate { size: Vec<u32> },
    Free { pointer: u32 },
    Reallocate { pointer: u32, size: Vec<u32> },
    AllocateInto { out: u32, size: Vec<u32> },
}

pub fn show(inspected: &Inspected<'_>) -> serde_json::Result<String> {
    let module = inspected.module;
    let shown = Shown {
        version: 1,
        file: &inspected.file,
        bytes: module.bytes.len(),
        producers: producers(inspected),
        functions: Functions {
            all: module.functions.len(),
            imported: module.imported_functions,
            exported: module.exported_functions().count(),
            named: module.named_functions(),
        },
        memories: memories(inspected),
        features: &inspected.scan.features,
        custom_sections: custom_sections(inspected),
        memory_grow: growers(inspected),
        allocators: inspected
            .found
            .allocators
            .iter()
            .map(|one| found(inspected, one))
            .collect(),
        no_allocator: inspected.found.reason.map(|reason| reason.to_string()),
    };
    let mut text = serde_json::to_string_pretty(&shown)?;
    text.push('\n');
    Ok(text)
}

fn producers<'a>(inspected: &'a Inspected<'_>) -> Vec<Producer<'a>> {
    let all = inspected.module.producers.iter();
    all.map(|one| Producer {
        field: one.field,
        name: one.name,
        version: one.version,
    })
    .collect()
}

fn memories(inspected: &Inspected<'_>) -> Vec<Memory> {
    let all = inspected.module.memories.iter();
    all.map(|one| Memory {
        imported: one.imported,
        pages: one.initial,
        maximum_pages: one.maximum,
        shared: one.shared,
        address_bits: if one.is_64 { 64 } else { 32 },
    })
    .collect()
}

fn custom_sections<'a>(inspected: &'a Inspected<'_>) -> Vec<Custom<'a>> {
    let all = inspected.module.custom_sections.iter();
    all.map(|one| Custom {
        name: one.name,
        bytes: one.size,
        damaged: one.damaged,
    })
    .collect()
}

fn growers<'a>(inspected: &'a Inspected<'_>) -> Vec<Grower<'a>> {
    let all = inspected.scan.growers();
    all.map(|function| Grower {
        function,
        name: inspected.module.function_name(function),
        places: inspected.scan.body(function).memory_grow,
    })
    .collect()
}

fn found<'a>(inspected: &'a Inspected<'_>, allocator: &'a Allocator) -> Found<'a> {
    let members = allocator.members.iter();
    Found {
        kind: allocator.kind.to_string(),
        certainty: allocator.certainty.to_string(),
        notes: &allocator.notes,
        hooks: members.map(|one| hooked(inspected, one)).collect(),
    }
}

fn hooked<'a>(inspected: &'a Inspected<'_>, member: &'a Member) -> Hooked<'a> {
    let function = member.hook.function;
    Hooked {
        part: member.part.name(),
        function,
        name: inspected.module.function_name(function),
        direct_callers: inspected.scan.callers(function).len(),
        role: role(member.hook.role),
        certainty: member.certainty.to_string(),
        evidence: &member.evidence,
    }
}

fn role(role: Role) -> ShownRole {
    match role {
        Role::Allocate { size } => ShownRole::Allocate { size: places(size) },
        Role::Free { pointer } => ShownRole::Free { pointer },
        Role::Reallocate { pointer, size } => ShownRole::Reallocate {
            pointer,
            size: places(size),
        },
        Role::AllocateInto { out, size } => ShownRole::AllocateInto {
            out,
            size: places(size),
        },
    }
}

/// One parameter, or two whose product is the size.
fn places(size: Size) -> Vec<u32> {
    match size {
        Size::Parameter(place) => vec![place],
        Size::Product(count, size) => vec![count, size],
    }
}
