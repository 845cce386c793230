//! The linear memories of a recording, as the engine accounts for them.

use unfreed_engine::account::model::{DLMALLOC, DLMALLOC_64, EMMALLOC, Model, TLSF};
use unfreed_engine::account::{Layout, MemoryDescription, Spaces};
use unfreed_events::Names;
use unfreed_events::trace::raw::{Instance, Module};
use unfreed_events::trace::{Facts, Heap, Said};

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// The memories, from what the recording says of them before its first event.
pub fn of(facts: &Facts) -> Spaces {
    let heaps = facts.heaps.iter();
    Spaces::new(heaps.map(|heap| describe(heap, facts)).collect())
}

/// Says what memories are called in events, as far as they have come up.
pub fn name(spaces: &mut Spaces, facts: &Facts, names: &Names) {
    for (place, heap) in facts.heaps.iter().enumerate() {
        if !spaces.is_named(place)
            && let Some(word) = names.find_word(&heap.name)
        {
            spaces.name(place, word);
        }
    }
}

fn describe(heap: &Heap, facts: &Facts) -> MemoryDescription {
    let is_its =
        |said: &&Said<Instance>| said.process == heap.process && said.what.memory == heap.memory;
    let instances: Vec<&Instance> = facts
        .instances
        .iter()
        .filter(is_its)
        .map(|said| &said.what)
        .collect();
    let Some(first) = instances.first() else {
        return MemoryDescription::default();
    };
    let mut modules: Vec<&Module> = Vec::new();
    for instance in &instances {
        let mut known = facts.modules.iter().map(|said| &said.what);
        if let Some(module) = known.find(|module| module.id == instance.module)
            && !modules.iter().any(|other| other.id == module.id)
        {
            modules.push(module);
        }
    }
    // Where several modules share a memory, the one with the allocator is the main
    // one: the others live in its blocks.
    let mut main = modules
        .iter()
        .filter(|module| !module.allocators.is_empty());
    let module = match (main.next(), main.next()) {
        (Some(module), None) => Some(*module),
        (None, _) if modules.len() == 1 => modules.first().copied(),
        _ => None,
    };
    let initial = first.pages * PAGE;
    let most = match heap.address_bits {
        64 => u64::MAX,
        _ => 1 << 32,
    };
    MemoryDescription {
        layout: module.map_or_else(
            || Layout {
                initial,
                ..Layout::default()
            },
            |module| layout(module, initial, most),
        ),
        model: module.and_then(|module| model(module, heap.address_bits)),
    }
}

/// `most` is what addresses allow.
fn layout(module: &Module, initial: u64, most: u64) -> Layout {
    let told = module.layout.clone().unwrap_or_default();
    Layout {
        initial,
        data: told.data,
        stack_top: told.stack_top,
        data_end: told.data_end,
        heap_base: told.heap_base,
        maximum: Some(told.maximum.unwrap_or(most)),
    }
}

/// How the allocator of a module cuts memory up, if it has one that is known. Two
/// of a kind cut it alike.
fn model(module: &Module, address_bits: u32) -> Option<Model> {
    let of_kind = |kind: &str| match (kind, address_bits) {
        ("dlmalloc of Rust" | "dlmalloc of C", 32) => Some(DLMALLOC),
        ("dlmalloc of C", 64) => Some(DLMALLOC_64),
        ("emmalloc", 32) => Some(EMMALLOC),
        ("AssemblyScript runtime", 32) => Some(TLSF),
        _ => None,
    };
    let kinds = module
        .allocators
        .iter()
        .map(|allocator| allocator.kind.as_str());
    let mut models = kinds.map(of_kind);
    let first = models.next()??;
    models.all(|other| other == Some(first)).then_some(first)
}
