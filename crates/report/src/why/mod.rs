//! Why blocks are live: what holds them, and how much each holds.

mod json;
mod phrases;

use std::cmp::Reverse;

use unfreed_engine::holders::{Chain, Holders, KindHolders, SiteHolders};
use unfreed_engine::reach::{Amount, Class};
use unfreed_events::SiteId;

pub use self::json::{WHY_SCHEMA, why_to_json};
pub(crate) use self::phrases::{chain, class, kind_name, remedy};
use crate::document::{Block, Document, Section, Table};
use crate::phrases::taken;
use crate::units::{count, percent, things};
use crate::view::View;

/// What holds the live blocks, for people.
#[must_use]
pub fn why(view: &View<'_>) -> Document {
    let mut document = Document::default();
    for found in &view.findings.holders {
        document.headline.push(headline(found, view));
        document.sections.extend(
            [
                Some(classes(found, view)),
                chains(found, view),
                found
                    .chains
                    .is_empty()
                    .then(|| sites(found, view))
                    .flatten(),
                kinds(found, view),
                Some(how_sure(found)),
            ]
            .into_iter()
            .flatten(),
        );
    }
    document
}

fn sum(found: &Holders, which: impl Fn(Class) -> bool) -> Amount {
    let mut sum = Amount::default();
    for (class, amount) in &found.classes {
        if which(*class) {
            sum.blocks += amount.blocks;
            sum.bytes += amount.bytes;
        }
    }
    sum
}

fn headline(found: &Holders, view: &View<'_>) -> String {
    let said = |amount: Amount| {
        format!(
            "{} in {}",
            view.size(amount.bytes),
            things(amount.blocks, "block", "blocks")
        )
    };
    format!(
        "{} {}: {} live, of which {} definitely lost, {} indirectly and {} possibly lost.",
        view.memory_name(found.memory),
        taken(&found.said),
        said(sum(found, |_| true)),
        said(sum(found, |class| class == Class::DefinitelyLost)),
        said(sum(found, |class| class == Class::IndirectlyLost)),
        said(sum(found, |class| matches!(class, Class::PossiblyLost(_)))),
    )
}

fn classes(found: &Holders, view: &View<'_>) -> Section {
    let mut section = Section::new(format!(
        "Why blocks of {} are live",
        view.memory_name(found.memory)
    ));
    let mut table = Table::new(&["blocks", "bytes", "share"], &["why"]);
    let all = sum(found, |_| true);
    for (class, amount) in &found.classes {
        if amount.blocks > 0 {
            table.rows.push(vec![
                count(amount.blocks),
                view.size(amount.bytes),
                percent(amount.bytes as f64 / all.bytes.max(1) as f64),
                phrases::class(*class),
            ]);
        }
    }
    section.table(table, 0, ["class", "classes"]);
    section
}

fn chains(found: &Holders, view: &View<'_>) -> Option<Section> {
    if found.chains.is_empty() {
        return None;
    }
    let mut section = Section::new("What leads to it");
    for chain in &found.chains {
        say(chain, view, &mut section);
    }
    Some(section)
}

fn say(chain: &Chain, view: &View<'_>, section: &mut Section) {
    let Some(block) = chain.links.last() else {
        return;
    };
    section.say(format!(
        "{:#x}, {}, retains {}: {}",
        block.address,
        view.site_type(block.site),
        view.size(chain.retained),
        phrases::class(chain.class)
    ));
    section
        .blocks
        .push(Block::List(phrases::chain(chain, view)));
}

fn sites(found: &Holders, view: &View<'_>) -> Option<Section> {
    let mut section = Section::new("By site");
    let mut table = Table::new(&["blocks", "bytes", "retained"], &["type", "site", "why"]);
    let (shown, left_out) = view.first(&found.sites);
    for site in shown {
        table.rows.push(vec![
            count(site.size.blocks),
            view.size(site.size.shallow),
            view.size(site.size.retained),
            view.site_type(site.site).to_owned(),
            view.location(site.site).into_owned(),
            reasons(site, view),
        ]);
    }
    if table.rows.is_empty() {
        return None;
    }
    section.table(table, left_out, ["site", "sites"]);
    Some(section)
}

/// Why most of its bytes are live, and what share that is if not all.
fn reasons(site: &SiteHolders, view: &View<'_>) -> String {
    let reason = phrases::reason(site, view);
    match site.classes.as_slice() {
        [(_, first), _, ..] if site.collected.blocks + site.owner_collected.blocks == 0 => format!(
            "{} of {}: {reason}",
            count(first.blocks),
            count(site.size.blocks)
        ),
        _ => reason,
    }
}

fn kinds(found: &Holders, view: &View<'_>) -> Option<Section> {
    let mut kinds: Vec<&KindHolders> = found.kinds.iter().collect();
    kinds.sort_by_key(|kind| (Reverse(kind.retained), kind.kind));
    if kinds.is_empty() {
        return None;
    }
    let mut section = Section::new("What JS handles hold");
    let mut table = Table::new(&["handles", "shallow size", "retained size"], &["class"]);
    let (shown, left_out) = view.first(&kinds);
    for kind in shown {
        table.rows.push(vec![
            count(kind.handles),
            view.size(kind.shallow),
            view.size(kind.retained),
            phrases::kind_name(kind.kind, view).to_owned(),
        ]);
    }
    section.table(table, left_out, ["class", "classes"]);
    Some(section)
}

/// What may make these figures wrong.
pub(crate) fn caveats(found: &Holders) -> Vec<String> {
    let mut said = Vec::new();
    if found.pages_missing > 0 {
        said.push(format!(
            "{} of the snapshot missing: what only they point to is shown as lost.",
            things(found.pages_missing, "page", "pages")
        ));
    }
    if found.said.threads > 0 {
        said.push(format!(
            "{} could run while the snapshot was taken: pointers that were being moved may be missing.",
            things(u64::from(found.said.threads), "other thread", "other threads")
        ));
    }
    if found.globals_unknown {
        said.push(
            "Not all values of globals are known. The module may keep pointers there, so that blocks that are \
             shown as lost may be held by a global."
                .to_owned(),
        );
    }
    said.push(
        "Addresses that JavaScript keeps as numbers, other than those of handles, are not seen."
            .to_owned(),
    );
    if let Some((start, any)) = found.integers.expected() {
        said.push(format!(
            "Of {} words that look like pointers about {} may be integers (estimated from {} other address ranges), \
             {} of them at the begin of a block: so many blocks may be held by chance.",
            count(found.integers.hits),
            count(any.round() as u64),
            found.integers.copies.len(),
            count(start.round() as u64)
        ));
    }
    said
}

fn how_sure(found: &Holders) -> Section {
    let mut section = Section::new("How sure that is");
    section.blocks.push(Block::List(caveats(found)));
    section
}

/// Why the blocks of a site stay, if a snapshot tells.
pub(crate) fn in_words(site: SiteId, view: &View<'_>) -> Option<String> {
    Some(reasons(view.findings.why(site)?, view))
}

/// Why the blocks of a site stay, and what to do about it, if a snapshot tells.
pub(crate) fn sentence(site: SiteId, view: &View<'_>) -> Option<String> {
    let found = view.findings.why(site)?;
    Some(format!(
        "Why it stays: {}; {}.",
        reasons(found, view),
        phrases::remedy(found, view)
    ))
}
