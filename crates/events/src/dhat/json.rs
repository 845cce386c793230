//! The JSON of a profile, read member by member: what was read before an error is
//! kept.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{DhatError, Mode, VERSION};
use crate::limits::{MAX_NAMES, MAX_STACK_FRAMES};

/// What the JSON says.
#[derive(Default)]
pub(super) struct Content {
    pub version: Option<u64>,
    pub mode: Option<Mode>,
    pub command: String,
    pub time_unit: String,
    pub peak_at: Option<u64>,
    pub end_at: Option<u64>,
    pub points: Vec<Point>,
    pub has_points: bool,
    pub frames: Vec<String>,
    /// Why it is none that can be read.
    pub refused: Option<DhatError>,
}

/// A program point: blocks that one stack allocates.
#[derive(Deserialize)]
pub(super) struct Point {
    #[serde(rename = "tb")]
    pub allocated_bytes: u64,
    #[serde(rename = "tbk")]
    pub allocations: u64,
    #[serde(rename = "tl")]
    pub lifetimes: Option<u64>,
    #[serde(rename = "gb")]
    pub peak_bytes: u64,
    #[serde(rename = "gbk")]
    pub peak: u64,
    #[serde(rename = "eb")]
    pub leaked_bytes: u64,
    #[serde(rename = "ebk")]
    pub leaked: u64,
    /// Indices of frames, innermost first.
    #[serde(rename = "fs")]
    pub stack: Stack,
}

pub(super) struct Stack(pub Vec<u32>);

impl Point {
    /// What cannot be of its figures.
    fn fault(&self) -> Option<String> {
        let most = [
            ("eb", self.leaked_bytes, "tb", self.allocated_bytes),
            ("ebk", self.leaked, "tbk", self.allocations),
            ("gb", self.peak_bytes, "tb", self.allocated_bytes),
            ("gbk", self.peak, "tbk", self.allocations),
        ];
        most.into_iter()
            .find(|(_, part, _, all)| part > all)
            .map(|(part_name, part, name, all)| {
                format!(
                    "a program point whose `{part_name}` is {part}, more than its `{name}` of {all}"
                )
            })
    }
}

impl<'de> DeserializeSeed<'de> for &mut Content {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Content {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the object of a DHAT profile")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "dhatFileVersion" => {
                    let version = members.next_value()?;
                    self.version = Some(version);
                    if version != VERSION {
                        return Err(self.refuse(DhatError::Version(version)));
                    }
                }
                "mode" => {
                    let mode: String = members.next_value()?;
                    match Mode::named(&mode) {
                        Some(mode) => self.mode = Some(mode),
                        None => return Err(self.refuse(DhatError::mode(&mode))),
                    }
                }
                "cmd" => self.command = members.next_value()?,
                "tu" => self.time_unit = members.next_value()?,
                "tg" => self.peak_at = members.next_value()?,
                "te" => self.end_at = members.next_value()?,
                "pps" => {
                    if self.mode.is_none() || self.has_points {
                        return Err(A::Error::custom(
                            "program points that stand where none can be",
                        ));
                    }
                    self.has_points = true;
                    members.next_value_seed(Points(&mut self.points))?;
                }
                "ftbl" => members.next_value_seed(Table(&mut self.frames))?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl Content {
    fn refuse<E: Error>(&mut self, error: DhatError) -> E {
        let text = error.to_string();
        self.refused = Some(error);
        E::custom(text)
    }
}

struct Points<'a>(&'a mut Vec<Point>);

impl<'de> DeserializeSeed<'de> for Points<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Points<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of program points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut points: A) -> Result<(), A::Error> {
        while let Some(point) = points.next_element::<Point>()? {
            if let Some(fault) = point.fault() {
                return Err(A::Error::custom(fault));
            }
            if self.0.len() >= MAX_NAMES {
                return Err(A::Error::custom("too many program points"));
            }
            self.0.push(point);
        }
        Ok(())
    }
}

struct Table<'a>(&'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Table<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Table<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of frames")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut frames: A) -> Result<(), A::Error> {
        while let Some(frame) = frames.next_element()? {
            if self.0.len() >= MAX_NAMES {
                return Err(A::Error::custom("too many frames"));
            }
            self.0.push(frame);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Stack {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Stack, D::Error> {
        json.deserialize_seq(StackVisitor)
    }
}

struct StackVisitor;

impl<'de> Visitor<'de> for StackVisitor {
    type Value = Stack;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of indices of frames")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut frames: A) -> Result<Stack, A::Error> {
        let mut stack = Vec::new();
        while let Some(frame) = frames.next_element::<u32>()? {
            // The innermost are kept.
            if stack.len() < MAX_STACK_FRAMES {
                stack.push(frame);
            }
        }
        Ok(Stack(stack))
    }
}
