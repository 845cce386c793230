//! The log of a process, in processes of their own: this binary runs itself
//! again, with the name of what to do in `CASE`.

mod support;

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::{lines, trusted};
use unfreed_probe::{Sink, Tracked, leaks, mark, memory, memory_now, start, stop};

/// What the processes do.
#[test]
fn child() {
    match std::env::var("CASE").as_deref() {
        Ok("objects") => objects(),
        Ok("threads") => threads(),
        Ok("thread-locals") => thread_locals(),
        Ok("switch") => switch(),
        Ok("watch") => watch_beside_log(),
        Ok("panic") => panic_under_watch(),
        _ => {}
    }
}

fn objects() {
    mark("a begin");
    memory("wasm", 65_536);
    memory_now();
    std::mem::forget(Tracked::new(vec![0_u8; 10]));
    drop(Tracked::new(String::from("x")));
}

fn threads() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut moved = Vec::new();
                for round in 0..500 {
                    let mut object = Tracked::new(vec![0_u8; round]);
                    object.edit().push(1);
                    moved.push(object.clone());
                }
            });
        }
    });
}

fn thread_locals() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<Tracked<String>>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            // Whatever was destroyed before, objects are still logged.
            drop(Tracked::new(String::from("late")));
        }
    }
    thread_local! {
        static LATE: AtEnd = const { AtEnd };
    }
    std::thread::spawn(|| {
        LATE.with(|_| {});
        KEPT.with(|kept| kept.borrow_mut().push(Tracked::new(String::from("kept"))));
    })
    .join()
    .expect("it ends");
}

/// Objects that live across logs are in the first only.
fn switch() {
    let folder = std::env::var("FOLDER").expect("a folder");
    let before = Tracked::new(1_u8);
    assert!(!unfreed_probe::is_on());
    start(Sink::file(&format!("{folder}/one")).expect("a file"));
    drop(before);
    let across = Tracked::new(2_u8);
    start(Sink::file(&format!("{folder}/two")).expect("a file"));
    let second = Tracked::new(3_u8);
    drop(across);
    stop();
    drop(second);
    drop(Tracked::new(4_u8));
}

fn watch_beside_log() {
    let watched = leaks(|| std::mem::forget(Tracked::new(1_u8)));
    assert_eq!(watched.objects(), 1);
    drop(Tracked::new(2_u16));
}

fn panic_under_watch() {
    let result = std::panic::catch_unwind(|| {
        leaks(|| {
            let _object = Tracked::new([0_u8; 10]);
            panic!("as it happens");
        })
    });
    assert!(result.is_err());
    assert!(!unfreed_probe::is_on());
}

fn run(case: &str, log: &str) -> Output {
    let output = command(case, log).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    output
}

fn command(case: &str, log: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command
        .args(["--exact", "child", "--nocapture"])
        .env("CASE", case)
        .env("UNFREED_LOG", log)
        .stdin(Stdio::null());
    command
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a log")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn a_file_has_all_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("my log");
    std::fs::write(&path, "an older log\n").expect("written");
    run("objects", text(&path));
    let log = read(&path);
    let said = lines(&log);
    assert_eq!(said[0], "@MARK a begin");
    assert_eq!(said[1], "@MEMORY wasm 65536");
    #[cfg(target_os = "linux")]
    assert!(said[2].starts_with("@MEMORY rss "), "{log}");
    assert!(
        said.iter()
            .any(|line| line.ends_with(" 0") && line.starts_with("@ALLOCATE alloc::vec::Vec<u8> "))
    );
    assert!(
        log.lines()
            .all(|line| line.contains(" t=") && line.contains(" thread="))
    );
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.live, 1);
}

#[test]
fn a_file_per_process() {
    let folder = tempfile::tempdir().expect("a folder");
    run("objects", &format!("{}/log-{{pid}}", text(folder.path())));
    let names: Vec<String> = folder
        .path()
        .read_dir()
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    assert_eq!(names.len(), 1);
    assert!(names[0]["log-".len()..].parse::<u32>().is_ok(), "{names:?}");
}

#[test]
fn stderr_has_the_lines_among_those_of_the_program() {
    let output = run("objects", "stderr");
    let said = String::from_utf8(output.stderr).expect("text");
    let records: String = said
        .lines()
        .filter(|line| line.starts_with('@'))
        .map(|line| format!("{line}\n"))
        .collect();
    let (findings, _) = trusted(&records);
    assert_eq!(findings.totals.allocations, 2);
}

#[test]
fn a_socket_gets_the_lines() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut child = command("objects", &format!("tcp:{address}"))
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut log = String::new();
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.read_to_string(&mut log).expect("text");
    assert!(child.wait().expect("it ends").success());
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.allocations, 2);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_gets_the_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    let mut child = command("objects", &format!("unix:{}", text(&path)))
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut log = String::new();
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.read_to_string(&mut log).expect("text");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(trusted(&log).0.totals.allocations, 2);
}

#[test]
fn nothing_is_logged_unless_asked_for() {
    let output = run("objects", "");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(!said.contains('@'), "{said}");
}

#[test]
fn a_log_that_cannot_be_written_is_told_and_does_no_harm() {
    let output = run("objects", "/nowhere/at/all");
    let said = String::from_utf8(output.stderr).expect("text");
    let expected = "unfreed-probe: UNFREED_LOG: /nowhere/at/all: ";
    assert_eq!(said.matches(expected).count(), 1, "{said}");
    assert!(said.contains("; nothing is logged"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_log_with_a_word() {
    let output = run("objects", "/dev/full");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.matches("the log ends here").count(), 1, "{said}");
}

#[test]
fn threads_never_tear_each_others_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    run("threads", text(&path));
    let log = read(&path);
    let (findings, types) = trusted(&log);
    assert_eq!(findings.totals.allocations, 8 * 500 * 2);
    assert_eq!(findings.totals.live, 0);
    assert_eq!(types["alloc::vec::Vec<u8>"].frees, 8 * 500 * 2);
    let threads: std::collections::BTreeSet<&str> = log
        .lines()
        .filter_map(|line| line.rsplit_once(" thread="))
        .map(|(_, thread)| thread)
        .collect();
    assert_eq!(threads.len(), 8);
}

#[test]
fn objects_are_logged_while_a_thread_is_taken_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    run("thread-locals", text(&path));
    let (findings, _) = trusted(&read(&path));
    assert_eq!(findings.totals.allocations, 2);
    assert_eq!(findings.totals.live, 0);
}

#[test]
fn an_object_is_in_the_log_that_has_its_begin_or_in_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = command("switch", "")
        .env("FOLDER", folder.path())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let one = lines(&read(&folder.path().join("one")));
    let two = lines(&read(&folder.path().join("two")));
    assert_eq!(one.len(), 1, "{one:?}");
    assert_eq!(two.len(), 1, "{two:?}");
    assert!(
        one[0].starts_with("@ALLOCATE u8 ") && one[0].ends_with(" 0"),
        "{one:?}"
    );
    assert!(
        two[0].starts_with("@ALLOCATE u8 ") && two[0].ends_with(" 1"),
        "{two:?}"
    );
}

#[test]
fn a_panic_leaves_no_watch_behind() {
    run("panic", "");
}

#[test]
fn a_leak_check_and_a_log_run_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    run("watch", text(&path));
    let (findings, _) = trusted(&read(&path));
    assert_eq!(findings.totals.allocations, 2);
    assert_eq!(findings.totals.live, 1);
}
