//! Events in, the payload of a block out.
//!
//! The payload is a directory and the columns, in this order; each is a zstd
//! frame of its own, so that each is packed by its own statistics, and what has
//! no bytes has no frame. Unpacked they are one behind the other.

use std::io;

use hashbrown::HashMap;

use super::column::{Written, columns, difference, put, zigzag};
use super::model::Model;
use super::{ADDRESS_BITS, FATES, op};
use crate::limits::{MAX_BLOCK_EVENTS, MAX_GROUP_EVENTS};
use crate::record::{AllocationId, Event, HandleClassId, HandleFate, Origin, SiteId, WordId};
use crate::trace::Step;
use crate::trace::payload::pack;

/// Differences below this are taken for near: two bytes at most. For others the
/// address itself is shorter, since its high bytes are nearly always the same.
const NEAR: u64 = 1 << 14;

/// What the events before a block leave behind.
#[derive(Clone, Copy, Default)]
struct State {
    time: u64,
    thread: Option<WordId>,
    heap: u16,
    /// The number of the last handle.
    handle: u32,
}

/// How many blocks build on one another.
const GROUP: usize = MAX_GROUP_EVENTS / MAX_BLOCK_EVENTS;

/// The events of one block.
#[derive(Default)]
pub(super) struct Batch {
    /// Blocks of this group that are finished.
    blocks: usize,
    begin: State,
    state: State,
    count: u32,
    model: Model,
    /// Which allocation of this group has an id.
    indices: HashMap<u64, u32>,
    columns: Written,
}

impl Batch {
    /// How many events it has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// When its first event happened, in microseconds since the start.
    pub fn begin(&self) -> u64 {
        self.begin.time
    }

    /// Appends an event.
    ///
    /// # Errors
    ///
    /// If recordings have no such event.
    pub fn push(&mut self, step: &Step) -> io::Result<()> {
        match step.event {
            Event::Allocate { .. }
            | Event::Release { .. }
            | Event::Grow { .. }
            | Event::Mark { .. }
            | Event::Handle { .. }
            | Event::HandleStack { .. }
            | Event::Memory { .. } => {}
            _ => {
                let kind = io::ErrorKind::InvalidInput;
                return Err(io::Error::new(kind, "not an event of a recording"));
            }
        }
        self.context(step);
        self.count += 1;
        match step.event {
            Event::Allocate { site, size, id } => self.allocate(site, size, id),
            Event::Release { id } => self.release(id),
            Event::Grow {
                memory,
                old_pages,
                delta_pages,
                site,
            } => {
                let site = site.map_or(0, |site| u64::from(site.0) + 1);
                let pages = [old_pages, delta_pages].map(u64::from);
                self.other(op::GROW, &[u64::from(memory.0), pages[0], pages[1], site]);
            }
            Event::Mark { name } => self.other(op::MARK, &[u64::from(name.0)]),
            Event::Memory {
                domain,
                bytes,
                origin,
            } => {
                let op = match origin {
                    Origin::Logged => op::MEMORY,
                    Origin::Program => op::PROGRAM_MEMORY,
                };
                self.other(op, &[u64::from(domain.0), bytes]);
            }
            Event::Handle {
                fate,
                class,
                handle,
                pointer,
            } => self.handle(fate, class, handle, pointer),
            Event::HandleStack {
                class,
                handle,
                site,
                stands_for,
            } => {
                let values = [class.0, handle, site.0, stands_for];
                self.other(op::HANDLE_STACK, &values.map(u64::from));
            }
            _ => {}
        }
        Ok(())
    }

    /// Says time and thread where they have changed.
    fn context(&mut self, step: &Step) {
        if self.count == 0 {
            self.state.time = step.time;
            self.state.thread = Some(step.thread);
            self.begin = self.state;
        }
        if self.state.time != step.time {
            let passed = step.time.wrapping_sub(self.state.time);
            self.other(op::TIME, &[passed]);
            self.state.time = step.time;
        }
        if self.state.thread != Some(step.thread) {
            self.other(op::THREAD, &[u64::from(step.thread.0)]);
            self.state.thread = Some(step.thread);
        }
    }

    fn op(&mut self, op: u8) {
        self.columns.0[columns::OPS].push(op);
    }

    fn other(&mut self, op: u8, values: &[u64]) {
        self.op(op);
        for value in values {
            self.columns.put(columns::OTHER, *value);
        }
    }

    /// Says the memory where it has changed; gives the address in it.
    fn address(&mut self, id: AllocationId) -> (u16, u64) {
        let heap = (id.0 >> ADDRESS_BITS) as u16;
        if self.state.heap != heap {
            self.other(op::HEAP, &[u64::from(heap)]);
            self.state.heap = heap;
        }
        (heap, id.0 & ((1 << ADDRESS_BITS) - 1))
    }

    /// Numbers of handles are said by how far they are from the last one.
    fn handle(&mut self, fate: HandleFate, class: HandleClassId, handle: u32, pointer: u64) {
        let number = FATES.iter().position(|known| *known == fate).unwrap_or(0);
        let from = std::mem::replace(&mut self.state.handle, handle);
        let distance = zigzag(i64::from(handle) - i64::from(from));
        self.other(op::HANDLE + number as u8, &[u64::from(class.0), distance]);
        if fate == HandleFate::Made {
            self.columns.put(columns::OTHER, pointer);
        }
    }

    fn allocate(&mut self, site: SiteId, size: u64, id: AllocationId) {
        let (heap, address) = self.address(id);
        self.columns.put_pair(columns::SITE, u64::from(site.0));
        let held = self.model.size_of(site.0);
        let known_size = if std::mem::replace(held, size) == size {
            op::KNOWN_SIZE
        } else {
            self.columns.put_pair(columns::SIZE, size);
            0
        };
        let how = if self.model.foretell(heap, size) == Some(id.0) {
            op::FORETOLD
        } else {
            self.place(heap, address)
        };
        self.op(op::ALLOCATE | how | known_size);
        self.indices.insert(id.0, self.model.allocations() as u32);
        self.model.allocate(heap, address, size);
    }

    fn release(&mut self, id: AllocationId) {
        if let Some(index) = self.indices.remove(&id.0) {
            // The memory is the allocation's.
            let back = self.model.allocations() as u64 - 1 - u64::from(index);
            self.columns.put_pair(columns::BACK, back);
            self.op(op::RELEASE | op::FORETOLD);
            self.model.release_recent(back);
        } else {
            let (heap, address) = self.address(id);
            let how = self.place(heap, address);
            self.op(op::RELEASE | how);
            self.model.release(heap, address);
        }
    }

    /// Says an address in the shortest way.
    fn place(&mut self, heap: u16, address: u64) -> u8 {
        let allocated = difference(self.model.last_allocated(heap), address);
        let released = difference(self.model.last_released(heap), address);
        let nearest = allocated.min(released);
        if nearest >= NEAR
            && address.is_multiple_of(8)
            && let Ok(far) = u32::try_from(address / 8)
        {
            self.columns.put_far(far);
            return op::FAR;
        }
        self.columns.put(columns::NEAR, nearest);
        if nearest == allocated {
            op::NEAR_ALLOCATED
        } else {
            op::NEAR_RELEASED
        }
    }

    /// The payload of these events, of which the first has the number `first`
    /// (from 0). It is empty after.
    ///
    /// # Errors
    ///
    /// If packing fails.
    pub fn finish(&mut self, first: u64) -> io::Result<Vec<u8>> {
        let mut directory = Vec::new();
        put(u64::from(self.blocks > 0), &mut directory);
        put(first, &mut directory);
        put(self.begin.time, &mut directory);
        put(
            self.begin.thread.map_or(0, |thread| u64::from(thread.0)),
            &mut directory,
        );
        for column in &self.columns.0 {
            put(column.len() as u64, &mut directory);
        }
        let mut payload = pack(&directory)?;
        for column in &self.columns.0 {
            if !column.is_empty() {
                payload.extend(pack(column)?);
            }
        }
        self.clear();
        Ok(payload)
    }

    fn clear(&mut self) {
        self.blocks = (self.blocks + 1) % GROUP;
        if self.blocks == 0 {
            self.model.reset();
            self.indices.clear();
        }
        self.count = 0;
        self.state = State::default();
        for column in &mut self.columns.0 {
            column.clear();
        }
    }
}
