class Index {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        IndexFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_index_free(ptr, 0);
    }
    /**
     * @param {SrsHandle} srs
     * @param {number} gates
     */
    constructor(srs, gates) {
        _assertClass(srs, SrsHandle);
        const ret = wasm.index_new(srs.__wbg_ptr, gates);
        this.__wbg_ptr = ret;
        IndexFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) Index.prototype[Symbol.dispose] = Index.prototype.free;
exports.Index = Index;

class Proof {
    static __wrap(ptr) {
        const obj = Object.create(Proof.prototype);
        obj.__wbg_ptr = ptr;
        ProofFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        ProofFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_proof_free(ptr, 0);
    }
}
if (Symbol.dispose) Proof.prototype[Symbol.dispose] = Proof.prototype.free;
exports.Proof = Proof;

/**
 * What JavaScript holds of it.
 */
class SrsHandle {
    static __wrap(ptr) {
        const obj = Object.create(SrsHandle.prototype);
        obj.__wbg_ptr = ptr;
        SrsHandleFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        SrsHandleFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_srshandle_free(ptr, 0);
    }
    /**
     * @returns {SrsHandle}
     */
    another() {
        const ret = wasm.srshandle_another(this.__wbg_ptr);
        return SrsHandle.__wrap(ret);
    }
    /**
     * @param {number} depth
     */
    constructor(depth) {
        const ret = wasm.srshandle_new(depth);
        this.__wbg_ptr = ret;
        SrsHandleFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
}
if (Symbol.dispose) SrsHandle.prototype[Symbol.dispose] = SrsHandle.prototype.free;
exports.SrsHandle = SrsHandle;

class Ticket {
    static __wrap(ptr) {
        const obj = Object.create(Ticket.prototype);
        obj.__wbg_ptr = ptr;
        TicketFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    static __unwrap(jsValue) {
        if (!(jsValue instanceof Ticket)) {
            return 0;
        }
        return jsValue.__destroy_into_raw();
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        TicketFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_ticket_free(ptr, 0);
    }
    /**
     * @param {string} name
     */
    constructor(name) {
        const ptr0 = passStringToWasm0(name, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.ticket_new(ptr0, len0);
        this.__wbg_ptr = ret;
        TicketFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * The name, for which the ticket is given up.
     * @returns {string}
     */
    redeem() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ptr = this.__destroy_into_raw();
            const ret = wasm.ticket_redeem(ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
}
if (Symbol.dispose) Ticket.prototype[Symbol.dispose] = Ticket.prototype.free;
exports.Ticket = Ticket;

/**
 * @param {string} text
 * @returns {string}
 */
function back(text) {
    let deferred2_0;
    let deferred2_1;
    try {
        const ptr0 = passStringToWasm0(text, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.back(ptr0, len0);
        deferred2_0 = ret[0];
        deferred2_1 = ret[1];
        return getStringFromWasm0(ret[0], ret[1]);
    } finally {
        wasm.__wbindgen_free(deferred2_0, deferred2_1, 1);
    }
}
exports.back = back;

/**
 * @param {Uint32Array | number[] | null} [numbers]
 * @returns {Uint32Array | undefined}
 */
function back_if_any(numbers) {
    var ptr0 = isLikeNone(numbers) ? 0 : passArray32ToWasm0(numbers, wasm.__wbindgen_malloc);
    var len0 = WASM_VECTOR_LEN;
    const ret = wasm.back_if_any(ptr0, len0);
    let v2;
    if (ret[0] !== 0) {
        v2 = getArrayU32FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
    }
    return v2;
}
exports.back_if_any = back_if_any;

/**
 * Leaves the proof with JavaScript.
 * @param {Proof} proof
 * @returns {bigint}
 */
function check(proof) {
    _assertClass(proof, Proof);
    const ret = wasm.check(proof.__wbg_ptr);
    return BigInt.asUintN(64, ret);
}
exports.check = check;

/**
 * Gives the proof back as a plain pointer, which nobody takes.
 * @param {Proof} proof
 * @returns {number}
 */
function into_raw(proof) {
    _assertClass(proof, Proof);
    var ptr0 = proof.__destroy_into_raw();
    const ret = wasm.into_raw(ptr0);
    return ret >>> 0;
}
exports.into_raw = into_raw;

/**
 * Never given back.
 * @param {Uint8Array | number[]} bytes
 */
function keep(bytes) {
    const ptr0 = passArray8ToWasm0(bytes, wasm.__wbindgen_malloc);
    const len0 = WASM_VECTOR_LEN;
    wasm.keep(ptr0, len0);
}
exports.keep = keep;

/**
 * Logs by the lines of `by_hand.rs`, to the console.
 */
function log_by_hand() {
    wasm.log_by_hand();
}
exports.log_by_hand = log_by_hand;

/**
 * Logs by the probes, to the console.
 */
function log_by_probes() {
    wasm.log_by_probes();
}
exports.log_by_probes = log_by_probes;

/**
 * Bytes of linear memory.
 * @returns {number}
 */
function memory_bytes() {
    const ret = wasm.memory_bytes();
    return ret >>> 0;
}
exports.memory_bytes = memory_bytes;

/**
 * All but the first.
 * @param {Ticket[]} tickets
 * @returns {Ticket[]}
 */
function other_tickets(tickets) {
    const ptr0 = passArrayJsValueToWasm0(tickets, wasm.__wbindgen_malloc);
    const len0 = WASM_VECTOR_LEN;
    const ret = wasm.other_tickets(ptr0, len0);
    var v2 = getArrayJsValueFromWasm0(ret[0], ret[1]);
    wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
    return v2;
}
exports.other_tickets = other_tickets;

/**
 * @param {Index} index
 * @param {SrsHandle} srs
 * @param {Uint32Array | number[]} witness
 * @returns {Proof}
 */
function prove(index, srs, witness) {
    _assertClass(index, Index);
    _assertClass(srs, SrsHandle);
    const ptr0 = passArray32ToWasm0(witness, wasm.__wbindgen_malloc);
    const len0 = WASM_VECTOR_LEN;
    const ret = wasm.prove(index.__wbg_ptr, srs.__wbg_ptr, ptr0, len0);
    return Proof.__wrap(ret);
}
exports.prove = prove;

/**
 * Fails with what it was given.
 * @param {string} text
 * @returns {string}
 */
function refused(text) {
    let deferred3_0;
    let deferred3_1;
    try {
        const ptr0 = passStringToWasm0(text, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.refused(ptr0, len0);
        var ptr2 = ret[0];
        var len2 = ret[1];
        if (ret[3]) {
            ptr2 = 0; len2 = 0;
            throw takeFromExternrefTable0(ret[2]);
        }
        deferred3_0 = ptr2;
        deferred3_1 = len2;
        return getStringFromWasm0(ptr2, len2);
    } finally {
        wasm.__wbindgen_free(deferred3_0, deferred3_1, 1);
    }
}
exports.refused = refused;

/**
 * All but the first.
 * @param {string[]} texts
 * @returns {string[]}
 */
function rest(texts) {
    const ptr0 = passArrayJsValueToWasm0(texts, wasm.__wbindgen_malloc);
    const len0 = WASM_VECTOR_LEN;
    const ret = wasm.rest(ptr0, len0);
    var v2 = getArrayJsValueFromWasm0(ret[0], ret[1]);
    wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
    return v2;
}
exports.rest = rest;

/**
 * @param {Ticket} ticket
 * @returns {Ticket}
 */
function stamped(ticket) {
    _assertClass(ticket, Ticket);
    var ptr0 = ticket.__destroy_into_raw();
    const ret = wasm.stamped(ptr0);
    return Ticket.__wrap(ret);
}
exports.stamped = stamped;

/**
 * @param {Ticket | null} [ticket]
 * @returns {Ticket | undefined}
 */
function stamped_if_any(ticket) {
    let ptr0 = 0;
    if (!isLikeNone(ticket)) {
        _assertClass(ticket, Ticket);
        ptr0 = ticket.__destroy_into_raw();
    }
    const ret = wasm.stamped_if_any(ptr0);
    return ret === 0 ? undefined : Ticket.__wrap(ret);
}
exports.stamped_if_any = stamped_if_any;

/**
 * Takes the proof from JavaScript, and frees it.
 * @param {Proof} proof
 * @returns {bigint}
 */
function verify(proof) {
    _assertClass(proof, Proof);
    var ptr0 = proof.__destroy_into_raw();
    const ret = wasm.verify(ptr0);
    return BigInt.asUintN(64, ret);
}
exports.verify = verify;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg___wbindgen_string_get_7ce8eee7fd327545: function(arg0, arg1) {
            const obj = arg1;
            const ret = typeof(obj) === 'string' ? obj : undefined;
            var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
            var len1 = WASM_VECTOR_LEN;
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 1, len1, true);
            getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, ptr1, true);
        },
        __wbg___wbindgen_throw_4c88d8bf264fd984: function(arg0, arg1) {
            throw new Error(getStringFromWasm0(arg0, arg1));
        },
        __wbg_log_4470beb8dffa36c7: function(arg0, arg1) {
            console.log(getStringFromWasm0(arg0, arg1));
        },
        __wbg_log_cfe38bbe8aa26085: function(arg0, arg1) {
            console.log(getStringFromWasm0(arg0, arg1));
        },
        __wbg_now_09f5409cce3e6643: function() {
            const ret = performance.now();
            return ret;
        },
        __wbg_now_e11a50573850dcb8: function() {
            const ret = Date.now();
            return ret;
        },
        __wbg_ticket_new: function(arg0) {
            const ret = Ticket.__wrap(arg0);
            return ret;
        },
        __wbg_ticket_unwrap: function(arg0) {
            const ret = Ticket.__unwrap(arg0);
            return ret;
        },
        __wbindgen_generic_0000000000000001: function(arg0, arg1) {
            // Cast intrinsic for `Ref(String) -> Externref`.
            const ret = getStringFromWasm0(arg0, arg1);
            return ret;
        },
        __wbindgen_init_externref_table: function() {
            const table = wasm.__wbindgen_externrefs;
            table.set(0, undefined);
            table.set(1024, undefined);
            table.set(1025, null);
            table.set(1026, true);
            table.set(1027, false);
        },
    };
    return {
        __proto__: null,
        "./probes_o1js_bg.js": import0,
    };
}

const IndexFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_index_free(ptr, 1));
const ProofFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_proof_free(ptr, 1));
const SrsHandleFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_srshandle_free(ptr, 1));
const TicketFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_ticket_free(ptr, 1));

function addToExternrefTable0(obj) {
    const idx = wasm.__externref_table_alloc();
    wasm.__wbindgen_externrefs.set(idx, obj);
    return idx;
}

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function getArrayJsValueFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    const mem = getDataViewMemory0();
    const result = [];
    for (let i = ptr; i < ptr + 4 * len; i += 4) {
        result.push(wasm.__wbindgen_externrefs.get(mem.getUint32(i, true)));
    }
    wasm.__externref_drop_slice(ptr, len);
    return result;
}

function getArrayU32FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint32ArrayMemory0().subarray(ptr / 4, ptr / 4 + len);
}

let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}

function getStringFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

let cachedUint32ArrayMemory0 = null;
function getUint32ArrayMemory0() {
    if (cachedUint32ArrayMemory0 === null || cachedUint32ArrayMemory0.byteLength === 0) {
        cachedUint32ArrayMemory0 = new Uint32Array(wasm.memory.buffer);
    }
    return cachedUint32ArrayMemory0;
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function isLikeNone(x) {
    return x === undefined || x === null;
}

function passArray32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getUint32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArray8ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 1, 1) >>> 0;
    getUint8ArrayMemory0().set(arg, ptr / 1);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passArrayJsValueToWasm0(array, malloc) {
    const ptr = malloc(array.length * 4, 4) >>> 0;
    for (let i = 0; i < array.length; i++) {
        const add = addToExternrefTable0(array[i]);
        getDataViewMemory0().setUint32(ptr + 4 * i, add, true);
    }
    WASM_VECTOR_LEN = array.length;
    return ptr;
}

function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        const ptr = malloc(buf.length, 1) >>> 0;
        getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);
        WASM_VECTOR_LEN = buf.length;
        return ptr;
    }

    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}

function takeFromExternrefTable0(idx) {
    const value = wasm.__wbindgen_externrefs.get(idx);
    wasm.__externref_table_dealloc(idx);
    return value;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
function decodeText(bytes) {
    return cachedTextDecoder.decode(bytes);
}

const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}

let WASM_VECTOR_LEN = 0;

const wasmPath = `${__dirname}/probes_o1js_bg.wasm`;
const wasmBytes = require('fs').readFileSync(wasmPath);
const wasmModule = new WebAssembly.Module(wasmBytes);
let wasmInstance = new WebAssembly.Instance(wasmModule, __wbg_get_imports());
let wasm = wasmInstance.exports;
wasm.__wbindgen_start();
