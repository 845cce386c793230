//! A small memory, its blocks and its roots, made of any bytes.

use unfreed_engine::reach::{
    Block, Blocks, Bytes, Heap, Interior, PointerSize, ReachError, Root, Roots, ScanOptions,
};

/// The size of the memory: two pages.
const SIZE: usize = 8192;

/// What a heap is made of.
#[derive(Clone, Debug)]
pub struct Input {
    /// Words of 4 or 8 bytes.
    pub pointer: PointerSize,
    /// Low bits that may be a tag.
    pub tag_bits: u32,
    /// All of the memory.
    pub memory: Vec<u8>,
    /// By address.
    pub blocks: Vec<Block>,
    /// By number.
    pub roots: Vec<Root>,
}

impl Input {
    /// An empty memory.
    pub fn new(pointer: PointerSize) -> Input {
        Input {
            pointer,
            tag_bits: 0,
            memory: vec![0; SIZE],
            blocks: Vec::new(),
            roots: Vec::new(),
        }
    }

    /// Sets a word. What lies outside of the memory is left out.
    pub fn put(&mut self, address: u64, word: u64) {
        let width = self.pointer.bytes() as usize;
        let bytes = &word.to_le_bytes()[..width];
        if let Some(room) = self
            .memory
            .get_mut(address as usize..address as usize + width)
        {
            room.copy_from_slice(bytes);
        }
    }

    /// The heap; none of the interior pointers counts as a start-pointer.
    pub fn heap(&self) -> Result<Heap<'_>, ReachError> {
        let mut bytes = Bytes::new(self.memory.len() as u64, self.pointer)?;
        for (address, page) in (0..).step_by(4096).zip(self.memory.chunks(4096)) {
            if page.iter().any(|byte| *byte != 0) {
                bytes.add(address, page)?;
            }
        }
        let blocks = Blocks::new(self.blocks.clone())?;
        let options = ScanOptions {
            tag_bits: self.tag_bits,
            interior: Interior::NONE,
        };
        Heap::new(bytes, blocks, Roots::new(self.roots.clone())?, options)
    }

    /// Made of any bytes: a few for the shape, two for each block, three for each
    /// root, and the rest are words. `None` if they are too few.
    pub fn of(bytes: &[u8]) -> Option<Input> {
        let ([shape, counts, place], rest) = bytes.split_first_chunk()?;
        let mut input = Input::new(match shape & 1 {
            0 => PointerSize::Four,
            _ => PointerSize::Eight,
        });
        input.tag_bits = u32::from(shape >> 1) % 3;
        // In one page, across two, and across the memory's end.
        let base = [256, 3996, 7992][usize::from(place % 3)];
        let (blocks, rest) = rest.split_at_checked(2 * usize::from(counts & 15))?;
        let (roots, words) = rest.split_at_checked(3 * usize::from(counts >> 4))?;
        let mut end = base;
        for [gap, size] in blocks.as_chunks().0 {
            // Most are aligned, as allocators have it.
            let address = match gap {
                0..32 => end + u64::from(*gap),
                _ => end.next_multiple_of(8) + u64::from(gap & 8),
            };
            let size = u64::from(size % 48);
            let number = input.blocks.len() as u64;
            input.blocks.push(Block {
                address,
                size,
                number,
            });
            end = address + size.max(1);
        }
        // Roots lie below the blocks, or across them.
        let mut next = if place & 128 == 0 { 64 } else { base };
        for root in roots.as_chunks().0 {
            let root = input.root(*root, &mut next);
            input.roots.push(root);
        }
        let width = input.pointer.bytes();
        let targets = [64, base & !7].into_iter().flat_map(|from| {
            let step = width as usize;
            (from..from + 768).step_by(step)
        });
        for (address, [block, how]) in targets.zip(words.as_chunks().0) {
            let word = input.target(*block, *how);
            input.put(address, word);
        }
        Some(input)
    }

    /// An address near a block.
    fn target(&self, block: u8, how: u8) -> u64 {
        if block < 64 || self.blocks.is_empty() {
            return u64::from(how);
        }
        let block = &self.blocks[usize::from(block) % self.blocks.len()];
        match how {
            0..144 => block.address,
            144..224 => block.address + u64::from(how) % block.size.max(1),
            224..240 => block.address + block.size,
            _ => block.address + u64::from(how & 3),
        }
    }

    fn root(&self, [kind, first, second]: [u8; 3], next: &mut u64) -> Root {
        let mut range = || {
            let start = *next + u64::from(first & 15);
            *next = start + u64::from(second & 63);
            start..*next
        };
        match kind % 8 {
            0..2 => Root::Static { range: range() },
            2..4 => {
                let extent = range();
                let used_from = extent.start + u64::from(first >> 4).min(extent.end - extent.start);
                Root::Stack {
                    worker: u32::from(kind),
                    alive: kind & 8 == 0,
                    extent,
                    used_from,
                }
            }
            4 => Root::Global {
                global: 0,
                value: self.target(first, second),
            },
            _ => Root::Handle {
                class: u32::from(kind >> 3) % 3,
                handle: u64::from(kind),
                pointer: self.target(first, second),
            },
        }
    }
}
