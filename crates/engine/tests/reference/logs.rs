//! Logs made of events alone: it gives them names, lines and the declarations
//! of their sites, so that a generator decides only what happens.

use std::collections::BTreeSet;

use unfreed_events::{Event, Names, Record, SiteId, TypeId};

/// How many types, and how many words for threads, marks and memories.
pub const TYPES: u32 = 3;
/// See [`TYPES`].
pub const WORDS: u32 = 3;

/// The types that the sites allocate.
pub const SITE_TYPES: [u32; 5] = [0, 1, 1, 2, 0];

/// The names of all types, sites and words, so that their ids count from 0.
pub fn names() -> Names {
    let mut names = Names::default();
    for number in 0..TYPES {
        let _ = names.intern_type(type_name(number).as_bytes());
    }
    for (number, type_id) in SITE_TYPES.iter().enumerate() {
        let location = format!("src/site.rs:{number}");
        let _ = names.intern_site(type_name(*type_id).as_bytes(), location.as_bytes());
    }
    for number in 0..WORDS {
        let _ = names.intern_word(format!("word {number}").as_bytes());
    }
    names
}

fn type_name(number: u32) -> String {
    format!("Type{number}")
}

/// The records of `events`: each on its own line but for context, which shares
/// the line of its event, and each site declared before its first allocation.
pub fn records(events: &[Event]) -> Vec<Record> {
    let (mut records, mut declared) = (Vec::new(), BTreeSet::new());
    let mut line = 1;
    for event in events {
        if let Event::Allocate { site, .. } = event
            && declared.insert(*site)
        {
            let event = declaration(*site);
            records.push(Record { line, event });
        }
        records.push(Record {
            line,
            event: *event,
        });
        if !is_context(event) {
            line += 1;
        }
    }
    records
}

fn declaration(site: SiteId) -> Event {
    let type_id = TypeId(SITE_TYPES[site.0 as usize]);
    Event::Site { site, type_id }
}

fn is_context(event: &Event) -> bool {
    matches!(
        event,
        Event::Time { .. } | Event::Thread { .. } | Event::Address { .. }
    )
}
