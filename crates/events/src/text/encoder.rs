//! Records in, log lines out: the text that the decoder reads back.

use std::borrow::Cow;
use std::io::Write;

use hashbrown::HashMap;
use serde_json::{Map, Value};

use crate::names::Names;
use crate::record::{AllocationId, Event, Record, SiteId};
use crate::text::line::{Line, parse};
use crate::{TypeId, WordId};

/// Writes records as a v2 log: plain lines where they can be told apart, JSON
/// for the others (a type such as `take 2`, a thread named with spaces).
///
/// A line of a free names type and size, which a recording's release does not:
/// the encoder remembers live blocks, at about 40 bytes each.
#[derive(Default)]
pub struct TextEncoder {
    context: Context,
    live: HashMap<AllocationId, (TypeId, u64)>,
    left_out: u64,
    handles: u64,
}

/// What comes with the event that follows it.
#[derive(Clone, Copy, Default)]
struct Context {
    time: Option<u64>,
    address: Option<u64>,
    thread: Option<WordId>,
}

impl TextEncoder {
    /// Appends the line of `record` to `out`. The context of an event (time,
    /// thread, address) comes with the event that follows it.
    pub fn encode(&mut self, names: &Names, record: &Record, out: &mut Vec<u8>) {
        match record.event {
            Event::Time { ns } => self.context.time = Some(ns),
            Event::Thread { thread } => self.context.thread = Some(thread),
            Event::Address { address } => self.context.address = Some(address),
            Event::Site { .. } => {}
            // The time may be that of the next event, too.
            Event::Handle { .. } | Event::HandleStack { .. } => self.handles += 1,
            event => {
                let context = std::mem::take(&mut self.context);
                match self.with_names(names, event) {
                    Some(event) => context.encode(names, &event, out),
                    None => self.left_out += 1,
                }
            }
        }
    }

    /// How many records have no line: releases of blocks that are not live, of
    /// which neither type nor size is known.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many records of handles there were: a log has none.
    pub fn handles_left_out(&self) -> u64 {
        self.handles
    }

    /// The event as a log has it: a release becomes the free of its block.
    fn with_names(&mut self, names: &Names, event: Event) -> Option<Event> {
        match event {
            Event::Allocate { site, size, id } => {
                let type_id = names.site_type(site)?;
                self.live.insert(id, (type_id, size));
            }
            Event::Reallocate { size, id, .. } => {
                if let Some((_, held)) = self.live.get_mut(&id) {
                    *held = size;
                }
            }
            Event::Free { id, .. } => {
                self.live.remove(&id);
            }
            Event::Release { id } => {
                let (type_id, size) = self.live.remove(&id)?;
                return Some(Event::Free { type_id, size, id });
            }
            _ => {}
        }
        Some(event)
    }
}

/// The location of a site as a line must have it. Where no line is known, as
/// in a module without debugging information, it is 0.
fn location_of(names: &Names, site: SiteId) -> Cow<'_, str> {
    let location = names.location(site);
    match location.line() {
        Some(_) => Cow::Borrowed(location.as_str()),
        None => Cow::Owned(format!("{}:0", location.as_str())),
    }
}

impl Context {
    fn encode(&self, names: &Names, event: &Event, out: &mut Vec<u8>) {
        let start = out.len();
        self.plain(names, event, out);
        if !self.reads_back(names, event, &out[start..]) {
            out.truncate(start);
            self.json(names, event, out);
        }
        out.push(b'\n');
    }

    // Writing into a vector cannot fail, so the results are not looked at.
    fn plain(&self, names: &Names, event: &Event, out: &mut Vec<u8>) {
        let _ = match *event {
            Event::Allocate { site, size, id } => {
                let type_name = names.site_type(site).map_or("", |id| names.type_name(id));
                let location = location_of(names, site);
                write!(out, "@ALLOCATE {type_name} {size} {location} {}", id.0)
            }
            Event::Free { type_id, size, id } => {
                write!(out, "@DROP {} {size} {}", names.type_name(type_id), id.0)
            }
            Event::Reallocate { type_id, size, id } => {
                write!(out, "@REALLOC {} {size} {}", names.type_name(type_id), id.0)
            }
            Event::Sample { rate } => write!(out, "@SAMPLE {} {}", rate.chance(), rate.unit()),
            Event::Promote { id } => write!(out, "@PROMOTE {}", id.0),
            Event::Mark { name } => write!(out, "@MARK {}", names.word(name)),
            Event::Memory { domain, bytes, .. } => {
                write!(out, "@MEMORY {} {bytes}", names.word(domain))
            }
            Event::Grow {
                memory,
                old_pages,
                delta_pages,
                // A line has no place for who caused it.
                site: _,
            } => write!(
                out,
                "@GROW {} {old_pages} {delta_pages}",
                names.word(memory)
            ),
            Event::Time { .. }
            | Event::Thread { .. }
            | Event::Address { .. }
            | Event::Release { .. }
            | Event::Handle { .. }
            | Event::HandleStack { .. }
            | Event::Site { .. } => Ok(()),
        };
        if let Some(ns) = self.time {
            let _ = write!(out, " t={ns}");
        }
        if let Some(thread) = self.thread {
            let _ = write!(out, " thread={}", names.word(thread));
        }
        if let Some(address) = self.address {
            let _ = write!(out, " addr={address:#x}");
        }
    }

    /// Whether the plain line is cut into the same names again. Numbers always
    /// are.
    fn reads_back(&self, names: &Names, event: &Event, line: &[u8]) -> bool {
        if self
            .thread
            .is_some_and(|thread| names.word(thread).contains(' '))
        {
            return false;
        }
        let type_of = |id| names.type_name(id).as_bytes();
        match (parse(line), *event) {
            (
                Ok(Line::Allocate {
                    type_name,
                    location,
                    ..
                }),
                Event::Allocate { site, .. },
            ) => {
                names.site_type(site).map(type_of) == Some(type_name)
                    && location_of(names, site).as_bytes() == location
            }
            (
                Ok(Line::Block { type_name, .. }),
                Event::Free { type_id, .. } | Event::Reallocate { type_id, .. },
            ) => type_of(type_id) == type_name,
            (Ok(Line::Mark { name, .. }), Event::Mark { name: word })
            | (Ok(Line::Memory { domain: name, .. }), Event::Memory { domain: word, .. })
            | (Ok(Line::Grow { memory: name, .. }), Event::Grow { memory: word, .. }) => {
                names.word(word).as_bytes() == name
            }
            // They have no names.
            (Ok(_), Event::Sample { .. } | Event::Promote { .. }) => true,
            _ => false,
        }
    }

    fn json(&self, names: &Names, event: &Event, out: &mut Vec<u8>) {
        let mut object = members(names, event);
        if let Some(ns) = self.time {
            object.insert("t".to_owned(), ns.into());
        }
        if let Some(thread) = self.thread {
            object.insert("thread".to_owned(), names.word(thread).into());
        }
        if let Some(address) = self.address {
            object.insert("addr".to_owned(), address.into());
        }
        let _ = write!(out, "@{}", Value::Object(object));
    }
}

fn members(names: &Names, event: &Event) -> Map<String, Value> {
    let members: Vec<(&str, Value)> = match *event {
        Event::Allocate { site, size, id } => {
            let location = names.location(site);
            let type_name = names.site_type(site).map_or("", |id| names.type_name(id));
            let mut members = vec![
                ("event", "allocate".into()),
                ("type", type_name.into()),
                ("size", size.into()),
                ("file", location.file().into()),
                ("line", location.line().unwrap_or(0).into()),
                ("id", id.0.into()),
            ];
            if let Some(column) = location.column() {
                members.push(("column", column.into()));
            }
            members
        }
        Event::Free { type_id, size, id } => block("drop", names.type_name(type_id), size, id.0),
        Event::Reallocate { type_id, size, id } => {
            block("realloc", names.type_name(type_id), size, id.0)
        }
        Event::Sample { rate } => vec![
            ("event", "sample".into()),
            ("chance", rate.chance().to_string().into()),
            ("unit", rate.unit().into()),
        ],
        Event::Promote { id } => vec![("event", "promote".into()), ("id", id.0.into())],
        Event::Mark { name } => vec![("event", "mark".into()), ("name", names.word(name).into())],
        Event::Memory { domain, bytes, .. } => vec![
            ("event", "memory".into()),
            ("domain", names.word(domain).into()),
            ("bytes", bytes.into()),
        ],
        Event::Grow {
            memory,
            old_pages,
            delta_pages,
            site: _,
        } => vec![
            ("event", "grow".into()),
            ("memory", names.word(memory).into()),
            ("old_pages", old_pages.into()),
            ("delta_pages", delta_pages.into()),
        ],
        Event::Time { .. }
        | Event::Thread { .. }
        | Event::Address { .. }
        | Event::Release { .. }
        | Event::Handle { .. }
        | Event::HandleStack { .. }
        | Event::Site { .. } => Vec::new(),
    };
    members
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn block(event: &'static str, type_name: &str, size: u64, id: u64) -> Vec<(&'static str, Value)> {
    vec![
        ("event", event.into()),
        ("type", type_name.into()),
        ("size", size.into()),
        ("id", id.into()),
    ]
}
