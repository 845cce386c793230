//! What the command does with a file, by the crates alone: open it, have the engine
//! account for it, read the findings, and show them.
//!
//! ```console
//! $ cargo run -p unfreed-report --example findings -- app.unfreed
//! $ cargo run -p unfreed-report --example findings -- app.log
//! ```
//!
//! It reads recordings that `unfreed record` has finished, and logs as they are. The
//! command reads more: unfinished recordings, compressed logs, files of other tools.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use unfreed_engine::findings::Verdict;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions};
use unfreed_events::trace::{Facts, MAGIC, TraceReader};
use unfreed_events::{Names, Sources};
use unfreed_report::{Sort, Units, View, summary, to_text};

/// Bytes of a log that are decoded at once.
const PIECE: usize = 256 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let mut file = BufReader::new(File::open(&path)?);
    let is_recording = file.fill_buf()?.starts_with(&MAGIC);
    let (findings, names, facts) = match is_recording {
        true => recording(file)?,
        false => log(file)?,
    };

    // The figures, as the engine has them: what grows in each iteration.
    for found in &findings.types {
        if let Some(Verdict::Systematic(rate)) = found.verdict {
            let name = names.type_name(found.type_id);
            println!("{name}: {} bytes per iteration", rate.bytes.growth);
        }
    }

    // The same as a report for people.
    let mut sources = Sources::default();
    sources.push(path.as_str(), 0);
    let view = View {
        findings: &findings,
        names: &names,
        sources: &sources,
        recording: facts.as_ref(),
        units: Units::Auto,
        sort: Sort::default(),
        top: Some(5),
        all_frames: false,
        types: None,
    };
    print!("{}", to_text(&summary(&view)));
    Ok(())
}

type Analysed = (Findings, Names, Option<Facts>);

fn recording(file: impl Read) -> Result<Analysed, Box<dyn Error>> {
    let mut reader = TraceReader::new(file)?;
    let (mut engine, mut records) = (Engine::new(), Vec::new());
    while reader.decode(&mut records)? {
        engine.apply_recorded(reader.facts(), reader.names(), &records);
        records.clear();
    }
    let (names, facts) = reader.into_parts();
    let input = Input::of_recording(facts.events, Vec::new(), Vec::new());
    let findings = engine.finish(&names, &input, &Options::default());
    Ok((findings, names, Some(facts)))
}

fn log(mut file: impl Read) -> Result<Analysed, Box<dyn Error>> {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let (mut engine, mut records) = (Engine::new(), Vec::new());
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece)?;
        match length {
            0 => decoder.finish(&mut records),
            _ => decoder.decode(&piece[..length], &mut records),
        }
        engine.apply(&records);
        records.clear();
        if length == 0 {
            break;
        }
    }
    let (names, stats) = decoder.into_parts();
    let input = Input::of_text(stats);
    let findings = engine.finish(&names, &input, &Options::default());
    Ok((findings, names, None))
}
