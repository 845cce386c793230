//! How it is said why a block is live.

use unfreed_engine::holders::{Chain, Link, Origin, Reason, SiteHolders, ThreadStack};
use unfreed_engine::reach::{Class, RootKind};
use unfreed_engine::recording::{KindName, handle_kinds};

use crate::view::View;

/// A class of blocks, for tables.
pub fn class(class: Class) -> String {
    match class {
        Class::Reachable(kind) => root(kind).to_owned(),
        Class::PossiblyLost(kind) => format!(
            "possibly lost: pointers to their inside only, {}",
            root(kind)
        ),
        Class::IndirectlyLost => "indirectly lost: only lost blocks point to them".to_owned(),
        Class::DefinitelyLost => "definitely lost: nothing points to them".to_owned(),
    }
}

fn root(kind: RootKind) -> &'static str {
    match kind {
        RootKind::Static => "held by static data",
        RootKind::Global => "held by a global",
        RootKind::Stack => "held by the stack of a running thread",
        RootKind::Handle => "held by JS",
        RootKind::TerminatedStack => "held by a terminated thread",
    }
}

/// A class of blocks, for programs.
pub fn class_word(class: Class) -> &'static str {
    match class {
        Class::Reachable(_) => "reachable",
        Class::PossiblyLost(_) => "possibly_lost",
        Class::IndirectlyLost => "indirectly_lost",
        Class::DefinitelyLost => "definitely_lost",
    }
}

/// The kind of root that leads to a class, for programs.
pub fn root_word(class: Class) -> Option<&'static str> {
    let (Class::Reachable(kind) | Class::PossiblyLost(kind)) = class else {
        return None;
    };
    Some(match kind {
        RootKind::Static => "static",
        RootKind::Global => "global",
        RootKind::Stack => "stack",
        RootKind::Handle => "handle",
        RootKind::TerminatedStack => "terminated_thread",
    })
}

/// Why most of a site's blocks are live, in a few words.
pub fn reason(found: &SiteHolders, view: &View<'_>) -> String {
    match found.reason() {
        Reason::Collected => "their JS handles were collected without being freed".to_owned(),
        Reason::OwnerCollected => {
            "lost with what points to them, whose JS handles were collected without being freed"
                .to_owned()
        }
        Reason::Class(Class::Reachable(RootKind::Static | RootKind::Global | RootKind::Handle)) => {
            match found
                .largest
                .as_ref()
                .and_then(|chain| chain.origin.as_ref())
            {
                Some(
                    held_by @ (Origin::Static { .. }
                    | Origin::Global { .. }
                    | Origin::Handle { .. }),
                ) => {
                    format!("held by {}", origin(held_by, view))
                }
                _ => class_of(found),
            }
        }
        Reason::Class(_) => class_of(found),
    }
}

fn class_of(found: &SiteHolders) -> String {
    found
        .classes
        .first()
        .map_or_else(String::new, |(found, _)| class(*found))
}

/// What to do about it.
pub fn remedy(found: &SiteHolders, view: &View<'_>) -> &'static str {
    match found.reason() {
        Reason::Collected | Reason::OwnerCollected => match handles_of(found, view) {
            Handles::Classes => "call free() on each, or declare them with `using`",
            Handles::Embind => "call delete() on each, or declare them with `using`",
            Handles::Closures => "have Rust drop each closure when it is not needed any more",
        },
        Reason::Class(Class::Reachable(kind) | Class::PossiblyLost(kind)) => match kind {
            RootKind::Static | RootKind::Global => "bound or clear what keeps them there",
            RootKind::Stack => "see whether they stay when the thread is idle",
            RootKind::Handle => match handles_of(found, view) {
                Handles::Classes => "call free() on the JS objects that are no longer used",
                Handles::Embind => "call delete() on the JS objects that are no longer used",
                Handles::Closures => "have Rust drop each closure when it is not needed any more",
            },
            RootKind::TerminatedStack => {
                "have the thread free them, or destroy it, before it is terminated"
            }
        },
        Reason::Class(Class::IndirectlyLost) => {
            "free what pointed to them before its last pointer goes"
        }
        Reason::Class(Class::DefinitelyLost) => "free them before the last pointer to them goes",
    }
}

/// How handles are given up.
enum Handles {
    Classes,
    Embind,
    Closures,
}

/// What those of the largest block of a site are.
fn handles_of(found: &SiteHolders, view: &View<'_>) -> Handles {
    let largest = found.largest.as_ref();
    let kind = largest.and_then(|chain| match (&chain.origin, chain.collected) {
        (Some(Origin::Handle { kind, .. }), _) => Some(*kind),
        (_, collected) => Some(collected?.kind),
    });
    match kind.and_then(|kind| name_of(kind, view)) {
        Some(name) if name.is_of_embind() => Handles::Embind,
        Some(name) if name.is_closure() => Handles::Closures,
        _ => Handles::Classes,
    }
}

/// Where a chain begins.
pub fn origin(origin: &Origin, view: &View<'_>) -> String {
    match origin {
        Origin::Static { word } => format!("the static at {word:#x}"),
        Origin::Global { name, .. } if !name.is_empty() => format!("global {name}"),
        Origin::Global {
            index: Some(index), ..
        } => format!("global {index}"),
        Origin::Global { .. } => "a global".to_owned(),
        Origin::Stack(stack) => stack_of(stack, view),
        Origin::Handle { kind, .. } => format!("JS: a handle of {}", kind_name(*kind, view)),
    }
}

fn stack_of(stack: &ThreadStack, view: &View<'_>) -> String {
    let Some(thread) = stack.thread else {
        return "the shadow stack of the main thread".to_owned();
    };
    let thread = view.names.word(thread);
    match stack.has_ended {
        true => format!("the shadow stack or thread-local storage of {thread}, which has ended"),
        false => format!("the shadow stack or thread-local storage of {thread}"),
    }
}

/// What a kind of handles is called.
pub fn kind_name<'a>(kind: usize, view: &View<'a>) -> &'a str {
    name_of(kind, view).map_or("", |name| name.class)
}

fn name_of<'a>(kind: usize, view: &View<'a>) -> Option<KindName<'a>> {
    let kinds = handle_kinds(view.recording?);
    kinds.names.get(kind).copied()
}

/// A chain, from the root to the block, a line for each step.
pub fn chain(chain: &Chain, view: &View<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    match &chain.origin {
        Some(from) => lines.push(origin(from, view)),
        None => lines.push("nothing points to the first block".to_owned()),
    }
    lines.extend(chain.links.iter().map(|step| link(step, view)));
    if let Some(found) = chain.collected {
        let owned = match chain.links.get(found.link) {
            Some(link) if !chain.is_orphan() => format!("the block at {:#x}", link.address),
            _ => "it".to_owned(),
        };
        lines.push(format!(
            "a JS handle of {} owned {owned}, which was collected without being freed",
            kind_name(found.kind, view)
        ));
    }
    lines
}

fn link(link: &Link, view: &View<'_>) -> String {
    let pointer = match link.at {
        Some(at) => format!("at +{at}: "),
        None => String::new(),
    };
    let inside = match link.offset {
        0 => String::new(),
        offset => format!(" (pointed to at +{offset})"),
    };
    format!(
        "{pointer}block at {:#x}{inside}, {}, {} allocated at {}",
        link.address,
        view.size(link.size),
        view.site_type(link.site),
        view.location(link.site)
    )
}
