//! The figures as CSV: one row for the whole, each type and each site.

use std::io;

use thiserror::Error;
use unfreed_engine::findings::Figures;
use unfreed_engine::sampling::Estimate;

use crate::view::View;

/// The rows could not be written.
#[derive(Debug, Error)]
#[error("cannot write the CSV: {0}")]
pub struct CsvError(#[from] pub io::Error);

const HEAD: [&str; 22] = [
    "row",
    "type",
    "file",
    "line",
    "column",
    "allocations",
    "frees",
    "leaked",
    "allocated_bytes",
    "freed_bytes",
    "leaked_bytes",
    "peak",
    "peak_bytes",
    "temporary",
    "unmatched_frees",
    "unmatched_freed_bytes",
    "double_frees",
    "estimated",
    "leaked_low",
    "leaked_high",
    "leaked_bytes_low",
    "leaked_bytes_high",
];

/// Writes the rows to `out`. Sizes are in bytes. The columns of frees without a
/// match are empty for sites: frees do not name one. Of a log that is a sample, all
/// figures are estimates, and the last columns say where those of leaks lie.
pub fn write_csv(view: &View<'_>, out: impl io::Write) -> Result<(), CsvError> {
    let mut writer = csv::Writer::from_writer(out);
    let mut write = |row: Vec<String>| writer.write_record(&row).map_err(io::Error::from);
    write(HEAD.map(str::to_owned).to_vec())?;
    write(total(view))?;
    let knows_temporary = view.findings.knows_temporary();
    for found in view.first(&view.types()).0 {
        let frees = [
            found.unmatched_frees,
            found.unmatched_freed_bytes,
            found.double_frees,
        ];
        let name = view.type_name(found.type_id);
        write(row(
            ["type", name, "", "", ""],
            &found.figures,
            frees.map(|n| n.to_string()),
            found.estimate.as_ref(),
            knows_temporary,
        ))?;
    }
    for found in view.first(&view.sites()).0 {
        let location = view.names.location(found.site);
        let number =
            |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (line, column) = (number(location.line()), number(location.column()));
        let head = [
            "site",
            view.site_type(found.site),
            location.file(),
            &line,
            &column,
        ];
        write(row(
            head,
            &found.figures,
            Default::default(),
            found.estimate.as_ref(),
            knows_temporary,
        ))?;
    }
    Ok(writer.flush()?)
}

fn total(view: &View<'_>) -> Vec<String> {
    let findings = view.findings;
    let totals = &findings.totals;
    let sum = |value: fn(&unfreed_engine::findings::TypeFinding) -> u64| {
        findings.types.iter().map(value).sum::<u64>()
    };
    let figures = Figures {
        allocations: totals.allocations,
        frees: totals.frees,
        leaked: totals.live,
        allocated_bytes: totals.allocated_bytes,
        freed_bytes: totals.freed_bytes,
        leaked_bytes: totals.live_bytes,
        peak: findings.peak.live,
        peak_bytes: findings.peak.bytes,
        temporary: totals.temporary,
        ..Figures::default()
    };
    let frees = [
        sum(|found| found.unmatched_frees),
        sum(|found| found.unmatched_freed_bytes),
        sum(|found| found.double_frees),
    ];
    row(
        ["total", "", "", "", ""],
        &figures,
        frees.map(|n| n.to_string()),
        findings.sampling.as_ref().map(|sampling| &sampling.total),
        findings.knows_temporary(),
    )
}

fn row(
    head: [&str; 5],
    figures: &Figures,
    frees: [String; 3],
    estimate: Option<&Estimate>,
    knows_temporary: bool,
) -> Vec<String> {
    let numbers = [
        figures.allocations,
        figures.frees,
        figures.leaked,
        figures.allocated_bytes,
        figures.freed_bytes,
        figures.leaked_bytes,
        figures.peak,
        figures.peak_bytes,
    ];
    let bound = |bounds: fn(&Estimate) -> f64| {
        estimate.map_or(String::new(), |estimate| {
            bounds(estimate).round().to_string()
        })
    };
    let sampled = [
        if estimate.is_some() { "yes" } else { "no" }.to_owned(),
        bound(|estimate| estimate.leaked.0),
        bound(|estimate| estimate.leaked.1),
        bound(|estimate| estimate.leaked_bytes.0),
        bound(|estimate| estimate.leaked_bytes.1),
    ];
    let temporary = match knows_temporary {
        true => figures.temporary.to_string(),
        false => String::new(),
    };
    let head = head.into_iter().map(str::to_owned);
    head.chain(numbers.map(|n| n.to_string()))
        .chain([temporary])
        .chain(frees)
        .chain(sampled)
        .collect()
}
