//! `unfreed report` and `unfreed view`: one HTML file that shows all that was found.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use unfreed_engine::Options;
use unfreed_report::{flame_svg, map_svg, page, summary, timeline_svg, to_markdown};

use crate::analyze::{self, Analysed};
use crate::args::{Picture, Reading, Report, UnitsArg, View};
use crate::output::refuse_input;

/// Rows of a table in Markdown.
const MARKDOWN_ROWS: usize = 10;

/// Runs `unfreed report`; the result is the exit code.
pub fn run(options: &Report) -> anyhow::Result<u8> {
    let analysed = analyse(&options.files, &options.reading)?;
    let (text, ending) = match options.svg {
        Some(picture) => {
            let view = analysed.view(UnitsArg::Auto, Some(0));
            let svg = match picture {
                Picture::Flame => flame_svg(&view),
                Picture::Timeline => timeline_svg(&view),
                Picture::Map => map_svg(&view),
            };
            (svg?, format!("{}.svg", picture.word()))
        }
        None if options.markdown => {
            let view = analysed.view(UnitsArg::Auto, Some(MARKDOWN_ROWS));
            (to_markdown(&summary(&view)), "md".to_owned())
        }
        None => {
            let against = other(options.against.as_deref(), &options.reading)?;
            (html(&analysed, against.as_ref())?, "html".to_owned())
        }
    };
    let output = match &options.output {
        Some(output) => output.clone(),
        None if options.markdown => PathBuf::from("-"),
        None => beside(options.files.first().map(PathBuf::as_path), &ending),
    };
    if output == Path::new("-") {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .context("cannot write to standard output")?;
    } else {
        refuse_input(&output, &options.files)?;
        write(&output, &text)?;
        say(&format!("the report is in {}", output.display()));
    }
    Ok(analysed.code())
}

/// Runs `unfreed view`; the result is the exit code.
pub fn view(options: &View) -> anyhow::Result<u8> {
    let analysed = analyse(&options.files, &options.reading)?;
    let against = other(options.against.as_deref(), &options.reading)?;
    let name = beside(options.files.first().map(PathBuf::as_path), "html");
    let folder = tempfile::Builder::new()
        .prefix("unfreed-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    // The browser reads it after this program has ended.
    let file = folder.keep().join(name);
    write(&file, &html(&analysed, against.as_ref())?)?;
    say(&format!("the report is in {}", file.display()));
    if let Err(error) = open::that_detached(&file) {
        bail!("cannot open it: {error}; open the file in a browser");
    }
    Ok(analysed.code())
}

fn analyse(files: &[PathBuf], reading: &Reading) -> anyhow::Result<Analysed> {
    let options = Options {
        history: true,
        ..reading.engine_options()
    };
    analyze::analyse(files, reading, &options)
}

/// The run that is compared with.
fn other(file: Option<&Path>, reading: &Reading) -> anyhow::Result<Option<Analysed>> {
    file.map(|file| analyse(&[file.to_owned()], reading))
        .transpose()
}

fn html(analysed: &Analysed, against: Option<&Analysed>) -> anyhow::Result<String> {
    let view = analysed.view(UnitsArg::Auto, Some(0));
    let against = against.map(|other| other.view(UnitsArg::Auto, Some(0)));
    Ok(page(&view, against.as_ref())?)
}

/// The name of the input, in this folder, with another ending.
pub fn beside(input: Option<&Path>, ending: &str) -> PathBuf {
    let stem = input.and_then(Path::file_stem).filter(|stem| *stem != "-");
    let mut name = stem.unwrap_or("report".as_ref()).to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn say(what: &str) {
    // Nobody reads it, which changes nothing.
    let _ = writeln!(std::io::stderr(), "unfreed: {what}");
}
