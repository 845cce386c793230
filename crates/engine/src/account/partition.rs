//! The classes of the bytes of a linear memory.

/// What a byte of a linear memory is for. Each byte is in exactly one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Below the heap: data segments, zeroed data, and what is left of the last
    /// page of both.
    StaticData,
    /// The shadow stack of the main thread.
    MainStack,
    /// Shadow stacks and thread-local storage that threads allocated to start.
    ThreadStacks,
    /// What was asked for in live blocks.
    Payload,
    /// Internal fragmentation: headers, rounding, and the allocator's own state.
    Overhead,
    /// External fragmentation: free between blocks in use.
    Holes,
    /// Free above all blocks in use, and used before.
    Top,
    /// Never part of a block.
    NeverTouched,
    /// The recorder's own. Its data lie outside of the memories that it watches,
    /// so that this is always 0.
    Recorder,
    /// What neither the module nor a model of its allocator tells.
    Unknown,
}

impl Class {
    /// All classes, in the order of addresses as far as there is one.
    pub const ALL: [Class; 10] = [
        Class::StaticData,
        Class::MainStack,
        Class::ThreadStacks,
        Class::Payload,
        Class::Overhead,
        Class::Holes,
        Class::Top,
        Class::NeverTouched,
        Class::Recorder,
        Class::Unknown,
    ];
}

/// How many bytes of a memory are in each class; they add up to its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    bytes: [u64; Class::ALL.len()],
}

impl Partition {
    /// Bytes in a class.
    #[must_use]
    pub fn of(&self, class: Class) -> u64 {
        self.bytes[class as usize]
    }

    /// The size of the memory in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.iter().sum()
    }

    pub(super) fn add(&mut self, class: Class, bytes: u64) {
        self.bytes[class as usize] += bytes;
    }

    /// The classes of several memories together.
    #[must_use]
    pub fn plus(&self, other: &Partition) -> Partition {
        let mut sum = *self;
        for class in Class::ALL {
            sum.add(class, other.of(class));
        }
        sum
    }
}
