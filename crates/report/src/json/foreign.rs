//! What file of another tool was read.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::foreign;

use crate::sections;
use crate::view::View;

/// A file of another tool.
#[derive(Serialize, JsonSchema)]
pub(super) struct Foreign<'a> {
    /// `dhat` or `heaptrack`.
    kind: &'static str,
    /// The command that was run.
    command: &'a str,
    /// Who wrote the file, in words.
    origin: String,
    /// What such a file cannot tell, in words.
    unknown: Vec<String>,
    /// What times of DHAT are counted in.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_unit: Option<&'a str>,
    /// When most bytes were live, in units of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_at: Option<u64>,
    /// When the profile ended, in units of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_at: Option<u64>,
}

pub(super) fn foreign<'a>(view: &View<'a>) -> Option<Foreign<'a>> {
    let found = view.findings.input.foreign.as_ref()?;
    let (kind, command) = match found {
        foreign::Foreign::Dhat(profile) => ("dhat", profile.command.as_str()),
        foreign::Foreign::Heaptrack(about) => ("heaptrack", about.command.as_str()),
    };
    let profile = match found {
        foreign::Foreign::Dhat(profile) => Some(profile),
        foreign::Foreign::Heaptrack(_) => None,
    };
    Some(Foreign {
        kind,
        command,
        origin: sections::foreign::origin(found),
        unknown: sections::foreign::unknown(found),
        time_unit: profile.map(|profile| profile.time_unit.as_str()),
        peak_at: profile.and_then(|profile| profile.peak_at),
        end_at: profile.and_then(|profile| profile.end_at),
    })
}
