//! `unfreed dump`: a recording as a log that people and scripts can read.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use unfreed_events::text::TextEncoder;

use crate::args::Dump;
use crate::exit;
use crate::foreign;
use crate::trace::{self, Next, Snapshots};

/// Runs the command; the result is the exit code.
pub fn run(options: &Dump) -> anyhow::Result<u8> {
    let name = options.file.display();
    foreign::refuse(&options.file, "a recording")?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut encoder = TextEncoder::default();
    let mut line = Vec::new();
    let content = trace::read(&options.file, None, Snapshots::Skipped, &mut |piece| {
        for record in piece.records {
            encoder.encode(piece.names, record, &mut line);
            out.write_all(&line)?;
            line.clear();
        }
        Ok(Next::Read)
    })
    .with_context(|| format!("cannot dump {name}"))?;
    out.flush().context("cannot write to standard output")?;
    let mut reasons = trace::missing(&content.facts);
    reasons.extend(content.damage);
    if encoder.left_out() > 0 {
        reasons.push(format!(
            "{} frees of blocks that are not live cannot be written",
            encoder.left_out()
        ));
    }
    if encoder.handles_left_out() > 0 {
        let _ = writeln!(
            anstream::stderr(),
            "unfreed: {name}: {} records of handles are left out, which a log cannot have; see unfreed handles",
            encoder.handles_left_out()
        );
    }
    for reason in &reasons {
        let _ = writeln!(anstream::stderr(), "unfreed: {name}: {reason}");
    }
    Ok(match reasons.is_empty() {
        true => exit::ANALYSED,
        false => exit::INCOMPLETE,
    })
}
