//! Source lines from a source map (ECMA-426). In that of a module the columns of
//! line 0 are byte offsets from the module's beginning.

use std::ops::Range;

use serde::Deserialize;

/// The map of one module.
pub struct SourceMap {
    sources: Vec<String>,
    /// In ascending order of offsets.
    mappings: Vec<Mapping>,
}

/// From an offset on, up to the next one.
#[derive(Clone, Copy)]
struct Mapping {
    offset: u32,
    /// `None` for code that has no source.
    source: Option<Source>,
}

/// Lines and columns count from 0.
#[derive(Clone, Copy)]
struct Source {
    file: u32,
    line: u32,
    column: u32,
}

/// The members that are used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    version: u32,
    #[serde(default)]
    source_root: Option<String>,
    sources: Vec<Option<String>>,
    mappings: String,
}

impl SourceMap {
    /// Reads a map of version 3 without sections; `None` for anything else.
    /// `locate` says where a source is, given `sourceRoot` and its name.
    pub fn read(json: &[u8], locate: impl Fn(&str, &str) -> String) -> Option<SourceMap> {
        let json: Json = serde_json::from_slice(json).ok()?;
        if json.version != 3 {
            return None;
        }
        let root = json.source_root.unwrap_or_default();
        let sources = json.sources.iter();
        Some(SourceMap {
            sources: sources
                .map(|source| match source {
                    Some(source) => locate(&root, source),
                    None => String::new(),
                })
                .collect(),
            mappings: mappings(&json.mappings)?,
        })
    }

    /// `file:line:column` of the instruction at an offset, looked for in the
    /// function that has this body.
    pub fn at(&self, offset: u32, body: Range<u32>) -> Option<String> {
        let behind = self
            .mappings
            .partition_point(|mapping| mapping.offset <= offset);
        let mapping = self.mappings[..behind].last()?;
        if !body.contains(&mapping.offset) {
            return None;
        }
        let source = mapping.source?;
        let file = self.sources.get(source.file as usize)?;
        if file.is_empty() {
            return None;
        }
        let (line, column) = (u64::from(source.line) + 1, u64::from(source.column) + 1);
        Some(format!("{file}:{line}:{column}"))
    }
}

/// The mappings of line 0; `None` if they cannot be read.
fn mappings(text: &str) -> Option<Vec<Mapping>> {
    let line = text.split(';').next()?;
    let mut mappings = Vec::new();
    let (mut offset, mut file, mut at_line, mut column) = (0i64, 0i64, 0i64, 0i64);
    for segment in line.split(',').filter(|segment| !segment.is_empty()) {
        let mut digits = segment.bytes();
        offset += number(&mut digits)?;
        let source = match number(&mut digits) {
            None => None,
            Some(files) => {
                file += files;
                at_line += number(&mut digits)?;
                column += number(&mut digits)?;
                Some(Source {
                    file: u32::try_from(file).ok()?,
                    line: u32::try_from(at_line).ok()?,
                    column: u32::try_from(column).ok()?,
                })
            }
        };
        mappings.push(Mapping {
            offset: u32::try_from(offset).ok()?,
            source,
        });
    }
    mappings.sort_by_key(|mapping| mapping.offset);
    Some(mappings)
}

/// A number in base 64, five bits a digit, the lowest first; the lowest bit of
/// the number is its sign.
fn number(digits: &mut impl Iterator<Item = u8>) -> Option<i64> {
    let mut value = 0i64;
    for shift in (0..35).step_by(5) {
        let digit = match digits.next()? {
            byte @ b'A'..=b'Z' => byte - b'A',
            byte @ b'a'..=b'z' => byte - b'a' + 26,
            byte @ b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        value |= i64::from(digit & 31) << shift;
        if digit & 32 == 0 {
            let amount = value >> 1;
            return Some(if value & 1 == 0 { amount } else { -amount });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<SourceMap> {
        SourceMap::read(json.as_bytes(), |root, source| format!("{root}{source}"))
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        for (text, expected) in [
            ("A", Some(0)),
            ("C", Some(1)),
            ("D", Some(-1)),
            ("gB", Some(16)),
            ("+/////D", Some((1 << 31) - 1)),
            ("", None),
            ("g", None),
            ("!", None),
            ("gggggggg", None),
        ] {
            assert_eq!(number(&mut text.bytes()), expected, "{text}");
        }
    }

    #[test]
    fn an_offset_has_the_place_of_the_mapping_before_it() {
        let map = read(
            r#"{"version":3,"sources":["a.ts","b.ts"],"sourceRoot":"x/","mappings":"gBAAA,IACE,I,ICCF"}"#,
        )
        .expect("a map");
        let at = |offset| map.at(offset, 0..100);
        assert_eq!(at(15), None);
        assert_eq!(at(16).as_deref(), Some("x/a.ts:1:1"));
        assert_eq!(at(20).as_deref(), Some("x/a.ts:2:3"));
        assert_eq!(at(23).as_deref(), Some("x/a.ts:2:3"));
        assert_eq!(at(24), None);
        assert_eq!(at(99).as_deref(), Some("x/b.ts:3:1"));
        assert_eq!(map.at(40, 30..50), None);
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for json in [
            "",
            "{}",
            r#"{"version":2,"sources":[],"mappings":""}"#,
            r#"{"version":3,"sources":[],"mappings":"D"}"#,
            r#"{"version":3,"sources":[],"mappings":"AA"}"#,
            r#"{"version":3,"sources":[],"mappings":"é"}"#,
        ] {
            assert!(read(json).is_none(), "{json}");
        }
        let map = read(r#"{"version":3,"sources":[],"mappings":"AEAA"}"#).expect("a map");
        assert_eq!(map.at(0, 0..9), None);
    }
}
