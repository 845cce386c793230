//! Where an export goes.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::analyze::source_name;
use crate::args::{Export, ExportFormat};
use crate::output::refuse_input;
use crate::report::beside;

/// A file, or standard output.
pub struct Output {
    file: Option<PathBuf>,
    is_open: Cell<bool>,
}

impl Output {
    /// What the user named, or else standard output; a file if that is a terminal, or if
    /// the format is two files.
    pub fn of(options: &Export) -> anyhow::Result<Output> {
        let is_parquet = options.format == ExportFormat::Parquet;
        let file = match &options.output {
            Some(path) if path == Path::new("-") => None,
            Some(path) => Some(path.clone()),
            None if is_parquet || io::stdout().is_terminal() => {
                let input = options.files.first().map(PathBuf::as_path);
                Some(beside(input, ending(options.format)))
            }
            None => None,
        };
        if let Some(file) = &file {
            refuse_input(file, &options.files)?;
        }
        Ok(Output::to(file))
    }

    fn to(file: Option<PathBuf>) -> Output {
        Output {
            file,
            is_open: Cell::new(false),
        }
    }

    /// A second file that belongs to this one: `run.stacks.parquet` beside `run.parquet`.
    pub fn beside(&self, what: &str) -> anyhow::Result<Output> {
        let Some(file) = &self.file else {
            bail!("parquet is two files, which standard output cannot take: name one with -o");
        };
        let ending = file.extension().unwrap_or("parquet".as_ref());
        let mut name = file.file_stem().unwrap_or("export".as_ref()).to_owned();
        name.push(".");
        name.push(what);
        name.push(".");
        name.push(ending);
        Ok(Output::to(Some(file.with_file_name(name))))
    }

    /// Opens it; a file is emptied.
    pub fn open(&self) -> anyhow::Result<Box<dyn Write + Send>> {
        Ok(match &self.file {
            None => Box::new(BufWriter::new(io::stdout())),
            Some(file) => {
                let opened = File::create(file);
                let opened =
                    opened.with_context(|| format!("cannot write {}", source_name(file)))?;
                let out = BufWriter::new(opened);
                self.is_open.set(true);
                Box::new(out)
            }
        })
    }

    /// Says which file it is.
    pub fn say(&self) {
        if let Some(file) = &self.file {
            // Nobody reads it, which changes nothing.
            let _ = writeln!(io::stderr(), "unfreed: written to {}", source_name(file));
        }
    }

    /// Leaves no half of a file behind, and says what could not be exported.
    pub fn failed(&self, error: anyhow::Error, input: &str) -> anyhow::Error {
        if let Some(file) = &self.file
            && self.is_open.get()
            && fs::metadata(file).is_ok_and(|metadata| metadata.is_file())
        {
            // What remains is no worse than the error.
            let _ = fs::remove_file(file);
        }
        match input {
            "" => error,
            input => error.context(format!("cannot export {input}")),
        }
    }
}

/// What the names of files of a format end with.
fn ending(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Pprof => "pb.gz",
        ExportFormat::Folded => "folded",
        ExportFormat::Speedscope => "speedscope.json",
        ExportFormat::Firefox => "firefox.json",
        ExportFormat::Dhat => "dhat.json",
        ExportFormat::Heaptrack => "heaptrack",
        ExportFormat::Chrome => "trace.json",
        ExportFormat::Csv => "csv",
        ExportFormat::Parquet => "parquet",
        ExportFormat::Log => "log",
    }
}
