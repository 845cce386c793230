//! The linear memories of a recording, as they are accounted for.

use std::collections::HashMap;

use unfreed_events::trace::raw::{Instance, Module};
use unfreed_events::trace::{Facts, Heap};
use unfreed_events::{Names, WordId};

use crate::account::model::{DLMALLOC, DLMALLOC_64, EMMALLOC, Model, TLSF};
use crate::account::{Layout, MemoryDescription, Rounding, Spaces};

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// The memories, from what the recording says of them before its first event.
pub fn of(facts: &Facts) -> Spaces {
    let mut instances: HashMap<(u32, u32), Vec<&Instance>> = HashMap::new();
    for said in &facts.instances {
        let memory = (said.process, said.what.memory);
        instances.entry(memory).or_default().push(&said.what);
    }
    let modules = facts.modules.iter();
    let modules: HashMap<&str, &Module> = modules
        .map(|said| (said.what.id.as_str(), &said.what))
        .collect();
    let heaps = facts.heaps.iter().map(|heap| {
        let instances = instances.get(&(heap.process, heap.memory));
        let instances = instances.map_or(&[][..], Vec::as_slice);
        describe(heap, instances, &modules)
    });
    Spaces::new(heaps.collect())
}

/// Finds out what memories are called in events, as names come up.
pub struct MemoryNames {
    places: HashMap<String, usize>,
    /// Words that were looked at.
    seen: usize,
}

impl MemoryNames {
    /// The names to look for.
    pub fn of(facts: &Facts) -> MemoryNames {
        let heaps = facts.heaps.iter().enumerate();
        MemoryNames {
            places: heaps
                .map(|(place, heap)| (heap.name.clone(), place))
                .collect(),
            seen: 0,
        }
    }

    /// Looks at the words that are new.
    pub fn look(&mut self, names: &Names, spaces: &mut Spaces) {
        for number in self.seen..names.word_count() {
            let word = WordId(number as u32);
            if let Some(place) = self.places.get(names.word(word)) {
                spaces.name(*place, word);
            }
        }
        self.seen = names.word_count();
    }
}

/// `instances` are those that have the memory.
fn describe(
    heap: &Heap,
    instances: &[&Instance],
    modules: &HashMap<&str, &Module>,
) -> MemoryDescription {
    let Some(first) = instances.first() else {
        return MemoryDescription::default();
    };
    let mut known: Vec<&Module> = Vec::new();
    for instance in instances {
        if let Some(module) = modules.get(instance.module.as_str())
            && !known.iter().any(|other| other.id == module.id)
        {
            known.push(module);
        }
    }
    // Where several modules share a memory, the one with the allocator is the main
    // one: the others live in its blocks.
    let mut main = known.iter().filter(|module| !module.allocators.is_empty());
    let module = match (main.next(), main.next()) {
        (Some(module), None) => Some(*module),
        (None, _) if known.len() == 1 => known.first().copied(),
        _ => None,
    };
    let initial = first.pages * PAGE;
    let most = match heap.address_bits {
        64 => u64::MAX,
        _ => 1 << 32,
    };
    let no_layout = || Layout {
        initial,
        maximum: Some(most),
        ..Layout::default()
    };
    MemoryDescription {
        layout: module.map_or_else(no_layout, |module| layout(module, initial, most)),
        model: module.and_then(|module| model(module, heap.address_bits)),
        rounding: module.and_then(|module| rounding(module, heap.address_bits)),
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

/// What the blocks of a module's only allocator take, if that is known.
fn rounding(module: &Module, address_bits: u32) -> Option<Rounding> {
    let [allocator] = &module.allocators[..] else {
        return None;
    };
    match (allocator.kind.as_str(), address_bits) {
        ("wee_alloc", 32) => Some(Rounding::WeeAlloc),
        ("mimalloc", 32) => Some(Rounding::Mimalloc),
        _ => None,
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
