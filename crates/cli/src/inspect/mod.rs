//! `unfreed inspect`: read a module and say what could be recorded of it.

mod json;
mod text;

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use unfreed_rewrite::allocator::{self, Allocator, Found};
use unfreed_rewrite::error::ModuleError;
use unfreed_rewrite::module::Module;
use unfreed_rewrite::scan::Scan;

use crate::args::Inspect;
use crate::exit;
use crate::foreign;

/// What there is to show.
struct Inspected<'a> {
    /// The file as it was named.
    file: String,
    module: &'a Module<'a>,
    scan: &'a Scan,
    found: Found,
}

/// Runs the command; the result is the exit code.
pub fn run(options: &Inspect) -> anyhow::Result<u8> {
    let file = options.module.display().to_string();
    foreign::refuse(&options.module, "a module")?;
    let bytes = read(&options.module)?;
    match inspect(options, &file, &bytes) {
        Err(Failure::Module(error)) => {
            writeln!(anstream::stderr(), "unfreed: {file} {error}")?;
            Ok(exit::INCOMPLETE)
        }
        Err(Failure::Other(error)) => Err(error),
        Ok(shown) => {
            let mut out = anstream::stdout();
            out.write_all(shown.as_bytes())
                .and_then(|()| out.flush())
                .context("cannot write to standard output")?;
            Ok(exit::ANALYSED)
        }
    }
}

enum Failure {
    /// The file is no module, or a damaged one.
    Module(ModuleError),
    Other(anyhow::Error),
}

impl From<ModuleError> for Failure {
    fn from(error: ModuleError) -> Failure {
        Failure::Module(error)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("cannot open {}", path.display()))
}

fn inspect(options: &Inspect, file: &str, bytes: &[u8]) -> Result<String, Failure> {
    let module = Module::parse(bytes)?;
    let scan = Scan::of(&module)?;
    let found = if options.allocator.is_empty() {
        allocator::find(&module, &scan)
    } else {
        chosen(options, &module).map_err(Failure::Other)?
    };
    let inspected = Inspected {
        file: file.to_owned(),
        module: &module,
        scan: &scan,
        found,
    };
    match options.json {
        true => json::show(&inspected).map_err(|error| Failure::Other(error.into())),
        false => Ok(text::show(&inspected)),
    }
}

fn chosen(options: &Inspect, module: &Module<'_>) -> anyhow::Result<Found> {
    let choices = options.allocator.iter().map(String::as_str);
    let allocator = allocator::choose(module, choices).context("--allocator")?;
    Ok(Found {
        allocators: Vec::from([allocator]),
        reason: None,
    })
}

impl Inspected<'_> {
    /// The functions to wrap, of all allocators.
    fn hooks(&self) -> usize {
        let members = |one: &Allocator| one.members.len();
        self.found.allocators.iter().map(members).sum()
    }

    /// How many times `memory.grow` stands in the module.
    fn grow_places(&self) -> u64 {
        let places = |function| u64::from(self.scan.body(function).memory_grow);
        self.scan.growers().map(places).sum()
    }
}
