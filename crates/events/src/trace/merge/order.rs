//! Which thread's next event is the next of all.
//!
//! Events of shared memories come by their sequence number within a process.
//! All others come by time, so that threads interleave as they ran; the events
//! of one thread never change places. A thread that has come to one of the
//! others may have events with lower sequence numbers behind it: where numbers
//! are missing, those threads go first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cursor::{Cursor, Happenings, What};

/// Where the next event is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Place {
    /// What a process said beside its threads' events.
    Process(usize),
    /// A thread's.
    Stream(usize),
}

/// A thread that has come to an event without a sequence number.
struct Waiting {
    stream: usize,
    time: u64,
    /// The lowest sequence number that may be behind it.
    bound: u64,
}

/// Sequence number, whether it comes behind the event of that number, stream, time.
type Numbered = (u64, bool, usize, u64);

/// From where an event is taken.
enum From {
    Time,
    Sequence(usize),
    Waiting(usize),
}

/// The next events of all threads.
pub(super) struct Queue {
    /// With how often the stream had been put in: older entries mean nothing.
    by_time: BinaryHeap<Reverse<(u64, Place, u32)>>,
    /// For each process.
    by_sequence: Vec<BinaryHeap<Reverse<Numbered>>>,
    waiting: Vec<Vec<Waiting>>,
    /// The last sequence number of each process.
    last: Vec<Option<u64>>,
    /// How often each stream has been put in, and its process.
    puts: Vec<(u32, usize)>,
}

impl Queue {
    pub fn new(processes: usize, cursors: &[Cursor<'_>]) -> Queue {
        Queue {
            by_time: BinaryHeap::new(),
            by_sequence: (0..processes).map(|_| BinaryHeap::new()).collect(),
            waiting: (0..processes).map(|_| Vec::new()).collect(),
            last: vec![None; processes],
            puts: cursors.iter().map(|cursor| (0, cursor.process())).collect(),
        }
    }

    /// Puts in the event that a thread has come to.
    pub fn put_stream(&mut self, number: usize, cursor: &Cursor<'_>) {
        let Some(head) = &cursor.head else { return };
        let time = head.time;
        let (puts, process) = &mut self.puts[number];
        *puts = puts.wrapping_add(1);
        if let Some(sequence) = head.sequence {
            let is_behind = matches!(head.what, What::Snapshot(_));
            self.by_sequence[*process].push(Reverse((sequence, is_behind, number, time)));
            return;
        }
        let entry = Reverse((time, Place::Stream(number), *puts));
        self.by_time.push(entry);
        if let Some(bound) = cursor.bound() {
            self.waiting[*process].push(Waiting {
                stream: number,
                time,
                bound,
            });
        }
    }

    /// Puts in what a process has come to.
    pub fn put_happening(&mut self, number: usize, happenings: &Happenings<'_>) {
        if let Some(time) = happenings.next_time() {
            self.by_time
                .push(Reverse((time, Place::Process(number), 0)));
        }
    }

    /// Takes out the event that comes next.
    pub fn take(&mut self) -> Option<Place> {
        let mut best = self.first_by_time().map(|entry| (entry, From::Time));
        for process in 0..self.by_sequence.len() {
            if let Some((entry, from)) = self.first_of(process)
                && best.as_ref().is_none_or(|(best, _)| entry < *best)
            {
                best = Some((entry, from));
            }
        }
        let ((_, place), from) = best?;
        match from {
            From::Time => {
                self.by_time.pop();
                if let Place::Stream(stream) = place {
                    self.forget(stream);
                }
            }
            From::Sequence(process) => {
                let taken = self.by_sequence[process].pop();
                let sequence = taken.map(|Reverse((sequence, ..))| sequence);
                self.last[process] = self.last[process].max(sequence);
            }
            From::Waiting(stream) => self.forget(stream),
        }
        Some(place)
    }

    fn first_by_time(&mut self) -> Option<(u64, Place)> {
        loop {
            let Reverse((time, place, put)) = *self.by_time.peek()?;
            match place {
                Place::Stream(stream) if self.puts[stream].0 != put => self.by_time.pop(),
                _ => return Some((time, place)),
            };
        }
    }

    /// The next of a process's events that have a sequence number, or an event
    /// that may hide a lower one.
    fn first_of(&self, process: usize) -> Option<((u64, Place), From)> {
        let Reverse((sequence, _, stream, time)) = *self.by_sequence[process].peek()?;
        let is_next = self.last[process].is_some_and(|last| sequence <= last.saturating_add(1));
        let hiding = self.waiting[process]
            .iter()
            .filter(|waiting| !is_next && waiting.bound < sequence)
            .min_by_key(|waiting| (waiting.time, waiting.stream));
        Some(match hiding {
            None => ((time, Place::Stream(stream)), From::Sequence(process)),
            Some(hiding) => {
                let entry = (hiding.time.min(time), Place::Stream(hiding.stream));
                (entry, From::Waiting(hiding.stream))
            }
        })
    }

    /// A stream's event without a sequence number has been taken.
    fn forget(&mut self, stream: usize) {
        let (puts, process) = &mut self.puts[stream];
        *puts = puts.wrapping_add(1);
        self.waiting[*process].retain(|waiting| waiting.stream != stream);
    }
}
