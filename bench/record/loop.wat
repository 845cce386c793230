;; An allocator of one list of free blocks, and loops that do nothing but
;; allocate and free: by one call path, and by 1,000.
(module
  (memory (export "memory") 1 10 SHARED)
  (global $top (mut i32) (i32.const 1024))
  (global $free (mut i32) (i32.const 0))
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $free))
    (if (local.get $block)
      (then (global.set $free (i32.load (local.get $block))))
      (else
        (local.set $block (global.get $top))
        (global.set $top (i32.add (global.get $top) (local.get $size)))))
    (local.get $block))
  (func $free (export "free") (param $block i32)
    (i32.store (local.get $block) (global.get $free))
    (global.set $free (local.get $block)))
  (func $both (call $free (call $malloc (i32.const 16))))
  (func $ten
    (call $both) (call $both) (call $both) (call $both) (call $both)
    (call $both) (call $both) (call $both) (call $both) (call $both))
  (func $hundred
    (call $ten) (call $ten) (call $ten) (call $ten) (call $ten)
    (call $ten) (call $ten) (call $ten) (call $ten) (call $ten))
  (func $thousand
    (call $hundred) (call $hundred) (call $hundred) (call $hundred) (call $hundred)
    (call $hundred) (call $hundred) (call $hundred) (call $hundred) (call $hundred))
  (func (export "one") (param $times i32)
    (loop $next
      (call $both)
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $times) (i32.const 0)))))
  (func (export "many") (param $times i32)
    (loop $next
      (call $thousand)
      (local.set $times (i32.sub (local.get $times) (i32.const 1000)))
      (br_if $next (i32.gt_s (local.get $times) (i32.const 0))))))
