//! How memory went over the run.

use plotters::prelude::{
    ChartBuilder, Color, IntoDrawingArea, IntoFont, LineSeries, PathElement, RGBColor, SVGBackend,
    Text, WHITE,
};
use unfreed_engine::account::{Partition, Sample, Spaces};
use unfreed_engine::ledger::history::MomentKind;

use super::SvgError;
use crate::view::View;

/// Pixels.
const SIZE: (u32, u32) = (960, 360);

/// Colours that people who see few of them tell apart (Okabe and Ito, 2008).
const MEMORY: RGBColor = RGBColor(0, 114, 178);
const LIVE: RGBColor = RGBColor(213, 94, 0);
const HOLES: RGBColor = RGBColor(0, 158, 115);
const MARK: RGBColor = RGBColor(190, 190, 190);

/// So many marks have their names beside them, and so many characters of each.
const NAMED: usize = 10;
const LONGEST: usize = 12;

/// A line: what it is called, its colour, and its points: events and bytes.
type Line = (&'static str, RGBColor, Vec<(f64, f64)>);

/// Size of memory, live bytes and holes over events, with the marks.
///
/// # Errors
/// If the findings have no history.
pub fn timeline_svg(view: &View<'_>) -> Result<String, SvgError> {
    let history = view.findings.history.as_ref();
    let moments = &history.ok_or(SvgError::NoHistory)?.moments;
    let mut lines: Vec<Line> = Vec::new();
    match &view.findings.spaces {
        Some(spaces) if !spaces.memories().is_empty() => {
            let size = |spaces: &Spaces| spaces.at_start().iter().map(Partition::size).sum();
            let start = Sample {
                memory: size(spaces),
                ..Sample::default()
            };
            let samples = spaces.timeline().samples();
            let line = |of: fn(&Sample) -> u64| {
                let points = std::iter::once(&start).chain(samples);
                points
                    .map(|sample| (sample.events as f64, of(sample) as f64))
                    .collect()
            };
            lines.push(("linear memory", MEMORY, line(|sample| sample.memory)));
            lines.push(("live", LIVE, line(|sample| sample.live)));
            lines.push(("holes", HOLES, line(|sample| sample.holes)));
        }
        _ => {
            let points = moments.iter();
            let points = points.map(|moment| (moment.events as f64, moment.live_bytes as f64));
            lines.push(("live", LIVE, points.collect()));
        }
    }
    let marks = moments
        .iter()
        .filter(|moment| matches!(moment.kind, MomentKind::Mark(_)));
    let marks: Vec<(f64, &str)> = marks
        .map(|moment| {
            let name = match moment.kind {
                MomentKind::Mark(name) => view.names.word(name),
                _ => "",
            };
            (moment.events as f64, name)
        })
        .collect();
    let mut svg = String::new();
    draw(&mut svg, &lines, &marks, view).map_err(SvgError::draw)?;
    Ok(svg)
}

/// What sizes are counted in, so that the axis has round numbers.
fn unit(most: f64) -> f64 {
    let mut unit = 1.0;
    while most / unit >= 1024.0 {
        unit *= 1024.0;
    }
    unit
}

fn draw(
    svg: &mut String,
    lines: &[Line],
    marks: &[(f64, &str)],
    view: &View<'_>,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|(_, _, points)| points);
    let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(1.0, f64::max);
    let (events, bytes) = (most(|point| point.0), most(|point| point.1));
    let unit = unit(bytes);
    let top = bytes * 1.1 / unit;
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(84)
        .build_cartesian_2d(0.0..events, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_desc("allocations and frees")
        .x_label_formatter(&|events| crate::units::count(*events as u64))
        .max_light_lines(0)
        .y_label_formatter(&|units| view.size((*units * unit) as u64))
        .draw()?;
    for (mark, _) in marks {
        let line = [(*mark, 0.0), (*mark, top)];
        chart.draw_series([PathElement::new(line, MARK)])?;
    }
    if marks.len() <= NAMED {
        let font = || ("sans-serif", 11).into_font();
        let names = marks.iter();
        let text = |(mark, name): &(f64, &str)| {
            let name: String = name.chars().take(LONGEST).collect();
            Text::new(name, (*mark + events / 200.0, top * 0.99), font())
        };
        chart.draw_series(names.map(text))?;
    }
    for (name, colour, points) in lines {
        chart
            .draw_series(LineSeries::new(
                points.iter().map(|(events, bytes)| (*events, bytes / unit)),
                colour.stroke_width(2),
            ))?
            .label(*name)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}
