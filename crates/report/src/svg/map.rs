//! Linear memory at the end, as a picture.

use plotters::prelude::{
    Color, IntoDrawingArea, IntoFont, RGBColor, Rectangle, SVGBackend, Text, WHITE,
};
use unfreed_engine::account::Class;
use unfreed_engine::ledger::history::BlockMap;

use super::SvgError;
use crate::view::View;

/// Cells of a row, and rows of a memory at most.
const COLUMNS: u64 = 128;
const ROWS: u64 = 48;

/// Pixels of a cell, and of what is written above each memory.
const CELL: i32 = 7;
const TITLE: i32 = 26;

/// What a cell is, the first that takes most of it.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// Static data and the main stack.
    fixed: u64,
    live: u64,
    /// Between the first block and the last, and in no block.
    free: u64,
}

const FIXED: RGBColor = RGBColor(86, 180, 233);
const LIVE: RGBColor = RGBColor(213, 94, 0);
const FREE: RGBColor = RGBColor(240, 228, 66);
const REST: RGBColor = RGBColor(230, 230, 230);

/// What the cells of a memory are.
struct Picture {
    title: String,
    cells: Vec<Cell>,
}

/// Each linear memory, row by row from its begin.
///
/// # Errors
/// If the input has no linear memory, or the findings no history.
pub fn map_svg(view: &View<'_>) -> Result<String, SvgError> {
    let history = view.findings.history.as_ref().ok_or(SvgError::NoHistory)?;
    let spaces = view.findings.spaces.as_ref().ok_or(SvgError::NoMemory)?;
    if spaces.memories().is_empty() {
        return Err(SvgError::NoMemory);
    }
    let blocks = history.blocks();
    let pictures: Vec<Picture> = (0..spaces.memories().len())
        .map(|place| picture(place, &blocks, view))
        .collect();
    let mut svg = String::new();
    draw(&mut svg, &pictures).map_err(SvgError::draw)?;
    Ok(svg)
}

fn picture(place: usize, blocks: &BlockMap, view: &View<'_>) -> Picture {
    let memory = view
        .findings
        .spaces
        .as_ref()
        .and_then(|spaces| spaces.memories().get(place));
    let size = memory.map_or(0, |memory| memory.size());
    let per_cell = size.div_ceil(COLUMNS * ROWS).max(1);
    let mut cells = vec![Cell::default(); size.div_ceil(per_cell) as usize];
    let mut add = |from: u64, to: u64, of: fn(&mut Cell) -> &mut u64| {
        let mut at = from;
        while at < to {
            let number = at / per_cell;
            let end = ((number + 1) * per_cell).min(to);
            if let Some(cell) = cells.get_mut(number as usize) {
                *of(cell) += end - at;
            }
            at = end;
        }
    };
    for (range, class) in memory.map_or_else(Vec::new, |memory| memory.below_heap()) {
        if matches!(class, Class::StaticData | Class::MainStack) {
            add(range.start, range.end, |cell| &mut cell.fixed);
        }
    }
    let end = blocks.looks.len().saturating_sub(1);
    let live = blocks
        .blocks
        .iter()
        .filter(|block| usize::from(block.memory) == place && block.last == end);
    let mut before = None;
    for block in live {
        if let Some(before) = before {
            add(before, block.address, |cell| &mut cell.free);
        }
        add(block.address, block.address + block.size, |cell| {
            &mut cell.live
        });
        before = Some(block.address + block.size);
    }
    Picture {
        title: format!(
            "{}: {} at the end; a cell is {}",
            view.memory_name(place),
            view.size(size),
            view.size(per_cell)
        ),
        cells,
    }
}

fn draw(svg: &mut String, pictures: &[Picture]) -> Result<(), Box<dyn std::error::Error>> {
    let rows = |picture: &Picture| picture.cells.len().div_ceil(COLUMNS as usize) as i32;
    let height: i32 = pictures
        .iter()
        .map(|picture| rows(picture) * CELL + TITLE)
        .sum();
    let width = COLUMNS as i32 * CELL + 16;
    let area = SVGBackend::with_string(svg, (width as u32, (height + TITLE + 8) as u32));
    let area = area.into_drawing_area();
    area.fill(&WHITE)?;
    let font = || ("sans-serif", 13).into_font();
    let mut x = 8;
    for (name, colour) in [
        ("live blocks", LIVE),
        ("between blocks", FREE),
        ("static data and main stack", FIXED),
        ("else", REST),
    ] {
        area.draw(&Rectangle::new([(x, 8), (x + 12, 20)], colour.filled()))?;
        area.draw(&Text::new(name, (x + 16, 8), font()))?;
        x += 32 + 7 * name.len() as i32;
    }
    let mut top = TITLE;
    for picture in pictures {
        area.draw(&Text::new(picture.title.as_str(), (8, top + 6), font()))?;
        top += TITLE;
        for (number, cell) in picture.cells.iter().enumerate() {
            let column = (number % COLUMNS as usize) as i32;
            let row = (number / COLUMNS as usize) as i32;
            let (left, up) = (8 + column * CELL, top + row * CELL);
            let corners = [(left, up), (left + CELL - 1, up + CELL - 1)];
            area.draw(&Rectangle::new(corners, colour(cell).filled()))?;
        }
        top += rows(picture) * CELL;
    }
    area.present()?;
    Ok(())
}

fn colour(cell: &Cell) -> RGBColor {
    let most = cell.fixed.max(cell.live).max(cell.free);
    match most {
        0 => REST,
        _ if cell.live == most => LIVE,
        _ if cell.free == most => FREE,
        _ => FIXED,
    }
}
