//! The end of a recording: what the threads wrote becomes one order of events.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use unfreed_events::trace::{CompactWriter, Recording, TraceError};

use super::symbols::Symbols;

/// Writes the raw recording `file` anew as a compact trace, in its place. If
/// that fails, the file stays as it is.
pub fn finish(file: &Path, cache: &Path) -> Result<(), TraceError> {
    let unfinished = file.with_added_extension("unfinished");
    let written = write(file, &unfinished, cache)
        .and_then(|()| fs::rename(&unfinished, file).map_err(TraceError::from));
    if written.is_err() {
        // What could not be written is of no use; the error above says why.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write(file: &Path, unfinished: &Path, cache: &Path) -> Result<(), TraceError> {
    let recording = Recording::open(BufReader::new(File::open(file)?), &mut Symbols::new(cache))?;
    let mut writer = CompactWriter::new(BufWriter::new(File::create(unfinished)?))?;
    recording.merge(&mut writer)?;
    let mut output = writer.into_inner();
    output.flush()?;
    Ok(())
}
