//! The check as workflow commands of GitHub Actions: an annotation for each culprit.

use unfreed_engine::budget::Outcome;

use super::culprit::describe;
use super::words::{amount, sentence, what};
use super::{Check, CheckedBudget, CheckedInput};

/// A line for each culprit of a broken budget, for each budget that could not be
/// judged, and for each suppression that does nothing.
#[must_use]
pub fn check_to_github(check: &Check<'_>) -> String {
    let mut lines = String::new();
    for input in &check.inputs {
        for problem in &input.problems {
            let said = format!("{}: {problem}", input.source);
            lines += &command("error", None, "unfreed check cannot tell", &said);
        }
        for budget in &input.budgets {
            let title = format!("unfreed check: {}", what(budget));
            let said = sentence(budget, input);
            match budget.judged.outcome {
                Outcome::Pass | Outcome::NotShown => {}
                Outcome::Fail => lines += &broken(budget, input, &title, &said),
                _ => lines += &command("error", None, &title, &said),
            }
        }
    }
    for stale in &check.stale {
        let (file, line) = match stale.place.rsplit_once(':') {
            Some((file, line)) => (file, line.parse().unwrap_or(1)),
            None => (stale.place.as_str(), 1),
        };
        let said = match &stale.expired {
            Some(date) => format!("leak:{} has expired on {date}", stale.pattern),
            None => format!("leak:{} matches nothing", stale.pattern),
        };
        lines += &command("warning", Some((file, line)), "unfreed suppression", &said);
    }
    lines
}

fn broken(budget: &CheckedBudget, input: &CheckedInput<'_>, title: &str, said: &str) -> String {
    if budget.judged.culprits.is_empty() {
        return command("error", None, title, said);
    }
    let culprits = budget.judged.culprits.iter();
    let lines = culprits.map(|culprit| {
        let described = describe(budget.kind, culprit, &input.view);
        let place = described
            .source()
            .and_then(|place| Some((place.file.as_deref()?, place.line?)));
        let message = format!(
            "{}: {} ({said})\n{}\n{}",
            described.type_name,
            amount(budget.kind, culprit, &input.view),
            described.lines.join("\n"),
            described.next_step
        );
        command("error", place, title, &message)
    });
    lines.collect()
}

fn command(name: &str, place: Option<(&str, u64)>, title: &str, message: &str) -> String {
    let place = place.map_or(String::new(), |(file, line)| {
        format!("file={},line={line},", property(file))
    });
    format!(
        "::{name} {place}title={}::{}\n",
        property(title),
        data(message)
    )
}

/// As the toolkit of GitHub Actions escapes messages.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As it escapes properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn nothing_in_a_name_ends_or_begins_a_command() {
        let shown = command(
            "error",
            Some(("a,b:c\n.rs", 7)),
            "50 %::",
            "x\r\n::error::y",
        );
        assert_eq!(
            shown,
            "::error file=a%2Cb%3Ac%0A.rs,line=7,title=50 %25%3A%3A::x%0D%0A::error::y\n"
        );
    }
}
