(* Threads that allocate and a collector that runs meanwhile: threads LOG. *)

let work seed =
  let held = ref [] in
  for n = 1 to 20_000 do
    held := Bytes.create (n mod 100) :: !held;
    if n mod 1000 = 0 then (
      held := [];
      Thread.yield ())
  done;
  seed

let () =
  Unfreed.start ~sampling_rate:0.05 ~log:Sys.argv.(1) ();
  let threads = List.init 8 (fun seed -> Thread.create work seed) in
  Gc.full_major ();
  List.iter Thread.join threads
