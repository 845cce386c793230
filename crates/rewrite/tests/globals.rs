//! A rewritten module hands out a function that reads its globals, before its own
//! start function runs, and shows nothing of it to the program.

use unfreed_rewrite::globals::read_globals;
use unfreed_rewrite::instrument::instrument;
use unfreed_rewrite::module::Module as Original;
use wasmi::{Caller, Engine, Func, Linker, Module, Nullable, Store, Val};

/// What came of an instance.
#[derive(Default)]
struct Seen {
    /// What was handed out: the function, and how many globals it reads.
    reader: Option<(Func, i32)>,
    /// What happened, in its order.
    events: Vec<&'static str>,
}

struct Run {
    store: Store<Seen>,
    linker: Linker<Seen>,
    module: Module,
}

fn rewritten(text: &str) -> Vec<u8> {
    let wasm = wat::parse_str(text).expect("a module");
    let rewritten = instrument(&wasm, &[], "{}").expect("a module that can be rewritten");
    let mut validator = wasmparser::Validator::new();
    validator.validate_all(&rewritten.wasm).expect("valid");
    rewritten.wasm
}

impl Run {
    fn of(text: &str) -> Run {
        let engine = Engine::default();
        let module = Module::new(&engine, rewritten(text)).expect("a valid module");
        let store = Store::new(&engine, Seen::default());
        let mut linker = <Linker<Seen>>::new(&engine);
        let take = |mut caller: Caller<'_, Seen>, reader: Nullable<Func>, count: i32| {
            let Nullable::Val(reader) = reader else {
                panic!("no function");
            };
            let seen = caller.data_mut();
            assert!(seen.reader.is_none(), "handed out twice");
            seen.events.push("reader");
            seen.reader = Some((reader, count));
        };
        let started = |mut caller: Caller<'_, Seen>| caller.data_mut().events.push("start");
        linker.func_wrap("unfreed", "globals", take).expect("once");
        linker.func_wrap("env", "started", started).expect("once");
        Run {
            store,
            linker,
            module,
        }
    }

    fn instantiate(&mut self) -> Result<wasmi::Instance, wasmi::Error> {
        self.linker
            .instantiate_and_start(&mut self.store, &self.module)
    }

    fn values(&mut self) -> Vec<u64> {
        let (reader, count) = self.store.data().reader.expect("it was handed out");
        let read = |place| {
            let mut value = [Val::I64(0)];
            reader
                .call(&mut self.store, &[Val::I32(place)], &mut value)
                .expect("it does not trap");
            value[0].i64().expect("64 bits") as u64
        };
        (0..count).map(read).collect()
    }
}

const MODULE: &str = r#"(module
  (import "env" "started" (func $started))
  (import "env" "base" (global $base i32))
  (memory (export "memory") 1)
  (global $fixed i32 (i32.const 1))
  (global $first (mut i32) (i32.const -1))
  (global $float (mut f64) (f64.const 2))
  (global $second (export "second") (mut i64) (i64.const -2))
  (func $begin (global.set $first (i32.const 77)) (call $started))
  (func (export "set") (param i64) (global.set $second (local.get 0)))
  (start $begin))"#;

#[test]
fn the_reader_gives_the_values_of_the_moment() {
    let mut run = Run::of(MODULE);
    let base = wasmi::Global::new(&mut run.store, Val::I32(-16), wasmi::Mutability::Const);
    run.linker.define("env", "base", base).expect("once");
    let instance = run.instantiate().expect("an instance");
    assert_eq!(run.store.data().events, ["reader", "start"]);
    let unsigned = u64::from(u32::MAX) - 15;
    assert_eq!(run.values(), [unsigned, 77, u64::MAX - 1]);
    let set = instance.get_func(&run.store, "set").expect("a function");
    set.call(&mut run.store, &[Val::I64(1 << 40)], &mut [])
        .expect("it returns");
    assert_eq!(run.values(), [unsigned, 77, 1 << 40]);

    let wasm = wat::parse_str(MODULE).expect("a module");
    let original = Original::parse(&wasm).expect("a module");
    let read = read_globals(&original);
    let indices = read.iter().map(|global| global.index);
    assert!(indices.eq([0, 2, 4]), "{read:?}");
}

#[test]
fn a_module_without_a_start_function_gets_one() {
    let mut run = Run::of(
        "(module (memory 1) (global (mut i32) (i32.const 5)) (func) (table 1 funcref) \
         (elem (i32.const 0) 0) (data (i32.const 0) \"x\"))",
    );
    run.instantiate().expect("an instance");
    assert_eq!(run.store.data().events, ["reader"]);
    assert_eq!(run.values(), [5]);
}

#[test]
fn an_imported_function_can_be_the_start_function() {
    let mut run = Run::of(
        r#"(module (import "env" "started" (func $started)) (memory 1)
             (global (mut i32) (i32.const 5)) (func) (start $started))"#,
    );
    run.instantiate().expect("an instance");
    assert_eq!(run.store.data().events, ["reader", "start"]);
}

#[test]
fn a_start_function_that_traps_still_does() {
    let mut run = Run::of(
        r#"(module (memory 1) (global (mut i32) (i32.const 5))
             (func $begin unreachable) (start $begin))"#,
    );
    let error = run.instantiate().expect_err("it traps");
    assert!(error.to_string().contains("unreachable"), "{error}");
}

#[test]
fn what_keeps_no_number_that_changes_is_left_alone() {
    for text in [
        r#"(module (import "env" "started" (func $started)) (memory 1)
             (global i32 (i32.const 5)) (func) (start $started))"#,
        r#"(module (import "env" "started" (func $started))
             (global (mut i32) (i32.const 5)) (func) (start $started))"#,
    ] {
        let mut run = Run::of(text);
        run.instantiate().expect("an instance");
        assert_eq!(run.store.data().events, ["start"], "{text}");
    }
}

#[test]
fn exports_are_those_of_the_original() {
    let wasm = rewritten(MODULE);
    let module = Original::parse(&wasm).expect("a module");
    let names = module.exports.iter().map(|export| export.name);
    assert!(names.eq(["memory", "second", "set"]));
}

#[test]
fn very_many_globals_are_read_up_to_a_limit() {
    let globals = "(global (mut i32) (i32.const 3))".repeat(60_000);
    let mut run = Run::of(&format!("(module (memory 1) (func) {globals})"));
    run.instantiate().expect("an instance");
    let values = run.values();
    assert_eq!(values.len(), 50_000);
    assert!(values.iter().all(|value| *value == 3));
}
