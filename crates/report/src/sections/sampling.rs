//! Logs that are samples: what is estimated, and how far it may be off.

use unfreed_engine::findings::TypeFinding;
use unfreed_engine::sampling::{Bounds, CONFIDENCE, Estimate};

use crate::document::{Section, Table};
use crate::units::{average, count, percent};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let sampling = view.findings.sampling.as_ref()?;
    let mut section = Section::new("Estimated from samples");
    let rates: Vec<String> = sampling
        .rates
        .iter()
        .map(|rate| format!("{} for each {} bytes", rate.chance(), rate.unit()))
        .collect();
    section.say(format!(
        "The log has {} allocations, drawn with a chance of {}. Each stands for all those like it that were not \
         drawn: figures with a ~ are estimates, and have this range with a confidence of {} %:",
        count(sampling.allocations),
        rates.join(", then "),
        CONFIDENCE * 100.0
    ));
    let mut table = Table::new(
        &[
            "leaked",
            "from",
            "to",
            "leaked size",
            "from",
            "to",
            "samples",
        ],
        &["type"],
    );
    let leaking = |found: &&TypeFinding| found.figures.leaked > 0;
    let types: Vec<&TypeFinding> = view.types().into_iter().filter(leaking).collect();
    let (shown, left_out) = view.first(&types);
    for found in shown {
        if let Some(estimate) = &found.estimate {
            let figures = &found.figures;
            let leaked = (figures.leaked, figures.leaked_bytes);
            table
                .rows
                .push(row(leaked, estimate, view.type_name(found.type_id), view));
        }
    }
    let totals = &view.findings.totals;
    let leaked = (totals.live, totals.live_bytes);
    table
        .rows
        .push(row(leaked, &sampling.total, "all types", view));
    section.table(table, left_out, ["type", "types"]);
    if sampling.promoted_bytes > 0 {
        section.say(format!(
            "Outlived a first collection: {}, {} of what was allocated.",
            view.bytes(sampling.promoted_bytes),
            view.about(percent(
                sampling.promoted_bytes as f64 / totals.allocated_bytes.max(1) as f64
            ))
        ));
    }
    section.say(
        "Sizes of single objects, and what does not fit together, are those of the log. What is temporary is unknown.",
    );
    Some(section)
}

fn row(leaked: (u64, u64), estimate: &Estimate, name: &str, view: &View<'_>) -> Vec<String> {
    let amount = |bytes: f64| view.units.amount(bytes.round());
    vec![
        view.blocks(leaked.0),
        average(estimate.leaked.0.floor()),
        average(estimate.leaked.1.ceil()),
        view.bytes(leaked.1),
        amount(estimate.leaked_bytes.0),
        amount(estimate.leaked_bytes.1),
        count(estimate.leaked_samples),
        name.to_owned(),
    ]
}

/// " (99 %: 1.00 to 2.00 MiB)": where the leaked bytes of all types lie.
pub fn leaked(view: &View<'_>) -> Option<String> {
    let sampling = view.findings.sampling.as_ref()?;
    Some(format!(" ({})", range(sampling.total.leaked_bytes, view)))
}

/// "99 %: 1.00 MiB to 2.00 MiB".
pub fn range((low, high): Bounds, view: &View<'_>) -> String {
    let amount = |bytes: f64| view.units.amount(bytes.round());
    format!(
        "{} %: {} to {}",
        CONFIDENCE * 100.0,
        amount(low),
        amount(high)
    )
}
