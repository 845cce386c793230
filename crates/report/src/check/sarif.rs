//! The check as SARIF 2.1.0 (OASIS, 2020): a rule for each kind of budget, a result for
//! each culprit.

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};
use unfreed_engine::budget::{Culprit, Outcome};

use super::culprit::{Described, Place, describe};
use super::words::{amount, sentence, what};
use super::{Check, CheckOutcome, CheckedBudget, CheckedInput, Kind};

/// A text.
#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Found>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    default_configuration: Level,
}

#[derive(Serialize)]
struct Level {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    /// What could not be judged.
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

/// A result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stacks: Vec<Stack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprints>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Stack {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    location: Location,
    #[serde(skip_serializing_if = "String::is_empty")]
    module: String,
}

/// What tells a result in other runs.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "stack/v1")]
    stack: String,
}

/// The check as SARIF, indented, with a line end.
///
/// # Errors
/// Those of the serializer.
pub fn check_to_sarif(check: &Check<'_>) -> Result<String, serde_json::Error> {
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for input in &check.inputs {
        let problems = input.problems.iter();
        notifications.extend(problems.map(|problem| notification(problem, input)));
        for budget in &input.budgets {
            match budget.judged.outcome {
                Outcome::Pass | Outcome::NotShown => {}
                Outcome::Fail => of_budget(budget, input, &mut results),
                _ => {
                    let said = format!("{}: {}", what(budget), sentence(budget, input));
                    notifications.push(notification(&said, input));
                }
            }
        }
    }
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "unfreed",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: Kind::ALL.map(rule).into(),
                },
            },
            invocations: [Invocation {
                execution_successful: check.outcome() != CheckOutcome::Unknown,
                tool_execution_notifications: notifications,
            }],
            results,
            column_kind: "utf16CodeUnits",
        }],
    };
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn rule(kind: Kind) -> Rule {
    Rule {
        id: kind.word(),
        short_description: Message {
            text: format!("The budget of {} was broken.", kind.title()),
        },
        default_configuration: Level { level: "error" },
    }
}

fn notification(said: &str, input: &CheckedInput<'_>) -> Notification {
    Notification {
        level: "error",
        message: Message {
            text: format!("{}: {said}", input.source),
        },
    }
}

/// A result for each culprit, or one without a place if there is none.
fn of_budget(budget: &CheckedBudget, input: &CheckedInput<'_>, results: &mut Vec<Found>) {
    let rule = Kind::ALL.iter().position(|kind| *kind == budget.kind);
    let broken = format!("{}: {}", what(budget), sentence(budget, input));
    let found = |message: String| Found {
        rule_id: budget.kind.word(),
        rule_index: rule.unwrap_or(0),
        // A budget that was broken in an input with holes may have been kept.
        level: if input.problems.is_empty() {
            "error"
        } else {
            "note"
        },
        message: Message { text: message },
        locations: Vec::new(),
        stacks: Vec::new(),
        partial_fingerprints: None,
    };
    if budget.judged.culprits.is_empty() {
        results.push(found(format!("{broken}.")));
    }
    for culprit in &budget.judged.culprits {
        let described = describe(budget.kind, culprit, &input.view);
        results.push(Found {
            locations: locations(&described),
            stacks: stacks(&described),
            partial_fingerprints: Some(fingerprints(budget, &described)),
            ..found(message(budget, culprit, &described, &broken, input))
        });
    }
}

fn message(
    budget: &CheckedBudget,
    culprit: &Culprit,
    described: &Described<'_>,
    broken: &str,
    input: &CheckedInput<'_>,
) -> String {
    let why = described.why.as_ref();
    let why = why.map_or(String::new(), |why| format!(" Why it stays: {why}."));
    format!(
        "{}: {}. {broken}.{why} {}",
        described.type_name,
        amount(budget.kind, culprit, &input.view),
        described.next_step
    )
}

fn locations(described: &Described<'_>) -> Vec<Location> {
    let source = described.source();
    let first = described.stack.first();
    let shown = source.or(first);
    shown.map(location).into_iter().collect()
}

fn location(place: &Place<'_>) -> Location {
    let physical = match (&place.file, place.line) {
        (Some(file), Some(line)) => Some(Physical {
            artifact_location: Artifact { uri: uri(file) },
            region: Region {
                // Lines count from 1.
                start_line: line.max(1),
            },
        }),
        _ => None,
    };
    let name = place.name();
    let logical = (!name.is_empty()).then_some(Logical {
        fully_qualified_name: name,
        kind: "function",
    });
    Location {
        physical_location: physical,
        logical_locations: logical.into_iter().collect(),
    }
}

fn stacks(described: &Described<'_>) -> Vec<Stack> {
    let frames = described.stack.iter().map(|place| Frame {
        location: location(place),
        module: place.module.clone(),
    });
    let frames: Vec<Frame> = frames.collect();
    match frames.is_empty() {
        true => Vec::new(),
        false => vec![Stack { frames }],
    }
}

/// Lines and figures change from run to run; the functions of the stack do not.
fn fingerprints(budget: &CheckedBudget, described: &Described<'_>) -> Fingerprints {
    let mut hash = Sha256::new();
    for part in [budget.kind.word(), described.type_name] {
        hash.update(part);
        hash.update([0]);
    }
    for place in &described.stack {
        hash.update(match place.function {
            "" => place.module.as_str(),
            function => function,
        });
        hash.update([0]);
    }
    Fingerprints {
        stack: HEXLOWER.encode(&hash.finalize()[..8]),
    }
}

/// A path as a reference that is relative, or that of a file (RFC 3986).
fn uri(file: &str) -> String {
    use std::fmt::Write;
    let mut uri = String::from(if file.starts_with('/') { "file://" } else { "" });
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                // Writing to a string does not fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("src/a.rs"), "src/a.rs");
        assert_eq!(uri("/a b/c.rs"), "file:///a%20b/c.rs");
        assert_eq!(uri("a\n::<ü>"), "a%0A%3A%3A%3C%C3%BC%3E");
    }
}
