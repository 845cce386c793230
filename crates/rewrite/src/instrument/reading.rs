//! The functions that let the recorder read the globals of an instance. They are
//! handed out by a call when the module is instantiated, as an export would be seen
//! by the program.

use wasm_encoder::{BlockType, Function, Instruction};
use wasmparser::ValType;

use super::indices::{Import, Indices};

/// Gives the value of the global that stands at a place in `globals`; that of the
/// last one for all higher places. There must be one.
pub(super) fn reader(globals: &[(u32, ValType)]) -> Function {
    let mut reader = Function::new([]);
    let last = globals.len().saturating_sub(1) as u32;
    for _ in globals {
        reader.instruction(&Instruction::Block(BlockType::Empty));
    }
    let places: Vec<u32> = (0..last).collect();
    reader
        .instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::BrTable(places.into(), last));
    for (index, value) in globals {
        reader
            .instruction(&Instruction::End)
            .instruction(&Instruction::GlobalGet(*index));
        if *value == ValType::I32 {
            reader.instruction(&Instruction::I64ExtendI32U);
        }
        reader.instruction(&Instruction::Return);
    }
    reader
        .instruction(&Instruction::Unreachable)
        .instruction(&Instruction::End);
    reader
}

/// Hands out the reader of `globals`, and calls the start function that the module
/// has, if it has one.
pub(super) fn start(
    indices: &Indices,
    reader: u32,
    globals: usize,
    started: Option<u32>,
) -> Function {
    let mut start = Function::new([]);
    if let Some(import) = indices.import(Import::Globals) {
        start
            .instruction(&Instruction::RefFunc(reader))
            .instruction(&Instruction::I32Const(globals as i32))
            .instruction(&Instruction::Call(import));
    }
    if let Some(started) = started {
        start.instruction(&Instruction::Call(started));
    }
    start.instruction(&Instruction::End);
    start
}
