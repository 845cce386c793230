//! Sizes as people and programs print them: `36.06 MB`, `1,048,576`, `2GiB`.

use thiserror::Error;

/// Why a text is not a size.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SizeError {
    /// No digits where the number should be.
    #[error("'{0}' is not a size: expected a number and a unit, such as '36.06 MB'")]
    NotANumber(String),
    /// The number is followed by something else than a unit of bytes.
    #[error("'{0}' has an unknown unit: expected B, KB, MB, GB, TB, KiB, MiB, GiB, TiB or pages")]
    UnknownUnit(String),
    /// More than 2^63 bytes.
    #[error("'{0}' is larger than any memory")]
    TooLarge(String),
}

/// A size and whether its unit was one of the two-letter ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The size in bytes, rounded to the nearest.
    pub bytes: u64,
    /// True for `KB`, `MB`, `GB`, `TB`, which some programs mean as powers of
    /// 1000. Here they are powers of 1024: programs that print their memory
    /// divide by 1024 far more often, the published o1js analysis among them.
    pub assumed_binary: bool,
}

/// Reads a size: a decimal number (with `,` or `_` between digits if it
/// likes), white space or none, and a unit. No unit means bytes; `pages` are
/// wasm pages of 64 KiB; case does not matter.
pub fn parse_size(text: &str) -> Result<Size, SizeError> {
    let trimmed = text.trim();
    let split = trimmed
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_')))
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let (scale, assumed_binary) =
        scale_of(unit.trim()).ok_or_else(|| SizeError::UnknownUnit(text.to_owned()))?;
    let digits: String = number.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    let bytes = scaled(&digits, scale).ok_or_else(|| match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => SizeError::TooLarge(text.to_owned()),
        _ => SizeError::NotANumber(text.to_owned()),
    })?;
    Ok(Size {
        bytes,
        assumed_binary,
    })
}

fn scale_of(unit: &str) -> Option<(u64, bool)> {
    const KIB: u64 = 1 << 10;
    let lower = unit.to_ascii_lowercase();
    Some(match lower.as_str() {
        "" | "b" | "byte" | "bytes" => (1, false),
        "k" | "kib" => (KIB, false),
        "m" | "mib" => (KIB.pow(2), false),
        "g" | "gib" => (KIB.pow(3), false),
        "t" | "tib" => (KIB.pow(4), false),
        "kb" => (KIB, true),
        "mb" => (KIB.pow(2), true),
        "gb" => (KIB.pow(3), true),
        "tb" => (KIB.pow(4), true),
        "page" | "pages" => (64 * KIB, false),
        _ => return None,
    })
}

/// `digits` × `scale`, whole numbers exactly, fractions to the nearest byte.
fn scaled(digits: &str, scale: u64) -> Option<u64> {
    const MAX: u64 = 1 << 63;
    if let Ok(whole) = digits.parse::<u64>() {
        return whole.checked_mul(scale).filter(|bytes| *bytes <= MAX);
    }
    let value = digits.parse::<f64>().ok()? * scale as f64;
    (value.is_finite() && value <= MAX as f64).then(|| value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> u64 {
        parse_size(text).expect("a size").bytes
    }

    #[test]
    fn units_are_binary() {
        assert_eq!(bytes("1 MB"), 1_048_576);
        assert_eq!(bytes("1MiB"), 1_048_576);
        assert_eq!(bytes("36.06 MB"), 37_811_651);
        assert_eq!(bytes("1,048,576"), 1_048_576);
        assert_eq!(bytes("577 pages"), 37_814_272);
        assert_eq!(bytes(" 12 bytes "), 12);
    }

    #[test]
    fn two_letter_units_are_marked_as_assumed() {
        assert!(parse_size("1 MB").expect("a size").assumed_binary);
        assert!(!parse_size("1 MiB").expect("a size").assumed_binary);
    }

    #[test]
    fn what_is_no_size_says_why() {
        assert!(matches!(parse_size("MB"), Err(SizeError::NotANumber(_))));
        assert!(matches!(parse_size(""), Err(SizeError::NotANumber(_))));
        assert!(matches!(
            parse_size("1.2.3 MB"),
            Err(SizeError::NotANumber(_))
        ));
        assert!(matches!(
            parse_size("3 apples"),
            Err(SizeError::UnknownUnit(_))
        ));
        assert!(matches!(
            parse_size("-3 MB"),
            Err(SizeError::UnknownUnit(_))
        ));
        assert!(matches!(
            parse_size("99999999999 TiB"),
            Err(SizeError::TooLarge(_))
        ));
    }
}
