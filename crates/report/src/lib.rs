//! Findings as people and programs read them: text, Markdown, JSON and CSV, and the
//! formats of other tools.
//!
//! Names are looked up and sentences are made here, last. Nothing is decided:
//! what leaks, what can be trusted and what to do next come with the findings.
//! Everything from a log is shown as text that cannot command a terminal or a
//! Markdown page.

mod account;
mod check;
mod csv;
mod diff;
mod document;
mod export;
mod handles;
mod json;
mod markdown;
mod page;
mod paths;
mod phrases;
mod sections;
mod svg;
mod text;
mod units;
mod view;
mod why;
mod xml;

pub use account::{ACCOUNT_SCHEMA, AccountView, account, account_to_json, write_account_csv};
pub use check::{
    CHECK_SCHEMA, Check, CheckOutcome, CheckedBudget, CheckedInput, Kind, Stale, Subject,
    Suppressed, check, check_json_schema, check_to_github, check_to_json, check_to_junit,
    check_to_sarif, problems,
};
pub use csv::{CsvError, write_csv};
pub use diff::{
    BASELINE_MAGIC, BaselineError, BaselineFault, DIFF_SCHEMA, Diff, DiffView, Named, StackKey,
    Summary, diff, diff_json_schema, diff_to_json, read_baseline, write_baseline, write_diff_csv,
};
pub use document::{Block, Column, Document, Section, Table};
pub use export::{
    DhatWriter, ExportError, Figure, FrameStyle, HeaptrackWriter, LogWriter, ParquetWriter, Part,
    RecordWriter, Rest, write_chrome, write_firefox, write_folded, write_pprof, write_sites,
    write_speedscope,
};
pub use handles::{HANDLES_SCHEMA, handles, handles_to_json, write_handles_csv};
pub use json::{SCHEMA, json_schema, to_json};
pub use markdown::to_markdown;
pub use page::{PAGE_SCHEMA, PageError, page, page_data};
pub use sections::{document, summary};
pub use svg::{SvgError, diff_svg, flame_svg, map_svg, timeline_svg};
pub use text::to_text;
pub use units::Units;
pub use view::{Sort, UnknownSort, View};
pub use why::{WHY_SCHEMA, why, why_to_json};
