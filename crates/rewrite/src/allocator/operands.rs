//! What a function compares and adds its parameters with, as far as two
//! instructions side by side show it. That tells a size from an alignment where
//! the signature does not.

use wasmparser::{BinaryReader, FunctionBody, Operator};

use crate::module::Module;

/// The pairs `local.get P`, `i32.const C` that stand side by side, for the
/// parameters P of a function.
pub fn constants_with(module: &Module<'_>, function: u32) -> Vec<(u32, i32)> {
    let parameters = module
        .function_type(function)
        .map_or(0, |found| found.params().len() as u32);
    let mut pairs = Vec::new();
    let mut before = None;
    for operator in operators(module, function) {
        if let (Some(local), Operator::I32Const { value }) = (before, &operator) {
            pairs.push((local, *value));
        }
        before = match operator {
            Operator::LocalGet { local_index } if local_index < parameters => Some(local_index),
            _ => None,
        };
    }
    pairs
}

/// The parameters that `caller` hands on to `callee`: for each place where all
/// arguments are read from locals just before the call, those locals.
pub fn handed_on(module: &Module<'_>, caller: u32, callee: u32) -> Vec<Vec<u32>> {
    let count = module
        .function_type(callee)
        .map_or(0, |found| found.params().len());
    let mut places = Vec::new();
    let mut locals = Vec::new();
    for operator in operators(module, caller) {
        match operator {
            Operator::LocalGet { local_index } => {
                locals.push(local_index);
                continue;
            }
            Operator::Call { function_index } if function_index == callee => {
                let first = locals.len().saturating_sub(count);
                let arguments = locals.get(first..).unwrap_or_default();
                if arguments.len() == count {
                    places.push(arguments.to_vec());
                }
            }
            _ => {}
        }
        locals.clear();
    }
    places
}

/// The instructions of a body, up to the first that cannot be read; the scan
/// has told of those.
fn operators<'a>(module: &Module<'a>, function: u32) -> impl Iterator<Item = Operator<'a>> {
    let body = module
        .functions
        .get(function as usize)
        .and_then(|function| function.body.clone());
    let range = body.unwrap_or(0..0);
    let bytes = module.bytes.get(range.clone()).unwrap_or_default();
    let body = FunctionBody::new(BinaryReader::new(bytes, range.start as u64));
    let reader = body.get_operators_reader().ok();
    reader.into_iter().flatten().map_while(Result::ok)
}
