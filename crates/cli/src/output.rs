//! What is written, and what must not be overwritten.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, bail};

use crate::analyze::source_name;

/// How writing to standard output went. Whoever read it and closed it has seen enough:
/// the exit code stays true.
pub fn seen(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// An error for a file that is one of the inputs.
pub fn refuse_input(file: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let Ok(target) = fs::canonicalize(file) else {
        return Ok(());
    };
    let mut inputs = inputs.iter();
    let is_input = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == target);
    match inputs.any(is_input) {
        true => bail!(
            "{} is the input, which would be overwritten; name another file",
            source_name(file)
        ),
        false => Ok(()),
    }
}

/// Whether it is that whoever read the output has seen enough.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_error = |cause: &(dyn std::error::Error + 'static)| {
        let kind = cause
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        kind == Some(std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(io_error)
}
