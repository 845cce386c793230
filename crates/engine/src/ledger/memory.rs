//! Sizes of memories over the run, as the log or the program tell them.

use unfreed_events::WordId;
use unfreed_events::record::Origin;

/// A wasm page in bytes (WebAssembly core specification, section 4.2.8).
const PAGE_BYTES: u64 = 64 * 1024;

/// Where sizes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemorySource {
    /// `@MEMORY` records of this domain.
    Logged(WordId),
    /// The program's own lines.
    Program,
    /// `@GROW` records of this memory.
    Grow(WordId),
}

/// The size of a memory at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySample {
    /// Running line number.
    pub line: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// The sizes of one memory. Only what is shown is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySeries {
    /// Where the sizes come from.
    pub source: MemorySource,
    /// How many there were.
    pub samples: u64,
    /// The first.
    pub first: MemorySample,
    /// The last.
    pub last: MemorySample,
    /// The first of the largest.
    pub largest: MemorySample,
}

#[derive(Default)]
pub(super) struct Memories {
    series: Vec<MemorySeries>,
}

impl Memories {
    pub fn size(&mut self, domain: WordId, origin: Origin, line: u64, bytes: u64) {
        let source = match origin {
            Origin::Logged => MemorySource::Logged(domain),
            Origin::Program => MemorySource::Program,
        };
        self.add(source, MemorySample { line, bytes });
    }

    /// A memory had `old_pages` before this line and more after it.
    pub fn grow(&mut self, memory: WordId, line: u64, old_pages: u32, delta_pages: u32) {
        let source = MemorySource::Grow(memory);
        let bytes = |pages: u64| pages * PAGE_BYTES;
        let (old, delta) = (u64::from(old_pages), u64::from(delta_pages));
        if !self.series.iter().any(|series| series.source == source) {
            // What was allocated before its first growth fitted in what it had.
            let sample = MemorySample {
                line: 0,
                bytes: bytes(old),
            };
            self.add(source, sample);
        }
        let sample = MemorySample {
            line,
            bytes: bytes(old + delta),
        };
        self.add(source, sample);
    }

    fn add(&mut self, source: MemorySource, sample: MemorySample) {
        match self
            .series
            .iter_mut()
            .find(|series| series.source == source)
        {
            Some(series) => series.add(sample),
            None => self.series.push(MemorySeries {
                source,
                samples: 1,
                first: sample,
                last: sample,
                largest: sample,
            }),
        }
    }

    /// The latest size of each.
    pub fn latest(&self) -> Vec<(MemorySource, u64)> {
        let series = self.series.iter();
        series
            .map(|series| (series.source, series.last.bytes))
            .collect()
    }

    pub fn into_series(self) -> Vec<MemorySeries> {
        self.series
    }
}

impl MemorySeries {
    fn add(&mut self, sample: MemorySample) {
        self.samples += 1;
        self.last = sample;
        if sample.bytes > self.largest.bytes {
            self.largest = sample;
        }
    }
}
