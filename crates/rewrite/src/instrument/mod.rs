//! Rewrites a module so that it reports what its allocator does.
//!
//! Functions of the allocator are wrapped: the wrapper takes the index of the
//! function, whose body goes behind all others. The call path is a number in a
//! global, which is set before each call that can lead to an event (`body.rs`).
//! Everything else is copied byte by byte.

mod body;
mod catches;
mod error;
mod functions;
mod indices;
mod layout;
mod reach;
mod reading;
mod sections;
mod wrap;

use std::collections::HashMap;

use self::body::Rewriting;
pub use self::error::InstrumentError;
use self::functions::Functions;
use self::indices::{Import, Indices};
use self::layout::Layout;
use self::reach::Reach;
use self::sections::Additions;
use crate::map::OffsetMap;
use crate::role::{Hook, Role};

/// A rewritten module.
#[derive(Debug)]
pub struct Instrumented {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// Where its parts come from.
    pub map: OffsetMap,
}

/// Rewrites a module: wraps the functions of `hooks`, follows the calls that
/// lead to them, and reports each `memory.grow` of memory 0. When it is
/// instantiated, it hands out a function that reads its globals
/// ([`crate::globals::read_globals`]). `identity` becomes
/// the content of the custom section by which the module is recognised.
pub fn instrument(
    wasm: &[u8],
    hooks: &[Hook],
    identity: &str,
) -> Result<Instrumented, InstrumentError> {
    let layout = Layout::of(wasm)?;
    let hooked = checked(hooks, &layout)?;
    let grows = layout.bodies.iter().any(|body| body.grows);
    let allocates = |hook: &Hook| !matches!(hook.role, Role::Free { .. });
    let watches = layout.grows_by_import() && hooks.iter().any(allocates);
    let reads = !layout.read_globals().is_empty();
    let imports = needed(hooks, grows || watches, reads);
    let indices = Indices::new(&layout, &imports);
    // A free has no call path, so that what only leads to one sets none. Most of
    // what drops values does.
    let with_path = hooks.iter().filter(|hook| allocates(hook));
    let reach = Reach::of(&layout, &with_path.map(|hook| hook.function).collect());
    let rewriting = Rewriting {
        wasm,
        indices: &indices,
        reach: &reach,
    };
    let functions = Functions::rewrite(&layout, &rewriting, &hooked, grows)?;
    let additions = Additions {
        layout: &layout,
        indices: &indices,
        imports: &imports,
        functions: &functions,
        identity,
    };
    let written = additions.write(wasm)?;
    if written.wasm.len() > u32::MAX as usize {
        return Err(InstrumentError::TooLarge);
    }
    Ok(Instrumented {
        map: functions.map(&layout, &indices, &written.bodies),
        wasm: written.wasm,
    })
}

/// The hooks by their functions, which can all be wrapped.
fn checked<'a>(
    hooks: &'a [Hook],
    layout: &Layout,
) -> Result<HashMap<u32, &'a Hook>, InstrumentError> {
    let mut hooked = HashMap::new();
    for hook in hooks {
        let (function, functions) = (hook.function, layout.functions.len() as u32);
        if function >= functions {
            return Err(InstrumentError::NoSuchFunction {
                function,
                functions,
            });
        }
        if function < layout.imported_functions {
            return Err(InstrumentError::Imported { function });
        }
        if hooked.insert(function, hook).is_some() {
            return Err(InstrumentError::Twice { function });
        }
    }
    Ok(hooked)
}

/// The imports that are called: by wrappers of these hooks, where memory grows, and
/// where globals are to be read.
fn needed(hooks: &[Hook], grows: bool, reads: bool) -> Vec<Import> {
    let mut needed = Vec::new();
    for hook in hooks {
        needed.extend_from_slice(match hook.role {
            Role::Allocate { .. } | Role::AllocateInto { .. } => &[Import::Allocate],
            Role::Free { .. } => &[Import::Free],
            Role::Reallocate { .. } => &[
                Import::Allocate,
                Import::BeginReallocate,
                Import::EndReallocate,
            ],
        });
    }
    if grows {
        needed.push(Import::Grow);
    }
    if reads {
        needed.push(Import::Globals);
    }
    Import::ALL
        .into_iter()
        .filter(|import| needed.contains(import))
        .collect()
}
