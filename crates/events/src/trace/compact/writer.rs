//! Steps in, a compact trace out.

use std::io::{self, Write};

use super::encode::Batch;
use super::kind;
use super::names::Written;
use crate::limits::MAX_BLOCK_EVENTS;
use crate::names::Names;
use crate::trace::payload::pack;
use crate::trace::{
    BlockHeader, Codec, Facts, FileHeader, NextPages, Pages, Sink, Snapshot, Stage, Step,
};

/// Writes a compact trace, one block at a time. What `output` is given in one
/// piece is small; wrap a file in a `BufWriter`.
pub struct CompactWriter<W> {
    output: W,
    batch: Batch,
    written: Written,
    /// Events in blocks before this one.
    events: u64,
    start: u64,
    /// How many snapshots there are so far.
    snapshots: u32,
}

impl<W: Write> CompactWriter<W> {
    /// Writes the file header.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn new(mut output: W) -> io::Result<CompactWriter<W>> {
        output.write_all(&FileHeader::new(Stage::Compact).encode())?;
        Ok(CompactWriter {
            output,
            batch: Batch::default(),
            written: Written::default(),
            events: 0,
            start: 0,
            snapshots: 0,
        })
    }

    /// The output, behind the last block that was written.
    pub fn into_inner(self) -> W {
        self.output
    }

    fn block(&mut self, kind: u8, time: u64, count: u32, payload: &[u8]) -> io::Result<()> {
        let header = BlockHeader {
            kind,
            codec: Codec::Zstd,
            process: 0,
            thread: 0,
            time: self.start.saturating_add(time),
            count,
        };
        header.write(payload, &mut self.output)
    }

    fn facts(&mut self, kind: u8, facts: &Facts) -> io::Result<()> {
        let json = serde_json::to_vec(facts)?;
        self.block(kind, 0, 0, &pack(&json)?)
    }

    /// Writes what there is of the current block, so that a file that is cut
    /// behind it has it.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn end_block(&mut self, names: &Names) -> io::Result<()> {
        let mut written = std::mem::take(&mut self.written);
        written.blocks(names, |payload| {
            self.block(kind::NAMES, 0, 0, &pack(payload)?)
        })?;
        self.written = written;
        let (time, count) = (self.batch.begin(), self.batch.count());
        if count > 0 {
            let payload = self.batch.finish(self.events)?;
            self.events += u64::from(count);
            self.block(kind::EVENTS, time, count, &payload)?;
        }
        Ok(())
    }
}

impl<W: Write> Sink for CompactWriter<W> {
    fn begin(&mut self, _: &Names, facts: &Facts) -> io::Result<()> {
        self.start = facts.start;
        self.facts(kind::FACTS, facts)
    }

    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()> {
        self.batch.push(step)?;
        if self.batch.count() as usize >= MAX_BLOCK_EVENTS {
            self.end_block(names)?;
        }
        Ok(())
    }

    fn snapshot(
        &mut self,
        names: &Names,
        mut snapshot: Snapshot,
        pages: &mut NextPages<'_>,
    ) -> io::Result<()> {
        // Its place is behind the block of the events before it.
        self.end_block(names)?;
        snapshot.said.what.snapshot = self.snapshots;
        let time = snapshot.said.time;
        while let Some(payload) = pages()? {
            if let Some(pages) = Pages::parse(&payload) {
                let payload = pages.renumbered(self.snapshots);
                self.block(kind::PAGES, time, 0, &pack(&payload)?)?;
            }
        }
        self.snapshots += 1;
        let json = serde_json::to_vec(&snapshot)?;
        self.block(kind::SNAPSHOT, time, 0, &pack(&json)?)
    }

    fn end(&mut self, names: &Names, facts: &Facts) -> io::Result<()> {
        self.end_block(names)?;
        self.facts(kind::END, facts)?;
        self.output.flush()
    }
}
