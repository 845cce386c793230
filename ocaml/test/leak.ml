(* Leaks a known number of bytes: leak SEED LOG RATE. Prints how many blocks and how
   many bytes, with their headers, it still holds.

   The numbers by which Gc.Memprof draws words are the same in each run. What is
   allocated before the leak moves the leak to other ones: runs with other seeds share
   none of them. *)

let blocks = 4000
let words_between_seeds = 150_000
let word = Sys.word_size / 8

(* Made before sampling begins, so that all that leaks is made in [keep]. *)
let kept = Array.make blocks Bytes.empty

let[@inline never] keep number size =
  let block = Bytes.create size in
  (* Every other one is let go. *)
  if number >= 0 then kept.(number) <- block

let[@inline never] garbage words =
  for _ = 1 to words / 101 do
    ignore (Sys.opaque_identity (Array.make 100 0))
  done

let () =
  let seed = int_of_string Sys.argv.(1) in
  Random.init seed;
  let sampling_rate = float_of_string Sys.argv.(3) in
  Unfreed.start ~sampling_rate ~log:Sys.argv.(2) ();
  garbage (seed * words_between_seeds);
  for number = 0 to blocks - 1 do
    if number mod (blocks / 4) = 0 then Unfreed.mark (Printf.sprintf "round %d" number);
    keep number (1 + Random.int 200);
    keep (-1) (1 + Random.int 200)
  done;
  Unfreed.stop ();
  let bytes block = (Obj.size (Obj.repr block) + 1) * word in
  Printf.printf "%d %d\n" blocks (Array.fold_left (fun sum block -> sum + bytes block) 0 kept)
