(* A log that cannot be written does not disturb the program: disturbed LOG. *)

let () =
  Unfreed.start ~sampling_rate:1e-2 ~log:Sys.argv.(1) ();
  let lists = List.init 100 (fun n -> List.init 1000 (fun m -> (n, m))) in
  Gc.compact ();
  Unfreed.mark "a name\nof two lines";
  let sum = List.fold_left (fun sum list -> sum + List.length list) 0 lists in
  Unfreed.stop ();
  Unfreed.stop ();
  Printf.printf "%d\n" sum
