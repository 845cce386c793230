//! A module on one screen.

use unfreed_report::{Document, Section, Table, Units, to_text};
use unfreed_rewrite::allocator::{Allocator, Kind, Part, readable};
use unfreed_rewrite::module::Memory;
use unfreed_rewrite::role::{Role, Size};

use super::Inspected;

/// How many names a line lists.
const LISTED: usize = 6;

/// How many functions of an allocator are shown.
const MEMBERS: usize = 16;

const PAGE: u64 = 65536;

pub fn show(inspected: &Inspected<'_>) -> String {
    let mut sections = vec![module(inspected)];
    let allocators = &inspected.found.allocators;
    for (number, allocator) in allocators.iter().enumerate() {
        let title = match allocators.len() {
            1 => "Allocator".to_owned(),
            _ => format!("Allocator {}", number + 1),
        };
        sections.push(section(inspected, title, allocator));
    }
    sections.push(recording(inspected));
    to_text(&Document {
        headline: headline(inspected),
        sections,
    })
}

fn headline(inspected: &Inspected<'_>) -> Vec<String> {
    let size = Units::Auto.size(inspected.module.bytes.len() as u64);
    let file = readable(&inspected.file);
    let module = format!("{file}: WebAssembly module, {size}");
    let answer = match (
        inspected.found.allocators.as_slice(),
        inspected.found.reason,
    ) {
        ([], Some(reason)) => format!("No allocator: {reason}."),
        ([], None) => "No allocator.".to_owned(),
        (all, _) => {
            let all: Vec<String> = all
                .iter()
                .map(|one| format!("{} ({})", one.kind, one.certainty))
                .collect();
            format!("Allocator: {}.", all.join(", "))
        }
    };
    vec![module, answer]
}

fn module(inspected: &Inspected<'_>) -> Section {
    let module = inspected.module;
    let mut section = Section::new("Module");
    let producers: Vec<String> = module
        .producers
        .iter()
        .map(|made| readable(format!("{} {}", made.name, made.version).trim()))
        .collect();
    section.say(format!("Producers  {}", listed(&producers)));
    let functions = format!(
        "Functions  {}: {} imported, {} exported, {} named",
        number(module.functions.len() as u64),
        number(u64::from(module.imported_functions)),
        number(module.exported_functions().count() as u64),
        number(module.named_functions() as u64),
    );
    section.say(functions);
    let memories: Vec<String> = module.memories.iter().map(memory).collect();
    section.say(format!("Memory     {}", listed(&memories)));
    let features: Vec<String> = inspected
        .scan
        .features
        .iter()
        .map(ToString::to_string)
        .collect();
    let features = match features.is_empty() {
        true => "none beyond the first version".to_owned(),
        false => features.join(", "),
    };
    section.say(format!("Features   {features}"));
    let sections: Vec<String> = module
        .custom_sections
        .iter()
        .map(|one| match one.damaged {
            true => format!("{} (damaged)", readable(one.name)),
            false => readable(one.name),
        })
        .collect();
    section.say(format!("Custom     {}", listed(&sections)));
    section.say(format!("Growth     {}", growth(inspected)));
    section
}

fn memory(memory: &Memory) -> String {
    let size = |pages: u64| Units::Auto.size(pages.saturating_mul(PAGE));
    let pages = if memory.initial == 1 { "page" } else { "pages" };
    let initial = number(memory.initial);
    let mut text = format!("{initial} {pages} ({})", size(memory.initial));
    if let Some(maximum) = memory.maximum {
        text += &format!(", at most {} ({})", number(maximum), size(maximum));
    }
    let traits = [
        (memory.imported, "imported"),
        (memory.shared, "shared"),
        (memory.is_64, "64-bit"),
    ];
    for (_, name) in traits.into_iter().filter(|(is, _)| *is) {
        text += ", ";
        text += name;
    }
    text
}

fn growth(inspected: &Inspected<'_>) -> String {
    let functions: Vec<String> = inspected
        .scan
        .growers()
        .map(|function| match inspected.module.function_name(function) {
            Some(name) => format!("{function} {}", readable(name)),
            None => function.to_string(),
        })
        .collect();
    match functions.is_empty() {
        true => "no memory.grow; the memory grows from outside, if at all".to_owned(),
        false => {
            let places = inspected.grow_places();
            let sign = if places == 1 { "" } else { "s" };
            format!(
                "{places} memory.grow{sign}, in function {}",
                listed(&functions)
            )
        }
    }
}

fn section(inspected: &Inspected<'_>, title: String, allocator: &Allocator) -> Section {
    let mut section = Section::new(format!(
        "{title}: {}, {}",
        allocator.kind, allocator.certainty
    ));
    let numbers = ["function", "callers"];
    let mut table = Table::new(&numbers, &["part", "takes", "sure", "evidence"]);
    for member in allocator.members.iter().take(MEMBERS) {
        let function = member.hook.function;
        table.rows.push(vec![
            function.to_string(),
            number(inspected.scan.callers(function).len() as u64),
            member.part.to_string(),
            takes(inspected, function, member.hook.role),
            member.certainty.to_string(),
            member.evidence.clone(),
        ]);
    }
    section.table(table, 0, ["function", "functions"]);
    let left_out = allocator.members.len().saturating_sub(MEMBERS);
    if left_out > 0 {
        section.say(format!("{left_out} more (--json shows all)."));
    }
    for note in &allocator.notes {
        section.say(note.clone());
    }
    let says_why = !allocator.notes.is_empty() || allocator.kind == Kind::Chosen;
    if allocator.function(Part::Realloc).is_none() && !says_why {
        section.say("No realloc: none is linked in, or none was recognised.");
    }
    section
}

/// The parameters of a function, each with what it is.
fn takes(inspected: &Inspected<'_>, function: u32, role: Role) -> String {
    let signature = inspected.module.function_type(function);
    let count = signature.map_or(0, |found| found.params().len());
    let mut names = vec!["_"; count];
    let mut name = |place: u32, is: &'static str| {
        if let Some(slot) = names.get_mut(place as usize) {
            *slot = is;
        }
    };
    match role {
        Role::Allocate { size } => name_size(&mut name, size),
        Role::Free { pointer } => name(pointer, "pointer"),
        Role::Reallocate { pointer, size } => {
            name(pointer, "pointer");
            name_size(&mut name, size);
        }
        Role::AllocateInto { out, size } => {
            name(out, "address");
            name_size(&mut name, size);
        }
    }
    format!("({})", names.join(", "))
}

fn name_size(name: &mut impl FnMut(u32, &'static str), size: Size) {
    match size {
        Size::Parameter(place) => name(place, "size"),
        Size::Product(count, size) => {
            name(count, "count");
            name(size, "size");
        }
    }
}

fn recording(inspected: &Inspected<'_>) -> Section {
    let mut section = Section::new("Recording");
    let hooks = inspected.hooks();
    let places = inspected.grow_places();
    if hooks > 0 {
        let functions = if hooks == 1 { "function" } else { "functions" };
        section.say(format!(
            "Would wrap {hooks} {functions} and {places} memory.grow."
        ));
    } else {
        section.say(format!(
            "Would see the growth of memory only ({places} memory.grow), no blocks."
        ));
    }
    if inspected.found.reason.is_some() {
        section.say(
            "If you know its allocator, name it: --allocator malloc=NAME --allocator free=NAME.",
        );
    }
    section
}

fn listed(all: &[String]) -> String {
    match all.len() {
        0 => "none".to_owned(),
        count if count <= LISTED => all.join(", "),
        count => {
            let first = all.iter().take(LISTED).cloned().collect::<Vec<_>>();
            format!("{} and {} more", first.join(", "), count - LISTED)
        }
    }
}

fn number(count: u64) -> String {
    Units::Bytes.size(count)
}
