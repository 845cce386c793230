(* OCaml 4.11 has no atomic cells. It needs none: threads change places only where
   something is allocated, which nothing between a read and its write does here. *)

type 'a cell = 'a ref

let cell = ref
let get = ( ! )

let[@inline never] compare_and_set cell expected value =
  if !cell == expected then (
    cell := value;
    true)
  else false

let[@inline never] exchange cell value =
  let before = !cell in
  cell := value;
  before

let[@inline never] next counter =
  let number = !counter in
  counter := number + 1;
  number

(* This version does not sample what lies outside of the heap. *)
let is_custom (_ : Gc.Memprof.allocation) = false
