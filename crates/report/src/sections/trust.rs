//! How far the figures can be trusted, and the first cases of what is wrong.

use unfreed_engine::findings::AnomalyKind;
use unfreed_events::text::TextStats;

use crate::document::{Block, Section, Table};
use crate::phrases;
use crate::units::count;
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let trust = &view.findings.trust;
    let mut section = Section::new(format!("Trust: {}", phrases::grade(trust.grade)));
    let mut table = Table::new(&[], &["result", "check", "found"]);
    for check in &trust.checks {
        table.rows.push(vec![
            phrases::outcome(check.outcome).to_owned(),
            phrases::check_name(check.kind).to_owned(),
            phrases::check_detail(check, view),
        ]);
    }
    section.table(table, 0, ["", ""]);
    if view.recording.is_none() && view.findings.input.foreign.is_none() {
        section.say(lines(&view.findings.input.text));
    }
    let cases = cases(view);
    if !cases.is_empty() {
        section.say("First cases:");
        section.blocks.push(Block::List(cases));
    }
    Some(section)
}

/// Every line in one sentence.
fn lines(text: &TextStats) -> String {
    let mut parts = vec![
        format!("{} records", count(text.records)),
        format!("{} of the program's own", count(text.program_lines)),
        format!("{} malformed", count(text.malformed_lines())),
    ];
    let mut add = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    add(text.unknown_fields, "unknown key=value fields ignored");
    add(text.unselected_marks, "@MARK records not matched by --mark");
    add(
        text.unsearched_lines,
        "program lines too long to be searched",
    );
    add(
        text.unterminated_sources,
        "input(s) whose last line has no line end and may be cut",
    );
    format!("{} lines: {}.", count(text.lines), parts.join(", "))
}

fn cases(view: &View<'_>) -> Vec<String> {
    let input = &view.findings.input;
    let mut cases: Vec<String> = Vec::new();
    for damage in &input.damage {
        cases.push(format!("{}: {}", damage.source, damage.reason));
    }
    for (fault, faulty) in input.text.faults() {
        for example in &faulty.examples {
            cases.push(format!(
                "{}: {fault}: {}",
                view.place(example.line),
                example.text
            ));
        }
    }
    if let Some(example) = &input.text.first_prefixed {
        cases.push(format!(
            "{}: record behind other text: {}",
            view.place(example.line),
            example.text
        ));
    }
    let is_expected =
        |kind: &AnomalyKind| view.recording.is_some() && *kind == AnomalyKind::ReusedId;
    for kind in AnomalyKind::ALL
        .into_iter()
        .filter(|kind| !is_expected(kind))
    {
        let examples = &view.findings.anomalies.get(kind).examples;
        cases.extend(
            examples
                .iter()
                .map(|example| phrases::example(kind, example, view)),
        );
    }
    cases
}
