//! `unfreed export`: what was found, and what happened, for other tools.

mod output;
mod stream;

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use unfreed_engine::Options;
use unfreed_events::{Event, Record};
use unfreed_report::{
    DhatWriter, ExportError, Figure, FrameStyle, HeaptrackWriter, LogWriter, ParquetWriter,
    RecordWriter, View, write_chrome, write_firefox, write_folded, write_pprof, write_sites,
    write_speedscope,
};

use self::output::Output;
use self::stream::Stream;
use crate::analyze::{self, source_name};
use crate::args::{By, Export, ExportFormat, Unit, UnitsArg};
use crate::exit;
use crate::output::is_broken_pipe;

/// Why an input is not worth an export.
const NOTHING: &str = "there is no allocation and no free in it";

/// Writes findings.
type WriteFound<'a> = dyn Fn(&View<'_>, &mut dyn Write) -> Result<(), ExportError> + 'a;

/// Runs the command; the result is the exit code.
pub fn run(options: &Export) -> anyhow::Result<u8> {
    let figure = figure(options)?;
    let output = Output::of(options)?;
    let write: &WriteFound<'_> = match options.format {
        ExportFormat::Pprof => &write_pprof,
        ExportFormat::Folded => &|view, out| write_folded(view, figure, out),
        ExportFormat::Speedscope => &write_speedscope,
        ExportFormat::Firefox => &write_firefox,
        ExportFormat::Chrome => &write_chrome,
        ExportFormat::Csv => &write_sites,
        ExportFormat::Dhat | ExportFormat::Heaptrack | ExportFormat::Log => {
            return happened(options, &output);
        }
        ExportFormat::Parquet => return parquet(options, &output),
    };
    found(options, &output, write)
}

/// The figure of folded stacks.
fn figure(options: &Export) -> anyhow::Result<Figure> {
    Ok(match (options.by, options.unit) {
        (By::Leaked, Some(Unit::Count)) => Figure::Leaked,
        (By::Leaked, _) => Figure::LeakedBytes,
        (By::Allocated, Some(Unit::Count)) => Figure::Allocations,
        (By::Allocated, _) => Figure::AllocatedBytes,
        (By::Peak, Some(Unit::Count)) => Figure::Peak,
        (By::Peak, _) => Figure::PeakBytes,
        (By::Temporary, Some(Unit::Bytes)) => {
            bail!("temporary allocations are counted, their bytes are not: use --unit count")
        }
        (By::Temporary, _) => Figure::Temporary,
    })
}

/// Writes what was found.
fn found(options: &Export, output: &Output, write: &WriteFound<'_>) -> anyhow::Result<u8> {
    let engine_options = Options {
        history: true,
        ..options.reading.engine_options()
    };
    let analysed = analyze::analyse(&options.files, &options.reading, &engine_options)?;
    let view = View {
        all_frames: options.all_frames,
        ..analysed.view(UnitsArg::Auto, Some(0))
    };
    let mut out = output.open()?;
    let written = write(&view, &mut out).and_then(|()| Ok(out.flush()?));
    if let Err(error) = written {
        let error = output.failed(error.into(), &name(options));
        if !is_broken_pipe(&error) {
            return Err(error);
        }
    }
    let input = &analysed.findings.input;
    let damage = input.damage.iter();
    let mut missing: Vec<String> = damage.map(|damage| damage.reason.clone()).collect();
    missing.extend(stream::malformed(&input.text));
    let totals = &analysed.findings.totals;
    if totals.allocations + totals.frees == 0 {
        missing.push(NOTHING.to_owned());
    }
    output.say();
    Ok(end(&missing, &[], &name(options)))
}

/// Writes what happened, as it is read.
fn happened(options: &Export, output: &Output) -> anyhow::Result<u8> {
    let stream = Stream::open(&options.files, &options.reading)?;
    let out = output.open()?;
    let style = FrameStyle {
        all_frames: options.all_frames,
        folder: String::new(),
    };
    let mut writer: Box<dyn RecordWriter> = match options.format {
        ExportFormat::Dhat => Box::new(DhatWriter::new(out, name(options), style)),
        ExportFormat::Heaptrack => Box::new(HeaptrackWriter::new(out, name(options), style)),
        _ => Box::new(LogWriter::new(out)),
    };
    let code = follow(stream, &mut *writer, options);
    let code = code.map_err(|error| output.failed(error, &name(options)))?;
    output.say();
    Ok(code)
}

/// Writes two files, of which the second has the frames.
fn parquet(options: &Export, output: &Output) -> anyhow::Result<u8> {
    let stacks = output.beside("stacks")?;
    let stream = Stream::open(&options.files, &options.reading)?;
    let write = || {
        let mut writer = ParquetWriter::new(output.open()?, stacks.open()?)?;
        follow(stream, &mut writer, options)
    };
    let code = write().map_err(|error| stacks.failed(output.failed(error, &name(options)), ""))?;
    output.say();
    stacks.say();
    Ok(code)
}

fn follow(
    stream: Stream<'_>,
    writer: &mut dyn RecordWriter,
    options: &Export,
) -> anyhow::Result<u8> {
    let mut is_empty = true;
    let read = stream.read(&mut |part| {
        is_empty = is_empty && !part.records.iter().any(is_of_block);
        Ok(writer.take(part)?)
    })?;
    let rest = writer.finish(&read.names)?;
    let mut missing = read.missing;
    if is_empty {
        missing.push(NOTHING.to_owned());
    }
    missing.extend(rest.missing);
    Ok(end(&missing, &rest.remarks, &name(options)))
}

fn is_of_block(record: &Record) -> bool {
    matches!(
        record.event,
        Event::Allocate { .. } | Event::Free { .. } | Event::Release { .. }
    )
}

/// Says what is missing, and gives the exit code.
fn end(missing: &[String], remarks: &[String], name: &str) -> u8 {
    for said in missing.iter().chain(remarks) {
        let _ = writeln!(anstream::stderr(), "unfreed: {name}: {said}");
    }
    match missing.is_empty() {
        true => exit::ANALYSED,
        false => exit::INCOMPLETE,
    }
}

/// What the input is called.
fn name(options: &Export) -> String {
    match options.files.first().map(|path| path.as_path()) {
        Some(path) if path != Path::new("-") => source_name(path),
        _ => "standard input".to_owned(),
    }
}
