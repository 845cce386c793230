//! The functions that are added: those that take the place of an allocator's
//! functions, those that take the place of exports, and the one that grows.

use wasm_encoder::{BlockType, Function, Instruction, MemArg, MemArgTarget, ValType};
use wasmparser::FuncType;

use super::body::root;
use super::error::InstrumentError;
use super::indices::{Import, Indices};
use crate::role::{Hook, Role, Size};

/// Puts wrappers together.
pub(super) struct Wrapping<'a> {
    pub indices: &'a Indices,
    pub is_64: bool,
    /// Whether the memory may grow during a call without any other report.
    pub watches: bool,
}

/// A wrapper that is being put together, and what it needs to know of its
/// function.
struct Wrapper<'a> {
    indices: &'a Indices,
    is_64: bool,
    signature: &'a FuncType,
    function: Function,
    context: u32,
    depth: u32,
    result: u32,
    /// Pages before the call, and those that were added, if it is watched.
    pages: Option<(u32, u32)>,
}

impl Wrapping<'_> {
    /// Stands where a function of the allocator was, and calls `original`.
    ///
    /// It reports only at depth 0: what the allocator's functions call of one
    /// another is no event of its own. A free is reported before it happens and
    /// an allocation after, so that no other thread can get the same address in
    /// between.
    pub fn hook(
        &self,
        hook: &Hook,
        signature: &FuncType,
        original: u32,
    ) -> Result<Function, InstrumentError> {
        check(hook, signature)?;
        let parameters = signature.params().len() as u32;
        let result = signature.results().first().map(value_type);
        let watches = self.watches && !matches!(hook.role, Role::Free { .. });
        let mut locals = Vec::from([ValType::I64, ValType::I32]);
        locals.push(result.unwrap_or(ValType::I32));
        if watches {
            locals.extend([address_type(self.is_64); 2]);
        }
        let mut wrapper = Wrapper {
            indices: self.indices,
            is_64: self.is_64,
            signature,
            function: Function::new_with_locals_types(locals),
            context: parameters,
            depth: parameters + 1,
            result: parameters + 2,
            pages: watches.then_some((parameters + 3, parameters + 4)),
        };
        wrapper.enter();
        wrapper.before(hook.role);
        wrapper.call(original);
        wrapper.after(hook.role);
        wrapper.function.instruction(&Instruction::End);
        Ok(wrapper.function)
    }

    /// Stands where an export was and calls `target`: all call paths begin
    /// here. Afterwards the context is 0 again, so that what JavaScript calls
    /// through a table begins there.
    pub fn export(&self, function: u32, signature: &FuncType, target: u32) -> Function {
        let mut wrapper = Function::new([]);
        let root = root(function);
        wrapper
            .instruction(&Instruction::I64Const(root))
            .instruction(&Instruction::GlobalSet(self.indices.context))
            .instruction(&Instruction::I32Const(0))
            .instruction(&Instruction::GlobalSet(self.indices.depth));
        for parameter in 0..signature.params().len() as u32 {
            wrapper.instruction(&Instruction::LocalGet(parameter));
        }
        wrapper
            .instruction(&Instruction::Call(target))
            .instruction(&Instruction::I64Const(0))
            .instruction(&Instruction::GlobalSet(self.indices.context))
            .instruction(&Instruction::End);
        wrapper
    }

    /// Grows memory 0 and reports it.
    pub fn grow(&self) -> Function {
        let address = address_type(self.is_64);
        let mut grow = Function::new([(1, address)]);
        let (delta, old) = (0, 1);
        grow.instruction(&Instruction::LocalGet(delta))
            .instruction(&Instruction::MemoryGrow(0))
            .instruction(&Instruction::LocalSet(old));
        for local in [old, delta] {
            push_address(&mut grow, local, address, self.is_64);
        }
        grow.instruction(&Instruction::GlobalGet(self.indices.context))
            .instruction(&Instruction::I32WrapI64)
            .instruction(&Instruction::GlobalGet(self.indices.context))
            .instruction(&Instruction::I64Const(32))
            .instruction(&Instruction::I64ShrU)
            .instruction(&Instruction::I32WrapI64);
        if let Some(import) = self.indices.import(Import::Grow) {
            grow.instruction(&Instruction::Call(import));
        }
        grow.instruction(&Instruction::LocalGet(old))
            .instruction(&Instruction::End);
        grow
    }
}

impl Wrapper<'_> {
    fn enter(&mut self) {
        self.function
            .instruction(&Instruction::GlobalGet(self.indices.context))
            .instruction(&Instruction::LocalSet(self.context))
            .instruction(&Instruction::GlobalGet(self.indices.depth))
            .instruction(&Instruction::LocalSet(self.depth));
        if let Some((pages, _)) = self.pages {
            self.function
                .instruction(&Instruction::MemorySize(0))
                .instruction(&Instruction::LocalSet(pages));
        }
    }

    fn before(&mut self, role: Role) {
        let (pointer, import) = match role {
            Role::Free { pointer } => (pointer, Import::Free),
            Role::Reallocate { pointer, .. } => (pointer, Import::BeginReallocate),
            Role::Allocate { .. } | Role::AllocateInto { .. } => return,
        };
        self.if_outermost();
        self.if_not_null(pointer);
        self.push_parameter(pointer);
        self.report(import);
        self.end();
        self.end();
    }

    /// Calls the original one depth further down. Depth is set and not counted
    /// up and down, so that an exception that goes through here leaves it at 1
    /// however often: where exceptions are caught, and where exports are
    /// entered, it is 0 again.
    fn call(&mut self, original: u32) {
        self.function
            .instruction(&Instruction::I32Const(1))
            .instruction(&Instruction::GlobalSet(self.indices.depth));
        for parameter in 0..self.signature.params().len() as u32 {
            self.function.instruction(&Instruction::LocalGet(parameter));
        }
        self.function
            .instruction(&Instruction::Call(original))
            .instruction(&Instruction::LocalGet(self.depth))
            .instruction(&Instruction::GlobalSet(self.indices.depth));
    }

    /// Reports what came of it. The results of the call are on the stack.
    fn after(&mut self, role: Role) {
        match role {
            Role::Free { .. } => return,
            Role::Allocate { size } => {
                self.function
                    .instruction(&Instruction::LocalSet(self.result));
                self.if_outermost();
                self.grown();
                self.allocated(size);
                self.end();
            }
            Role::Reallocate { pointer, size } => {
                self.function
                    .instruction(&Instruction::LocalSet(self.result));
                self.if_outermost();
                self.grown();
                self.if_not_null(pointer);
                self.push_result();
                self.push_size(size);
                self.report(Import::EndReallocate);
                self.function.instruction(&Instruction::Else);
                self.allocated(size);
                self.end();
                self.end();
            }
            Role::AllocateInto { out, size } => {
                self.function
                    .instruction(&Instruction::LocalSet(self.result));
                self.if_outermost();
                self.grown();
                self.function
                    .instruction(&Instruction::LocalGet(self.result))
                    .instruction(&Instruction::I32Eqz)
                    .instruction(&Instruction::If(BlockType::Empty));
                self.push_loaded(out);
                self.push_size(size);
                self.report(Import::Allocate);
                self.end();
                self.end();
            }
        }
        self.function
            .instruction(&Instruction::LocalGet(self.result));
    }

    /// Reports by how much the memory grew during the call, before what is
    /// reported of the block.
    fn grown(&mut self) {
        let Some((pages, added)) = self.pages else {
            return;
        };
        self.function
            .instruction(&Instruction::MemorySize(0))
            .instruction(&Instruction::LocalGet(pages));
        match self.is_64 {
            true => self
                .function
                .instruction(&Instruction::I64Sub)
                .instruction(&Instruction::LocalTee(added))
                .instruction(&Instruction::I32WrapI64),
            false => self
                .function
                .instruction(&Instruction::I32Sub)
                .instruction(&Instruction::LocalTee(added)),
        };
        self.function
            .instruction(&Instruction::If(BlockType::Empty));
        for local in [pages, added] {
            push_address(
                &mut self.function,
                local,
                address_type(self.is_64),
                self.is_64,
            );
        }
        self.report(Import::Grow);
        self.end();
    }

    /// Reports the block that is the result, if there is one.
    fn allocated(&mut self, size: Size) {
        self.function
            .instruction(&Instruction::LocalGet(self.result));
        if self.signature.results() == [wasmparser::ValType::I64] {
            self.function
                .instruction(&Instruction::I64Eqz)
                .instruction(&Instruction::I32Eqz);
        }
        self.function
            .instruction(&Instruction::If(BlockType::Empty));
        self.push_result();
        self.push_size(size);
        self.report(Import::Allocate);
        self.end();
    }

    fn if_outermost(&mut self) {
        self.function
            .instruction(&Instruction::LocalGet(self.depth))
            .instruction(&Instruction::I32Eqz)
            .instruction(&Instruction::If(BlockType::Empty));
    }

    fn if_not_null(&mut self, parameter: u32) {
        self.function.instruction(&Instruction::LocalGet(parameter));
        if self.parameter_type(parameter) == ValType::I64 {
            self.function
                .instruction(&Instruction::I64Eqz)
                .instruction(&Instruction::I32Eqz);
        }
        self.function
            .instruction(&Instruction::If(BlockType::Empty));
    }

    fn end(&mut self) {
        self.function.instruction(&Instruction::End);
    }

    fn parameter_type(&self, parameter: u32) -> ValType {
        let parameter = self.signature.params().get(parameter as usize);
        parameter.map_or(ValType::I32, value_type)
    }

    fn push_parameter(&mut self, parameter: u32) {
        let held = self.parameter_type(parameter);
        push_address(&mut self.function, parameter, held, self.is_64);
    }

    fn push_result(&mut self) {
        let held = self
            .signature
            .results()
            .first()
            .map_or(ValType::I32, value_type);
        push_address(&mut self.function, self.result, held, self.is_64);
    }

    /// The pointer that the function wrote to the address in a parameter.
    fn push_loaded(&mut self, out: u32) {
        let at = |offset, align| MemArg {
            offset,
            align,
            target: MemArgTarget::Memory(0),
            ordering: None,
        };
        self.function
            .instruction(&Instruction::LocalGet(out))
            .instruction(&Instruction::I32Load(at(0, 2)));
        if self.is_64 {
            self.function
                .instruction(&Instruction::LocalGet(out))
                .instruction(&Instruction::I32Load(at(4, 2)));
        }
    }

    fn push_size(&mut self, size: Size) {
        match size {
            Size::Parameter(parameter) => self.push_parameter(parameter),
            Size::Product(count, each) => {
                // The product of a call that succeeded does not overflow.
                let half = |wrapper: &mut Self, high: bool| {
                    for parameter in [count, each] {
                        wrapper
                            .function
                            .instruction(&Instruction::LocalGet(parameter));
                        match (wrapper.parameter_type(parameter), wrapper.is_64) {
                            (ValType::I64, false) => {
                                wrapper.function.instruction(&Instruction::I32WrapI64);
                            }
                            (ValType::I32, true) => {
                                wrapper.function.instruction(&Instruction::I64ExtendI32U);
                            }
                            _ => {}
                        }
                    }
                    match wrapper.is_64 {
                        false => wrapper.function.instruction(&Instruction::I32Mul),
                        true => wrapper.function.instruction(&Instruction::I64Mul),
                    };
                    if high {
                        wrapper
                            .function
                            .instruction(&Instruction::I64Const(32))
                            .instruction(&Instruction::I64ShrU);
                    }
                    if wrapper.is_64 {
                        wrapper.function.instruction(&Instruction::I32WrapI64);
                    }
                };
                half(self, false);
                if self.is_64 {
                    half(self, true);
                }
            }
        }
    }

    /// Calls the import; addresses and sizes are on the stack.
    fn report(&mut self, import: Import) {
        if import.has_context() {
            self.function
                .instruction(&Instruction::LocalGet(self.context))
                .instruction(&Instruction::I32WrapI64)
                .instruction(&Instruction::LocalGet(self.context))
                .instruction(&Instruction::I64Const(32))
                .instruction(&Instruction::I64ShrU)
                .instruction(&Instruction::I32WrapI64);
        }
        if let Some(import) = self.indices.import(import) {
            self.function.instruction(&Instruction::Call(import));
        }
    }
}

/// Pushes the address or size in `local`, of type `held`: one value, or low and
/// high half for a 64-bit memory.
fn push_address(function: &mut Function, local: u32, held: ValType, is_64: bool) {
    function.instruction(&Instruction::LocalGet(local));
    if held == ValType::I64 {
        function.instruction(&Instruction::I32WrapI64);
    }
    if !is_64 {
        return;
    }
    match held {
        ValType::I64 => function
            .instruction(&Instruction::LocalGet(local))
            .instruction(&Instruction::I64Const(32))
            .instruction(&Instruction::I64ShrU)
            .instruction(&Instruction::I32WrapI64),
        _ => function.instruction(&Instruction::I32Const(0)),
    };
}

fn address_type(is_64: bool) -> ValType {
    match is_64 {
        true => ValType::I64,
        false => ValType::I32,
    }
}

fn value_type(value: &wasmparser::ValType) -> ValType {
    match value {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    }
}

/// Whether a function can have its role.
fn check(hook: &Hook, signature: &FuncType) -> Result<(), InstrumentError> {
    let is_integer = |parameter: u32| {
        matches!(
            signature.params().get(parameter as usize),
            Some(wasmparser::ValType::I32 | wasmparser::ValType::I64)
        )
    };
    let has_size = |size: Size| match size {
        Size::Parameter(size) => is_integer(size),
        Size::Product(count, each) => is_integer(count) && is_integer(each),
    };
    let gives_pointer = matches!(
        signature.results(),
        [wasmparser::ValType::I32 | wasmparser::ValType::I64]
    );
    let (fits, expected) = match hook.role {
        Role::Allocate { size } => (
            has_size(size) && gives_pointer,
            "integer parameters for the size and one integer result, the pointer",
        ),
        Role::Free { pointer } => (is_integer(pointer), "an integer parameter, the pointer"),
        Role::Reallocate { pointer, size } => (
            is_integer(pointer) && has_size(size) && gives_pointer,
            "integer parameters for pointer and size and one integer result, the new pointer",
        ),
        Role::AllocateInto { out, size } => (
            is_integer(out) && has_size(size) && signature.results() == [wasmparser::ValType::I32],
            "integer parameters for address and size and one 32-bit result, 0 for success",
        ),
    };
    if fits {
        return Ok(());
    }
    Err(InstrumentError::Signature {
        function: hook.function,
        found: format!("its type is {signature}"),
        expected,
    })
}
