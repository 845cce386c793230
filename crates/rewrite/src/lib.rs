//! Finds the allocator of a WebAssembly module and rewrites the module so that
//! it reports each allocation, free and `memory.grow`, with the call path that
//! led there. Nothing is run and no file is read: bytes in, bytes out.

pub mod allocator;
pub mod demangle;
pub mod error;
pub mod globals;
pub mod instrument;
pub mod map;
pub mod module;
pub mod role;
pub mod scan;
pub mod static_layout;
pub mod trial;
