//! How memory went over the run.

use plotters::prelude::{
    ChartBuilder, Color, IntoDrawingArea, LineSeries, PathElement, RGBColor, SVGBackend, WHITE,
};
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
            let samples = spaces.timeline().samples();
            let line = |of: fn(&unfreed_engine::account::Sample) -> u64| {
                let points = samples.iter();
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
    let marks: Vec<f64> = marks.map(|moment| moment.events as f64).collect();
    let mut svg = String::new();
    draw(&mut svg, &lines, &marks, view).map_err(SvgError::draw)?;
    Ok(svg)
}

fn draw(
    svg: &mut String,
    lines: &[Line],
    marks: &[f64],
    view: &View<'_>,
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|(_, _, points)| points);
    let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(1.0, f64::max);
    let (events, bytes) = (most(|point| point.0), most(|point| point.1));
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(84)
        .build_cartesian_2d(0.0..events, 0.0..bytes * 1.05)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_desc("allocations and frees")
        .x_label_formatter(&|events| crate::units::count(*events as u64))
        .y_label_formatter(&|bytes| view.size(*bytes as u64))
        .draw()?;
    for mark in marks {
        let line = [(*mark, 0.0), (*mark, bytes * 1.05)];
        chart.draw_series([PathElement::new(line, MARK)])?;
    }
    for (name, colour, points) in lines {
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
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
