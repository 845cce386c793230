//! Which classes of threads and instances are shown as one.

use std::collections::HashMap;

use unfreed_events::trace::{Facts, Said, raw};

/// The kinds of handles of a recording.
pub struct HandleKinds<'a> {
    /// For each of [`Facts::handle_classes`], the number of its kind.
    pub of_class: Vec<usize>,
    /// What kinds are called.
    pub names: Vec<KindName<'a>>,
}

/// What a kind of handles is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KindName<'a> {
    /// The class.
    pub class: &'a str,
    /// The export that frees one, `delete` for embind's; empty if it is not known.
    pub free: &'a str,
    /// The module, as it is shown in frames; empty if it is not known.
    pub module: &'a str,
}

impl KindName<'_> {
    /// Whether its handles are those of Emscripten's embind.
    #[must_use]
    pub fn is_of_embind(&self) -> bool {
        self.free == "delete"
    }

    /// Whether its handles are closures of Rust, which only Rust can drop.
    #[must_use]
    pub fn is_closure(&self) -> bool {
        self.class == "Closure" && self.free.is_empty()
    }
}

/// Classes of one name, of one module.
#[must_use]
pub fn handle_kinds(facts: &Facts) -> HandleKinds<'_> {
    let mut numbers: HashMap<KindName<'_>, usize> = HashMap::new();
    let mut kinds = HandleKinds {
        of_class: Vec::new(),
        names: Vec::new(),
    };
    for said in &facts.handle_classes {
        let name = KindName {
            class: &said.what.name,
            free: &said.what.free,
            module: module(facts, said),
        };
        let number = *numbers.entry(name).or_insert_with(|| {
            kinds.names.push(name);
            kinds.names.len() - 1
        });
        kinds.of_class.push(number);
    }
    kinds
}

fn module<'a>(facts: &'a Facts, said: &Said<raw::HandleClass>) -> &'a str {
    let mut instances = facts.instances.iter();
    let instance = instances.find(|instance| {
        let whose = (instance.process, instance.thread, instance.what.instance);
        whose == (said.process, said.thread, said.what.instance)
    });
    let Some(instance) = instance else {
        return "";
    };
    let mut modules = facts.modules.iter();
    let module = modules.find(|module| module.what.id == instance.what.module);
    match module.map(|module| module.what.name.as_str()) {
        None | Some("") => &instance.what.module,
        Some(name) => name,
    }
}
