//! What the functions of an allocator do.

/// What a function of an allocator does, as its wrapper has to report it.
/// Parameters count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Hands out a block. Its result is the pointer, or 0 if there is none.
    Allocate {
        /// Bytes asked for.
        size: Size,
    },
    /// Gives back a block. A pointer of 0 is no block.
    Free {
        /// The parameter that is the pointer.
        pointer: u32,
    },
    /// Changes the size of a block. Its result is the new pointer; 0 means that
    /// the old block lives on, or, for a size of 0, that it is freed. An old
    /// pointer of 0 makes it an allocation.
    Reallocate {
        /// The parameter that is the old pointer.
        pointer: u32,
        /// Bytes asked for.
        size: Size,
    },
    /// Hands out a block as `posix_memalign` does: its result is 0 if it wrote
    /// a pointer to the address that it was given.
    AllocateInto {
        /// The parameter that is the address to write to.
        out: u32,
        /// Bytes asked for.
        size: Size,
    },
}

/// Where the size of a block stands among the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// It is this parameter.
    Parameter(u32),
    /// It is the product of two, as for `calloc`.
    Product(u32, u32),
}

/// A function to be wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hook {
    /// Its index in the original module, imports counted.
    pub function: u32,
    /// What it does.
    pub role: Role,
}
