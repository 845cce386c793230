//! The format of speedscope, one profile per figure:
//! <https://www.speedscope.app/file-format-schema.json>.

use std::collections::HashMap;
use std::io::Write;

use serde::Serialize;

use super::frames::{FrameStyle, Shown};
use super::{ExportError, Figure};
use crate::view::View;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: &'a str,
    active_profile_index: usize,
    shared: Shared,
    profiles: Vec<Profile<'a>>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    file: String,
    #[serde(skip_serializing_if = "is_unknown")]
    line: u64,
    #[serde(skip_serializing_if = "is_unknown")]
    col: u64,
}

fn is_unknown(number: &u64) -> bool {
    *number == 0
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    r#type: &'static str,
    name: &'static str,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    samples: Vec<&'a [usize]>,
    weights: Vec<u64>,
}

/// Writes all figures.
///
/// # Errors
///
/// If the output takes no more.
pub fn write_speedscope(view: &View<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let style = FrameStyle::of(view);
    let mut frames = Frames::default();
    let sites = view.findings.sites.iter();
    let stacks: Vec<Vec<usize>> = sites
        .clone()
        .map(|found| {
            let stack = style.stack(view.names, found.site).into_iter().rev();
            stack.map(|frame| frames.number(frame)).collect()
        })
        .collect();
    let profile = |figure: Figure| {
        let values = sites.clone().map(|found| figure.of(&found.figures));
        let shown = stacks.iter().zip(values).filter(|(_, value)| *value > 0);
        let (samples, weights): (Vec<&[usize]>, Vec<u64>) =
            shown.map(|(stack, value)| (&stack[..], value)).unzip();
        Profile {
            r#type: "sampled",
            name: figure.title(),
            unit: if figure.is_bytes() { "bytes" } else { "none" },
            start_value: 0,
            end_value: weights.iter().sum(),
            samples,
            weights,
        }
    };
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: concat!("unfreed@", env!("CARGO_PKG_VERSION")),
        name: view.sources.names().next().unwrap_or("unfreed"),
        active_profile_index: 0,
        profiles: Figure::known(view.findings).map(profile).collect(),
        shared: Shared {
            frames: frames.frames,
        },
    };
    serde_json::to_writer(out, &file)?;
    Ok(())
}

/// Each frame once.
#[derive(Default)]
struct Frames {
    frames: Vec<Frame>,
    numbers: HashMap<Shown, usize>,
}

impl Frames {
    fn number(&mut self, shown: Shown) -> usize {
        let frames = &mut self.frames;
        *self.numbers.entry(shown).or_insert_with_key(|shown| {
            frames.push(Frame {
                name: shown.function.clone(),
                file: shown.file_or_module().to_owned(),
                line: shown.line,
                col: shown.column,
            });
            frames.len() - 1
        })
    }
}
