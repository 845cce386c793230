//! What the parameters of an allocator's functions mean.

use wasmparser::ValType;

use crate::module::Module;
use crate::role::{Role, Size};

use super::Part;

/// The meaning of each parameter, a letter each: `s` size, `n` number of
/// elements, `p` pointer, `a` alignment, `o` address to write the pointer to,
/// `x` anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(pub &'static str);

/// The type of an address.
pub fn address(module: &Module<'_>) -> ValType {
    match module.is_64() {
        true => ValType::I64,
        false => ValType::I32,
    }
}

impl Shape {
    /// What a function of this shape does; `shift` other parameters stand
    /// before those of the shape. `None` if the shape lacks what `part` needs.
    pub fn role(self, part: Part, shift: u32) -> Option<Role> {
        let place = |letter: char| Some(self.0.find(letter)? as u32 + shift);
        let size = || match (place('n'), place('s')?) {
            (Some(count), size) => Some(Size::Product(count, size)),
            (None, size) => Some(Size::Parameter(size)),
        };
        match part {
            Part::Malloc | Part::Calloc | Part::Memalign => Some(Role::Allocate { size: size()? }),
            Part::Free => Some(Role::Free {
                pointer: place('p')?,
            }),
            Part::Realloc => Some(Role::Reallocate {
                pointer: place('p')?,
                size: size()?,
            }),
            Part::PosixMemalign => Some(Role::AllocateInto {
                out: place('o')?,
                size: size()?,
            }),
        }
    }

    /// What `function` does if it is a `part` of this shape, which may have a
    /// self pointer before it if `has_self`; `None` if its signature is not
    /// that of such a function.
    pub fn fit(
        self,
        module: &Module<'_>,
        function: u32,
        part: Part,
        has_self: bool,
    ) -> Option<Role> {
        let signature = module.function_type(function)?;
        let address = address(module);
        let shift = signature.params().len().checked_sub(self.0.len())?;
        if shift > usize::from(has_self) {
            return None;
        }
        let parameters = signature.params().get(shift..)?;
        let fits = |(letter, found): (char, &ValType)| letter == 'x' || *found == address;
        if !self.0.chars().zip(parameters).all(fits) {
            return None;
        }
        let results_fit = match (part, signature.results()) {
            (Part::Free, results) => results.is_empty(),
            (Part::PosixMemalign, results) => results == [ValType::I32],
            (_, results) => results == [address],
        };
        if !results_fit {
            return None;
        }
        self.role(part, shift as u32)
    }
}
