//! Hooks that fit the functions of any module.

use unfreed_bench::random::SplitMix64;
use unfreed_rewrite::role::{Hook, Role, Size};
use wasmparser::{FuncType, Parser, Payload, TypeRef, ValType};

/// Hooks for about half of all functions that could be an allocator's.
pub fn hooks(wasm: &[u8], seed: u64) -> Vec<Hook> {
    let mut random = SplitMix64::new(!seed);
    let (types, functions, imported) = functions(wasm);
    let mut hooks = Vec::new();
    for (index, type_index) in functions.iter().enumerate().skip(imported) {
        let roles = types
            .get(*type_index as usize)
            .and_then(Option::as_ref)
            .map_or(Vec::new(), roles);
        if roles.is_empty() || random.below(2) == 0 {
            continue;
        }
        hooks.push(Hook {
            function: index as u32,
            role: roles[random.below(roles.len() as u32) as usize],
        });
    }
    hooks
}

fn functions(wasm: &[u8]) -> (Vec<Option<FuncType>>, Vec<u32>, usize) {
    let (mut types, mut functions, mut imported) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a module") {
            Payload::TypeSection(section) => {
                for group in section {
                    for held in group.expect("a type").into_types() {
                        types.push(match held.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(function) => Some(function),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(index) = import.expect("an import").ty {
                        functions.push(index);
                        imported += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                functions.extend(section.into_iter().map(|index| index.expect("a function")));
            }
            _ => {}
        }
    }
    (types, functions, imported)
}

/// The roles that a function of this type could have. What writes its pointer
/// to memory is left out: a function that does not would be read out of bounds.
fn roles(signature: &FuncType) -> Vec<Role> {
    let integers: Vec<u32> = (0..)
        .zip(signature.params())
        .filter(|(_, parameter)| matches!(parameter, ValType::I32 | ValType::I64))
        .map(|(index, _)| index)
        .collect();
    let Some(first) = integers.first() else {
        return Vec::new();
    };
    let second = integers.get(1).unwrap_or(first);
    let mut roles = vec![Role::Free { pointer: *first }];
    if matches!(signature.results(), [ValType::I32 | ValType::I64]) {
        let size = Size::Parameter(*second);
        roles.push(Role::Allocate { size });
        roles.push(Role::Reallocate {
            pointer: *first,
            size,
        });
        if signature.params()[*first as usize] == signature.params()[*second as usize] {
            let size = Size::Product(*first, *second);
            roles.push(Role::Allocate { size });
        }
    }
    roles
}
