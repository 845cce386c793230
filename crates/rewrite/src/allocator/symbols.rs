//! The names that functions of allocators have.

use super::Part;
use super::names::Family::{self, *};
use super::shape::Shape;
use Part::*;

/// A name, and what a function of that name is.
pub struct Symbol {
    /// Which allocator has it.
    pub family: Family,
    /// Which part it is.
    pub part: Part,
    /// Its name, without a path or a hash.
    pub name: &'static str,
    /// What its parameters are.
    pub shape: Shape,
}

const fn symbol(family: Family, part: Part, name: &'static str, shape: &'static str) -> Symbol {
    Symbol {
        family,
        part,
        name,
        shape: Shape(shape),
    }
}

/// Names that stand alone, in C and in Rust.
pub const SYMBOLS: &[Symbol] = &[
    symbol(C, Malloc, "malloc", "s"),
    symbol(C, Free, "free", "p"),
    symbol(C, Realloc, "realloc", "ps"),
    symbol(C, Calloc, "calloc", "ns"),
    symbol(C, Memalign, "memalign", "as"),
    symbol(C, Memalign, "aligned_alloc", "as"),
    symbol(C, PosixMemalign, "posix_memalign", "oas"),
    symbol(C, Memalign, "valloc", "s"),
    symbol(C, Memalign, "pvalloc", "s"),
    symbol(C, Malloc, "__libc_malloc", "s"),
    symbol(C, Free, "__libc_free", "p"),
    symbol(C, Realloc, "__libc_realloc", "ps"),
    symbol(C, Calloc, "__libc_calloc", "ns"),
    symbol(C, Memalign, "__libc_memalign", "as"),
    symbol(Core, Malloc, "dlmalloc", "s"),
    symbol(Core, Free, "dlfree", "p"),
    symbol(Core, Realloc, "dlrealloc", "ps"),
    symbol(Core, Calloc, "dlcalloc", "ns"),
    symbol(Core, Memalign, "dlmemalign", "as"),
    symbol(Core, PosixMemalign, "dlposix_memalign", "oas"),
    symbol(Core, Memalign, "internal_memalign", "as"),
    // Its alignment is a constant where all its callers want the same.
    symbol(Core, Memalign, "internal_memalign", "s"),
    symbol(Core, Malloc, "emscripten_builtin_malloc", "s"),
    symbol(Core, Free, "emscripten_builtin_free", "p"),
    symbol(Core, Realloc, "emscripten_builtin_realloc", "ps"),
    symbol(Core, Calloc, "emscripten_builtin_calloc", "ns"),
    symbol(Core, Memalign, "emscripten_builtin_memalign", "as"),
    symbol(Emmalloc, Malloc, "emmalloc_malloc", "s"),
    symbol(Emmalloc, Free, "emmalloc_free", "p"),
    symbol(Emmalloc, Realloc, "emmalloc_realloc", "ps"),
    symbol(Emmalloc, Realloc, "emmalloc_aligned_realloc", "pas"),
    symbol(Emmalloc, Calloc, "emmalloc_calloc", "ns"),
    symbol(Emmalloc, Memalign, "emmalloc_memalign", "as"),
    symbol(Emmalloc, Memalign, "emmalloc_aligned_alloc", "as"),
    symbol(Emmalloc, PosixMemalign, "emmalloc_posix_memalign", "oas"),
    symbol(Mimalloc, Malloc, "mi_malloc", "s"),
    symbol(Mimalloc, Malloc, "mi_malloc_small", "s"),
    symbol(Mimalloc, Malloc, "mi_zalloc", "s"),
    symbol(Mimalloc, Malloc, "mi_zalloc_small", "s"),
    symbol(Mimalloc, Malloc, "mi_new", "s"),
    symbol(Mimalloc, Malloc, "mi_heap_malloc", "xs"),
    symbol(Mimalloc, Malloc, "mi_heap_malloc_small", "xs"),
    symbol(Mimalloc, Malloc, "mi_heap_zalloc", "xs"),
    symbol(Mimalloc, Free, "mi_free", "p"),
    symbol(Mimalloc, Free, "mi_free_size", "px"),
    symbol(Mimalloc, Free, "mi_free_aligned", "pa"),
    symbol(Mimalloc, Free, "mi_free_size_aligned", "pxa"),
    symbol(Mimalloc, Realloc, "mi_realloc", "ps"),
    symbol(Mimalloc, Realloc, "mi_rezalloc", "ps"),
    symbol(Mimalloc, Realloc, "mi_realloc_aligned", "psa"),
    symbol(Mimalloc, Realloc, "mi_heap_realloc", "xps"),
    symbol(Mimalloc, Realloc, "mi_heap_rezalloc", "xps"),
    symbol(Mimalloc, Realloc, "mi_heap_realloc_aligned", "xpsa"),
    symbol(Mimalloc, Calloc, "mi_calloc", "ns"),
    symbol(Mimalloc, Calloc, "mi_mallocn", "ns"),
    symbol(Mimalloc, Calloc, "mi_heap_calloc", "xns"),
    symbol(Mimalloc, Memalign, "mi_malloc_aligned", "sa"),
    symbol(Mimalloc, Memalign, "mi_zalloc_aligned", "sa"),
    symbol(Mimalloc, Memalign, "mi_new_aligned", "sa"),
    symbol(Mimalloc, Memalign, "mi_heap_malloc_aligned", "xsa"),
    symbol(Mimalloc, Memalign, "mi_heap_zalloc_aligned", "xsa"),
    symbol(Mimalloc, Memalign, "mi_memalign", "as"),
    symbol(Mimalloc, Memalign, "mi_aligned_alloc", "as"),
    symbol(Mimalloc, PosixMemalign, "mi_posix_memalign", "oas"),
    symbol(Shim, Malloc, "__rust_alloc", "sa"),
    symbol(Shim, Calloc, "__rust_alloc_zeroed", "sa"),
    symbol(Shim, Free, "__rust_dealloc", "pxa"),
    symbol(Shim, Realloc, "__rust_realloc", "pxas"),
    symbol(Shim, Malloc, "__rdl_alloc", "sa"),
    symbol(Shim, Calloc, "__rdl_alloc_zeroed", "sa"),
    symbol(Shim, Free, "__rdl_dealloc", "pxa"),
    symbol(Shim, Realloc, "__rdl_realloc", "pxas"),
    symbol(Shim, Malloc, "__rg_alloc", "sa"),
    symbol(Shim, Calloc, "__rg_alloc_zeroed", "sa"),
    symbol(Shim, Free, "__rg_dealloc", "pxa"),
    symbol(Shim, Realloc, "__rg_realloc", "pxas"),
    symbol(Boundary, Malloc, "__wbindgen_malloc", "sa"),
    symbol(Boundary, Malloc, "__wbindgen_malloc", "s"),
    symbol(Boundary, Free, "__wbindgen_free", "pxa"),
    symbol(Boundary, Free, "__wbindgen_free", "px"),
    symbol(Boundary, Realloc, "__wbindgen_realloc", "pxsa"),
    symbol(Boundary, Realloc, "__wbindgen_realloc", "pxs"),
    symbol(Boundary, Malloc, "napi_wasm_malloc", "s"),
    symbol(Boundary, Realloc, "cabi_realloc", "pxas"),
];

/// Names of the inner functions of the crate `dlmalloc`, behind the path of
/// its type.
pub const RUST_CORE: &[Symbol] = &[
    symbol(RustCore, Malloc, "malloc", "s"),
    symbol(RustCore, Free, "free", "p"),
    symbol(RustCore, Realloc, "realloc", "ps"),
    symbol(RustCore, Memalign, "memalign", "as"),
];

/// Names of the methods of `GlobalAlloc`. The two words of a layout stand in
/// either order, by the version of rustc.
pub const RUST_GLOBAL: &[Symbol] = &[
    symbol(Global, Malloc, "alloc", "as"),
    symbol(Global, Calloc, "alloc_zeroed", "as"),
    symbol(Global, Free, "dealloc", "pax"),
    symbol(Global, Realloc, "realloc", "paxs"),
];

/// Names behind `~lib/rt/` and the folder of a runtime of AssemblyScript, and
/// names of its exports.
pub const ASSEMBLY_SCRIPT: &[Symbol] = &[
    symbol(AsHeap, Malloc, "__alloc", "s"),
    symbol(AsHeap, Realloc, "__realloc", "ps"),
    symbol(AsHeap, Free, "__free", "p"),
    symbol(AsBlocks, Malloc, "allocateBlock", "xs"),
    symbol(AsBlocks, Realloc, "reallocateBlock", "xps"),
    symbol(AsBlocks, Free, "freeBlock", "xp"),
    symbol(AsObjects, Malloc, "__new", "sx"),
    symbol(AsObjects, Realloc, "__renew", "ps"),
];
