//! Copies of linear memories at moments of a run.
//!
//! A copy is written as pages that are not all zero, many to a block, and behind
//! them what it is a copy of. Readers keep one at a time.

use std::io;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_SNAPSHOT_PAGES;
use crate::trace::raw;
use crate::trace::{Facts, Said};

/// Bytes of a page of a snapshot. Those of wasm are larger, and seldom zero as a
/// whole.
pub const SNAPSHOT_PAGE: usize = 4096;

/// Bytes of a number in a payload.
const NUMBER: usize = 4;

/// A block of pages: the number of the snapshot, how many pages there are, the
/// number of each in rising order (its address divided by [`SNAPSHOT_PAGE`]), all
/// u32; then the pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages<'a> {
    /// The snapshot that they are of.
    pub snapshot: u32,
    numbers: &'a [[u8; NUMBER]],
    bytes: &'a [u8],
}

impl<'a> Pages<'a> {
    /// Reads a payload; `None` if it is none, or the pages are in no order
    /// or lie above all memories.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Option<Pages<'a>> {
        let (head, rest) = payload.split_first_chunk::<{ 2 * NUMBER }>()?;
        let (head, _) = head.as_chunks::<NUMBER>();
        let count = u32::from_le_bytes(head[1]) as usize;
        let (numbers, bytes) = rest.split_at_checked(count.checked_mul(NUMBER)?)?;
        let (numbers, _) = numbers.as_chunks::<NUMBER>();
        let pages = Pages {
            snapshot: u32::from_le_bytes(head[0]),
            numbers,
            bytes,
        };
        let is_whole = count.checked_mul(SNAPSHOT_PAGE) == Some(bytes.len());
        let is_sorted = pages.numbers().is_sorted_by(|a, b| a < b);
        let (_, last) = pages.range()?;
        (is_whole && is_sorted && (last as usize) < MAX_SNAPSHOT_PAGES).then_some(pages)
    }

    /// The numbers of the first and of the last; `None` if there are none.
    pub(super) fn range(&self) -> Option<(u32, u32)> {
        let number = |bytes: &[u8; NUMBER]| u32::from_le_bytes(*bytes);
        Some((number(self.numbers.first()?), number(self.numbers.last()?)))
    }

    /// Their numbers.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        self.numbers
            .iter()
            .map(|number| u32::from_le_bytes(*number))
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// The payload of these pages as those of another snapshot.
    pub(super) fn renumbered(&self, snapshot: u32) -> Vec<u8> {
        let numbers = self.numbers.as_flattened();
        let mut payload = Vec::with_capacity(2 * NUMBER + numbers.len() + self.bytes.len());
        payload.extend(snapshot.to_le_bytes());
        payload.extend((self.numbers.len() as u32).to_le_bytes());
        payload.extend(numbers);
        payload.extend(self.bytes);
        payload
    }
}

/// The bytes of a linear memory. Pages that it does not keep are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryImage {
    size: u64,
    /// Numbers of the pages that are kept, rising.
    numbers: Vec<u32>,
    /// Those pages, one behind the other.
    bytes: Vec<u8>,
}

impl MemoryImage {
    /// A memory of `size` bytes that are all zero.
    #[must_use]
    pub fn new(size: u64) -> MemoryImage {
        MemoryImage {
            size,
            ..MemoryImage::default()
        }
    }

    /// A memory of which all bytes are known.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> MemoryImage {
        let mut image = MemoryImage::new(bytes.len() as u64);
        for (number, page) in (0..).zip(bytes.chunks(SNAPSHOT_PAGE)) {
            if page.iter().any(|byte| *byte != 0) {
                image.numbers.push(number);
                image.bytes.extend(page);
                image.bytes.resize(image.numbers.len() * SNAPSHOT_PAGE, 0);
            }
        }
        image
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Adds pages, which must lie above those that it has; `None` if they do not.
    pub fn add(&mut self, pages: &Pages<'_>) -> Option<()> {
        let lowest = pages.numbers().next();
        let is_above = lowest.is_none_or(|lowest| self.numbers.last() < Some(&lowest));
        if !is_above {
            return None;
        }
        self.numbers.extend(pages.numbers());
        self.bytes.extend(pages.bytes);
        Some(())
    }

    /// The address of each page that it keeps, and the page, from the lowest on.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let numbers = self.numbers.iter();
        numbers
            .map(|number| u64::from(*number) * SNAPSHOT_PAGE as u64)
            .zip(self.bytes.chunks_exact(SNAPSHOT_PAGE))
    }

    /// The 32-bit number at a multiple of 4; `None` if that is none, or lies outside.
    #[must_use]
    pub fn u32_at(&self, address: u64) -> Option<u32> {
        if !address.is_multiple_of(4) || address.checked_add(4)? > self.size {
            return None;
        }
        let number = u32::try_from(address / SNAPSHOT_PAGE as u64).ok()?;
        let Ok(place) = self.numbers.binary_search(&number) else {
            return Some(0);
        };
        let at = place * SNAPSHOT_PAGE + address as usize % SNAPSHOT_PAGE;
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// The 64-bit number at a multiple of 8; `None` if that is none, or lies outside.
    #[must_use]
    pub fn u64_at(&self, address: u64) -> Option<u64> {
        if !address.is_multiple_of(8) {
            return None;
        }
        let low = u64::from(self.u32_at(address)?);
        Some(low | u64::from(self.u32_at(address + 4)?) << 32)
    }
}

/// A copy of a linear memory, taken when no code of the module ran on its thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// The place of the memory in [`Facts::heaps`](crate::trace::Facts::heaps).
    pub heap: u16,
    /// How many events of the recording came before it.
    pub events_before: u64,
    /// What the thread said that took it.
    pub said: Said<raw::Snapshot>,
    /// The globals of that thread's instances that have the memory; `None` if the
    /// recorder did not read them.
    pub globals: Option<Vec<Global>>,
    /// The memory.
    #[serde(skip)]
    pub image: MemoryImage,
}

/// A global of an instance when a snapshot was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Global {
    /// [`raw::Instance::instance`]
    pub instance: u32,
    /// Its index in the module, imported ones counted; `None` if what the module has
    /// is not known.
    pub index: Option<u32>,
    /// Its name; empty if it has none.
    #[serde(deserialize_with = "raw::text")]
    pub name: String,
    /// Whether it is the pointer to the shadow stack.
    pub is_stack_pointer: bool,
    /// Its value; that of 32 bits is zero-extended.
    #[serde(with = "digits")]
    pub value: u64,
}

/// A number as a string of decimal digits: readers of JSON may not keep all of 64 bits.
mod digits {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let digits = String::deserialize(deserializer)?;
        digits.parse().map_err(de::Error::custom)
    }
}

impl Facts {
    /// What globals are that a thread has read for a snapshot. Values that are no
    /// numbers are left out.
    pub(super) fn globals(
        &self,
        (process, thread): (u32, u32),
        read: &[raw::InstanceGlobals],
    ) -> Vec<Global> {
        let mut globals = Vec::new();
        for of_instance in read {
            let module = self.module_of(process, thread, of_instance.instance);
            // Others would be told by the wrong names.
            let module = module.filter(|module| module.globals.len() == of_instance.values.len());
            for (place, value) in of_instance.values.iter().enumerate() {
                let Ok(value) = value.parse() else {
                    continue;
                };
                let known = module.and_then(|module| module.globals.get(place));
                let index = known.map(|known| known.index);
                let layout = module.and_then(|module| module.layout.as_ref());
                globals.push(Global {
                    instance: of_instance.instance,
                    index,
                    name: known.map_or_else(String::new, |known| known.name.clone()),
                    is_stack_pointer: index.is_some()
                        && layout.is_some_and(|layout| layout.stack_pointer == index),
                    value,
                });
            }
        }
        globals
    }

    fn module_of(&self, process: u32, thread: u32, instance: u32) -> Option<&raw::Module> {
        let mut instances = self.instances.iter().rev();
        let instance = instances.find(|said| {
            (said.process, said.thread, said.what.instance) == (process, thread, instance)
        })?;
        let mut modules = self.modules.iter().rev();
        let module =
            modules.find(|said| said.process == process && said.what.id == instance.what.module)?;
        Some(&module.what)
    }
}

/// Gives the payloads of a snapshot's blocks of pages, one at each call; `None` when
/// there are no more.
pub type NextPages<'a> = dyn FnMut() -> io::Result<Option<Vec<u8>>> + 'a;

impl Snapshot {
    /// Whether it is of a memory whose first instance had just been made.
    #[must_use]
    pub fn is_begin(&self) -> bool {
        self.said.what.reason == "begin"
    }

    /// How many of its pages are missing: they could not be written or read.
    #[must_use]
    pub fn missing_pages(&self) -> u64 {
        let there = self.image.numbers.len() as u64;
        self.said.what.pages.saturating_sub(there)
    }

    /// Takes its pages.
    ///
    /// # Errors
    ///
    /// Those of `next`. Pages that are damaged are missing.
    pub fn fill(&mut self, next: &mut NextPages<'_>) -> io::Result<()> {
        self.image = MemoryImage::new(self.said.what.bytes);
        while let Some(payload) = next()? {
            if let Some(pages) = Pages::parse(&payload) {
                // Those that are left out are missing.
                let _ = self.image.add(&pages);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(snapshot: u32, pages: &[(u32, u8)]) -> Vec<u8> {
        let mut payload = Vec::new();
        let mut put = |number: u32| payload.extend(number.to_le_bytes());
        put(snapshot);
        put(pages.len() as u32);
        pages.iter().for_each(|(number, _)| put(*number));
        for (_, byte) in pages {
            payload.extend([*byte; SNAPSHOT_PAGE]);
        }
        payload
    }

    #[test]
    fn what_is_not_kept_is_zero() {
        let bytes = payload(7, &[(1, 0x11), (3, 0x33)]);
        let pages = Pages::parse(&bytes).expect("pages");
        assert_eq!((pages.snapshot, pages.count()), (7, 2));
        let mut image = MemoryImage::new(4 * SNAPSHOT_PAGE as u64);
        image.add(&pages).expect("above none");
        let last = 4 * SNAPSHOT_PAGE as u64 - 4;
        for (address, word) in [
            (0, 0),
            (4096, 0x1111_1111),
            (8188, 0x1111_1111),
            (8192, 0),
            (last, 0x3333_3333),
        ] {
            assert_eq!(image.u32_at(address), Some(word), "{address}");
        }
        assert_eq!(image.u64_at(12288), Some(0x3333_3333_3333_3333));
        for address in [2, last + 4, u64::MAX - 3] {
            assert_eq!(image.u32_at(address), None, "{address}");
        }
        assert_eq!(image.u64_at(4), None);
        assert!(image.pages().map(|(address, _)| address).eq([4096, 12288]));
    }

    #[test]
    fn globals_are_those_of_the_module_of_the_instance() {
        let said = |thread, what| Said {
            process: 7,
            thread,
            time: 0,
            what,
        };
        let instance = |thread, instance, module: &str| {
            let module = module.to_owned();
            let what = raw::Instance {
                instance,
                module,
                ..raw::Instance::default()
            };
            said(thread, what)
        };
        let global = |index, name: &str| raw::ModuleGlobal {
            index,
            name: name.to_owned(),
        };
        let facts = Facts {
            instances: vec![instance(0, 1, "a"), instance(3, 1, "b")],
            modules: vec![Said {
                process: 7,
                thread: 0,
                time: 0,
                what: raw::Module {
                    id: "b".to_owned(),
                    globals: vec![global(2, "stack"), global(5, "")],
                    layout: Some(raw::Layout {
                        stack_pointer: Some(2),
                        ..raw::Layout::default()
                    }),
                    ..raw::Module::default()
                },
            }],
            ..Facts::default()
        };
        let read = |values: &[&str]| {
            vec![raw::InstanceGlobals {
                instance: 1,
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            }]
        };
        let found = facts.globals((7, 3), &read(&["64", "18446744073709551615"]));
        let shown = found.iter().map(|found| {
            let Global {
                index, name, value, ..
            } = found;
            (*index, name.as_str(), *value, found.is_stack_pointer)
        });
        let expected = [(Some(2), "stack", 64, true), (Some(5), "", u64::MAX, false)];
        assert!(shown.eq(expected), "{found:?}");
        let json = serde_json::to_string(&found).expect("JSON");
        let again: Vec<Global> = serde_json::from_str(&json).expect("globals");
        assert_eq!(again, found);
        // A module that is not known, or is another.
        for (thread, values) in [(0, &["1", "2"][..]), (3, &["1"]), (4, &["1", "2"])] {
            let found = facts.globals((7, thread), &read(values));
            assert_eq!(found.len(), values.len());
            let is_known = |found: &Global| found.index.is_some() || found.is_stack_pointer;
            assert!(!found.iter().any(is_known), "{found:?}");
        }
        assert_eq!(facts.globals((7, 3), &read(&["x", "3"])).len(), 1);
    }

    #[test]
    fn pages_are_in_order() {
        assert!(Pages::parse(&payload(0, &[(3, 1), (3, 1)])).is_none());
        let bytes = payload(0, &[(3, 1)]);
        assert!(Pages::parse(&bytes[..bytes.len() - 1]).is_none());
        let mut image = MemoryImage::new(1 << 16);
        let pages = Pages::parse(&bytes).expect("a page");
        assert!(image.add(&pages).is_some());
        assert!(image.add(&pages).is_none(), "a page twice");
    }
}
