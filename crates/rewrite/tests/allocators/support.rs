//! Small modules, and what is found in them.

use std::fmt::Write as _;

use unfreed_rewrite::allocator::{self, Found, Part};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::role::Role;
use unfreed_rewrite::scan::Scan;

/// The bytes of a module in text.
pub fn bytes(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// What is found in a module that has a memory and `fields`.
pub fn find(fields: &str) -> Found {
    find_whole(&format!("(module (memory 1) {fields})"))
}

/// What is found in a module.
pub fn find_whole(wat: &str) -> Found {
    let bytes = bytes(wat);
    let module = Module::parse(&bytes).expect("a module");
    let scan = Scan::of(&module).expect("bodies");
    allocator::find(&module, &scan)
}

/// The parts of the allocator that is found first, with their functions and
/// roles.
pub fn parts(found: &Found) -> Vec<(Part, u32, Role)> {
    let members = found.allocators.iter().take(1).flat_map(|one| &one.members);
    members
        .map(|one| (one.part, one.hook.function, one.hook.role))
        .collect()
}

/// A function that is to look like something.
#[derive(Clone, Copy, Default)]
pub struct Body<'a> {
    /// How many parameters of i32.
    pub parameters: usize,
    /// Whether it has a result.
    pub result: bool,
    /// Constants in it.
    pub constants: &'a [i32],
    /// Functions that it calls, with as many arguments as given.
    pub calls: &'a [(&'a str, usize, bool)],
    /// Loops in it.
    pub loops: usize,
    /// Bytes of nothing.
    pub nops: usize,
}

impl Body<'_> {
    /// The function in text, with the name `name`; it has that name in the text
    /// only.
    pub fn named(self, name: &str) -> String {
        let mut text = format!("(func ${name} (@name \"\") ");
        text += &"(param i32) ".repeat(self.parameters);
        if self.result {
            text += "(result i32) ";
        }
        for constant in self.constants {
            write!(text, "(drop (i32.const {constant})) ").expect("text grows");
        }
        for (callee, arguments, result) in self.calls {
            let call = format!("(call ${callee} {})", "(i32.const 0)".repeat(*arguments));
            text += &match result {
                true => format!("(drop {call}) "),
                false => call,
            };
        }
        text += &"(loop) ".repeat(self.loops);
        text += &"nop ".repeat(self.nops);
        if self.result {
            text += "i32.const 0";
        }
        text += ")\n";
        text
    }
}
