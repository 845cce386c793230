//! From a raw recording to one order of events.
//!
//! Threads write by themselves, so their events stand in blocks of their own. A
//! first pass over the file finds all blocks, resolves the stacks and learns what
//! there is (`index`); a second one reads the events of all threads side by side
//! (`cursor`), takes the one that comes next (`order`) and says what happened
//! (`apply`). Memory: the index, with about 48 bytes for each block of events,
//! and one block of events for each thread.

mod apply;
mod cursor;
mod index;
mod lines;
mod order;
mod tree;

use std::borrow::Cow;
use std::io::{self, Read, Seek, SeekFrom};

use crate::names::Names;
use crate::trace::payload::unpack;
use crate::trace::{Facts, FileHeader, Resolve, Sink, Stage, TraceError};

use self::apply::Applier;
use self::cursor::{Cursor, Happenings, Head, What};
use self::index::{Index, PageBlock};
use self::order::{Place, Queue};
use self::tree::Inside;

pub use self::tree::ThreadTree;

/// A raw recording whose blocks are known.
pub struct Recording<R> {
    input: R,
    names: Names,
    facts: Facts,
    index: Index,
    inside: Option<Inside>,
}

impl<R: Read + Seek> Recording<R> {
    /// Reads a raw recording once, from where `input` stands; `resolve` decides
    /// what its stacks become.
    ///
    /// # Errors
    ///
    /// If it is no raw recording, or reading fails. Damage is no error.
    pub fn open(input: R, resolve: &mut dyn Resolve) -> Result<Recording<R>, TraceError> {
        Recording::open_for(None, input, resolve)
    }

    /// As `open`, of the threads of a tree only.
    ///
    /// # Errors
    ///
    /// As `open`.
    pub fn open_for(
        tree: Option<ThreadTree>,
        mut input: R,
        resolve: &mut dyn Resolve,
    ) -> Result<Recording<R>, TraceError> {
        let header = FileHeader::read(&mut input)?;
        if header.stage != Stage::Raw {
            return Err(TraceError::WrongStage {
                found: header.stage,
            });
        }
        let begin = input.stream_position()?;
        let only = tree.map(|tree| tree.process);
        let (index, names, facts) = index::build(&mut input, begin, only, resolve)?;
        let inside = tree.map(|tree| Inside::of(tree, &index, &facts));
        Ok(Recording {
            inside,
            input,
            names,
            facts,
            index,
        })
    }

    /// What is known before the events are read: all but how many there are and
    /// which are missing.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The names so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// How many events the recording has at most.
    pub fn events(&self) -> u64 {
        self.index.events()
    }

    /// Hands all events to `sink` in their order, and gives the names and facts
    /// back.
    ///
    /// # Errors
    ///
    /// If reading or writing fails.
    pub fn merge(mut self, sink: &mut impl Sink) -> Result<(Names, Facts), TraceError> {
        sink.begin(&self.names, &self.facts)?;
        let mut cursors: Vec<Cursor<'_>> = self.index.streams.iter().map(Cursor::new).collect();
        let mut happenings: Vec<Happenings<'_>> =
            self.index.processes.iter().map(Happenings::new).collect();
        let mut queue = Queue::new(self.index.processes.len(), &cursors);
        for (number, cursor) in cursors.iter_mut().enumerate() {
            cursor.advance(&mut self.input)?;
            queue.put_stream(number, cursor);
        }
        for (number, process) in happenings.iter().enumerate() {
            queue.put_happening(number, process);
        }
        let mut applier = Applier::new(&self.index, &mut self.names, &mut self.facts, sink);
        applier.inside = self.inside.as_ref();
        while applier.wants_more()
            && let Some(place) = queue.take()
        {
            match place {
                Place::Stream(number) => {
                    match cursors[number].head {
                        Some(Head {
                            time,
                            sequence,
                            what: What::Event(event),
                        }) => {
                            applier.event(number, time, sequence, event)?;
                        }
                        Some(Head {
                            what: What::Snapshot(place),
                            ..
                        }) => {
                            let block = &self.index.streams[number].snapshots[place];
                            let mut next = next_pages(&block.pages, &mut self.input);
                            applier.snapshot(block, &mut next)?;
                        }
                        None => {}
                    }
                    cursors[number].advance(&mut self.input)?;
                    queue.put_stream(number, &cursors[number]);
                }
                Place::Process(number) => {
                    if let Some((time, happening)) = happenings[number].take() {
                        applier.happening(number, time, happening)?;
                    }
                    queue.put_happening(number, &happenings[number]);
                }
            }
        }
        sink.end(&self.names, &self.facts)?;
        Ok((self.names, self.facts))
    }
}

/// Reads blocks of pages, one at each call. Those that cannot be unpacked were left
/// out when they were indexed.
fn next_pages(
    blocks: &[PageBlock],
    input: &mut (impl Read + Seek),
) -> impl FnMut() -> io::Result<Option<Vec<u8>>> {
    let mut blocks = blocks.iter();
    move || {
        let Some(block) = blocks.next() else {
            return Ok(None);
        };
        let stored = read_at(input, block.offset, block.length as usize)?;
        Ok(Some(match unpack(block.codec, &stored) {
            Some(Cow::Owned(payload)) => payload,
            _ => stored,
        }))
    }
}

/// Reads stored bytes of a block.
fn read_at(input: &mut (impl Read + Seek), offset: u64, length: usize) -> io::Result<Vec<u8>> {
    input.seek(SeekFrom::Start(offset))?;
    let mut stored = vec![0; length];
    input.read_exact(&mut stored)?;
    Ok(stored)
}
