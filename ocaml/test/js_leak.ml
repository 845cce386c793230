(* Leaks in each round, for js_of_ocaml: the rounds are the iterations of a recording. *)

let kept = ref []

let[@inline never] keep size = kept := Bytes.make size 'x' :: !kept

let () =
  for round = 1 to 8 do
    for _ = 1 to 20_000 do
      keep 100
    done;
    Printf.printf "round %d\n%!" round
  done
