//! What can be wrong with the bytes of a module.

use thiserror::Error;

/// Why bytes cannot be read as a WebAssembly module. Offsets count bytes from
/// the start of the input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModuleError {
    /// The input does not start as WebAssembly does.
    #[error(
        "is no WebAssembly: at offset 0 expected the bytes 00 61 73 6d (\\0asm), found {}",
        hex(found)
    )]
    NotWasm {
        /// The first bytes, four at most.
        found: Vec<u8>,
    },
    /// The input is a component, which holds modules.
    #[error(
        "is a component; expected a core module (take the modules out first, for example with `wasm-tools component unbundle`)"
    )]
    Component,
    /// The bytes at an offset are not what the binary format asks for.
    #[error("is damaged at offset {offset:#x}: {message}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What was expected or found there.
        message: String,
    },
    /// The code section does not have one body for each function declared.
    #[error(
        "is damaged: the function section declares {declared} functions, the code section has {bodies}"
    )]
    BodyCount {
        /// Functions that the function section declares.
        declared: usize,
        /// Bodies in the code section.
        bodies: usize,
    },
    /// A function has a type that is not there, or is not a function type.
    #[error(
        "is damaged: function {function} has type {found}, expected a function type below {types}"
    )]
    FunctionType {
        /// Index of the function.
        function: u32,
        /// Index of its type, as found.
        found: u32,
        /// How many types there are.
        types: usize,
    },
    /// A body, an export or the start section names a function that is not
    /// there.
    #[error("is damaged: {place} names function {found}, expected one below {functions}")]
    FunctionIndex {
        /// Who names it.
        place: String,
        /// The index found.
        found: u32,
        /// How many functions there are.
        functions: usize,
    },
}

impl From<wasmparser::Error> for ModuleError {
    fn from(error: wasmparser::Error) -> ModuleError {
        ModuleError::Malformed {
            offset: error.offset(),
            message: error.message().to_owned(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the end".to_owned();
    }
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
