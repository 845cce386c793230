//! A run as a baseline.

use std::fmt::Write;

use unfreed_engine::compare::Measure;

use super::name::escaped;
use super::{BASELINE_MAGIC, VERSION};
use crate::diff::Summary;
use crate::phrases;

const HEAD: &str = "\
# What a run leaks, to compare others with: unfreed diff THIS RECORDING. docs/diff.md describes it.
# Bytes (of handles: their number) at the end, growth per iteration and where it lies, and of what.
";

/// The baseline of a run. The same run gives the same bytes.
#[must_use]
pub fn write_baseline(summary: &Summary) -> String {
    let yes = |is: bool| if is { "yes" } else { "no" };
    let mut text = format!("{BASELINE_MAGIC}{}.{}\n{HEAD}", VERSION.0, VERSION.1);
    let mut line = |name: &str, value: &str| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name} {value}");
    };
    line("iterations", &summary.iterations.to_string());
    line("complete", yes(summary.is_complete));
    line("estimated", yes(summary.is_estimate));
    line("trust", phrases::grade(summary.trust));
    line("allocations", &summary.allocations.to_string());
    if let Some(temporary) = summary.temporary {
        line("temporary", &temporary.to_string());
    }
    line("peak", &summary.peak.to_string());
    line("live", &measure(&summary.live));
    for (name, found) in [("memory", &summary.memory), ("holes", &summary.holes)] {
        if let Some(found) = found {
            line(name, &measure(found));
        }
    }
    for (name, of) in [("handles", &summary.handles), ("type", &summary.types)] {
        for (key, found) in of {
            line(name, &format!("{} {}", measure(found), escaped(key)));
        }
    }
    for (key, found) in &summary.stacks {
        let names = [&key.type_name].into_iter().chain(&key.frames);
        let names: Vec<String> = names.map(|name| escaped(name)).collect();
        line("stack", &format!("{} {}", measure(found), names.join(";")));
    }
    text
}

/// `1200 rate 100 exact 0.99`: what is there at the end, the mean per iteration, where
/// the slope lies, and how sure that is.
fn measure(found: &Measure) -> String {
    let at_end = found.at_end;
    let Some(growth) = found.growth else {
        return format!("{at_end} rate none");
    };
    let mean = growth.mean;
    match (growth.is_exact, growth.interval) {
        (true, None) => format!("{at_end} rate {mean} exact -"),
        (true, Some(interval)) => format!("{at_end} rate {mean} exact {}", interval.confidence),
        (false, None) => format!("{at_end} rate {mean} unsure"),
        (false, Some(interval)) => format!(
            "{at_end} rate {mean} from {} to {} {}",
            interval.low, interval.high, interval.confidence
        ),
    }
}
