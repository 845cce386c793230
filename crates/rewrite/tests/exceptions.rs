//! Where an exception that went through the allocator is caught, the next
//! allocation is reported, wherever the catch leads.

use std::io::Write;
use std::process::{Command, Stdio};

use unfreed_rewrite::instrument::instrument;
use unfreed_rewrite::role::{Hook, Role, Size};
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

/// Functions that call malloc twice; the first call throws.
const CASES: [(&str, &str); 6] = [
    (
        "the end of a block",
        "(func $run (result i32)
          (block $caught (try_table (catch_all $caught) (drop (call $malloc (i32.const 0)))))
          (call $malloc (i32.const 8)))",
    ),
    (
        "the begin of a loop",
        "(func $run (result i32) (local $tries i32)
          (loop $again
            (local.set $tries (i32.add (local.get $tries) (i32.const 1)))
            (if (i32.eq (local.get $tries) (i32.const 1)) (then
              (try_table (catch_all $again) (drop (call $malloc (i32.const 0)))))))
          (call $malloc (i32.const 8)))",
    ),
    (
        "the begin of a loop that takes what was thrown",
        "(func $run (result i32) (local $tries i32)
          (i32.const 0)
          (loop $again (param i32)
            (local.set $tries (i32.add (local.get $tries)))
            (if (i32.eqz (local.get $tries)) (then
              (try_table (catch $thrown $again) (drop (call $malloc (i32.const 0)))))))
          (call $malloc (i32.const 8)))",
    ),
    (
        "the end of the function",
        "(func $inner (try_table (catch_all 0) (drop (call $malloc (i32.const 0)))))
        (func $run (result i32) (call $inner) (call $malloc (i32.const 8)))",
    ),
    (
        "the end of a function that gives what was thrown",
        "(func $inner (result i32 exnref)
          (try_table (catch_ref $thrown 0) (drop (call $malloc (i32.const 0))))
          (unreachable))
        (func $run (result i32)
          (call $inner) drop drop
          (call $malloc (i32.const 8)))",
    ),
    (
        "the end of a function that is left in other ways too",
        "(func $inner (param i32) (result i32)
          (if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.const 5))))
          (br_if 0 (i32.const 6) (i32.eq (local.get 0) (i32.const 2)))
          (drop)
          (try_table (catch $thrown 0) (drop (call $malloc (i32.const 0))))
          (i32.const 7))
        (func $run (result i32)
          (if (i32.ne (call $inner (i32.const 1)) (i32.const 5)) (then (unreachable)))
          (if (i32.ne (call $inner (i32.const 2)) (i32.const 6)) (then (unreachable)))
          (if (i32.ne (call $inner (i32.const 3)) (i32.const 1)) (then (unreachable)))
          (call $malloc (i32.const 8)))",
    ),
];

/// The modules of all cases, rewritten.
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let modules = CASES.map(|(name, functions)| (name, rewritten(&text(functions))));
    let mut modules = Vec::from(modules);
    modules.push(("a legacy catch", rewritten(&legacy())));
    modules
}

fn text(functions: &str) -> Vec<u8> {
    let text = format!(
        "(module
          (tag $thrown (param i32))
          (func $malloc (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (throw $thrown (i32.const 1))))
            (i32.const 64))
          {functions}
          (export \"run\" (func $run)))"
    );
    wat::parse_str(text).expect("a module")
}

/// Instructions of 2017, which the text format lacks:
/// `try (malloc 0) catch_all end; malloc 8`.
fn legacy() -> Vec<u8> {
    use wasm_encoder::{
        BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction,
        Module, TagKind, TagSection, TagType, TypeSection, ValType,
    };
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([], [ValType::I32]);
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0).function(1);
    let mut tags = TagSection::new();
    tags.tag(TagType {
        kind: TagKind::Exception,
        func_type_idx: 2,
    });
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 1);
    let mut malloc = Function::new([]);
    malloc
        .instructions()
        .local_get(0)
        .i32_eqz()
        .if_(BlockType::Empty)
        .throw(0)
        .end()
        .i32_const(64)
        .end();
    let mut run = Function::new([]);
    run.instruction(&Instruction::Try(BlockType::Empty));
    run.instructions().i32_const(0).call(0).drop();
    run.instruction(&Instruction::CatchAll);
    run.instructions().end().i32_const(8).call(0).end();
    let mut code = CodeSection::new();
    code.function(&malloc).function(&run);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&tags)
        .section(&exports)
        .section(&code);
    module.finish()
}

fn rewritten(wasm: &[u8]) -> Vec<u8> {
    let size = Size::Parameter(0);
    let malloc = Hook {
        function: 0,
        role: Role::Allocate { size },
    };
    let wasm = instrument(wasm, &[malloc], "{}")
        .expect("a module that can be rewritten")
        .wasm;
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&wasm)
        .expect("a valid module");
    wasm
}

/// How often the depth is set to 0 within functions that catch.
fn resets(wasm: &[u8]) -> usize {
    let mut resets = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(Payload::CodeSectionEntry(body)) = payload else {
            continue;
        };
        let reader = body.get_operators_reader().expect("a body");
        let operators: Vec<Operator<'_>> = reader
            .into_iter()
            .collect::<Result<_, _>>()
            .expect("a body");
        let catches = |one: &Operator<'_>| {
            matches!(
                one,
                Operator::TryTable { .. } | Operator::Catch { .. } | Operator::CatchAll
            )
        };
        if operators.iter().any(catches) {
            let pairs = operators.windows(2);
            let is_reset = |pair: &&[Operator<'_>]| {
                matches!(
                    pair,
                    [
                        Operator::I32Const { value: 0 },
                        Operator::GlobalSet { global_index: 1 }
                    ]
                )
            };
            resets += pairs.filter(is_reset).count();
        }
    }
    resets
}

#[test]
fn the_depth_is_reset_where_exceptions_are_caught() {
    for (name, wasm) in all() {
        assert_eq!(resets(&wasm), 1, "{name}");
    }
}

/// What Node cannot run is looked at by the test above only.
#[test]
fn the_next_allocation_is_reported() {
    const RUN: &str = "
        const bytes = require('fs').readFileSync(0);
        let events = 0;
        if (!WebAssembly.validate(bytes)) return console.log('cannot');
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
          unfreed: { allocate() { events += 1; } },
        });
        console.log(`${exports.run()} ${events}`);";
    let mut ran = 0;
    for (name, wasm) in all() {
        let mut node = Command::new("node")
            .args(["-e", &format!("(() => {{ {RUN} }})()")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut stdin = node.stdin.take().expect("a pipe");
        stdin.write_all(&wasm).expect("a pipe");
        drop(stdin);
        let said = node.wait_with_output().expect("node").stdout;
        match String::from_utf8_lossy(&said).trim() {
            "cannot" => {}
            said => {
                assert_eq!(said, "64 1", "{name}");
                ran += 1;
            }
        }
    }
    assert!(ran > 0, "Node runs exceptions of one kind at least");
}
