//! Profiles of DHAT.

use std::path::Path;

use unfreed_engine::foreign::{Dhat, Foreign};
use unfreed_engine::{Engine, Options};
use unfreed_events::dhat::read_dhat;
use unfreed_rewrite::demangle::demangled;

use crate::analyze::{Analysed, open_text};
use crate::foreign;

/// Analyses a profile.
pub fn analyse(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    let profile = read_dhat(open_text(path)?, demangled)?;
    let mut engine = Engine::of(options);
    let peak_time = match profile.time_unit.as_str() {
        "µs" => profile.peak_at.and_then(|time| time.checked_mul(1000)),
        _ => None,
    };
    engine.apply_sums(&profile.sites, peak_time);
    let sites = profile.sites.iter().map(|sums| sums.site);
    let lifetimes = sites.zip(&profile.lifetimes);
    let foreign = Foreign::Dhat(Dhat {
        mode: profile.mode,
        command: profile.command,
        time_unit: profile.time_unit,
        peak_at: profile.peak_at,
        end_at: profile.end_at,
        points: profile.points,
        lifetimes: lifetimes
            .filter_map(|(site, sum)| Some((site, (*sum)?)))
            .collect(),
    });
    let left_out = (profile.left_out > 0).then(|| {
        format!(
            "{} of its program points are left out: sums with them exceed 64 bits",
            profile.left_out
        )
    });
    let damage = profile.damage.or(left_out);
    let (input, sources) = foreign::input(path, foreign, profile.points, damage);
    Ok(Analysed {
        findings: engine.finish(&profile.names, &input, options),
        names: profile.names,
        sources,
        facts: None,
    })
}
