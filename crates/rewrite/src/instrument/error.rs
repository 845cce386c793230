//! Why a module cannot be rewritten.

use thiserror::Error;

/// Why a module cannot be rewritten.
#[derive(Debug, Error)]
pub enum InstrumentError {
    /// The bytes are no module that is understood.
    #[error("not a WebAssembly module that can be read: {0}")]
    Malformed(#[from] wasmparser::Error),
    /// The bytes are a component.
    #[error("a WebAssembly component, not a core module; take its core modules apart first")]
    Component,
    /// A function that does not exist.
    #[error("function {function} is to be wrapped, but the module has {functions} functions")]
    NoSuchFunction {
        /// Index, imports counted.
        function: u32,
        /// How many there are.
        functions: u32,
    },
    /// A function that the module does not contain.
    #[error(
        "function {function} is to be wrapped, but it is imported: wrap it where it is defined"
    )]
    Imported {
        /// Index.
        function: u32,
    },
    /// A function that cannot be what it is taken for.
    #[error("function {function} cannot be wrapped: {found}, expected {expected}")]
    Signature {
        /// Index, imports counted.
        function: u32,
        /// Its signature.
        found: String,
        /// What its role needs.
        expected: &'static str,
    },
    /// The same function twice.
    #[error("function {function} is to be wrapped twice")]
    Twice {
        /// Index, imports counted.
        function: u32,
    },
    /// A module that was rewritten before.
    #[error("the module is instrumented already")]
    Already,
    /// A part of the module that cannot be written again.
    #[error("a section cannot be written again: {0}")]
    Section(String),
    /// More than 4 GiB.
    #[error("the rewritten module would be larger than 4 GiB")]
    TooLarge,
}
