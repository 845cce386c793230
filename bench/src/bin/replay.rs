//! Writes the log of [`unfreed_bench::replay`] to the standard output.

use std::env;
use std::io::{self, ErrorKind};

use anyhow::{Context, Result, bail};
use unfreed_bench::replay;

const USAGE: &str = "usage: replay [--repeat N] [--seed S] > FILE";

fn main() -> Result<()> {
    let (mut repeat, mut seed) = (1, 1);
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().context(USAGE)?;
        match name.as_str() {
            "--repeat" => repeat = value.parse().context(USAGE)?,
            "--seed" => seed = value.parse().context(USAGE)?,
            _ => bail!(USAGE),
        }
    }
    match replay::write(&mut io::stdout().lock(), repeat, seed) {
        // Who reads only the beginning, as `head` does, has had enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the log"),
    }
}
