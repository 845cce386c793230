//! The other run that a page compares with: what its stacks had.

use std::collections::BTreeMap;

use unfreed_engine::findings::Figures as Found;

use super::data;
use super::sites::{OTHERS, ROWS, add, push};
use super::stacks::Stacks;
use super::texts::Texts;
use crate::units::things;
use crate::view::View;

/// The other run, its frames among those of the page.
pub(super) fn of<'a>(
    view: &'a View<'a>,
    stacks: &mut Stacks<'a>,
    texts: &mut Texts,
    left_out: &mut Vec<String>,
) -> data::Against {
    stacks.turn_to(view);
    // By stack and, where there is none, by place.
    let mut rows: BTreeMap<(i64, i64), Found> = BTreeMap::new();
    for (number, found) in view.findings.sites.iter().enumerate() {
        let key = if number >= ROWS {
            (-1, i64::from(texts.place(OTHERS)))
        } else {
            match stacks.of_site(found.site, texts) {
                -1 => (-1, i64::from(texts.place(&view.location(found.site)))),
                stack => (stack, -1),
            }
        };
        add(rows.entry(key).or_default(), &found.figures);
    }
    if view.findings.sites.len() > ROWS {
        left_out.push(format!(
            "{} of the run compared with are one row.",
            things((view.findings.sites.len() - ROWS) as u64, "site", "sites")
        ));
    }
    let mut against = data::Against {
        title: view.title(),
        is_estimate: view.findings.sampling.is_some(),
        stack: Vec::new(),
        place: Vec::new(),
        figures: data::Figures::default(),
    };
    against.figures.temporary = view.findings.sampling.is_none().then(Vec::new);
    for ((stack, place), found) in rows {
        against.stack.push(stack);
        against.place.push(place);
        push(&mut against.figures, &found);
    }
    against
}
