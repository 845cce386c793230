//! Numbers as people read them.

/// How sizes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// The largest of B, KiB, MiB, GiB and TiB that gives at least 1.
    #[default]
    Auto,
    /// Bytes.
    Bytes,
    /// MB of 1,048,576 bytes, as the published o1js analysis has them.
    Mb,
}

impl Units {
    /// A size in bytes.
    pub fn size(self, bytes: u64) -> String {
        match self {
            Units::Auto => auto(bytes as f64).unwrap_or_else(|| format!("{} B", count(bytes))),
            Units::Bytes => count(bytes),
            Units::Mb => format!("{} MB", grouped(bytes as f64 / MIB, 2)),
        }
    }

    /// A change or an average, which may be negative or a fraction.
    pub fn amount(self, bytes: f64) -> String {
        let sign = if bytes < 0.0 { "-" } else { "" };
        let size = bytes.abs();
        let whole = size.fract() == 0.0 || size >= 100.0;
        match self {
            Units::Auto => match auto(size) {
                Some(text) => format!("{sign}{text}"),
                None => format!("{sign}{} B", grouped(size, if whole { 0 } else { 1 })),
            },
            Units::Bytes => format!("{sign}{}", grouped(size, if whole { 0 } else { 1 })),
            Units::Mb => format!("{sign}{} MB", grouped(size / MIB, 2)),
        }
    }
}

/// A figure and where it lies, "4.02 MiB (95 %: 4.01 to 4.03)", from what each of
/// the three is called. Units that are the same are said once.
pub fn with_interval(figure: &str, low: &str, high: &str, confidence: f64) -> String {
    let unit = |text: &str| text.split_once(' ').map(|(_, unit)| unit.to_owned());
    let mut bounds = format!("{low} to {high}");
    if let Some(of_low) = unit(low)
        && unit(high).as_ref() == Some(&of_low)
    {
        let number = low.trim_end_matches(&of_low).trim_end();
        bounds = match unit(figure) == Some(of_low) {
            true => format!("{number} to {}", high.split(' ').next().unwrap_or(high)),
            false => format!("{number} to {high}"),
        };
    }
    // 1 - 0.05 may be a little below 0.95.
    let percent = (confidence * 100.0 + 1e-6).floor();
    format!("{figure} ({percent} %: {bounds})")
}

const MIB: f64 = 1024.0 * 1024.0;

/// In the largest unit from KiB on; `None` below.
fn auto(bytes: f64) -> Option<String> {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes / 1024.0;
    if value < 1.0 {
        return None;
    }
    let mut unit = 0;
    // What would be shown as 1,024.00 belongs to the next unit.
    while value >= 1023.995 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    Some(format!("{} {}", grouped(value, 2), units[unit]))
}

/// A whole number with its thousands set apart.
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// A number of things: `1 line`, `2 lines`.
pub fn things(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// A signed whole number with its sign and its thousands set apart.
pub fn change(number: i64) -> String {
    let sign = match number {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", count(number.unsigned_abs()))
}

/// A number that is a count on average.
pub fn average(number: f64) -> String {
    if number.fract() == 0.0 || number.abs() >= 100.0 {
        grouped(number, 0)
    } else {
        grouped(number, 2)
    }
}

/// A share of 1 in per cent; what is not all or nothing is not shown as such.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if (99.95..100.0).contains(&percent) {
        "> 99.9 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

fn grouped(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", group(whole)),
        None => group(&text),
    }
}

fn group(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let auto = |bytes| Units::Auto.size(bytes);
        assert_eq!(auto(0), "0 B");
        assert_eq!(auto(1023), "1,023 B");
        assert_eq!(auto(1024), "1.00 KiB");
        assert_eq!(auto(1024 * 1024 - 1), "1.00 MiB");
        assert_eq!(auto(25_260_628), "24.09 MiB");
        assert_eq!(auto(5 << 50), "5,120.00 TiB");
    }

    #[test]
    fn mb_is_what_the_published_report_printed() {
        assert_eq!(Units::Mb.size(90_670_367), "86.47 MB");
        assert_eq!(Units::Mb.size(1_234_567_890_123), "1,177,375.69 MB");
        assert_eq!(Units::Bytes.size(5_242_880), "5,242,880");
    }

    #[test]
    fn amounts_may_be_negative_or_fractions() {
        assert_eq!(Units::Auto.amount(-1536.0), "-1.50 KiB");
        assert_eq!(Units::Auto.amount(12.5), "12.5 B");
        assert_eq!(Units::Auto.amount(72.0), "72 B");
    }

    #[test]
    fn intervals_say_units_once() {
        let said = |figure, low, high| {
            let amount = |bytes| Units::Auto.amount(bytes);
            with_interval(&amount(figure), &amount(low), &amount(high), 0.95)
        };
        assert_eq!(said(72.0, 70.0, 75.5), "72 B (95 %: 70 to 75.5)");
        assert_eq!(said(72.0, -1.0, 75.5), "72 B (95 %: -1 to 75.5)");
        assert_eq!(
            said(1500.0, 800.0, 2048.0),
            "1.46 KiB (95 %: 800 B to 2.00 KiB)"
        );
        assert_eq!(
            said(900.0, 1024.0, 2048.0),
            "900 B (95 %: 1.00 to 2.00 KiB)"
        );
        let bytes = |bytes| Units::Bytes.amount(bytes);
        assert_eq!(
            with_interval(&bytes(3.0), &bytes(2.0), &bytes(4.5), 0.875),
            "3 (87 %: 2 to 4.5)"
        );
    }

    #[test]
    fn counts_and_shares() {
        assert_eq!(count(354_879), "354,879");
        assert_eq!(change(-1_000), "-1,000");
        assert_eq!(change(7), "+7");
        assert_eq!(average(0.5), "0.50");
        assert_eq!(average(8_237.0), "8,237");
        assert_eq!(percent(0.11708), "11.7 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(percent(0.9999), "> 99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
    }
}
