//! Stacks as location codes, callers first. Of each, only what differs from the one
//! before is written, by places in a cache that writer and reader keep alike; each
//! place predicts the one that follows.

use super::Fault;
use super::cursor::Cursor;

/// Places in the cache.
const PLACES: usize = 1 << 14;

/// Most codes of one stack; real ones have their deepest recursion.
const MAX_CODES: usize = 1 << 20;

/// The index of a header that checks nothing.
const NO_CHECK: u16 = 0xffff;

pub(super) struct Backtraces {
    codes: Box<[u64]>,
    /// What followed each place.
    next: Box<[u16]>,
    latest: Vec<u64>,
}

impl Default for Backtraces {
    fn default() -> Backtraces {
        Backtraces {
            codes: vec![0; PLACES].into_boxed_slice(),
            next: vec![0; PLACES].into_boxed_slice(),
            latest: Vec::new(),
        }
    }
}

impl Backtraces {
    /// Whether a place of the cache is as it was for the writer.
    pub fn agrees(&self, (place, next, code): (u16, u16, u64)) -> bool {
        if place == NO_CHECK {
            return true;
        }
        let place = usize::from(place);
        self.next.get(place) == Some(&next) && self.codes.get(place) == Some(&code)
    }

    /// The stack of which the first `common` codes are those of the one before, and
    /// the rest is written as `count` code words.
    pub fn take(
        &mut self,
        cursor: &mut Cursor<'_>,
        common: u64,
        count: u16,
    ) -> Result<&[u64], Fault> {
        let common = usize::try_from(common).map_err(|_| Fault::Value)?;
        // A stack that was too long was cut when it was written; then what is had in
        // common is all that is known. The cache is kept in step all the same.
        let is_cut = common > self.latest.len();
        let mut stack = match is_cut {
            true => Vec::new(),
            false => std::mem::take(&mut self.latest),
        };
        stack.truncate(common);
        let mut before = 0;
        for _ in 0..count {
            let word = cursor.u16()?;
            let mut place = usize::from(word >> 2);
            self.next[before] = place as u16;
            let predicted = match word & 3 {
                0 => 0,
                1 => 1,
                2 => cursor.u8()?,
                _ => {
                    self.codes[place] = cursor.u64()?;
                    0
                }
            };
            stack.push(self.codes[place]);
            for _ in 0..predicted {
                place = usize::from(self.next[place]);
                stack.push(self.codes[place]);
            }
            if stack.len() > MAX_CODES {
                return Err(Fault::Value);
            }
            before = place;
        }
        if !is_cut {
            self.latest = stack;
        }
        Ok(&self.latest)
    }
}
