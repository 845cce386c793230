//! What a budget is compared with.

use super::levels::{growth_of, holes, memory, sum};
use super::{Measure, Selection, Unmeasured};
use crate::account::{At, Partition};
use crate::findings::Findings;
use crate::ledger::Iteration;

/// What was measured.
pub(super) enum Value {
    /// Levels at marks, of which the slope counts.
    Levels(Vec<f64>),
    /// One level.
    Level(f64),
}

pub(super) fn measure(findings: &Findings, measure: &Measure) -> Result<Value, Unmeasured> {
    let level = |bytes: u64| Value::Level(bytes as f64);
    if findings.totals.allocations + findings.totals.frees == 0 {
        return Err(Unmeasured::NoAllocations);
    }
    Ok(match measure {
        Measure::LeakedBytes(sites) => Value::Levels(growth_of(findings, sites, |step| step.bytes)),
        Measure::LeakedObjects(sites) => {
            Value::Levels(growth_of(findings, sites, |step| step.blocks))
        }
        Measure::LiveBytes(sites) => level(live(findings, sites, |found| found.leaked_bytes)),
        Measure::LiveObjects(sites) => level(live(findings, sites, |found| found.leaked)),
        Measure::MemoryGrowth => Value::Levels(memory_levels(findings)?),
        Measure::PeakBytes => level(peak(findings)),
        Measure::HolesBytes => level(last_holes(findings)?.0),
        Measure::HolesGrowth => Value::Levels(holes_levels(findings)?),
        Measure::HolesShare => {
            let (holes, size) = last_holes(findings)?;
            Value::Level(share(holes, size))
        }
        Measure::Handles(kinds) => Value::Levels(handle_levels(findings, kinds)?),
        Measure::Temporary => Value::Levels(temporary_levels(findings)?),
        Measure::TemporaryShare => Value::Level(temporary_share(findings)?),
    })
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The iterations of the program.
pub(super) fn counted(findings: &Findings) -> &[Iteration] {
    let counted = findings.counted_iterations;
    findings.iterations.get(1..=counted).unwrap_or(&[])
}

fn live(
    findings: &Findings,
    sites: &Selection,
    figure: impl Fn(&crate::findings::Figures) -> u64,
) -> u64 {
    let chosen = findings
        .sites
        .iter()
        .filter(|found| sites.has_site(found.site));
    chosen.map(|found| figure(&found.figures)).sum()
}

fn peak(findings: &Findings) -> u64 {
    let peaks = counted(findings).iter().map(|part| part.peak_bytes);
    peaks.max().unwrap_or(findings.peak.bytes)
}

fn memory_levels(findings: &Findings) -> Result<Vec<f64>, Unmeasured> {
    let sizes = (0..=findings.counted_iterations).map(|mark| memory(findings, mark));
    sizes
        .map(|size| size.map(|bytes| bytes as f64))
        .collect::<Option<_>>()
        .ok_or_else(|| no_memory(findings))
}

fn no_memory(findings: &Findings) -> Unmeasured {
    match &findings.spaces {
        Some(spaces) if !spaces.memories().is_empty() => Unmeasured::TooManyMarks,
        _ => Unmeasured::NoMemory,
    }
}

/// Bytes of holes behind the last iteration, or at the end if there is none, and of all.
fn last_holes(findings: &Findings) -> Result<(u64, u64), Unmeasured> {
    let counted = findings.counted_iterations;
    let known = match (counted, &findings.spaces) {
        (0, Some(spaces)) => {
            let parts = spaces.partitions_at(At::End).unwrap_or_default();
            Some((
                holes(spaces, &parts),
                parts.iter().map(Partition::size).sum(),
            ))
        }
        _ => super::levels::partitions(findings, counted).map(|(spaces, parts)| {
            let size = parts.iter().map(Partition::size).sum();
            (holes(spaces, &parts), size)
        }),
    };
    match known {
        Some((_, 0)) | None => Err(no_memory(findings)),
        Some((None, _)) => Err(Unmeasured::NotModelled),
        Some((Some(holes), size)) => Ok((holes, size)),
    }
}

fn holes_levels(findings: &Findings) -> Result<Vec<f64>, Unmeasured> {
    let marks = 0..=findings.counted_iterations;
    marks
        .map(|mark| {
            let (spaces, parts) =
                super::levels::partitions(findings, mark).ok_or_else(|| no_memory(findings))?;
            let holes = holes(spaces, &parts).ok_or(Unmeasured::NotModelled)?;
            Ok(holes as f64)
        })
        .collect()
}

fn handle_levels(findings: &Findings, kinds: &Selection) -> Result<Vec<f64>, Unmeasured> {
    if findings.spaces.is_none() {
        return Err(Unmeasured::NoHandles);
    }
    let mut levels = vec![0.0; findings.counted_iterations + 1];
    let chosen = findings.handles.iter().enumerate();
    for (_, found) in chosen.filter(|(number, _)| kinds.has(*number)) {
        for (level, held) in levels.iter_mut().zip(&found.at_marks) {
            *level += *held as f64;
        }
    }
    Ok(levels)
}

fn temporary_levels(findings: &Findings) -> Result<Vec<f64>, Unmeasured> {
    if !findings.knows_temporary() {
        return Err(Unmeasured::NoTemporary);
    }
    Ok(sum(counted(findings)
        .iter()
        .map(|part| part.temporary as f64)))
}

fn temporary_share(findings: &Findings) -> Result<f64, Unmeasured> {
    if !findings.knows_temporary() {
        return Err(Unmeasured::NoTemporary);
    }
    let parts = counted(findings);
    Ok(match parts {
        [] => share(findings.totals.temporary, findings.totals.allocations),
        _ => share(
            parts.iter().map(|part| part.temporary).sum(),
            parts.iter().map(|part| part.allocations).sum(),
        ),
    })
}
