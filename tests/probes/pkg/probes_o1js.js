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

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
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

function passArray32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getUint32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
function decodeText(bytes) {
    return cachedTextDecoder.decode(bytes);
}

let WASM_VECTOR_LEN = 0;

const wasmPath = `${__dirname}/probes_o1js_bg.wasm`;
const wasmBytes = require('fs').readFileSync(wasmPath);
const wasmModule = new WebAssembly.Module(wasmBytes);
let wasmInstance = new WebAssembly.Instance(wasmModule, __wbg_get_imports());
let wasm = wasmInstance.exports;
wasm.__wbindgen_start();
