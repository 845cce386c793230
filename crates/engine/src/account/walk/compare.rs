//! The walk from header to header, beside the extents of a model.

use unfreed_events::trace::MemoryImage;

use super::{Header, Headers};
use crate::account::model::Model;
use crate::account::space::Piece;

/// How many differences are kept.
const EXAMPLES: usize = 5;

/// What a walk has found. All figures are in bytes, but for those of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Live blocks of the model.
    pub blocks: u64,
    /// Bytes of their extents.
    pub bytes: u64,
    /// Blocks that are in use by their headers, too, with as many bytes, but for
    /// slack.
    pub agreed_blocks: u64,
    /// Of those, blocks with slack: a few bytes more or fewer, as is known of the
    /// model.
    pub slack_blocks: u64,
    /// Bytes that those differ by.
    pub slack_bytes: u64,
    /// Blocks that differ: see [`DifferenceKind`].
    pub differing_blocks: u64,
    /// By how much.
    pub differing_bytes: u64,
    /// State of the allocator itself between blocks; the model gives it to holes.
    pub own_bytes: u64,
    /// The first differences, by address.
    pub differences: Vec<Difference>,
}

/// A place where model and headers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Address of the block, or of what follows the header.
    pub address: u64,
    /// In which way.
    pub kind: DifferenceKind,
    /// Bytes of the extent by the model; 0 if it has none.
    pub model: u64,
    /// Bytes of the chunk by its header; 0 if there is none.
    pub header: u64,
}

/// How model and headers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// In use by both, with other sizes.
    Size,
    /// Live by the model, and no block in use begins there.
    NotInUse,
    /// In use by its header, and free by the model.
    NotRecorded,
    /// The header is none.
    Unreadable,
}

/// Walks the chunks beside the extents in use, which `used` gives from the lowest on:
/// from the first live block to the top.
pub fn compare<I: Iterator<Item = Piece>>(
    headers: Headers,
    model: &Model,
    used: impl Fn() -> I,
    image: &MemoryImage,
) -> Comparison {
    let is_aligned = used().all(|piece| (piece.start + model.head).is_multiple_of(16));
    let mut walk = Walk {
        headers,
        image,
        head: model.head,
        slack: headers.slack(model, is_aligned),
        at: None,
        found: Comparison::default(),
    };
    for piece in used() {
        walk.block(piece);
    }
    walk.top();
    walk.found
}

struct Walk<'a> {
    headers: Headers,
    image: &'a MemoryImage,
    head: u64,
    /// How many bytes more and fewer a chunk may have than the model says.
    slack: (u64, u64),
    /// The header that comes next; `None` before the first block, and where the walk
    /// has lost its way.
    at: Option<u64>,
    found: Comparison,
}

impl Walk<'_> {
    fn block(&mut self, piece: Piece) {
        let extent = piece.end - piece.start;
        self.found.blocks += 1;
        self.found.bytes += extent;
        self.gap(piece.start);
        // A chunk that begins below and ends above is another.
        if self.at.is_some_and(|at| at > piece.start) {
            return self.differ(DifferenceKind::NotInUse, piece.start, extent, 0);
        }
        match self.headers.at(self.image, piece.start) {
            Some(Header::Used(end)) => {
                self.at = Some(end);
                self.sizes(piece.start, extent, end - piece.start);
            }
            Some(Header::Free(end) | Header::Own(end)) => {
                self.at = Some(end);
                self.differ(
                    DifferenceKind::NotInUse,
                    piece.start,
                    extent,
                    end - piece.start,
                );
            }
            Some(Header::End) => {
                self.at = None;
                self.differ(DifferenceKind::NotInUse, piece.start, extent, 0);
            }
            None => {
                self.at = None;
                self.differ(DifferenceKind::Unreadable, piece.start, extent, 0);
            }
        }
    }

    fn sizes(&mut self, start: u64, extent: u64, chunk: u64) {
        let slack = chunk.abs_diff(extent);
        let (more, fewer) = self.slack;
        let most = if chunk > extent { more } else { fewer };
        if slack > most {
            return self.differ(DifferenceKind::Size, start, extent, chunk);
        }
        self.found.agreed_blocks += 1;
        self.found.slack_blocks += u64::from(slack > 0);
        self.found.slack_bytes += slack;
    }

    /// What lies between two live blocks must be free, or the allocator's own.
    fn gap(&mut self, end: u64) {
        while let Some(at) = self.at.filter(|at| *at < end) {
            self.at = match self.headers.at(self.image, at) {
                Some(Header::Free(next)) => Some(next),
                Some(Header::Own(next)) => {
                    self.found.own_bytes += next - at;
                    Some(next)
                }
                Some(Header::Used(next)) => {
                    self.differ(DifferenceKind::NotRecorded, at, 0, next - at);
                    Some(next)
                }
                // Another piece of memory begins somewhere behind it.
                Some(Header::End) => {
                    self.found.own_bytes += end - at;
                    None
                }
                None => {
                    self.differ(DifferenceKind::Unreadable, at, end - at, 0);
                    None
                }
            };
        }
    }

    /// Nothing above the last live block may be in use.
    fn top(&mut self) {
        while let Some(at) = self.at {
            self.at = match self.headers.at(self.image, at) {
                Some(Header::Free(next) | Header::Own(next)) => Some(next),
                Some(Header::Used(next)) => {
                    self.differ(DifferenceKind::NotRecorded, at, 0, next - at);
                    Some(next)
                }
                Some(Header::End) => None,
                None => {
                    self.differ(DifferenceKind::Unreadable, at, 0, 0);
                    None
                }
            };
        }
    }

    fn differ(&mut self, kind: DifferenceKind, start: u64, model: u64, header: u64) {
        self.found.differing_blocks += 1;
        self.found.differing_bytes += match kind {
            DifferenceKind::Size => model.abs_diff(header),
            DifferenceKind::NotRecorded => header,
            DifferenceKind::NotInUse | DifferenceKind::Unreadable => model,
        };
        if self.found.differences.len() < EXAMPLES {
            self.found.differences.push(Difference {
                address: start + self.head,
                kind,
                model,
                header,
            });
        }
    }
}
