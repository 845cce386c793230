//! The flame graph of what was never freed.

use inferno::flamegraph::{self, Options, Palette, color::BasicPalette};
use unfreed_events::stacks::Frame;

use super::SvgError;
use crate::sections::own_frames;
use crate::view::View;
use crate::xml;

/// Leaked bytes by stack, the root at the bottom.
///
/// # Errors
/// If nothing leaked.
pub fn flame_svg(view: &View<'_>) -> Result<String, SvgError> {
    let mut lines = Vec::new();
    for found in view.sites() {
        if found.figures.leaked_bytes > 0 {
            let stack = names(found.site, view).join(";");
            lines.push(format!("{stack} {}", found.figures.leaked_bytes));
        }
    }
    if lines.is_empty() {
        return Err(SvgError::NothingLeaked);
    }
    let mut options = Options::default();
    options.title = "Bytes never freed, by the stack that allocated them".to_owned();
    let totals = &view.findings.totals;
    options.subtitle = Some(format!(
        "{} in {}; frames of allocators, of libraries and of Node are left out",
        view.bytes(totals.live_bytes),
        view.things(totals.live, "block", "blocks")
    ));
    options.colors = Palette::Basic(BasicPalette::Orange);
    draw(options, &lines)
}

/// Draws stacks with their bytes.
pub(super) fn draw(mut options: Options<'_>, lines: &[String]) -> Result<String, SvgError> {
    options.count_name = "bytes".to_owned();
    options.deterministic = true;
    options.no_javascript = true;
    let mut svg = Vec::new();
    let lines = lines.iter().map(String::as_str);
    flamegraph::from_lines(&mut options, lines, &mut svg).map_err(SvgError::draw)?;
    let svg = String::from_utf8(svg).map_err(SvgError::draw)?;
    Ok(without_script(svg))
}

/// A picture does nothing. Without its program, inferno still writes the settings of it and
/// a word to click on; texts of stacks are escaped, so that these are the only elements of
/// their kind.
fn without_script(mut svg: String) -> String {
    for (begin, end) in [("<script", "</script>"), ("<text id=\"search\"", "</text>")] {
        if let Some(begin) = svg.find(begin)
            && let Some(length) = svg[begin..].find(end)
        {
            svg.replace_range(begin..begin + length + end.len(), "");
        }
    }
    svg
}

/// A name as a frame of a folded stack, which a semicolon would end, in a file of XML.
pub(super) fn plain(name: &str) -> String {
    xml::allowed(name).replace([';', '\n'], ",")
}

/// The frames of a site, outermost first, and at the end its type where the log
/// names no stack.
fn names(site: unfreed_events::SiteId, view: &View<'_>) -> Vec<String> {
    let Some(stack) = view.names.stack_of(site) else {
        return vec![plain(&view.location(site)), plain(view.site_type(site))];
    };
    let frames: Vec<Frame<'_>> = view.names.frames_of(stack).collect();
    let name = |frame: &Frame<'_>| match frame.function {
        "" => plain(&frame.spelled()),
        function => plain(function),
    };
    frames[own_frames(&frames)].iter().rev().map(name).collect()
}
