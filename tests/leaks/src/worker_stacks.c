// A module that threads share, and that gives each its thread-local storage when
// it starts, as those of wasm-bindgen do.
#define EXPORT(name) __attribute__((export_name(#name), noinline))

void __wasm_init_tls(void *);

// All blocks are as large as the thread-local storage. One that was freed is
// handed out again. This lies at the begin of the heap, since the linker would
// have a start function fill what is static.
struct heap {
    _Atomic unsigned long used;
    _Atomic unsigned long freed;
    _Alignas(16) char blocks[];
};
extern struct heap __heap_base;

static _Thread_local char scratch[4000];
static _Thread_local void *storage;

EXPORT(__wbindgen_malloc) void *wbindgen_malloc(unsigned long size, unsigned long align) {
    unsigned long again = __c11_atomic_exchange(&__heap_base.freed, 0, __ATOMIC_SEQ_CST);
    if (again)
        return (void *)again;
    unsigned long whole = (size + align - 1) & -align;
    return __heap_base.blocks + __c11_atomic_fetch_add(&__heap_base.used, whole, __ATOMIC_SEQ_CST);
}

EXPORT(__wbindgen_free) void wbindgen_free(void *block, unsigned long size, unsigned long align) {
    __c11_atomic_store(&__heap_base.freed, (unsigned long)block, __ATOMIC_SEQ_CST);
}

EXPORT(__wbindgen_start) void wbindgen_start(void) {
    void *block = wbindgen_malloc(__builtin_wasm_tls_size(), 16);
    __wasm_init_tls(block);
    storage = block;
}

EXPORT(__wbindgen_thread_destroy) void wbindgen_thread_destroy(void) {
    wbindgen_free(storage, __builtin_wasm_tls_size(), 16);
}

EXPORT(work) int work(int value) {
    scratch[0] = (char)value;
    for (int i = 1; i < 4000; i++)
        scratch[i] = (char)(scratch[i - 1] + 1);
    return scratch[3999];
}
