//! Location events: what a code in a stack stands for. File and function names that
//! were used lately are called by number.

use super::Fault;
use super::cursor::Cursor;
use crate::limits::MAX_FRAME_TEXT_BYTES;
use crate::names::Names;
use crate::stacks::{Frame, FrameId, FrameKind};

/// How many names are remembered; the number that says that a new one follows.
const REMEMBERED: usize = 31;

/// Names in the order of their latest use, the latest first.
struct Recent<T> {
    entries: Vec<(String, T)>,
}

impl<T> Default for Recent<T> {
    fn default() -> Recent<T> {
        Recent {
            entries: Vec::new(),
        }
    }
}

impl<T: Default> Recent<T> {
    /// The name with this number, or the new one that follows.
    fn take(&mut self, number: usize, cursor: &mut Cursor<'_>) -> Result<&mut (String, T), Fault> {
        let entry = if number < REMEMBERED {
            if number >= self.entries.len() {
                return Err(Fault::Value);
            }
            self.entries.remove(number)
        } else {
            let name = cursor.string()?;
            if name.len() > MAX_FRAME_TEXT_BYTES {
                return Err(Fault::Value);
            }
            let oldest = match self.entries.len() < REMEMBERED {
                true => None,
                false => self.entries.pop(),
            };
            // Version 1 writes what relies on a new file having the functions of the
            // one that it drives out.
            let of_oldest = oldest.map(|(_, value)| value).unwrap_or_default();
            (String::from_utf8_lossy(name).into_owned(), of_oldest)
        };
        self.entries.insert(0, entry);
        self.entries.first_mut().ok_or(Fault::Value)
    }
}

#[derive(Default)]
pub(super) struct Locations {
    files: Recent<Recent<()>>,
}

impl Locations {
    /// One event: a code, and the frames that it stands for, callers first; there are
    /// several where functions were inlined.
    pub fn take(
        &mut self,
        cursor: &mut Cursor<'_>,
        names: &mut Names,
    ) -> Result<(u64, Vec<FrameId>), Fault> {
        let code = cursor.u64()?;
        let count = cursor.u8()?;
        let mut frames = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let bits = u64::from(cursor.u32()?) | u64::from(cursor.u16()?) << 32;
            let field = |from: u32, width: u32| (bits >> from) & ((1 << width) - 1);
            let (line, column) = (field(0, 20), field(20, 8));
            let (file, functions) = self.files.take(field(38, 5) as usize, cursor)?;
            let (function, ()) = functions.take(field(43, 5) as usize, cursor)?;
            let place = format!("{file}:{line}:{column}");
            let frame = Frame {
                // Neither a module's nor the engine's: shown as scripts are.
                kind: FrameKind::Js,
                function,
                module: file,
                place: Some(&place),
                wasm: None,
            };
            frames.push(names.intern_frame(frame).map_err(|_| Fault::Names)?);
        }
        Ok((code, frames))
    }
}
