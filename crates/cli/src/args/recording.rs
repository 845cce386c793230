//! How a command is recorded.

use std::path::PathBuf;

use clap::Args as Flattened;

/// How a command is recorded.
#[derive(Clone, Flattened)]
pub struct Recording {
    /// The file to write. [default: <script>.<process id>.unfreed]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Begin an iteration at each call of this export of a module; may be given more than once.
    #[arg(long = "mark-call", value_name = "EXPORT")]
    pub mark_calls: Vec<String>,

    /// Begin an iteration at each line of the program's output that matches (a JavaScript regular expression).
    #[arg(long, value_name = "REGEX")]
    pub mark_stdout: Option<String>,

    /// Begin an iteration each time this long has passed, such as 1s or 500ms.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub mark_every: Option<u64>,

    /// Copy the linear memories into the recording, to compare the account with the allocators' own headers: at the end, at each mark, at the marks called NAME, or when the program gets SIGUSR2; may be given more than once.
    ///
    /// A copy takes the disk space of all that is not zero in the memories.
    #[arg(long, value_name = "end|mark|mark:NAME|signal", value_parser = snapshot)]
    pub snapshot: Vec<SnapshotAt>,

    /// Say on standard error why a module was not rewritten.
    #[arg(long)]
    pub debug: bool,
}

/// When linear memories are copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotAt {
    /// When the program, or a worker with memories of its own, ends.
    End,
    /// At each mark.
    EachMark,
    /// At the marks of this name.
    Mark(String),
    /// When the program gets SIGUSR2.
    Signal,
}

fn snapshot(text: &str) -> Result<SnapshotAt, String> {
    match (text, text.strip_prefix("mark:")) {
        ("end", _) => Ok(SnapshotAt::End),
        ("mark", _) => Ok(SnapshotAt::EachMark),
        ("signal", _) => Ok(SnapshotAt::Signal),
        (_, Some(name)) if !name.is_empty() => Ok(SnapshotAt::Mark(name.to_owned())),
        _ => Err(format!(
            "'{text}' is no moment; expected end, mark, mark:NAME or signal"
        )),
    }
}

/// A time as people write it: 1s, 500ms, 2m.
fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        unit => return Err(format!("'{unit}' is no unit of time; expected ms, s or m")),
    };
    let number: Option<u64> = digits.parse().ok();
    let time = number.and_then(|number| number.checked_mul(scale));
    time.filter(|time| *time > 0)
        .ok_or_else(|| format!("'{digits}' is no number of {}", &text[digits.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_have_a_moment() {
        assert_eq!(snapshot("end"), Ok(SnapshotAt::End));
        assert_eq!(snapshot("mark"), Ok(SnapshotAt::EachMark));
        assert_eq!(snapshot("mark:end"), Ok(SnapshotAt::Mark("end".to_owned())));
        assert_eq!(snapshot("signal"), Ok(SnapshotAt::Signal));
        for text in ["", "marks", "mark:", "round 1"] {
            assert!(snapshot(text).is_err(), "{text}");
        }
    }
}
