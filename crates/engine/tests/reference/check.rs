//! Compares findings with the reference, and with themselves: the sums that
//! must hold in any account.

use unfreed_engine::findings::{AnomalyKind, Findings, TypeFinding};
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::text::TextStats;
use unfreed_events::{Names, Record};

use super::{PeakFacts, Reference, TypeFacts};

/// What the engine finds in records that come in these pieces.
pub fn findings<'a>(pieces: impl IntoIterator<Item = &'a [Record]>, names: &Names) -> Findings {
    let mut engine = Engine::new();
    for piece in pieces {
        engine.apply(piece);
    }
    let input = Input::of_text(TextStats::default());
    engine.finish(names, &input, &Options::default())
}

/// Panics unless the findings are those of the reference.
pub fn assert_agree(findings: &Findings, reference: &Reference) {
    assert_eq!(findings.totals, reference.totals, "totals");
    for kind in AnomalyKind::ALL {
        let expected = reference.anomalies[kind as usize];
        assert_eq!(findings.anomalies.events(kind), expected, "{kind:?}");
    }
    let peak = PeakFacts {
        bytes: findings.peak.bytes,
        live: findings.peak.live,
        line: findings.peak.line,
        time: findings.peak.time,
        iteration: findings.peak.iteration,
    };
    assert_eq!(peak, reference.peak, "peak");
    assert_eq!(findings.iterations, reference.iterations, "iterations");
    for found in &findings.sites {
        let expected = reference.sites.get(&found.site).cloned();
        assert_eq!(found.figures, expected.unwrap_or_default(), "site");
    }
    let none = TypeFacts::default();
    for found in &findings.types {
        let expected = reference.types.get(&found.type_id).unwrap_or(&none);
        assert_eq!(&type_facts(found), expected, "{:?}", found.type_id);
        assert_main_site(findings, found, reference);
    }
    let largest = reference.leaked.len().min(Options::default().largest);
    assert_eq!(findings.largest, reference.leaked[..largest], "largest");
}

/// The main site is one with the most leaked bytes, if any leaks.
fn assert_main_site(findings: &Findings, found: &TypeFinding, reference: &Reference) {
    let main = found.main_site.map(|index| findings.sites[index].site);
    let own = reference.sites.iter().filter(|(site, figures)| {
        reference.site_types.get(*site) == Some(&found.type_id) && figures.leaked > 0
    });
    let most = own.clone().map(|(_, figures)| figures.leaked_bytes).max();
    let mains = own.filter(|(site, _)| Some(**site) == main);
    let main_bytes = mains.map(|(_, figures)| figures.leaked_bytes).next();
    assert_eq!(main_bytes, most, "main site of {:?}", found.type_id);
}

fn type_facts(found: &TypeFinding) -> TypeFacts {
    TypeFacts {
        figures: found.figures.clone(),
        unmatched: (found.unmatched_frees, found.unmatched_freed_bytes),
        double_frees: found.double_frees,
        size_range: found.size_range,
    }
}

/// Panics unless everything adds up.
pub fn assert_sums(findings: &Findings) {
    site_sums(findings);
    type_sums(findings);
    free_sums(findings);
}

/// Each site's blocks and bytes are freed, leaked or superseded (or given up by
/// shrinking), and all sites together are the totals and the peak.
fn site_sums(findings: &Findings) {
    for found in &findings.sites {
        let site = &found.figures;
        let blocks = site.frees + site.leaked + site.superseded;
        let kept = site.freed_bytes + site.leaked_bytes;
        let bytes = kept + site.superseded_bytes + site.shrunk_bytes;
        assert_eq!(site.allocations, blocks, "blocks of {:?}", found.site);
        assert_eq!(site.allocated_bytes, bytes, "bytes of {:?}", found.site);
    }
    let sites = findings.sites.iter().map(|found| &found.figures);
    assert_totals(findings, sites);
}

fn type_sums(findings: &Findings) {
    let types = || findings.types.iter().map(|found| &found.figures);
    assert_totals(findings, types());
    let totals = &findings.totals;
    assert_eq!(types().map(|f| f.frees).sum::<u64>(), totals.frees);
    let freed_bytes = types().map(|f| f.freed_bytes).sum::<u64>();
    assert_eq!(freed_bytes, totals.freed_bytes);
}

/// The figures that sites and types share add up to those of the whole.
fn assert_totals<'a>(
    findings: &Findings,
    parts: impl Iterator<Item = &'a unfreed_engine::findings::Figures> + Clone,
) {
    let sum = |figure: fn(&unfreed_engine::findings::Figures) -> u64| -> u64 {
        parts.clone().map(figure).sum()
    };
    let (totals, peak) = (&findings.totals, &findings.peak);
    assert_eq!(sum(|f| f.allocations), totals.allocations);
    assert_eq!(sum(|f| f.allocated_bytes), totals.allocated_bytes);
    assert_eq!(sum(|f| f.leaked), totals.live);
    assert_eq!(sum(|f| f.leaked_bytes), totals.live_bytes);
    assert_eq!(sum(|f| f.superseded), totals.superseded);
    assert_eq!(sum(|f| f.superseded_bytes), totals.superseded_bytes);
    assert_eq!(sum(|f| f.shrunk_bytes), totals.shrunk_bytes);
    assert_eq!(sum(|f| f.temporary), totals.temporary);
    assert_eq!(sum(|f| f.peak), peak.live, "blocks at the peak");
    assert_eq!(sum(|f| f.peak_bytes), peak.bytes, "bytes at the peak");
}

/// Each free is matched, unmatched or double.
fn free_sums(findings: &Findings) {
    let matched: u64 = findings.sites.iter().map(|site| site.figures.frees).sum();
    let unmatched: u64 = findings.types.iter().map(|t| t.unmatched_frees).sum();
    let double: u64 = findings.types.iter().map(|t| t.double_frees).sum();
    assert_eq!(findings.totals.frees, matched + unmatched + double);
    let of_kind = |kind| findings.anomalies.events(kind);
    assert_eq!(unmatched, of_kind(AnomalyKind::UnmatchedFree));
    assert_eq!(double, of_kind(AnomalyKind::DoubleFree));
}
