module Version = Unfreed_version

let bytes_per_word = Sys.word_size / 8

(* Lines that wait for whoever writes. A line is written by one channel operation,
   and only by one thread at a time. Who finds another one writing leaves its line
   here and goes on: a callback must never wait, since it may run within another
   one that writes (a finaliser, a signal) or hold up the collector. *)
type log = {
  channel : out_channel;
  waiting : string list Version.cell;
  is_writing : bool Version.cell;
  is_broken : bool Version.cell;
}

let rec push log line =
  let before = Version.get log.waiting in
  if not (Version.compare_and_set log.waiting before (line :: before)) then push log line

let write_one log line =
  if not (Version.get log.is_broken) then
    try
      output_string log.channel line;
      flush log.channel
    with Sys_error _ -> ignore (Version.exchange log.is_broken true)

let rec write_waiting log =
  match Version.get log.waiting with
  | [] -> ()
  | _ when Version.compare_and_set log.is_writing false true ->
    let release () = ignore (Version.exchange log.is_writing false) in
    (match List.iter (write_one log) (List.rev (Version.exchange log.waiting [])) with
     | () -> release ()
     | exception error -> release (); raise error);
    (* What was left here after the last look and before the end of writing. *)
    write_waiting log
  | _ -> ()

let write log line =
  push log line;
  write_waiting log

(* What a callback raises is raised in the program, which knows nothing of this log:
   its own failures end here. Other exceptions are those of the program's signal
   handlers, which may run here as anywhere else. *)
let guarded f otherwise x =
  try f x with
  | Sys_error _ | Out_of_memory | Stack_overflow | Invalid_argument _ | Failure _ | Not_found ->
    otherwise

type session = {
  log : log;
  alarm : Gc.alarm;
}

let session : session option Version.cell = Version.cell None

(* ids are never used again, also not by a later log that is read with an earlier *)
let ids = Version.cell 0

(* A name in a record is printable and on one line. *)
let printable = String.map (fun c -> if c < ' ' || c = '\127' then '?' else c)

let begins_with prefix text =
  let length = String.length prefix in
  String.length text >= length && String.sub text 0 length = prefix

(* Frames that only pass a request on. *)
let is_library name = begins_with "Stdlib." name || begins_with "Stdlib__" name
  || begins_with "Camlinternal" name
let is_own name = begins_with "Unfreed." name

type frame = {
  name : string;
  place : string;
}

let frame slot =
  let place = match Printexc.Slot.location slot with
    | Some { Printexc.filename; line_number; _ } ->
      Printf.sprintf "%s:%d" (printable filename) line_number
    | None -> "unknown:0" in
  let name = match Printexc.Slot.name slot with
    | Some name -> printable name
    | None -> "unknown" in
  { name; place }

let frames_of callstack =
  match Printexc.backtrace_slots callstack with
  | Some slots -> List.map frame (Array.to_list slots)
  | None -> []

let rec first n = function
  | frame :: rest when n > 0 -> frame :: first (n - 1) rest
  | _ -> []

(* A sampled block, from its allocation to its end. *)
type block = {
  id : int;
  type_name : string;
  bytes : int;
}

(* Words that could be sampled: with its header, but for what is outside of the
   heap and has none. *)
let words is_custom (allocation : Gc.Memprof.allocation) =
  if is_custom then allocation.size else allocation.size + 1

let allocated log ~frames heap (allocation : Gc.Memprof.allocation) =
  let all = frames_of allocation.callstack in
  if List.exists (fun frame -> is_own frame.name) all then None
  else
    let outside = List.filter (fun frame -> not (is_library frame.name)) all in
    let callers = match outside with [] -> all | _ -> outside in
    let path = match callers with
      | [] -> "unknown"
      | _ -> String.concat " < " (List.map (fun frame -> frame.name) (first frames callers)) in
    let place = match callers with
      | { place; _ } :: _ -> place
      | [] -> "unknown:0" in
    let is_custom = Version.is_custom allocation in
    let source = if is_custom then "custom" else heap in
    let type_name = Printf.sprintf "%s [%s]" path source in
    let bytes = words is_custom allocation * bytes_per_word in
    let id = Version.next ids in
    write log (Printf.sprintf "@ALLOCATE %s %d %s %d\n" type_name bytes place id);
    Some { id; type_name; bytes }

let promoted log block =
  write log (Printf.sprintf "@PROMOTE %d\n" block.id);
  Some block

let freed log block =
  write log (Printf.sprintf "@DROP %s %d %d\n" block.type_name block.bytes block.id)

let tracker log ~frames : (block, block) Gc.Memprof.tracker =
  { alloc_minor = guarded (allocated log ~frames "minor") None;
    alloc_major = guarded (allocated log ~frames "major") None;
    promote = (fun block -> guarded (promoted log) (Some block) block);
    dealloc_minor = guarded (freed log) ();
    dealloc_major = guarded (freed log) ();
  }

(* The heap is what the collector holds of the system. What no reader of the log
   takes for a memory is a line of the program. *)
let memory =
  let lines log =
    let stat = Gc.quick_stat () in
    write log (Printf.sprintf "@MEMORY ocaml %d\n" (stat.heap_words * bytes_per_word));
    write log
      (Printf.sprintf
        "gc: minor collections %d, major %d, compactions %d; words allocated minor %.0f, promoted %.0f, major %.0f; \
         largest heap %d words\n"
        stat.minor_collections stat.major_collections stat.compactions stat.minor_words
        stat.promoted_words stat.major_words stat.top_heap_words) in
  guarded lines ()

let open_log path =
  let fail message =
    (try prerr_endline ("unfreed: nothing is logged: " ^ message) with _ -> ());
    None in
  match path with
  | None -> Some stderr
  | Some path ->
    let flags = [ Open_wronly; Open_creat; Open_trunc; Open_append; Open_binary ] in
    (match open_out_gen flags 0o644 path with
     | channel -> Some channel
     | exception Sys_error message -> fail message)

let is_rate rate = rate >= 1e-9 && rate <= 1.

let finish { log; alarm } =
  Gc.delete_alarm alarm;
  guarded Gc.Memprof.stop () ();
  memory log;
  if log.channel != stderr then close_out_noerr log.channel

let stop ?(collect = true) () =
  match Version.get session with
  | None -> ()
  | Some _ ->
    (* What is tracked and dead is freed in the log before that ends. *)
    if collect then Gc.full_major ();
    (match Version.exchange session None with
     | Some session -> finish session
     | None -> ())

let ends_with_program = Version.cell false

let start ~sampling_rate ?log ?(frames = 4) () =
  if not (is_rate sampling_rate) then
    invalid_arg "Unfreed.start: the sampling rate must be from 1e-9 to 1";
  let path = match log with
    | Some _ -> log
    | None -> (match Sys.getenv_opt "UNFREED_LOG" with Some "" -> None | path -> path) in
  match open_log path with
  | None -> ()
  | Some channel ->
    let log = {
      channel;
      waiting = Version.cell [];
      is_writing = Version.cell false;
      is_broken = Version.cell false;
    } in
    write log (Printf.sprintf "@SAMPLE %.12g %d\n" sampling_rate bytes_per_word);
    memory log;
    let alarm = Gc.create_alarm (fun () -> memory log) in
    let frames = max 1 frames in
    (* Frames of libraries are looked past, but not to any depth. *)
    let callstack_size = min frames 1024 + 32 in
    let tracker = tracker log ~frames in
    let before = Version.exchange session (Some { log; alarm }) in
    if Version.compare_and_set ends_with_program false true then at_exit (fun () -> stop ());
    (* Last, so that nothing of this is sampled. *)
    (try ignore (Gc.Memprof.start ~sampling_rate ~callstack_size tracker)
     with error ->
       ignore (Version.exchange session before);
       Gc.delete_alarm alarm;
       if channel != stderr then close_out_noerr channel;
       raise error)

let mark ?(collect = true) name =
  match Version.get session with
  | Some { log; _ } ->
    if collect then Gc.full_major ();
    guarded (write log) () ("@MARK " ^ printable name ^ "\n")
  | None -> ()
