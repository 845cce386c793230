//! Findings as people and programs read them: text, Markdown, JSON and CSV.
//!
//! Names are looked up and sentences are made here, last. Nothing is decided:
//! what leaks, what can be trusted and what to do next come with the findings.
//! Everything from a log is shown as text that cannot command a terminal or a
//! Markdown page.

mod account;
mod check;
mod csv;
mod document;
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

pub use account::{ACCOUNT_SCHEMA, AccountView, account, account_to_json, write_account_csv};
pub use check::{
    CHECK_SCHEMA, Check, CheckOutcome, CheckedBudget, CheckedInput, Kind, Stale, Subject,
    Suppressed, check, check_json_schema, check_to_github, check_to_json, check_to_junit,
    check_to_sarif, problems,
};
pub use csv::{CsvError, write_csv};
pub use document::{Block, Column, Document, Section, Table};
pub use handles::{
    HANDLES_SCHEMA, HandleKinds, KindName, handle_kinds, handles, handles_to_json,
    write_handles_csv,
};
pub use json::{SCHEMA, json_schema, to_json};
pub use markdown::to_markdown;
pub use page::{PAGE_SCHEMA, PageError, page, page_data};
pub use sections::{document, summary};
pub use svg::{SvgError, flame_svg, map_svg, timeline_svg};
pub use text::to_text;
pub use units::Units;
pub use view::{Sort, UnknownSort, View};
pub use why::{WHY_SCHEMA, why, why_to_json};
