(* OCaml from 4.12 on. *)

type 'a cell = 'a Atomic.t

let cell = Atomic.make
let get = Atomic.get
let compare_and_set = Atomic.compare_and_set
let exchange = Atomic.exchange
let next counter = Atomic.fetch_and_add counter 1

(* Later versions have further sources. *)
let is_custom (allocation : Gc.Memprof.allocation) =
  match allocation.source with Custom -> true | _ -> false
