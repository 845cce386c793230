(** Logs what a program allocates and what becomes of it, by sampling with
    {!Gc.Memprof}, for [unfreed analyze].

    {[
      let () = Unfreed.start ~sampling_rate:1e-4 ~log:"run.log" ()
    ]}

    The lines are those of the log format of unfreed, version 2
    ([docs/log-format.md]). Each is written at once, so that several threads and
    processes may share a log. *)

(** Starts to sample each word of what is allocated with probability
    [sampling_rate], from 1e-9 to 1: [1e-4] costs next to nothing, [1e-3] a few per
    cent, and [1.] logs everything.

    [log] is the file to write, which is emptied first. Without it, it is what the
    environment variable [UNFREED_LOG] names, or else standard error. If it cannot
    be opened, standard error says so and nothing is sampled; if it cannot be
    written later on, the rest of the log is missing.

    [frames] is how many calls tell one site from another, innermost first (4 if
    not given). Compile with [-g], or they have no names.

    The log ends with {!stop}, or with the program.

    In OCaml 5, domains that exist already are not sampled.

    @raise Invalid_argument if the rate is none.
    @raise Failure if something samples already, or if this OCaml (5.0 to 5.2)
    cannot. *)
val start : sampling_rate:float -> ?log:string -> ?frames:int -> unit -> unit

(** Ends the log. First collects what can no longer be reached, so that it does
    not count as leaked; [~collect:false] leaves that out. Does nothing if nothing
    is logged. *)
val stop : ?collect:bool -> unit -> unit

(** Writes a mark: an iteration begins. First collects what can no longer be reached,
    so that only what leaks grows from mark to mark; [~collect:false] leaves that out.
    The name is one line of text. *)
val mark : ?collect:bool -> string -> unit
