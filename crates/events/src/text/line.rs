//! One line that starts with `@`, cut into its fields.

use crate::limits::MAX_PAGES;
use crate::record::SampleRate;
use crate::text::fault::Fault;
use crate::text::number::{Number, decimal, decimal_or_hex};

/// A line's fields, still as the bytes of the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Allocate {
        type_name: &'a [u8],
        size: u64,
        location: &'a [u8],
        id: u64,
        fields: &'a [u8],
    },
    /// `@DROP` and `@REALLOC` have the same fields.
    Block {
        kind: BlockKind,
        type_name: &'a [u8],
        size: u64,
        id: u64,
        fields: &'a [u8],
    },
    Mark {
        name: &'a [u8],
        fields: &'a [u8],
    },
    Memory {
        domain: &'a [u8],
        bytes: u64,
        fields: &'a [u8],
    },
    Grow {
        memory: &'a [u8],
        old_pages: u32,
        delta_pages: u32,
        fields: &'a [u8],
    },
    Sample {
        rate: SampleRate,
        fields: &'a [u8],
    },
    Promote {
        id: u64,
        fields: &'a [u8],
    },
    Json(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Free,
    Reallocate,
}

/// The keywords, each with the space that must follow it.
const KEYWORDS: [&[u8]; 8] = [
    b"@ALLOCATE ",
    b"@DROP ",
    b"@REALLOC ",
    b"@MARK ",
    b"@MEMORY ",
    b"@GROW ",
    b"@SAMPLE ",
    b"@PROMOTE ",
];

/// The place where a record seems to begin inside `line`, if there is one.
pub fn find_record_start(line: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'@', line).find(|at| {
        let rest = &line[*at..];
        rest.starts_with(b"@{\"") || KEYWORDS.iter().any(|keyword| rest.starts_with(keyword))
    })
}

/// Cuts a line that starts with `@`.
#[inline]
pub(super) fn parse(line: &[u8]) -> Result<Line<'_>, Fault> {
    if let Some(rest) = line.strip_prefix(b"@ALLOCATE ") {
        parse_allocate(rest)
    } else if let Some(rest) = line.strip_prefix(b"@DROP ") {
        parse_block(BlockKind::Free, rest)
    } else {
        parse_rare(line)
    }
}

#[inline(never)]
fn parse_rare(line: &[u8]) -> Result<Line<'_>, Fault> {
    if line.starts_with(b"@{") {
        Ok(Line::Json(&line[1..]))
    } else if let Some(rest) = line.strip_prefix(b"@REALLOC ") {
        parse_block(BlockKind::Reallocate, rest)
    } else if let Some(rest) = line.strip_prefix(b"@MARK ") {
        parse_mark(rest)
    } else if let Some(rest) = line.strip_prefix(b"@MEMORY ") {
        parse_memory(rest)
    } else if let Some(rest) = line.strip_prefix(b"@GROW ") {
        parse_grow(rest)
    } else if let Some(rest) = line.strip_prefix(b"@SAMPLE ") {
        parse_sample(rest)
    } else if let Some(rest) = line.strip_prefix(b"@PROMOTE ") {
        parse_promote(rest)
    } else if KEYWORDS.iter().any(|keyword| keyword.starts_with(line)) && line.len() > 1 {
        Err(Fault::MissingField)
    } else {
        Err(Fault::UnknownRecord)
    }
}

#[inline(never)]
fn parse_allocate(rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, id, fields) = split_id(rest)?;
    let (type_name, size, location) = split_at_size(rest)?;
    Ok(Line::Allocate {
        type_name,
        size,
        location,
        id,
        fields,
    })
}

#[inline(never)]
fn parse_block(kind: BlockKind, rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, id, fields) = split_id(trim_start(rest))?;
    let (type_name, size) = split_last(rest).ok_or(Fault::MissingField)?;
    let size = value(decimal(size), Fault::BadSize)?;
    Ok(Line::Block {
        kind,
        type_name,
        size,
        id,
        fields,
    })
}

fn parse_mark(rest: &[u8]) -> Result<Line<'_>, Fault> {
    // A mark's name is free text, so only known keys end it.
    let is_known = |token: &[u8]| matches!(field(token), Some((b"t" | b"thread" | b"addr", _)));
    let (name, fields) = split_fields(trim_start(rest), is_known);
    Ok(Line::Mark { name, fields })
}

fn parse_memory(rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, fields) = split_fields(trim_start(rest), is_field);
    let (domain, bytes) = split_last(rest).ok_or(Fault::MissingField)?;
    let bytes = value(decimal(bytes), Fault::BadSize)?;
    Ok(Line::Memory {
        domain,
        bytes,
        fields,
    })
}

fn parse_grow(rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, fields) = split_fields(trim_start(rest), is_field);
    let (rest, delta) = split_last(rest).ok_or(Fault::MissingField)?;
    let (memory, old) = split_last(rest).ok_or(Fault::MissingField)?;
    Ok(Line::Grow {
        memory,
        old_pages: pages(value(decimal(old), Fault::BadSize)?)?,
        delta_pages: pages(value(decimal(delta), Fault::BadSize)?)?,
        fields,
    })
}

fn parse_sample(rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, fields) = split_fields(trim_start(rest), is_field);
    let (chance, unit) = split_last(rest).ok_or(Fault::MissingField)?;
    let chance = std::str::from_utf8(chance)
        .ok()
        .and_then(|text| text.parse().ok());
    let unit = value(decimal(unit), Fault::BadRate)?;
    Ok(Line::Sample {
        rate: rate(chance, Some(unit))?,
        fields,
    })
}

/// A sampling rate, if it is one.
pub(super) fn rate(chance: Option<f64>, unit: Option<u64>) -> Result<SampleRate, Fault> {
    let rate = chance
        .zip(unit)
        .and_then(|(chance, unit)| SampleRate::new(chance, unit));
    rate.ok_or(Fault::BadRate)
}

fn parse_promote(rest: &[u8]) -> Result<Line<'_>, Fault> {
    let (id, fields) = split_fields(trim_start(rest), is_field);
    if id.is_empty() {
        return Err(Fault::MissingField);
    }
    let id = value(decimal_or_hex(id), Fault::BadId)?;
    Ok(Line::Promote { id, fields })
}

/// A number of pages, if there can be as many.
pub(super) fn pages(value: u64) -> Result<u32, Fault> {
    u32::try_from(value)
        .ok()
        .filter(|pages| u64::from(*pages) <= MAX_PAGES)
        .ok_or(Fault::TooLarge)
}

/// The id at the end of a line, behind it only `key=value` fields.
#[inline]
fn split_id(rest: &[u8]) -> Result<(&[u8], u64, &[u8]), Fault> {
    let (head, last) = split_last(rest).ok_or(Fault::MissingField)?;
    if let Number::Value(id) = decimal(last) {
        return Ok((head, id, &[]));
    }
    split_id_before_fields(rest)
}

fn split_id_before_fields(rest: &[u8]) -> Result<(&[u8], u64, &[u8]), Fault> {
    let (rest, fields) = split_fields(rest, is_field);
    let (head, last) = split_last(rest).ok_or(Fault::MissingField)?;
    let id = value(decimal_or_hex(last), Fault::BadId)?;
    Ok((head, id, fields))
}

/// Cuts off the tokens at the end for which `is_field` holds.
fn split_fields(rest: &[u8], is_field: impl Fn(&[u8]) -> bool) -> (&[u8], &[u8]) {
    let mut head = rest;
    while let Some((before, last)) = split_last(head) {
        if !is_field(last) {
            break;
        }
        head = before;
    }
    // A line may have nothing but fields.
    if is_field(head) {
        head = &[];
    }
    (trim_end(head), &rest[head.len()..])
}

fn is_field(token: &[u8]) -> bool {
    field(token).is_some()
}

/// A `key=value` token; keys are lower-case letters, digits, `-` and `_`.
pub(super) fn field(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'=', token)?;
    let (key, value) = (&token[..at], &token[at + 1..]);
    let is_key = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (!key.is_empty() && key.iter().all(is_key)).then_some((key, value))
}

/// The last token and what stands before it, both not empty.
#[inline]
fn split_last(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = rest.iter().rposition(|b| *b == b' ')?;
    let (head, last) = (trim_end(&rest[..at]), &rest[at + 1..]);
    if last.is_empty() {
        return split_last_untrimmed(head);
    }
    (!head.is_empty()).then_some((head, last))
}

/// Spaces at the end of a line are not a field.
#[cold]
fn split_last_untrimmed(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    split_last(trim_end(rest))
}

/// Spaces around a name are no part of it.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    trim_start(trim_end(bytes))
}

#[inline]
fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [head @ .., b' '] = bytes {
        bytes = head;
    }
    bytes
}

#[inline]
fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', tail @ ..] = bytes {
        bytes = tail;
    }
    bytes
}

/// Cuts `<type> <size> <file>:<line>` at the first token of digits only that
/// has a token before it.
#[inline]
fn split_at_size(rest: &[u8]) -> Result<(&[u8], u64, &[u8]), Fault> {
    let rest = trim_start(rest);
    let mut from = 0;
    while let Some(space) = position_from(rest, from, b' ') {
        let digits = space + 1;
        let mut end = digits;
        while rest.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end > digits && rest.get(end) == Some(&b' ') {
            let size = value(decimal(&rest[digits..end]), Fault::BadSize)?;
            return Ok((trim_end(&rest[..space]), size, trim_start(&rest[end..])));
        }
        from = end;
    }
    Err(match split_last(rest) {
        Some((head, _)) if head.contains(&b' ') => Fault::BadSize,
        _ => Fault::MissingField,
    })
}

#[inline]
fn position_from(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    bytes[from..]
        .iter()
        .position(|b| *b == byte)
        .map(|at| from + at)
}

#[inline]
fn value(number: Number, otherwise: Fault) -> Result<u64, Fault> {
    match number {
        Number::Value(value) => Ok(value),
        Number::TooLarge => Err(Fault::TooLarge),
        Number::NotDigits => Err(otherwise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allocate(text: &str) -> Result<(String, u64, String, u64), Fault> {
        match parse(text.as_bytes())? {
            Line::Allocate {
                type_name,
                size,
                location,
                id,
                ..
            } => Ok((text_of(type_name), size, text_of(location), id)),
            other => panic!("{text} gave {other:?}"),
        }
    }

    fn text_of(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    #[test]
    fn types_and_paths_with_spaces_are_told_apart() {
        let cases = [
            (
                "@ALLOCATE Foo 16 src/a.rs:3 7",
                ("Foo", 16, "src/a.rs:3", 7),
            ),
            (
                "@ALLOCATE alloc::vec::Vec<(u8, [u32; 4])> 96 src/a.rs:3 7",
                ("alloc::vec::Vec<(u8, [u32; 4])>", 96, "src/a.rs:3", 7),
            ),
            (
                r"@ALLOCATE Foo 16 C:\Program Files\my app\a.rs:3 7",
                ("Foo", 16, r"C:\Program Files\my app\a.rs:3", 7),
            ),
            (
                "@ALLOCATE <A as B<C, D>>::E 0 /my disk 2/a b/c.rs:3:9 0",
                ("<A as B<C, D>>::E", 0, "/my disk 2/a b/c.rs:3:9", 0),
            ),
            ("@ALLOCATE Foo 16 a.rs:3  7", ("Foo", 16, "a.rs:3", 7)),
            ("@ALLOCATE Foo 16  a.rs:3 7", ("Foo", 16, "a.rs:3", 7)),
            (
                "@ALLOCATE Foo 123456789 a.rs:3 123456789",
                ("Foo", 123_456_789, "a.rs:3", 123_456_789),
            ),
            ("@ALLOCATE  Foo  16  a.rs:3  7  ", ("Foo", 16, "a.rs:3", 7)),
            ("@ALLOCATE 12 34 56 a.rs:1 2", ("12", 34, "56 a.rs:1", 2)),
            (
                "@ALLOCATE Foo 16 a.rs:3 0x1f t=5 thread=2",
                ("Foo", 16, "a.rs:3", 31),
            ),
        ];
        for (line, (type_name, size, location, id)) in cases {
            let expected = (type_name.to_owned(), size, location.to_owned(), id);
            assert_eq!(allocate(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn torn_allocations_say_what_is_missing() {
        let cases = [
            ("@", Fault::UnknownRecord),
            ("@ALLOC", Fault::MissingField),
            ("@ALLOCATE", Fault::MissingField),
            ("@ALLOCATE ", Fault::MissingField),
            ("@ALLOCATE Foo", Fault::MissingField),
            ("@ALLOCATE Foo 16", Fault::MissingField),
            ("@ALLOCATE Foo 16 a.rs:3", Fault::BadId),
            ("@ALLOCATE Foo x a.rs:3 7", Fault::BadSize),
            (
                "@ALLOCATE Foo 18446744073709551616 a.rs:3 7",
                Fault::TooLarge,
            ),
            (
                "@ALLOCATE Foo 16 a.rs:3 18446744073709551616",
                Fault::TooLarge,
            ),
            ("@ALLOCATED Foo 16 a.rs:3 7", Fault::UnknownRecord),
            ("@DROP Foo -4 7", Fault::BadSize),
            ("@DROP 4 7", Fault::MissingField),
            ("@GROW 0 16", Fault::MissingField),
            ("@GROW memory 16 4294967296", Fault::TooLarge),
            ("@types/node", Fault::UnknownRecord),
        ];
        for (line, fault) in cases {
            assert_eq!(parse(line.as_bytes()).map(|_| ()), Err(fault), "{line}");
        }
    }

    #[test]
    fn a_mark_keeps_unknown_keys_in_its_name() {
        let mark = parse(b"@MARK proof size=3 t=12").expect("a mark");
        assert_eq!(
            mark,
            Line::Mark {
                name: b"proof size=3",
                fields: b" t=12"
            }
        );
    }

    #[test]
    fn a_record_is_found_behind_a_prefix() {
        assert_eq!(find_record_start(b"[12:00] me@x @DROP Foo 1 2"), Some(13));
        assert_eq!(find_record_start(b"mail me@DROPbox"), None);
        assert_eq!(find_record_start(b"> @{\"event\":\"drop\"}"), Some(2));
    }

    #[test]
    fn rates_are_chances_of_units_of_memory() {
        let rate = |text: &str| match parse(text.as_bytes()) {
            Ok(Line::Sample { rate, .. }) => Ok((rate.chance(), rate.unit())),
            Ok(other) => panic!("{text} gave {other:?}"),
            Err(fault) => Err(fault),
        };
        assert_eq!(rate("@SAMPLE 0.0001 8"), Ok((1e-4, 8)));
        assert_eq!(rate("@SAMPLE 1e-05 1 t=5"), Ok((1e-5, 1)));
        assert_eq!(rate("@SAMPLE 1 4096"), Ok((1.0, 4096)));
        for bad in [
            "0 8", "1.1 8", "1e-10 8", "NaN 8", "x 8", "0.1 0", "0.1 4097", "0.1 x",
        ] {
            assert_eq!(
                rate(&format!("@SAMPLE {bad}")),
                Err(Fault::BadRate),
                "{bad}"
            );
        }
        assert_eq!(rate("@SAMPLE 0.1"), Err(Fault::MissingField));
    }
}
