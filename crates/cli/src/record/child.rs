//! Running the command that is recorded: its input, output and signals are its
//! own, and how it ended is how the recording ends.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR2};
use signal_hook::iterator::Signals;

/// How long a process has for a signal that the hook listens for. The hook is
/// called when the program is idle; without the hook it would have ended at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where processes say which signals only the hook listens for, as files
/// `PID.SIGNAL`.
pub fn armed_folder(cache: &Path) -> PathBuf {
    cache.join(format!("armed-{}", std::process::id()))
}

/// Runs `command` with these variables added to its environment. `armed` is a
/// folder that exists while it runs. `hands_on_usr2` says whether the command expects
/// SIGUSR2.
///
/// A terminal sends its signals to the command too, so this process only
/// outlives them. What was sent to this process alone is handed on.
pub fn run(
    command: &[OsString],
    environment: impl IntoIterator<Item = (&'static str, OsString)>,
    armed: &Path,
    hands_on_usr2: bool,
) -> io::Result<ExitStatus> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no command is given",
        ));
    };
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    if hands_on_usr2 {
        signals.add_signal(SIGUSR2)?;
    }
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment)
        .spawn()?;
    // Without the folder nothing is ended that does not end by itself.
    let _ = fs::create_dir_all(armed);
    let handle = signals.handle();
    let pid = Pid::from_child(&child);
    let (running, ended) = mpsc::channel::<()>();
    let folder = armed.to_owned();
    let watching = thread::spawn(move || {
        let mut cause = None;
        for signal in signals.forever() {
            match signal {
                SIGTERM => send(pid, Signal::TERM),
                SIGHUP => send(pid, Signal::HUP),
                SIGUSR2 => {
                    send(pid, Signal::USR2);
                    continue;
                }
                _ => {}
            }
            if end_busy(signal, pid, &folder, &ended) {
                cause = Some(signal);
            }
        }
        cause
    });
    let status = child.wait();
    drop(running);
    handle.close();
    // It ends when the handle is closed, and does nothing that panics.
    let cause = watching.join().ok().flatten();
    let _ = fs::remove_dir_all(armed);
    status.map(|status| match (status.signal(), cause) {
        (Some(SIGKILL), Some(signal)) => ExitStatus::from_raw(signal),
        _ => status,
    })
}

/// Ends processes that a signal has not ended because only the hook listens for
/// it and the program is too busy to call it: the command, and after SIGINT, which
/// a terminal sends to all of its processes, those too. Says whether the command
/// was one of them.
fn end_busy(signal: i32, command: Pid, armed: &Path, ended: &Receiver<()>) -> bool {
    if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return false;
    }
    let mut was_command = false;
    for pid in listening(signal, armed) {
        let is_command = pid == command;
        let has_got_it = is_command || (signal == SIGINT && getpgid(Some(pid)) == Ok(getpgrp()));
        if has_got_it {
            send(pid, Signal::KILL);
            was_command |= is_command;
        }
    }
    was_command
}

/// The processes in which only the hook listens for a signal.
fn listening(signal: i32, armed: &Path) -> Vec<Pid> {
    let suffix = match signal {
        SIGINT => ".SIGINT",
        SIGTERM => ".SIGTERM",
        _ => ".SIGHUP",
    };
    let files = fs::read_dir(armed).into_iter().flatten().flatten();
    files
        .filter_map(|file| {
            let name = file.file_name();
            let pid = name.to_str()?.strip_suffix(suffix)?;
            Pid::from_raw(pid.parse().ok()?)
        })
        .collect()
}

fn send(pid: Pid, signal: Signal) {
    // A process that has ended needs no signal.
    let _ = kill_process(pid, signal);
}

/// The exit code that says how the command ended: its own, or, as shells have
/// it, 128 and the number of the signal.
pub fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
