//! `unfreed instrument`: one module in, the rewritten module out.

mod trial;

use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use serde_json::json;
use sha2::{Digest, Sha256};
use unfreed_rewrite::allocator::{self, Allocator, Found};
use unfreed_rewrite::instrument::{Instrumented, instrument};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::role::Hook;
use unfreed_rewrite::scan::Scan;

use crate::args::Instrument;
use crate::exit;

/// The version of what the custom section says.
const IDENTITY_VERSION: u32 = 1;

/// Runs the command; the result is the exit code.
pub fn run(options: &Instrument) -> anyhow::Result<u8> {
    let name = options.input.display();
    let wasm = read(&options.input).with_context(|| format!("cannot read {name}"))?;
    let id = id_of(&wasm);
    let rewritten = match rewrite(&wasm, &id, options) {
        Ok(rewritten) => rewritten,
        Err(error) => {
            let message = error.context(format!("{name} cannot be instrumented"));
            let _ = writeln!(anstream::stderr(), "unfreed: {message:#}");
            return Ok(exit::INCOMPLETE);
        }
    };
    write_whole(&options.output, &rewritten.module.wasm)?;
    if let Some(facts) = &options.facts {
        // What is needed to tell where places of the new module were.
        write_whole(
            &facts.with_extension("map"),
            &rewritten.module.map.to_bytes(),
        )?;
        write_whole(&facts.with_extension("original"), &wasm)?;
        write_whole(facts, rewritten.facts(&id).to_string().as_bytes())?;
    }
    if !options.quiet {
        let _ = write!(anstream::stderr(), "{}", rewritten.summary(wasm.len()));
    }
    Ok(exit::ANALYSED)
}

/// A rewritten module and what was found in the original.
struct Rewritten {
    module: Instrumented,
    found: Found,
    /// If there is no allocator, why.
    reason: Option<String>,
}

fn rewrite(wasm: &[u8], id: &str, options: &Instrument) -> anyhow::Result<Rewritten> {
    let module = Module::parse(wasm)?;
    let mut refused = None;
    let found = match &options.allocator[..] {
        [] => {
            let scan = Scan::of(&module)?;
            let mut found = allocator::find(&module, &scan);
            if let Some(node) = &options.check_with {
                refused = trial::check(&module, &scan, &mut found, node);
            }
            found
        }
        choices => Found {
            allocators: vec![allocator::choose(
                &module,
                choices.iter().map(String::as_str),
            )?],
            reason: None,
        },
    };
    let reason = refused.or_else(|| found.reason.as_ref().map(ToString::to_string));
    let hooks: Vec<Hook> = found.allocators.iter().flat_map(Allocator::hooks).collect();
    let identity = json!({ "version": IDENTITY_VERSION, "id": id }).to_string();
    Ok(Rewritten {
        module: instrument(wasm, &hooks, &identity)?,
        found,
        reason,
    })
}

impl Rewritten {
    /// What the recorder and the reader of its recording need to know.
    fn facts(&self, id: &str) -> serde_json::Value {
        let allocators: Vec<_> = self.found.allocators.iter().map(allocator_facts).collect();
        json!({
            "id": id,
            "status": if allocators.is_empty() { "pages" } else { "instrumented" },
            "reason": self.reason,
            "allocators": allocators,
        })
    }

    fn summary(&self, before: usize) -> String {
        let mut summary = String::new();
        for allocator in &self.found.allocators {
            let functions: Vec<String> = allocator
                .members
                .iter()
                .map(|member| format!("{} {}", member.part, member.hook.function))
                .collect();
            summary += &format!(
                "allocator: {} ({}): {}\n",
                allocator.kind,
                allocator.certainty,
                functions.join(", ")
            );
            for note in &allocator.notes {
                summary += &format!("  {note}\n");
            }
        }
        if let Some(reason) = &self.reason {
            summary += &format!("no allocator: {reason}; only memory growth is reported\n");
        }
        let after = self.module.wasm.len();
        summary + &format!("{before} bytes, instrumented {after} bytes\n")
    }
}

fn allocator_facts(allocator: &Allocator) -> serde_json::Value {
    let functions: Vec<_> = allocator
        .members
        .iter()
        .map(|member| json!({ "part": member.part.name(), "function": member.hook.function }))
        .collect();
    json!({
        "kind": allocator.kind.to_string(),
        "certainty": allocator.certainty.to_string(),
        "functions": functions,
        "notes": allocator.notes,
    })
}

/// What a module is called by: the first 16 hexadecimal digits of the SHA-256
/// of its bytes.
pub fn id_of(wasm: &[u8]) -> String {
    let digest = Sha256::digest(wasm);
    let digits = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that others see whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let unfinished = path.with_added_extension(format!("{}.unfinished", std::process::id()));
    std::fs::write(&unfinished, bytes)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .inspect_err(|_| {
            // What could not be written is of no use; if it cannot be removed
            // either, the first error says why.
            let _ = std::fs::remove_file(&unfinished);
        })
        .with_context(|| format!("cannot write {}", path.display()))
}
