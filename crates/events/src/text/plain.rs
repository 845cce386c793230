//! The common shapes of a record, cut at separators that are known already:
//! `@ALLOCATE type size location id` and `@DROP type size id`, with one space
//! between fields and none in them. Whatever is not exactly that is left to
//! [`super::line`], which says what the format means; both must agree.

use crate::text::line::{BlockKind, Line};
use crate::text::number::trailing_digits;

const ALLOCATE: &[u8] = b"@ALLOCATE ";
const DROP: &[u8] = b"@DROP ";

/// The line that begins at `start` and how many separators it has, its end
/// included; `separators` are those from `start` on.
#[inline]
pub(super) fn cut<'a>(
    piece: &'a [u8],
    start: usize,
    separators: &[u32],
) -> Option<(Line<'a>, usize)> {
    let line = &piece[start..];
    if line.starts_with(ALLOCATE) {
        allocate(piece, start + ALLOCATE.len(), separators)
    } else if line.starts_with(DROP) {
        drop(piece, start + DROP.len(), separators)
    } else {
        None
    }
}

#[inline]
fn allocate<'a>(piece: &'a [u8], start: usize, separators: &[u32]) -> Option<(Line<'a>, usize)> {
    let [_, a, b, c, d] = separators.first_chunk::<5>()?.map(|place| place as usize);
    let ends = [
        *piece.get(a)?,
        *piece.get(b)?,
        *piece.get(c)?,
        *piece.get(d)?,
    ];
    if ends != *b"   \n" || a == start || c == b + 1 {
        return None;
    }
    let line = Line::Allocate {
        type_name: piece.get(start..a)?,
        size: number(piece, a, b)?,
        location: piece.get(b + 1..c)?,
        id: number(piece, c, d)?,
        fields: &[],
    };
    Some((line, 5))
}

#[inline]
fn drop<'a>(piece: &'a [u8], start: usize, separators: &[u32]) -> Option<(Line<'a>, usize)> {
    let [_, a, b, c] = separators.first_chunk::<4>()?.map(|place| place as usize);
    let ends = [*piece.get(a)?, *piece.get(b)?, *piece.get(c)?];
    if ends != *b"  \n" || a == start {
        return None;
    }
    let line = Line::Block {
        kind: BlockKind::Free,
        type_name: piece.get(start..a)?,
        size: number(piece, a, b)?,
        id: number(piece, b, c)?,
        fields: &[],
    };
    Some((line, 4))
}

/// The number between two separators.
#[inline]
fn number(piece: &[u8], before: usize, after: usize) -> Option<u64> {
    let (number, digits) = trailing_digits(piece.get(..after)?)?;
    (digits == after - before - 1).then_some(number)
}
