//! What the events so far in a group let one expect of the next. Writer and
//! reader keep the same model, so what it foretells need not be written.
//!
//! Allocators hand out first what was given back last, by size class, so the
//! address of an allocation is often that of the last free of the class; and
//! most sites allocate one size.

use super::ADDRESS_BITS;

const CLASSES: usize = 1 << 10;
const SITES: usize = 1 << 12;
const HEAPS: usize = 16;

/// An allocation of this group.
struct Allocation {
    id: u64,
    class: u16,
    /// The one that was freed before it in its class; see [`Model::heads`].
    freed_before: u32,
}

/// See the module.
pub(super) struct Model {
    allocations: Vec<Allocation>,
    /// For each size class, the allocation that was freed last, from 1.
    heads: Vec<u32>,
    sizes: Vec<u64>,
    allocated: [u64; HEAPS],
    released: [u64; HEAPS],
}

impl Default for Model {
    fn default() -> Self {
        Model {
            allocations: Vec::new(),
            heads: vec![0; CLASSES],
            sizes: vec![0; SITES],
            allocated: [0; HEAPS],
            released: [0; HEAPS],
        }
    }
}

/// The class of a size: sizes that dlmalloc gives the same chunk (a multiple of
/// 8, with a header of 4).
fn class_of(heap: u16, size: u64) -> u16 {
    let chunk = size.saturating_add(11) / 8;
    ((chunk as usize ^ (usize::from(heap) * 37)) % CLASSES) as u16
}

impl Model {
    /// Forgets everything: a group begins.
    pub fn reset(&mut self) {
        self.allocations.clear();
        self.heads.fill(0);
        self.sizes.fill(0);
        self.allocated = [0; HEAPS];
        self.released = [0; HEAPS];
    }

    /// How many allocations there were.
    #[inline]
    pub fn allocations(&self) -> usize {
        self.allocations.len()
    }

    /// The size of the last allocation of a site.
    #[inline]
    pub fn size_of(&mut self, site: u32) -> &mut u64 {
        &mut self.sizes[site as usize % SITES]
    }

    /// The address last allocated in a memory.
    #[inline]
    pub fn last_allocated(&self, heap: u16) -> u64 {
        self.allocated[usize::from(heap) % HEAPS]
    }

    /// The address last released in a memory.
    #[inline]
    pub fn last_released(&self, heap: u16) -> u64 {
        self.released[usize::from(heap) % HEAPS]
    }

    /// The id that an allocation of this size is expected to get. It is expected
    /// once: if another comes, the allocator has used the block otherwise.
    #[inline]
    pub fn foretell(&mut self, heap: u16, size: u64) -> Option<u64> {
        let head = &mut self.heads[usize::from(class_of(heap, size))];
        let freed = self.allocations.get((*head as usize).checked_sub(1)?)?;
        *head = freed.freed_before;
        Some(freed.id)
    }

    /// An allocation happened.
    #[inline]
    pub fn allocate(&mut self, heap: u16, address: u64, size: u64) {
        self.allocated[usize::from(heap) % HEAPS] = address;
        self.allocations.push(Allocation {
            id: u64::from(heap) << ADDRESS_BITS | address,
            class: class_of(heap, size),
            freed_before: 0,
        });
    }

    /// The `back`-th last allocation was released; gives its id.
    #[inline]
    pub fn release_recent(&mut self, back: u64) -> Option<u64> {
        let count = self.allocations.len();
        let index = count
            .checked_sub(1)?
            .checked_sub(usize::try_from(back).ok()?)?;
        let allocation = self.allocations.get_mut(index)?;
        let head = &mut self.heads[usize::from(allocation.class)];
        allocation.freed_before = *head;
        *head = index as u32 + 1;
        let id = allocation.id;
        self.release((id >> ADDRESS_BITS) as u16, id & ((1 << ADDRESS_BITS) - 1));
        Some(id)
    }

    /// An address was released.
    #[inline]
    pub fn release(&mut self, heap: u16, address: u64) {
        self.released[usize::from(heap) % HEAPS] = address;
    }
}
