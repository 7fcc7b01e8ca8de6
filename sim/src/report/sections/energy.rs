//! When power was green at each hub, and when its cores were taken.

use crate::report::data::RunReport;
use crate::report::draw::{axis, plot};
use crate::report::facts::{self, Hub};
use crate::report::markup::Markup;
use crate::report::series::{self, Grid, Of};
use crate::report::{format, words};

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    let hubs = facts::hubs(report);
    if hubs.is_empty() {
        return super::empty(markup);
    }
    let grid = facts::grid(report);
    let mut unit = words::HOURS;
    markup.tag("div").class("many").body(|many| {
        for hub in &hubs {
            many.tag("div")
                .class("plot")
                .body(|one| unit = write_hub(one, hub, &grid));
        }
    });
    super::note(markup, words::ENERGY_NOTE);
    super::note(markup, unit);
}

fn write_hub(markup: &mut Markup, hub: &Hub<'_>, grid: &Grid) -> words::Words {
    let renewable = facts::by_cores(&hub.sites, |site| facts::renewable(site, grid));
    let reserved = facts::by_cores(&hub.sites, |site| facts::reserved(site, grid, Of::Mean));
    let (en, zh) = super::hub_name(hub.name);
    markup.tag("h3").body(|h3| h3.both(en, zh));
    plot::area_and_curve(markup, &renewable, &reserved, &[]);
    let mut unit = words::HOURS;
    markup
        .tag("div")
        .class("axis")
        .body(|row| unit = axis::time(row, grid.span_ms()));
    let share = |value: Option<f64>| value.map_or("–".to_owned(), format::percent);
    markup.tag("div").class("ends").body(|ends| {
        ends.tag("span").body(|text| {
            text.words(words::MEAN_RENEWABLE);
            text.text(&format!(" {}", share(series::mean(&renewable))));
        });
        ends.tag("span").body(|text| {
            text.words(words::RESERVED);
            text.text(", ");
            text.words(words::PEAK);
            text.text(&format!(" {}", share(series::peak(&reserved))));
        });
    });
    unit
}
