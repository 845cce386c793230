//! Growth that JavaScript does for the allocator has the call path of the
//! allocation, once, and comes before it.

use unfreed_rewrite::instrument::instrument;
use unfreed_rewrite::role::{Hook, Role, Size};
use wasmi::{Caller, Engine, Extern, Linker, Memory, MemoryType, Module, Store};

/// A malloc that has the memory grown for each block of 1,000 bytes or more, and
/// a realloc that calls it.
const MALLOC: &str = r#"
  (func $malloc (export "malloc") (param i32) (result i32)
    (if (i32.ge_u (local.get 0) (i32.const 1000)) (then (drop (call $resize (i32.const 2)))))
    (i32.const 64))
  (func $realloc (export "realloc") (param i32 i32) (result i32)
    (call $malloc (local.get 1)))"#;

/// Events of a run, as the module reports them, without their contexts.
type Events = Vec<String>;

fn rewritten(before: &str, after: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (import "env" "resize" (func $resize (param i32) (result i32))) {before}
        {MALLOC} {after})"#
    );
    let wasm = wat::parse_str(text).expect("a module");
    let size = Size::Parameter(0);
    let hooks = [
        Hook {
            function: 1,
            role: Role::Allocate { size },
        },
        Hook {
            function: 2,
            role: Role::Reallocate {
                pointer: 0,
                size: Size::Parameter(1),
            },
        },
    ];
    instrument(&wasm, &hooks, "{}")
        .expect("a module that can be rewritten")
        .wasm
}

/// Calls malloc and realloc for small and large blocks.
fn run(wasm: &[u8]) -> Events {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).expect("a valid module");
    let mut store = Store::new(&engine, Events::new());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("a memory");
    let mut linker = <Linker<Events>>::new(&engine);
    let resize = move |mut caller: Caller<'_, Events>, pages: i32| {
        let held = caller.get_export("memory").and_then(Extern::into_memory);
        let grown = held.unwrap_or(memory).grow(&mut caller, pages as u64);
        i32::from(grown.is_ok())
    };
    let grow = |mut caller: Caller<'_, Events>, old: i32, delta: i32, low: i32, high: i32| {
        assert!(low != 0 || high != 0, "a context");
        caller.data_mut().push(format!("grow {old} {delta}"));
    };
    let allocate = |mut caller: Caller<'_, Events>, _: i32, size: i32, _: i32, _: i32| {
        caller.data_mut().push(format!("allocate {size}"));
    };
    let begin = |_: Caller<'_, Events>, _: i32| {};
    let end = |mut caller: Caller<'_, Events>, _: i32, size: i32, _: i32, _: i32| {
        caller.data_mut().push(format!("reallocate {size}"));
    };
    linker.define("env", "memory", memory).expect("a memory");
    linker.func_wrap("env", "resize", resize).expect("unique");
    linker.func_wrap("unfreed", "grow", grow).expect("unique");
    linker
        .func_wrap("unfreed", "allocate", allocate)
        .expect("unique");
    linker
        .func_wrap("unfreed", "begin_reallocate", begin)
        .expect("unique");
    linker
        .func_wrap("unfreed", "end_reallocate", end)
        .expect("unique");
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let malloc = instance
        .get_typed_func::<i32, i32>(&store, "malloc")
        .expect("malloc");
    let realloc = instance
        .get_typed_func::<(i32, i32), i32>(&store, "realloc")
        .expect("realloc");
    for size in [8, 1000] {
        malloc.call(&mut store, size).expect("a block");
    }
    for size in [16, 2000] {
        realloc.call(&mut store, (64, size)).expect("a block");
    }
    store.into_data()
}

#[test]
fn growth_comes_before_the_allocation_that_caused_it() {
    for memory in [
        r#"(import "env" "memory" (memory 1))"#,
        r#"(memory (export "memory") 1)"#,
    ] {
        let events = run(&rewritten(memory, ""));
        assert_eq!(
            events,
            [
                "allocate 8",
                "grow 1 2",
                "allocate 1000",
                "reallocate 16",
                "grow 3 2",
                "reallocate 2000"
            ]
        );
    }
}

/// There each `memory.grow` is reported where it stands.
#[test]
fn a_module_that_grows_its_memory_itself_is_not_watched() {
    let grows = "(func (result i32) (memory.grow (i32.const 1)))";
    let events = run(&rewritten(r#"(memory (export "memory") 1)"#, grows));
    assert_eq!(
        events,
        [
            "allocate 8",
            "allocate 1000",
            "reallocate 16",
            "reallocate 2000"
        ]
    );
}

/// Another thread may have grown it.
#[test]
fn a_shared_memory_is_not_watched() {
    let memory = r#"(import "env" "memory" (memory 1 9 shared))"#;
    let wasm = rewritten(memory, "");
    let imports_grow = wasm.windows(4).any(|bytes| bytes == b"grow");
    assert!(!imports_grow);
}
