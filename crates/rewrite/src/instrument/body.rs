//! One function body with its calls instrumented.

use wasm_encoder::{BlockType, Encode, Instruction};
use wasmparser::{FunctionBody, Operator, OperatorsReader};

use super::catches::Catches;
use super::error::InstrumentError;
use super::indices::Indices;
use super::layout::Body;
use super::reach::Reach;

/// How the numbers of a call path are mixed: the context of a callee is that of
/// its caller times this, plus the number of the call (Bond and McKinley,
/// "Probabilistic calling context", OOPSLA 2007).
const FACTOR: i64 = 3;

/// A rewritten body and where its instructions come from.
pub(super) struct NewBody {
    /// Without the size before it.
    pub bytes: Vec<u8>,
    /// Offsets in `bytes` and in the original module, in ascending order.
    pub anchors: Vec<(u32, u32)>,
}

/// What all bodies of a module need.
pub(super) struct Rewriting<'a> {
    pub wasm: &'a [u8],
    pub indices: &'a Indices,
    pub reach: &'a Reach,
}

impl Rewriting<'_> {
    /// Rewrites `body`, that of the original `function`, which has `parameters`;
    /// `known` is what the layout says of it.
    ///
    /// Before each call that can lead to an event the context is set to that of
    /// the call. It is not put back afterwards, so that an exception that skips
    /// the rest of the function leaves nothing undone.
    pub fn body(
        &self,
        function: u32,
        parameters: u32,
        body: &FunctionBody<'_>,
        known: &Body,
    ) -> Result<NewBody, InstrumentError> {
        let mut locals = parameters;
        let mut runs = 0;
        for run in body.get_locals_reader()? {
            let (length, _) = run?;
            locals = locals.saturating_add(length);
            runs += 1;
        }
        let entry = self.needs_entry(function, body)?.then_some(locals);
        let range = body.range();
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize + 32);
        let start = body.get_operators_reader()?.original_position();
        let declarations = &self.wasm[range.start as usize..start as usize];
        match entry {
            None => bytes.extend_from_slice(declarations),
            Some(entry) => {
                declare_one_more(declarations, runs, &mut bytes);
                Instruction::GlobalGet(self.indices.context).encode(&mut bytes);
                Instruction::LocalSet(entry).encode(&mut bytes);
            }
        }
        let mut new = NewBody {
            anchors: vec![(bytes.len() as u32, start as u32)],
            bytes,
        };
        let known = self.reach.function(function).then_some(known);
        self.instructions(function, entry, body, known, &mut new)?;
        Ok(new)
    }

    /// Whether a body has calls whose context depends on the one that it was
    /// called with.
    fn needs_entry(&self, function: u32, body: &FunctionBody<'_>) -> Result<bool, InstrumentError> {
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if let Some(Call::Deeper | Call::Recursive) = self.call(function, &operator, &reader) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn instructions(
        &self,
        function: u32,
        entry: Option<u32>,
        body: &FunctionBody<'_>,
        known: Option<&Body>,
        new: &mut NewBody,
    ) -> Result<(), InstrumentError> {
        let mut reader = body.get_operators_reader()?;
        let mut copied = reader.original_position() as usize;
        let mut catches = Catches::new(known);
        // Behind the end of a function nothing can be done, so that a block
        // takes the place of the function as what a label means.
        let outer = known.and_then(|known| known.catches_at_end);
        if let Some(number) = outer {
            let block = BlockType::FunctionType(self.indices.first_block_type + number);
            Instruction::Block(block).encode(&mut new.bytes);
            new.anchors.push((new.bytes.len() as u32, copied as u32));
        }
        // Calls are told apart by function and number, so that rewriting the
        // same module again gives the same contexts.
        let mut calls = 0u32;
        while !reader.eof() {
            let (operator, at) = reader.read_with_offset()?;
            let (at, end) = (at as usize, reader.original_position() as usize);
            let call = self.call(function, &operator, &reader);
            let replaced = self.replaced(&operator);
            let catches = catches.follow(&operator, at as u32);
            if call.is_none() && replaced.is_none() && !catches {
                continue;
            }
            new.bytes.extend_from_slice(&self.wasm[copied..at]);
            if let Some(call) = call {
                calls += 1;
                let site = site_number(function, calls);
                self.set_context(call, entry, site, &mut new.bytes);
            }
            new.anchors.push((new.bytes.len() as u32, at as u32));
            match replaced {
                Some(instruction) => instruction.encode(&mut new.bytes),
                None => new.bytes.extend_from_slice(&self.wasm[at..end]),
            }
            if catches {
                Instruction::I32Const(0).encode(&mut new.bytes);
                Instruction::GlobalSet(self.indices.depth).encode(&mut new.bytes);
            }
            copied = end;
            new.anchors.push((new.bytes.len() as u32, end as u32));
        }
        new.bytes
            .extend_from_slice(&self.wasm[copied..body.range().end as usize]);
        if outer.is_some() {
            Instruction::End.encode(&mut new.bytes);
        }
        Ok(())
    }

    fn set_context(&self, call: Call, entry: Option<u32>, site: i32, bytes: &mut Vec<u8>) {
        let site = Instruction::I64Const(i64::from(site));
        match (call, entry) {
            (Call::Recursive, Some(entry)) => Instruction::LocalGet(entry).encode(bytes),
            (Call::Deeper, Some(entry)) => {
                Instruction::LocalGet(entry).encode(bytes);
                Instruction::I64Const(FACTOR).encode(bytes);
                Instruction::I64Mul.encode(bytes);
                site.encode(bytes);
                Instruction::I64Add.encode(bytes);
            }
            // A body with calls of the first two kinds has the local for them.
            (Call::Last, _) | (_, None) => site.encode(bytes),
        }
        Instruction::GlobalSet(self.indices.context).encode(bytes);
    }

    /// What an instruction becomes because indices have moved, or because it
    /// grows the memory.
    fn replaced(&self, operator: &Operator<'_>) -> Option<Instruction<'static>> {
        Some(match *operator {
            Operator::Call { function_index } => {
                Instruction::Call(self.indices.function(function_index))
            }
            Operator::ReturnCall { function_index } => {
                Instruction::ReturnCall(self.indices.function(function_index))
            }
            Operator::RefFunc { function_index } => {
                Instruction::RefFunc(self.indices.function(function_index))
            }
            Operator::MemoryGrow { mem: 0 } => Instruction::Call(self.indices.grow),
            _ => return None,
        })
    }

    /// What a call does to the context; `None` for one that cannot lead to an
    /// event. `rest` is what follows it.
    fn call(
        &self,
        function: u32,
        operator: &Operator<'_>,
        rest: &OperatorsReader<'_>,
    ) -> Option<Call> {
        let (leads, recurses) = match *operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => (
                self.reach.function(function_index),
                self.reach.is_recursive(function, function_index),
            ),
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => (self.reach.call_type(type_index), false),
            Operator::MemoryGrow { mem: 0 } => (true, false),
            _ => return None,
        };
        if !leads {
            return None;
        }
        if recurses {
            return Some(Call::Recursive);
        }
        let is_last = matches!(rest.clone().read(), Ok(Operator::Unreachable));
        Some(if is_last { Call::Last } else { Call::Deeper })
    }
}

/// What a call that can lead to an event does to the context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// The callee gets one of its own.
    Deeper,
    /// The callee is in a cycle of direct calls with its caller and gets the one
    /// with which the cycle was entered, so that the depth of a recursion makes
    /// no new contexts.
    Recursive,
    /// It does not return: a panic, or an abort. Most functions have such calls
    /// and never make them, so that they cost nothing before: the context begins
    /// anew there, and tells the call but not what led to it.
    Last,
}

/// Appends declarations of locals, and of one more of type i64.
fn declare_one_more(declarations: &[u8], runs: u32, bytes: &mut Vec<u8>) {
    // The number of runs, which is a LEB128 number, goes up by one.
    let digits = declarations.iter().take_while(|byte| **byte & 0x80 != 0);
    let runs_at = digits.count() + 1;
    (runs + 1).encode(bytes);
    bytes.extend_from_slice(&declarations[runs_at..]);
    1u32.encode(bytes);
    wasm_encoder::ValType::I64.encode(bytes);
}

/// The number of a call: 32 bits that look random, so that sums of few of them
/// differ, and that a processor adds in one instruction.
fn site_number(function: u32, call: u32) -> i32 {
    (mixed(function, call) >> 32) as i32
}

/// The context with which a function is entered from outside: 64 bits, so that
/// no sum of numbers of calls makes another's.
pub(super) fn root(function: u32) -> i64 {
    mixed(function, 0) as i64
}

/// Mixes as splitmix64 does (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014).
fn mixed(function: u32, number: u32) -> u64 {
    let pair = u64::from(function) << 32 | u64::from(number);
    let mixed = pair.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
