//! How far each thread's events have been read.

use std::io::{Read, Seek};

use super::index::{EventBlock, Happening, Process, Stream};
use super::read_at;
use crate::trace::TraceError;
use crate::trace::payload::unpack;
use crate::trace::raw::{RawEvent, RawRecord, RawRecords};

/// What a thread has come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub time: u64,
    /// Its number in its process, if it is about a shared memory; counted on
    /// where the recorded ones wrap. That of a snapshot is that of the event before.
    pub sequence: Option<u64>,
    pub what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Event(RawEvent),
    /// A snapshot, by its place among those of the thread.
    Snapshot(usize),
}

/// How far from a multiple of 2^32 a number of 0 is taken for one.
const NEAR_WRAP: u64 = 1 << 16;

/// The events of one thread, one block at a time.
pub(super) struct Cursor<'a> {
    stream: &'a Stream,
    next_block: usize,
    next_snapshot: usize,
    payload: Vec<u8>,
    records: RawRecords,
    last_sequence: Option<u64>,
    /// Whether an event of this block had a sequence number.
    has_shared: bool,
    pub head: Option<Head>,
}

impl<'a> Cursor<'a> {
    pub fn new(stream: &'a Stream) -> Cursor<'a> {
        Cursor {
            stream,
            next_block: 0,
            next_snapshot: 0,
            payload: Vec::new(),
            records: RawRecords::new(0),
            last_sequence: None,
            has_shared: false,
            head: None,
        }
    }

    pub fn process(&self) -> usize {
        self.stream.process
    }

    /// The lowest sequence number that this thread's events from here on may
    /// have; `None` if they have none.
    pub fn bound(&self) -> Option<u64> {
        if self.has_shared {
            return self.last_sequence;
        }
        let blocks = self.stream.blocks.get(self.next_block.checked_sub(1)?..)?;
        blocks.iter().find_map(|block| block.first)
    }

    /// Goes to the next event.
    pub fn advance(&mut self, input: &mut (impl Read + Seek)) -> Result<(), TraceError> {
        self.head = loop {
            if let Some(record) = self.records.next(&self.payload) {
                let sequence = self
                    .is_shared(&record)
                    .then(|| self.unwrap(record.sequence));
                break Some(Head {
                    time: record.time,
                    sequence,
                    what: What::Event(record.event),
                });
            }
            let snapshot = self.stream.snapshots.get(self.next_snapshot);
            if let Some(snapshot) = snapshot.filter(|next| next.place <= self.next_block) {
                self.next_snapshot += 1;
                break Some(Head {
                    time: snapshot.time,
                    sequence: snapshot.sequence,
                    what: What::Snapshot(self.next_snapshot - 1),
                });
            }
            match self.stream.blocks.get(self.next_block) {
                Some(block) => self.load(block, input)?,
                None => {
                    self.payload = Vec::new();
                    break None;
                }
            }
        };
        Ok(())
    }

    fn load(
        &mut self,
        block: &EventBlock,
        input: &mut (impl Read + Seek),
    ) -> Result<(), TraceError> {
        let stored = read_at(input, block.offset, block.length as usize)?;
        // That it can be unpacked was found out when it was indexed.
        self.payload =
            unpack(block.codec, &stored).map_or(Vec::new(), |payload| payload.into_owned());
        self.records = RawRecords::new(block.time);
        self.last_sequence = block.near.or(self.last_sequence);
        self.has_shared = false;
        self.next_block += 1;
        Ok(())
    }

    /// Whether an event is ordered by its sequence number. Where its memory is
    /// not known, its number says so. An instance whose memory the recorder has
    /// not met yet says 0 until then, and nobody else has that memory; but 0 is
    /// also what follows 2^32 - 1.
    fn is_shared(&self, record: &RawRecord) -> bool {
        if record.sequence != 0 {
            return self
                .stream
                .home_of(&record.event)
                .is_none_or(|home| home.shared);
        }
        let near = |last: u64| unwrap(Some(last), 0).abs_diff(last) < NEAR_WRAP;
        self.last_sequence.is_some_and(near)
            && self
                .stream
                .home_of(&record.event)
                .is_some_and(|home| home.shared)
    }

    fn unwrap(&mut self, sequence: u32) -> u64 {
        let sequence = unwrap(self.last_sequence, sequence);
        self.last_sequence = Some(sequence);
        self.has_shared = true;
        sequence
    }
}

/// `sequence` with the upper half that brings it nearest to `last`.
pub(super) fn unwrap(last: Option<u64>, sequence: u32) -> u64 {
    // The first has room below it, for those that turn out to be before it.
    let last = last.unwrap_or(1 << 32 | u64::from(sequence));
    let step = sequence.wrapping_sub(last as u32) as i32;
    last.wrapping_add_signed(i64::from(step))
}

/// What a process said beside its threads' events, by time.
pub(super) struct Happenings<'a> {
    rest: &'a [(u64, Happening)],
}

impl<'a> Happenings<'a> {
    pub fn new(process: &'a Process) -> Happenings<'a> {
        Happenings {
            rest: &process.happenings,
        }
    }

    pub fn next_time(&self) -> Option<u64> {
        self.rest.first().map(|(time, _)| *time)
    }

    pub fn take(&mut self) -> Option<(u64, Happening)> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}
