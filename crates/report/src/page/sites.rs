//! Types, sites and how they changed: columns.

use std::collections::HashMap;

use unfreed_engine::findings::{Figures as Found, Verdict};
use unfreed_engine::ledger::history::History;
use unfreed_events::{SiteId, TypeId};

use super::data;
use super::stacks::Stacks;
use super::texts::Texts;
use crate::phrases;
use crate::units::things;
use crate::view::View;
use crate::why;

/// Rows of types, and of sites. What is beyond is one row.
pub(super) const ROWS: usize = 20_000;

/// What the row of all others is called.
pub(super) const OTHERS: &str = "(all others)";

/// The columns, and where each site and type stands in them.
#[derive(Default)]
pub(super) struct Rows {
    pub types: data::Types,
    pub sites: data::Sites,
    place_of: HashMap<SiteId, u32>,
    /// The row of all sites that have none of their own.
    others: Option<u32>,
    verdicts: HashMap<String, i64>,
}

impl Rows {
    pub fn of(
        view: &View<'_>,
        stacks: &mut Stacks<'_>,
        texts: &mut Texts,
        left_out: &mut Vec<String>,
    ) -> Rows {
        let is_sample = view.findings.sampling.is_some();
        let mut rows = Rows::default();
        if !is_sample {
            rows.types.figures.temporary = Some(Vec::new());
            rows.sites.figures.temporary = Some(Vec::new());
        }
        let type_rows = rows.add_types(view, texts, left_out);
        rows.add_sites(view, &type_rows, stacks, texts, left_out);
        rows
    }

    /// The row of a site; -1 if nothing is known of it.
    pub fn site(&self, site: SiteId) -> i64 {
        let place = self.place_of.get(&site).copied().or(self.others);
        place.map_or(-1, i64::from)
    }

    fn add_types(
        &mut self,
        view: &View<'_>,
        texts: &mut Texts,
        left_out: &mut Vec<String>,
    ) -> HashMap<TypeId, u32> {
        let types = &view.findings.types;
        let mut places = HashMap::new();
        let shown = if types.len() > ROWS {
            ROWS - 1
        } else {
            types.len()
        };
        for found in &types[..shown] {
            places.insert(found.type_id, self.types.name.len() as u32);
            let verdict = self.verdict(found.verdict, view);
            self.types
                .name
                .push(texts.place(view.type_name(found.type_id)));
            self.types.verdict.push(verdict);
            push(&mut self.types.figures, &found.figures);
        }
        let rest = &types[shown..];
        if !rest.is_empty() {
            let others = self.types.name.len() as u32;
            places.extend(rest.iter().map(|found| (found.type_id, others)));
            self.types.name.push(texts.place(OTHERS));
            self.types.verdict.push(-1);
            push(
                &mut self.types.figures,
                &sum(rest.iter().map(|found| &found.figures)),
            );
            left_out.push(format!(
                "{} with the fewest leaked bytes are one row.",
                things(rest.len() as u64, "type", "types")
            ));
        }
        places
    }

    fn add_sites(
        &mut self,
        view: &View<'_>,
        type_rows: &HashMap<TypeId, u32>,
        stacks: &mut Stacks<'_>,
        texts: &mut Texts,
        left_out: &mut Vec<String>,
    ) {
        let sites = &view.findings.sites;
        let shown = if sites.len() > ROWS {
            ROWS - 1
        } else {
            sites.len()
        };
        for found in &sites[..shown] {
            self.place_of
                .insert(found.site, self.sites.stack.len() as u32);
            let type_id = view.names.site_type(found.site);
            let row = type_id.and_then(|type_id| type_rows.get(&type_id));
            self.sites.r#type.push(row.copied().unwrap_or_default());
            self.sites.stack.push(stacks.of_site(found.site, texts));
            self.sites
                .place
                .push(texts.place(&view.location(found.site)));
            let verdict = self.verdict(found.verdict, view);
            self.sites.verdict.push(verdict);
            let why = why::in_words(found.site, view).unwrap_or_default();
            self.sites.why.push(texts.place_if_any(&why));
            self.sites
                .starts_threads
                .push(u8::from(found.starts_threads));
            push(&mut self.sites.figures, &found.figures);
        }
        let rest = &sites[shown..];
        if !rest.is_empty() {
            self.others = Some(self.sites.stack.len() as u32);
            let name = texts.place(OTHERS);
            self.types.name.push(name);
            self.types.verdict.push(-1);
            push(&mut self.types.figures, &Found::default());
            self.sites.r#type.push(self.types.name.len() as u32 - 1);
            self.sites.stack.push(-1);
            self.sites.place.push(name);
            self.sites.verdict.push(-1);
            self.sites.why.push(-1);
            self.sites.starts_threads.push(0);
            push(
                &mut self.sites.figures,
                &sum(rest.iter().map(|found| &found.figures)),
            );
            left_out.push(format!(
                "{} with the fewest leaked bytes are one row, whatever their type.",
                things(rest.len() as u64, "site", "sites")
            ));
        }
    }

    fn verdict(&mut self, verdict: Option<Verdict>, view: &View<'_>) -> i64 {
        if verdict.is_none() {
            return -1;
        }
        let text = phrases::verdict(verdict, view);
        let list = &mut self.types.verdicts;
        *self.verdicts.entry(text).or_insert_with_key(|text| {
            list.push(text.clone());
            list.len() as i64 - 1
        })
    }

    /// How sites changed from moment to moment.
    pub fn changes(&self, history: &History) -> data::Changes {
        let mut columns = data::Changes::default();
        for (number, moment) in (0..).zip(&history.moments) {
            let mut of_rows: HashMap<u32, [i64; 4]> = HashMap::new();
            for step in &moment.steps {
                let Ok(row) = u32::try_from(self.site(step.site)) else {
                    continue;
                };
                let sums = of_rows.entry(row).or_default();
                sums[0] += step.allocations as i64;
                sums[1] += step.allocated_bytes as i64;
                sums[2] += step.live;
                sums[3] += step.live_bytes;
            }
            let mut rows: Vec<(u32, [i64; 4])> = of_rows.into_iter().collect();
            rows.sort_unstable();
            for (row, [allocations, allocated_bytes, live, live_bytes]) in rows {
                columns.moment.push(number);
                columns.site.push(row);
                columns.allocations.push(allocations as u64);
                columns.allocated_bytes.push(allocated_bytes as u64);
                columns.live.push(live);
                columns.live_bytes.push(live_bytes);
            }
        }
        columns
    }
}

pub(super) fn push(columns: &mut data::Figures, found: &Found) {
    columns.allocations.push(found.allocations);
    columns.frees.push(found.frees);
    columns.leaked.push(found.leaked);
    columns.allocated_bytes.push(found.allocated_bytes);
    columns.leaked_bytes.push(found.leaked_bytes);
    columns.peak.push(found.peak);
    columns.peak_bytes.push(found.peak_bytes);
    if let Some(temporary) = &mut columns.temporary {
        temporary.push(found.temporary);
    }
}

fn sum<'f>(all: impl Iterator<Item = &'f Found>) -> Found {
    let mut sum = Found::default();
    for found in all {
        add(&mut sum, found);
    }
    sum
}

/// Adds what columns have.
pub(super) fn add(sum: &mut Found, found: &Found) {
    sum.allocations += found.allocations;
    sum.frees += found.frees;
    sum.leaked += found.leaked;
    sum.allocated_bytes += found.allocated_bytes;
    sum.leaked_bytes += found.leaked_bytes;
    sum.peak += found.peak;
    sum.peak_bytes += found.peak_bytes;
    sum.temporary += found.temporary;
}
