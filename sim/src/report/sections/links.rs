//! How full the links were, and when.

use crate::report::data::{LinkRow, RunReport};
use crate::report::draw::{USE_LEVELS, axis, heat};
use crate::report::markup::Markup;
use crate::report::words::Words;
use crate::report::{facts, format, words};

use super::network::level_name;

/// Most rows; the busiest links are shown.
const ROWS_MAX: usize = 40;

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    let mut busy: Vec<(f64, &LinkRow)> = report
        .links
        .iter()
        .map(|link| (facts::link_peak(link), link))
        .filter(|(peak, _)| *peak > 0.0)
        .collect();
    // Stable: equal peaks stay in the order of the network.
    busy.sort_by(|a, b| b.0.total_cmp(&a.0));
    let idle = report.links.len() - busy.len();
    if busy.is_empty() {
        super::empty(markup);
    } else {
        legend(markup);
        rows(markup, report, &busy[..busy.len().min(ROWS_MAX)]);
    }
    count_note(
        markup,
        busy.len().saturating_sub(ROWS_MAX),
        words::QUIET_LINKS,
    );
    count_note(markup, idle, words::IDLE_LINKS);
}

fn legend(markup: &mut Markup) {
    markup.tag("p").class("legend").words(words::USE);
    let entry = |level| {
        (
            format!("use{level}"),
            level_name(level, true),
            level_name(level, true),
        )
    };
    let entries: Vec<_> = (0..USE_LEVELS).map(entry).collect();
    super::legend(markup, &entries);
}

fn rows(markup: &mut Markup, report: &RunReport, links: &[(f64, &LinkRow)]) {
    let grid = facts::grid(report);
    markup.tag("div").class("heat").body(|heat| {
        for (peak, link) in links {
            let (en, zh) = words::lookup(words::LAYERS, &link.layer);
            let (a, b) = (
                facts::place_name(report, &link.a.name),
                facts::place_name(report, &link.b.name),
            );
            let name = (
                format!("{} – {} · {en}", a.0, b.0),
                format!("{} – {} · {zh}", a.1, b.1),
            );
            let shares = facts::link_use(link, &grid);
            super::row(
                heat,
                (&name.0, &name.1),
                |row| heat::row(row, &shares),
                |figure| figure.text(&format::percent(*peak)),
            );
        }
        let mut unit = words::HOURS;
        super::axis_row(heat, |row| unit = axis::time(row, grid.span_ms()));
        super::note(heat, unit);
    });
}

fn count_note(markup: &mut Markup, count: usize, words: Words) {
    if count > 0 {
        markup.tag("p").class("note").body(|note| {
            note.text(&format!("{} ", format::count(count as u64)));
            note.words(words);
        });
    }
}
