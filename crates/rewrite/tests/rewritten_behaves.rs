//! A rewritten module computes what the original does: the same results, traps
//! and memory, call for call.

mod hooks;
mod random;

use hooks::hooks;
use random::module;
use unfreed_rewrite::instrument::instrument;
use wasmi::{Config, Engine, Extern, ExternType, Func, Instance, Linker, Module, Store, Val};

/// Modules that are tried.
const SEEDS: u64 = 4_000;

/// What each loop and call of a module uses up before it traps.
const FUEL: u32 = 5_000;

#[test]
fn rewritten_modules_compute_the_same() {
    let config = wasm_smith::Config {
        canonicalize_nans: true,
        exceptions_enabled: false,
        export_everything: true,
        gc_enabled: false,
        max_memories: 1,
        max_memory32_bytes: 1 << 20,
        max_memory64_bytes: 1 << 20,
        memory_max_size_required: true,
        max_table_elements: 100,
        table_max_size_required: true,
        min_funcs: 4,
        max_imports: 5,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        compact_imports_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    };
    let (mut compared, mut hooked) = (0, 0);
    for seed in 0..SEEDS {
        let Some(mut module) = module(&config, seed) else {
            continue;
        };
        if module.ensure_termination(FUEL).is_err() {
            continue;
        }
        let wasm = module.to_bytes();
        let hooks = hooks(&wasm, seed);
        let rewritten = instrument(&wasm, &hooks, "{}").expect("a module that can be rewritten");
        let (Some(expected), Some(found)) = (run(&wasm), run(&rewritten.wasm)) else {
            continue;
        };
        assert_eq!(found, expected, "seed {seed}");
        compared += 1;
        hooked += hooks.len();
    }
    assert!(compared > SEEDS / 4 && hooked > 500, "{compared} {hooked}");
}

/// What a module does when each of its functions is called once, and what it
/// leaves behind; `None` if it cannot be instantiated here.
fn run(wasm: &[u8]) -> Option<Vec<String>> {
    let mut config = Config::default();
    // A rewritten module has more frames and larger ones; where the original
    // does not overflow, it must not either.
    config.set_max_recursion_depth(100_000);
    config.set_max_stack_height(64 << 20);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, wasm).ok()?;
    let mut store = Store::new(&engine, ());
    let mut linker = <Linker<()>>::new(&engine);
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let stub = stub(&mut store, import.ty())?;
        // The same import may be asked for twice.
        let _ = linker.define(from, name, stub);
    }
    let mut seen = Vec::new();
    let instance = match linker.instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return Some(vec![kind_of(&error)]),
    };
    let names: Vec<String> = module
        .exports()
        .map(|export| export.name().to_owned())
        .collect();
    for name in &names {
        if let Some(function) = instance.get_func(&store, name) {
            seen.push(call(&mut store, function));
        }
    }
    for name in &names {
        seen.push(left(&mut store, instance, name));
    }
    Some(seen)
}

/// Something to import that does the same in every run.
fn stub(store: &mut Store<()>, wanted: &ExternType) -> Option<Extern> {
    Some(match wanted {
        ExternType::Func(signature) => {
            let results: Vec<_> = signature.results().to_vec();
            let function = move |_: wasmi::Caller<'_, ()>, _: &[Val], out: &mut [Val]| {
                for (out, result) in out.iter_mut().zip(&results) {
                    *out = Val::default_for_ty(*result);
                }
                Ok(())
            };
            Func::new(store, signature.clone(), function).into()
        }
        ExternType::Memory(memory) => wasmi::Memory::new(store, *memory).ok()?.into(),
        ExternType::Global(global) => {
            let value = Val::default_for_ty(global.content());
            wasmi::Global::new(store, value, global.mutability()).into()
        }
        ExternType::Table(table) => {
            let init = match table.element() {
                wasmi::RefType::Func => wasmi::Ref::Func(wasmi::Nullable::Null),
                wasmi::RefType::Extern => wasmi::Ref::Extern(wasmi::Nullable::Null),
            };
            wasmi::Table::new(store, *table, init).ok()?.into()
        }
    })
}

fn call(store: &mut Store<()>, function: Func) -> String {
    let signature = function.ty(&*store);
    let arguments: Vec<Val> = signature
        .params()
        .iter()
        .enumerate()
        .map(|(number, parameter)| match parameter {
            wasmi::ValType::I32 => Val::I32(number as i32 * 7 + 1),
            wasmi::ValType::I64 => Val::I64(number as i64 * 7 + 1),
            other => Val::default_for_ty(*other),
        })
        .collect();
    let mut results: Vec<Val> = signature
        .results()
        .iter()
        .map(|result| Val::default_for_ty(*result))
        .collect();
    match function.call(store, &arguments, &mut results) {
        Ok(()) => results.iter().map(shown).collect::<Vec<_>>().join(" "),
        Err(error) => kind_of(&error),
    }
}

/// What an error says without the number of its store, which is another in
/// each run.
fn kind_of(error: &wasmi::Error) -> String {
    let text = error.to_string();
    text.split(':').next().unwrap_or_default().to_owned()
}

/// References are not compared: functions have moved.
fn shown(value: &Val) -> String {
    match value {
        Val::FuncRef(_) | Val::ExternRef(_) => "reference".to_owned(),
        number => format!("{number:?}"),
    }
}

fn left(store: &mut Store<()>, instance: Instance, name: &str) -> String {
    match instance.get_export(&*store, name) {
        Some(Extern::Memory(memory)) => {
            let data = memory.data(&*store);
            let sum = data.iter().enumerate().fold(0u64, |sum, (at, byte)| {
                sum.wrapping_mul(31)
                    .wrapping_add(u64::from(*byte) + at as u64)
            });
            format!("{name}: {} bytes, {sum:x}", data.len())
        }
        Some(Extern::Global(global)) => format!("{name}: {}", shown(&global.get(&*store))),
        _ => String::new(),
    }
}
