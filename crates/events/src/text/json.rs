//! Events as JSON objects: `@{"event": "drop", "type": "Foo", …}`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::text::number::{Number, decimal_or_hex};

/// An object's members; which of them an event needs is the decoder's affair.
#[derive(Default, Debug)]
pub(super) struct JsonEvent<'a> {
    pub event: Option<Cow<'a, str>>,
    pub type_name: Option<Cow<'a, str>>,
    pub size: Option<u64>,
    pub file: Option<Cow<'a, str>>,
    pub line: Option<u64>,
    pub column: Option<u64>,
    pub id: Option<u64>,
    pub time: Option<u64>,
    pub thread: Option<Cow<'a, str>>,
    pub address: Option<u64>,
    pub name: Option<Cow<'a, str>>,
    pub domain: Option<Cow<'a, str>>,
    pub bytes: Option<u64>,
    pub memory: Option<Cow<'a, str>>,
    pub old_pages: Option<u64>,
    pub delta_pages: Option<u64>,
    pub chance: Option<f64>,
    pub unit: Option<u64>,
    /// Members that this version does not know.
    pub unknown: u64,
}

/// Reads one object; `None` if it is none, or a member has the wrong kind.
pub(super) fn parse(bytes: &[u8]) -> Option<JsonEvent<'_>> {
    serde_json::from_slice(bytes).ok()
}

impl<'de> Deserialize<'de> for JsonEvent<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor)
    }
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = JsonEvent<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonEvent<'de>, A::Error> {
        let mut event = JsonEvent::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.0.as_ref() {
                "event" => set(&mut map, &mut event.event, |text: Text<'de>| text.0)?,
                "type" => set(&mut map, &mut event.type_name, |text: Text<'de>| text.0)?,
                "size" => set(&mut map, &mut event.size, |n: u64| n)?,
                "file" => set(&mut map, &mut event.file, |text: Text<'de>| text.0)?,
                "line" => set(&mut map, &mut event.line, |n: u64| n)?,
                "column" => set(&mut map, &mut event.column, |n: u64| n)?,
                "id" => set(&mut map, &mut event.id, |n: Integer| n.0)?,
                "t" => set(&mut map, &mut event.time, |n: u64| n)?,
                "thread" => set(&mut map, &mut event.thread, |word: Word<'de>| word.0)?,
                "addr" => set(&mut map, &mut event.address, |n: Integer| n.0)?,
                "name" => set(&mut map, &mut event.name, |text: Text<'de>| text.0)?,
                "domain" => set(&mut map, &mut event.domain, |text: Text<'de>| text.0)?,
                "bytes" => set(&mut map, &mut event.bytes, |n: u64| n)?,
                "memory" => set(&mut map, &mut event.memory, |word: Word<'de>| word.0)?,
                "old_pages" => set(&mut map, &mut event.old_pages, |n: u64| n)?,
                "delta_pages" => set(&mut map, &mut event.delta_pages, |n: u64| n)?,
                "chance" => set(&mut map, &mut event.chance, |n: Fraction| n.0)?,
                "unit" => set(&mut map, &mut event.unit, |n: u64| n)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    event.unknown += 1;
                }
            }
        }
        Ok(event)
    }
}

/// Reads a member's value; the same member twice is an error.
fn set<'de, A: MapAccess<'de>, V: Deserialize<'de>, T>(
    map: &mut A,
    slot: &mut Option<T>,
    convert: impl Fn(V) -> T,
) -> Result<(), A::Error> {
    let value = convert(map.next_value()?);
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(de::Error::custom("a member stands twice")),
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A number, or a string of decimal or `0x` digits.
struct Integer(u64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Word::deserialize(deserializer)?;
        match decimal_or_hex(word.0.as_bytes()) {
            Number::Value(value) => Ok(Integer(value)),
            _ => Err(de::Error::custom("expected a number of at most 64 bits")),
        }
    }
}

/// A number, or a string of one, which is read to the last bit.
struct Fraction(f64);

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FractionVisitor;
        impl Visitor<'_> for FractionVisitor {
            type Value = Fraction;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Fraction, E> {
                Ok(Fraction(value as f64))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Fraction, E> {
                Ok(Fraction(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Fraction, E> {
                let value = value.parse().map_err(|_| E::custom("expected a number"))?;
                Ok(Fraction(value))
            }
        }
        deserializer.deserialize_any(FractionVisitor)
    }
}

/// A string, or a number as its digits.
struct Word<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Word<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor;
        impl<'de> Visitor<'de> for WordVisitor {
            type Value = Word<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(value.to_string())))
            }
            fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Borrowed(value)))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_any(WordVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_any_order_and_unknown_ones_are_counted() {
        let event =
            parse(br#"{"size":16,"type":"a \"b\"","event":"drop","id":"0x10","x":[1],"thread":3}"#)
                .expect("an event");
        assert_eq!(event.type_name.as_deref(), Some("a \"b\""));
        assert_eq!(
            (event.size, event.id, event.unknown),
            (Some(16), Some(16), 1)
        );
        assert_eq!(event.thread.as_deref(), Some("3"));
    }

    #[test]
    fn what_is_no_event_object_is_refused() {
        for bad in [
            "{",
            "[]",
            "{\"size\":-1}",
            "{\"size\":1.5}",
            "{\"id\":\"x\"}",
            "{\"t\":1,\"t\":2}",
            "{} {}",
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
