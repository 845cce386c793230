//! The payload of a block of events in, steps out.

use super::column::{Taken, at_difference, columns, take, take_u32, unzigzag};
use super::model::Model;
use super::{ADDRESS_BITS, FATES, op};
use crate::record::{AllocationId, Event, HandleClassId, HandleFate, Origin, SiteId, WordId};
use crate::trace::Step;

/// The bits that say how an address is said.
const HOW: u8 = 3;

/// The bits of an id that are an address.
const ADDRESS: u64 = (1 << ADDRESS_BITS) - 1;

/// The columns of a block. Ids of names are those of the file.
pub(super) struct Columns<'a> {
    /// Whether it builds on the events of the block before it.
    pub goes_on: bool,
    /// How many events there are before this block.
    pub first: u64,
    time: u64,
    thread: WordId,
    heap: u16,
    /// The number of the last handle.
    handle: u32,
    taken: Taken<'a>,
}

impl<'a> Columns<'a> {
    /// Finds the columns in an unpacked payload; `None` if it is none.
    pub fn new(mut payload: &'a [u8]) -> Option<Columns<'a>> {
        let goes_on = match take(&mut payload)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let first = take(&mut payload)?;
        let time = take(&mut payload)?;
        let thread = WordId(take_u32(&mut payload)?);
        let mut lengths = [0; columns::COUNT];
        for length in &mut lengths {
            *length = usize::try_from(take(&mut payload)?).ok()?;
        }
        let mut taken = Taken::default();
        for (column, length) in taken.0.iter_mut().zip(lengths) {
            (*column, payload) = payload.split_at_checked(length)?;
        }
        payload.is_empty().then_some(Columns {
            goes_on,
            first,
            time,
            thread,
            heap: 0,
            handle: 0,
            taken,
        })
    }

    /// Whether all has been taken.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Takes the next event; `None` if there is none, or it is not understood.
    #[inline]
    pub fn step(&mut self, model: &mut Model) -> Option<Step> {
        loop {
            let event = match self.taken.byte(columns::OPS)? {
                op if op & !(op::KNOWN_SIZE | HOW) == op::ALLOCATE => self.allocate(op, model)?,
                op if op & !HOW == op::RELEASE => self.release(op, model)?,
                op::TIME => {
                    let passed = self.taken.take(columns::OTHER)?;
                    self.time = self.time.wrapping_add(passed);
                    continue;
                }
                op::THREAD => {
                    self.thread = WordId(self.taken.take_u32(columns::OTHER)?);
                    continue;
                }
                op::HEAP => {
                    self.heap = self.taken.take(columns::OTHER)?.try_into().ok()?;
                    continue;
                }
                op => self.rare(op)?,
            };
            return Some(Step {
                time: self.time,
                thread: self.thread,
                event,
            });
        }
    }

    #[inline]
    fn allocate(&mut self, op: u8, model: &mut Model) -> Option<Event> {
        let heap = self.heap;
        let site = u32::try_from(self.taken.take_pair(columns::SITE)?).ok()?;
        let held = model.size_of(site);
        if op & op::KNOWN_SIZE == 0 {
            *held = self.taken.take_pair(columns::SIZE)?;
        }
        let size = *held;
        let foretold = model.foretell(heap, size);
        let address = match op & HOW {
            op::FORETOLD => foretold? & ADDRESS,
            how => self.address(how, heap, model)?,
        };
        model.allocate(heap, address, size);
        Some(Event::Allocate {
            site: SiteId(site),
            size,
            id: AllocationId(u64::from(heap) << ADDRESS_BITS | address),
        })
    }

    #[inline]
    fn release(&mut self, op: u8, model: &mut Model) -> Option<Event> {
        let heap = self.heap;
        let how = op & HOW;
        if how == op::FORETOLD {
            let back = self.taken.take_pair(columns::BACK)?;
            let id = AllocationId(model.release_recent(back)?);
            return Some(Event::Release { id });
        }
        let address = self.address(how, heap, model)?;
        model.release(heap, address);
        let id = AllocationId(u64::from(heap) << ADDRESS_BITS | address);
        Some(Event::Release { id })
    }

    #[inline]
    fn address(&mut self, how: u8, heap: u16, model: &Model) -> Option<u64> {
        let from = match how {
            op::FAR => return Some(u64::from(self.taken.take_far()?) * 8),
            op::NEAR_ALLOCATED => model.last_allocated(heap),
            _ => model.last_released(heap),
        };
        let difference = self.taken.take(columns::NEAR)?;
        Some(at_difference(from, difference) & ADDRESS)
    }

    #[cold]
    fn rare(&mut self, op: u8) -> Option<Event> {
        let taken = &mut self.taken;
        Some(match op {
            op::GROW => Event::Grow {
                memory: WordId(taken.take_u32(columns::OTHER)?),
                old_pages: taken.take_u32(columns::OTHER)?,
                delta_pages: taken.take_u32(columns::OTHER)?,
                site: match taken.take(columns::OTHER)? {
                    0 => None,
                    number => Some(SiteId(u32::try_from(number - 1).ok()?)),
                },
            },
            op::MARK => Event::Mark {
                name: WordId(taken.take_u32(columns::OTHER)?),
            },
            op::MEMORY | op::PROGRAM_MEMORY => Event::Memory {
                domain: WordId(taken.take_u32(columns::OTHER)?),
                bytes: taken.take(columns::OTHER)?,
                origin: match op {
                    op::MEMORY => Origin::Logged,
                    _ => Origin::Program,
                },
            },
            op::HANDLE_STACK => Event::HandleStack {
                class: HandleClassId(taken.take_u32(columns::OTHER)?),
                handle: taken.take_u32(columns::OTHER)?,
                site: SiteId(taken.take_u32(columns::OTHER)?),
                stands_for: taken.take_u32(columns::OTHER)?,
            },
            _ => {
                let fate = *FATES.get(usize::from(op.checked_sub(op::HANDLE)?))?;
                let class = HandleClassId(taken.take_u32(columns::OTHER)?);
                let distance = unzigzag(taken.take(columns::OTHER)?);
                let handle = i64::from(self.handle).checked_add(distance)?;
                self.handle = u32::try_from(handle).ok()?;
                Event::Handle {
                    fate,
                    class,
                    handle: self.handle,
                    pointer: match fate {
                        HandleFate::Made => taken.take(columns::OTHER)?,
                        _ => 0,
                    },
                }
            }
        })
    }
}
