//! The table of native allocations: what each site had allocated and given back between
//! the moments of a run.
//!
//! The profiler says of a range of time what was allocated in it and not given back, and
//! knows which is which by the address. A history has sums by site: within a site, what
//! is youngest is taken to be given back first. Sums by site are those of the ledger at
//! each moment, whichever blocks they are of.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use unfreed_engine::ledger::history::History;
use unfreed_events::SiteId;

use crate::export::ExportError;
use crate::export::chrome::Clock;
use crate::view::View;

/// The columns. Times are in ms; a weight is in bytes, negative for what is given back.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NativeAllocations {
    length: usize,
    weight_type: &'static str,
    time: Vec<f64>,
    weight: Vec<i64>,
    stack: Vec<Option<usize>>,
    memory_address: Vec<u64>,
    thread_id: Vec<u8>,
}

/// Bytes of a site that come and go together.
struct Batch {
    site: SiteId,
    from: f64,
    /// `None` if they stay.
    to: Option<f64>,
    bytes: u64,
}

impl NativeAllocations {
    /// `stacks` are those of the sites, in their order.
    ///
    /// # Errors
    ///
    /// If a site has more bytes than 63 bits hold.
    pub fn of(
        view: &View<'_>,
        history: &History,
        clock: &Clock,
        stacks: &[Option<usize>],
    ) -> Result<NativeAllocations, ExportError> {
        let sites = view.findings.sites.iter().map(|found| found.site);
        let stacks: HashMap<SiteId, Option<usize>> = sites.zip(stacks.iter().copied()).collect();
        let mut rows: Vec<(f64, i64, u64, SiteId)> = Vec::new();
        for (number, batch) in (1..).zip(batches(history, clock)) {
            let bytes = i64::try_from(batch.bytes).map_err(|_| ExportError::TooLarge {
                format: "firefox",
                figure: batch.bytes,
                most: i64::MAX as u64,
            })?;
            // Any that are told apart.
            let address = number * 16;
            rows.push((batch.from, bytes, address, batch.site));
            if let Some(to) = batch.to {
                rows.push((to, -bytes, address, batch.site));
            }
        }
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut columns = NativeAllocations {
            length: rows.len(),
            weight_type: "bytes",
            ..NativeAllocations::default()
        };
        for (time, weight, address, site) in rows {
            columns.time.push(time / 1000.0);
            columns.weight.push(weight);
            columns.stack.push(stacks.get(&site).copied().flatten());
            columns.memory_address.push(address);
            columns.thread_id.push(0);
        }
        Ok(columns)
    }
}

fn batches(history: &History, clock: &Clock) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut live: BTreeMap<SiteId, Vec<(f64, u64)>> = BTreeMap::new();
    for moment in &history.moments {
        let now = clock.at(moment.time, moment.events);
        for step in &moment.steps {
            let site = step.site;
            // What went is what came less what stayed.
            let gone = i128::from(step.allocated_bytes) - i128::from(step.live_bytes);
            let gone = u64::try_from(gone).unwrap_or_default();
            let at_once = gone.min(step.allocated_bytes);
            let mut push = |from, to, bytes| {
                if bytes > 0 {
                    batches.push(Batch {
                        site,
                        from,
                        to,
                        bytes,
                    });
                }
            };
            push(now, Some(now), at_once);
            let held = live.entry(site).or_default();
            held.push((now, step.allocated_bytes - at_once));
            let mut rest = gone - at_once;
            while rest > 0
                && let Some((from, bytes)) = held.pop()
            {
                let part = bytes.min(rest);
                push(from, Some(now), part);
                held.push((from, bytes - part));
                rest -= part;
                if bytes == part {
                    held.pop();
                }
            }
        }
    }
    for (site, held) in live {
        batches.extend(
            held.into_iter()
                .filter(|(_, bytes)| *bytes > 0)
                .map(|(from, bytes)| Batch {
                    site,
                    from,
                    to: None,
                    bytes,
                }),
        );
    }
    batches
}
