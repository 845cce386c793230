//! What keeps an input from being judged.

use unfreed_engine::findings::{CheckKind, Outcome};

use crate::phrases;
use crate::units::things;
use crate::view::View;

/// Checks without which figures miss blocks, or have ones that are not there.
const NEEDED: [CheckKind; 3] = [
    CheckKind::UniqueIds,
    CheckKind::MatchedFrees,
    CheckKind::FitsMemory,
];

/// Why nothing can be told from an input: what is missing in it, and what does not fit
/// together; empty if it can.
#[must_use]
pub fn problems(view: &View<'_>) -> Vec<String> {
    let input = &view.findings.input;
    let damage = input.damage.iter().map(|damage| damage.reason.clone());
    let malformed = Some(input.text.malformed_lines()).filter(|lines| *lines > 0);
    let malformed = malformed.map(|lines| {
        let lines = things(lines, "line starts", "lines start");
        format!("{lines} with @ and cannot be read")
    });
    let checks = view.findings.trust.checks.iter();
    let wrong = checks
        .filter(|check| check.outcome == Outcome::Fail && NEEDED.contains(&check.kind))
        .map(|check| phrases::because(check, view));
    damage.chain(malformed).chain(wrong).collect()
}
