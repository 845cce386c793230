//! Tries an allocator that was found by what it looks like, on an instance made
//! for that. Node runs it in a process of its own: a function that is none of an
//! allocator may do anything, such as never end.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use unfreed_rewrite::allocator::{Allocator, Certainty, Found};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::scan::Scan;
use unfreed_rewrite::trial::{self, Trial};

/// What Node runs.
const CHECK: &str = include_str!("../../../../js/src/check.cjs");

/// After this long the functions count as not tried. Real modules take a tenth
/// of a second, most of it to start Node.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether Node has ended.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Verdict {
    /// It does what an allocator does.
    Passed,
    /// It does not.
    Wrong { reason: String },
    /// It could not be run.
    Untried { reason: String },
}

/// Tries the allocators that need it. One that does not behave like an allocator
/// is taken out; the result says so if there is none left.
pub fn check(module: &Module<'_>, scan: &Scan, found: &mut Found, node: &Path) -> Option<String> {
    let mut refused = Vec::new();
    found.allocators.retain_mut(|allocator| {
        if !trial::is_needed(allocator) {
            return true;
        }
        let verdict = match trial::of(module, scan, allocator) {
            Ok(trial) => run(&trial, node).unwrap_or_else(|error| Verdict::Untried {
                reason: format!("{error:#}"),
            }),
            Err(untried) => Verdict::Untried {
                reason: untried.to_string(),
            },
        };
        note(allocator, verdict, &mut refused)
    });
    let refused = refused.join("; ");
    if refused.is_empty() {
        return None;
    }
    let refused = format!(
        "the functions found do not behave like an allocator: {refused}; name those that do with \
         unfreed instrument --allocator"
    );
    match found.allocators.first_mut() {
        Some(first) => {
            first.notes.push(format!("Of another heap, {refused}."));
            None
        }
        None => Some(refused),
    }
}

/// Notes the verdict; whether the allocator stays.
fn note(allocator: &mut Allocator, verdict: Verdict, refused: &mut Vec<String>) -> bool {
    match verdict {
        Verdict::Passed => {
            let note = "Tried on an instance of its own: blocks keep their content, and freed ones come back.";
            allocator.notes.push(note.to_owned());
            allocator.certainty = allocator.certainty.max(Certainty::Likely);
            true
        }
        Verdict::Untried { reason } => {
            allocator.notes.push(format!("Not tried: {reason}."));
            true
        }
        Verdict::Wrong { reason } => {
            let functions = allocator.members.iter();
            let functions: Vec<String> = functions
                .map(|member| format!("{} {}", member.part, member.hook.function))
                .collect();
            refused.push(format!("{reason} ({})", functions.join(", ")));
            false
        }
    }
}

fn run(trial: &Trial, node: &Path) -> anyhow::Result<Verdict> {
    let functions = trial.functions.iter().map(|(part, arguments)| {
        let arguments = arguments.iter().map(|argument| argument.name());
        (part.name().to_owned(), arguments.collect())
    });
    let functions: serde_json::Map<String, serde_json::Value> = functions.collect();
    let mut child = Command::new(node)
        .args(["-e", CHECK, "--"])
        .arg(serde_json::Value::from(functions).to_string())
        // Node must not record itself, nor load what the program loads.
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", node.display()))?;
    let verdict = answer(&mut child, &trial.wasm);
    if verdict.is_err() {
        // It has ended, or is of no use.
        let _ = child.kill();
        let _ = child.wait();
    }
    verdict
}

fn answer(child: &mut Child, wasm: &[u8]) -> anyhow::Result<Verdict> {
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(wasm).context("Node did not read it")?;
    }
    let begin = Instant::now();
    while child.try_wait()?.is_none() {
        if begin.elapsed() > PATIENCE {
            bail!("it did not end within {} seconds", PATIENCE.as_secs());
        }
        thread::sleep(LOOK);
    }
    let mut said = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut said)?;
    }
    serde_json::from_str(&said).context("Node could not run it")
}
