//! What can only be said when all blocks have been seen.

use super::{Builder, Index};
use crate::fold::UNKNOWN;
use crate::names::Names;
use crate::trace::merge::cursor::unwrap;
use crate::trace::{Facts, Said};

impl Builder<'_> {
    /// Everything, once all blocks have been seen.
    pub(super) fn finish(mut self) -> (Index, Names, Facts) {
        self.facts.start = self.start.unwrap_or_default();
        self.count_from_start();
        self.name_threads();
        let unfinished = self.index.streams.iter();
        let unfinished = unfinished.filter(|stream| stream.pages.is_some()).count();
        self.facts.missing.snapshots += unfinished as u64;
        for process in 0..self.index.processes.len() {
            self.unwrap_sequences(process);
            self.index.processes[process]
                .happenings
                .sort_by_key(|(time, _)| *time);
        }
        for stream in &mut self.index.streams {
            for context in stream.contexts.values_mut() {
                context.home = stream.homes.get(&context.instance).copied();
            }
        }
        let place = format!("{}:0", UNKNOWN);
        let unknown = self.names.intern_site(UNKNOWN.as_bytes(), place.as_bytes());
        self.index.unknown_site = unknown.ok().map(|(_, site)| site);
        (self.index, self.names, self.facts)
    }

    fn count_from_start(&mut self) {
        fn shift<T>(said: &mut [Said<T>], start: u64) {
            for said in said {
                said.time = said.time.saturating_sub(start);
            }
        }
        let start = self.facts.start;
        shift(&mut self.facts.processes, start);
        shift(&mut self.facts.threads, start);
        shift(&mut self.facts.modules, start);
        shift(&mut self.facts.instances, start);
        shift(&mut self.facts.thread_ends, start);
        shift(&mut self.facts.process_ends, start);
        shift(&mut self.facts.lost, start);
        shift(&mut self.facts.handle_classes, start);
        shift(&mut self.facts.js_values, start);
        for snapshot in self
            .index
            .streams
            .iter_mut()
            .flat_map(|stream| &mut stream.snapshots)
        {
            shift(std::slice::from_mut(&mut snapshot.said), start);
        }
    }

    /// Names of threads are those of Node; where several processes ran wasm,
    /// those of all but the first say which.
    fn name_threads(&mut self) {
        let main = self.index.main_process();
        for stream in &mut self.index.streams {
            let pid = self.index.processes[stream.process].pid;
            let name = match (stream.process == main, stream.thread) {
                (true, 0) => "main".to_owned(),
                (true, thread) => format!("worker {thread}"),
                (false, 0) => format!("main ({pid})"),
                (false, thread) => format!("worker {thread} ({pid})"),
            };
            stream.name = self.names.intern_word(name.as_bytes()).ok();
            let pid = self.index.processes[stream.process].pid;
            let threads = self.facts.threads.iter_mut();
            for thread in threads.filter(|said| said.process == pid) {
                if thread.what.thread == stream.thread {
                    thread.what.name.clone_from(&name);
                }
            }
        }
        for (number, process) in self.index.processes.iter_mut().enumerate() {
            let name = match number == main {
                true => "main".to_owned(),
                false => format!("main ({})", process.pid),
            };
            process.thread = self.names.intern_word(name.as_bytes()).ok();
        }
    }

    /// Counts sequence numbers on where they wrap. Blocks of a process that
    /// follow one another in time are much nearer than 2^31 events.
    fn unwrap_sequences(&mut self, process: usize) {
        let streams = self.index.streams.iter_mut();
        let own = streams.filter(|stream| stream.process == process);
        let mut sequences = Vec::new();
        for stream in own {
            for block in &mut stream.blocks {
                let near = Some(&mut block.near);
                sequences.push((block.time, block.offset, &mut block.first, near));
            }
            for snapshot in &mut stream.snapshots {
                sequences.push((snapshot.time, u64::MAX, &mut snapshot.sequence, None));
            }
        }
        sequences.sort_by_key(|(time, offset, ..)| (*time, *offset));
        let mut last = None;
        for (_, _, first, near) in sequences {
            if let Some(first) = first {
                *first = unwrap(last, *first as u32);
                last = Some(*first);
            }
            if let Some(near) = near {
                *near = last;
            }
        }
    }
}
