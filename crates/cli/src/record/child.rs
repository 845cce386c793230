//! Running the command that is recorded: its input, output and signals are its
//! own, and how it ended is how the recording ends.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Runs `command` with these variables added to its environment.
///
/// A terminal sends its signals to the command too, so this process only
/// outlives them. What was sent to this process alone is handed on.
pub fn run(
    command: &[OsString],
    environment: impl IntoIterator<Item = (&'static str, OsString)>,
) -> io::Result<ExitStatus> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no command is given",
        ));
    };
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment)
        .spawn()?;
    let handle = signals.handle();
    let pid = Pid::from_child(&child);
    let forwarding = thread::spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGTERM => hand_on(pid, Signal::TERM),
                SIGHUP => hand_on(pid, Signal::HUP),
                _ => {}
            }
        }
    });
    let status = child.wait();
    handle.close();
    // It ends when the handle is closed, and does nothing that panics.
    let _ = forwarding.join();
    status
}

fn hand_on(pid: Pid, signal: Signal) {
    // A command that has ended needs no signal.
    let _ = kill_process(pid, signal);
}

/// The exit code that says how the command ended: its own, or, as shells have
/// it, 128 and the number of the signal.
pub fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}
