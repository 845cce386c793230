//! Blocks that keep pages from being free as a whole.

use std::collections::HashMap;

use unfreed_events::SiteId;

use super::space::Piece;

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// A page is pinned if at most one in so many of its bytes is in use.
const SPARSE: u64 = 8;

/// What the blocks of a site keep from being free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The site of the blocks.
    pub site: SiteId,
    /// How many of its blocks lie in pages that are free but for a few.
    pub blocks: u64,
    /// Their bytes, with state and rounding.
    pub bytes: u64,
    /// Bytes of holes in those pages; a page's count once for each block in it,
    /// by its share.
    pub held: u64,
}

/// Pages (64 KiB, at multiples of it) that are free but for a few blocks, and how
/// much of each is free.
#[derive(Default)]
pub(super) struct SparsePages {
    used: HashMap<u64, u64>,
}

impl SparsePages {
    /// From all pieces of a space.
    pub fn of(pieces: impl Iterator<Item = Piece>) -> SparsePages {
        let mut used: HashMap<u64, u64> = HashMap::new();
        let mut end = 0;
        for piece in pieces {
            end = piece.end;
            for page in piece.start / PAGE..=(piece.end - 1) / PAGE {
                let from = piece.start.max(page * PAGE);
                let to = piece.end.min((page + 1) * PAGE);
                let bytes = used.entry(page).or_default();
                if piece.used {
                    *bytes += to - from;
                }
            }
        }
        // What lies behind the top could be free without them.
        used.retain(|page, bytes| {
            *bytes > 0 && *bytes <= PAGE / SPARSE && (page + 1) * PAGE <= end
        });
        SparsePages { used }
    }

    /// What a block at this place holds, if its page is one: its share of the holes.
    pub fn held_by(&self, start: u64, bytes: u64) -> Option<u64> {
        let used = *self.used.get(&(start / PAGE))?;
        Some((PAGE - used) * bytes.min(used) / used)
    }
}

/// The sites whose blocks hold most, the first one most.
pub(super) fn rank(held: impl Iterator<Item = (SiteId, u64, u64)>) -> Vec<Pin> {
    let mut pins: HashMap<SiteId, Pin> = HashMap::new();
    for (site, bytes, share) in held {
        let pin = pins.entry(site).or_insert(Pin {
            site,
            blocks: 0,
            bytes: 0,
            held: 0,
        });
        pin.blocks += 1;
        pin.bytes += bytes;
        pin.held += share;
    }
    let mut pins: Vec<Pin> = pins.into_values().collect();
    pins.sort_by_key(|pin| (std::cmp::Reverse(pin.held), pin.site));
    pins
}
