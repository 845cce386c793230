//! What a recording says beside its records, as an engine wants it: how its memories
//! are laid out, which classes of handles there are, and which sites allocate what
//! threads start with.

mod handles;
mod kinds;
mod memories;
mod thread_starts;

pub use self::kinds::{HandleKinds, KindName, handle_kinds};
use self::memories::MemoryNames;
use unfreed_events::trace::Facts;
use unfreed_events::{Names, Record};

use crate::Engine;

/// What an engine has been told of a recording.
#[derive(Default)]
pub(crate) struct Told {
    memory_names: Option<MemoryNames>,
}

impl Engine {
    /// Accounts for records of a recording in their order. `facts` are what it says of
    /// itself before its first record, `names` what the ids in the records stand for.
    ///
    /// ```
    /// use std::io::{BufReader, Read};
    /// use unfreed_engine::{Engine, Findings, Input, Options};
    /// use unfreed_events::trace::{TraceError, TraceReader};
    ///
    /// /// What a recording that `unfreed record` has finished says.
    /// fn findings(recording: impl Read) -> Result<Findings, TraceError> {
    ///     let mut reader = TraceReader::new(BufReader::new(recording))?;
    ///     let (mut engine, mut records) = (Engine::new(), Vec::new());
    ///     while reader.decode(&mut records)? {
    ///         engine.apply_recorded(reader.facts(), reader.names(), &records);
    ///         records.clear();
    ///     }
    ///     let input = Input::of_recording(reader.facts().events, Vec::new(), Vec::new());
    ///     Ok(engine.finish(reader.names(), &input, &Options::default()))
    /// }
    /// # assert!(findings(&b"no recording"[..]).is_err());
    /// ```
    pub fn apply_recorded(&mut self, facts: &Facts, names: &Names, records: &[Record]) {
        let mut told = std::mem::take(&mut self.told);
        let memory_names = told.memory_names.get_or_insert_with(|| {
            self.account_for(memories::of(facts));
            self.track_handles(handles::of(facts));
            MemoryNames::of(facts)
        });
        if let Some(spaces) = self.spaces() {
            memory_names.look(names, spaces);
        }
        for site in thread_starts::sites(facts, names, records) {
            self.starts_threads(site);
        }
        self.told = told;
        self.apply(records);
    }
}
