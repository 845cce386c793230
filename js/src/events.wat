;; What a rewritten module calls for each event: finds the number of the context
;; and appends a record to the chunk of the thread. It is wasm because a call from
;; wasm to wasm costs a fraction of one to JS, and its memory is the pool.
;; `make-events.sh` makes events.wasm. Offsets of cells are those of pool.cjs.
(module $unfreed
  (import "pool" "memory" (memory 1 16384 shared))
  ;; Reads the clock and makes room: records in the chunk, before and after.
  (import "hook" "look" (func $look (param i32) (result i32)))
  ;; The number of a context that is not in the table.
  (import "hook" "first" (func $first (param i32 i32) (result i32)))
  ;; Accounts for pages: size before, pages asked for.
  (import "hook" "grown" (func $grown (param i32 i32)))
  ;; Addresses of the chunk's cells and records.
  (import "hook" "cells" (global $cells i32))
  (import "hook" "records" (global $records i32))
  (import "hook" "instance" (global $instance i32))
  ;; 1 when other threads have the memory, so that an order of all threads is needed.
  (global $shared (export "shared") (mut i32) (i32.const 0))

  ;; The table's slots are low, high, instance, number; a number of 0 ends the search.
  (func $find (param $low i32) (param $high i32) (result i32)
    (local $hash i32) (local $mask i32) (local $table i32) (local $at i32) (local $number i32)
    (local.set $mask (i32.load offset=48 (global.get $cells)))
    (local.set $table (i32.load offset=44 (global.get $cells)))
    (local.set $hash
      (i32.mul
        (i32.xor (local.get $low)
          (i32.mul (i32.add (local.get $high) (global.get $instance)) (i32.const 0x85ebca6b)))
        (i32.const 0x9e3779b1)))
    (local.set $hash (i32.xor (local.get $hash) (i32.shr_u (local.get $hash) (i32.const 15))))
    (loop $next
      (local.set $at
        (i32.add (local.get $table) (i32.shl (i32.and (local.get $hash) (local.get $mask)) (i32.const 4))))
      (local.set $number (i32.load offset=12 (local.get $at)))
      (if (i32.eqz (local.get $number)) (then (return (call $first (local.get $low) (local.get $high)))))
      (if
        (i32.and
          (i32.and
            (i32.eq (i32.load (local.get $at)) (local.get $low))
            (i32.eq (i32.load offset=4 (local.get $at)) (local.get $high)))
          (i32.eq (i32.load offset=8 (local.get $at)) (global.get $instance)))
        (then (return (local.get $number))))
      (local.set $hash (i32.add (local.get $hash) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; The low three bits of a tag are the kind of record, the others a number. The
  ;; sequence is never 0 but when it wraps. No calls here but when needed: this
  ;; runs for each event. Counts the record last, so that it is whole whenever the thread is ended.
  (func $append (param $a i32) (param $b i32) (param $tag i32)
    (local $count i32) (local $at i32)
    (local.set $count (i32.load offset=12 (global.get $cells)))
    (if (i32.ge_s (local.get $count) (i32.load offset=40 (global.get $cells)))
      (then (local.set $count (call $look (local.get $count)))))
    (local.set $at (i32.add (global.get $records) (i32.shl (local.get $count) (i32.const 4))))
    (i32.store (local.get $at)
      (if (result i32) (global.get $shared)
        (then (i32.add (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (i32.const 1)))
        (else (i32.const 0))))
    (i32.store offset=4 (local.get $at) (local.get $a))
    (i32.store offset=8 (local.get $at) (local.get $b))
    (i32.store offset=12 (local.get $at) (local.get $tag))
    (i32.store offset=12 (global.get $cells) (i32.add (local.get $count) (i32.const 1))))

  ;; A record with 64-bit values: one with the high halves before it, if they are not 0.
  (func $append64
    (param $a i32) (param $high_a i32) (param $b i32) (param $high_b i32) (param $tag i32)
    (local $count i32) (local $at i32)
    (if (i32.eqz (i32.or (local.get $high_a) (local.get $high_b)))
      (then
        (call $append (local.get $a) (local.get $b) (local.get $tag))
        (return)))
    ;; The two must not be parted, so that room is made for both.
    (local.set $count (i32.load offset=12 (global.get $cells)))
    (if (i32.ge_s (local.get $count) (i32.load offset=40 (global.get $cells)))
      (then (local.set $count (call $look (local.get $count)))))
    (local.set $at (i32.add (global.get $records) (i32.shl (local.get $count) (i32.const 4))))
    (i32.store (local.get $at) (i32.const 0))
    (i32.store offset=4 (local.get $at) (local.get $high_a))
    (i32.store offset=8 (local.get $at) (local.get $high_b))
    (i32.store offset=12 (local.get $at) (i32.const 7))
    (i32.store offset=16 (local.get $at)
      (if (result i32) (global.get $shared)
        (then (i32.add (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (i32.const 1)))
        (else (i32.const 0))))
    (i32.store offset=20 (local.get $at) (local.get $a))
    (i32.store offset=24 (local.get $at) (local.get $b))
    (i32.store offset=28 (local.get $at) (local.get $tag))
    (i32.store offset=12 (global.get $cells) (i32.add (local.get $count) (i32.const 2))))

  (func $allocate (export "allocate") (param $pointer i32) (param $size i32) (param $low i32) (param $high i32)
    (local $context i32)
    (local.set $context (call $find (local.get $low) (local.get $high)))
    (call $append (local.get $pointer) (local.get $size)
      (i32.or (i32.shl (local.get $context) (i32.const 3)) (i32.const 0))))
  (func $free (export "free") (param $pointer i32)
    (call $append (local.get $pointer) (i32.const 0)
      (i32.or (i32.shl (global.get $instance) (i32.const 3)) (i32.const 1))))
  (func $begin_reallocate (export "begin_reallocate") (param $pointer i32)
    (call $append (local.get $pointer) (i32.const 0)
      (i32.or (i32.shl (global.get $instance) (i32.const 3)) (i32.const 2))))
  (func $end_reallocate (export "end_reallocate")
    (param $pointer i32) (param $size i32) (param $low i32) (param $high i32)
    (local $context i32)
    (local.set $context (call $find (local.get $low) (local.get $high)))
    (call $append (local.get $pointer) (local.get $size)
      (i32.or (i32.shl (local.get $context) (i32.const 3)) (i32.const 3))))
  (func $grow (export "grow") (param $pages i32) (param $delta i32) (param $low i32) (param $high i32)
    (local $context i32)
    (local.set $context (call $find (local.get $low) (local.get $high)))
    (call $grown (local.get $pages) (local.get $delta))
    (call $append (local.get $pages) (local.get $delta)
      (i32.or (i32.shl (local.get $context) (i32.const 3)) (i32.const 4))))

  (func $allocate64 (export "allocate64")
    (param $pointer i32) (param $high_pointer i32) (param $size i32) (param $high_size i32)
    (param $low i32) (param $high i32)
    (local $context i32)
    (local.set $context (call $find (local.get $low) (local.get $high)))
    (call $append64 (local.get $pointer) (local.get $high_pointer)
      (local.get $size) (local.get $high_size) (i32.or (i32.shl (local.get $context) (i32.const 3)) (i32.const 0))))
  (func $free64 (export "free64") (param $pointer i32) (param $high_pointer i32)
    (call $append64 (local.get $pointer) (local.get $high_pointer)
      (i32.const 0) (i32.const 0) (i32.or (i32.shl (global.get $instance) (i32.const 3)) (i32.const 1))))
  (func $begin_reallocate64 (export "begin_reallocate64") (param $pointer i32) (param $high_pointer i32)
    (call $append64 (local.get $pointer) (local.get $high_pointer)
      (i32.const 0) (i32.const 0) (i32.or (i32.shl (global.get $instance) (i32.const 3)) (i32.const 2))))
  (func $end_reallocate64 (export "end_reallocate64")
    (param $pointer i32) (param $high_pointer i32) (param $size i32) (param $high_size i32)
    (param $low i32) (param $high i32)
    (local $context i32)
    (local.set $context (call $find (local.get $low) (local.get $high)))
    (call $append64 (local.get $pointer) (local.get $high_pointer)
      (local.get $size) (local.get $high_size) (i32.or (i32.shl (local.get $context) (i32.const 3)) (i32.const 3))))
  ;; Memories have fewer than 2^32 pages, so low halves say all, also of -1.
  (func $grow64 (export "grow64")
    (param $pages i32) (param $high_pages i32) (param $delta i32) (param $high_delta i32)
    (param $low i32) (param $high i32)
    (call $grow (local.get $pages) (local.get $delta) (local.get $low) (local.get $high))))
