//! Renewables by site: the share there was, and the share of what was used.

use crate::report::draw::axis;
use crate::report::format;
use crate::report::markup::{Markup, percent};
use crate::report::planner::words;
use crate::report::sections::table::{self, name, numeric};
use crate::report::sections::{self, hub_name, legend};

use super::{RunPage, site_name};

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("p").words(words::ENERGY_INTRO);
    let (available, used) = (words::AVAILABLE, words::USED);
    let entries = [
        (String::from("dot-available"), available.en, available.zh),
        (String::from("dot-used"), used.en, used.zh),
    ];
    legend(markup, &entries);
    markup.tag("div").class("energy").body(|rows| {
        for (at, site) in page.run.network.sites.iter().enumerate() {
            let total = page.run.series.site_total(at);
            let Some(available) = total.renewable() else {
                continue;
            };
            let used = page.run.jobs.total(|site, _| site == Some(at)).renewable();
            let figure = match used {
                Some(used) => format!("{} → {}", format::share(available), format::share(used)),
                None => format!("{} → –", format::share(available)),
            };
            sections::row(
                rows,
                site_name(site),
                |drawing| dumbbell(drawing, available, used),
                |text| text.text(&figure),
            );
        }
        sections::axis_row(rows, axis::shares);
    });
    sections::note(markup, words::ENERGY_NOTE);
    numbers(markup, page);
}

/// Two dots on a line from nothing to all, joined where they differ.
fn dumbbell(markup: &mut Markup, available: f64, used: Option<f64>) {
    let svg = markup
        .tag("svg")
        .attr("height", 20)
        .attr("aria-hidden", true);
    svg.body(|svg| {
        let track = svg
            .tag("rect")
            .class("track")
            .attr("y", 9)
            .attr("width", "100%");
        track.attr("height", 2).empty();
        if let Some(used) = used {
            let (low, high) = (available.min(used), available.max(used));
            let class = if used >= available { "gain" } else { "loss" };
            let bar = svg
                .tag("rect")
                .class(class)
                .attr("x", percent(low))
                .attr("y", 8);
            bar.attr("width", percent(high - low))
                .attr("height", 4)
                .empty();
        }
        let mut dot = |class: &str, at: f64, radius: u32| {
            let circle = svg.tag("circle").class(class).attr("cx", percent(at));
            circle.attr("cy", 10).attr("r", radius).empty();
        };
        dot("dot-available", available, 6);
        if let Some(used) = used {
            dot("dot-used", used, 4);
        }
    });
}

fn numbers(markup: &mut Markup, page: &RunPage<'_>) {
    let columns = [
        name(words::SITE),
        name(words::HUB),
        numeric(words::PUE),
        numeric(words::CONTRACTED),
        numeric(words::ENERGY_SHORT),
        numeric(words::AVAILABLE_SHORT),
        numeric(words::USED_SHORT),
        numeric(words::GRID_FACTOR),
        numeric(words::PRICE),
    ];
    let share = |share: Option<f64>| share.map_or(String::from("–"), format::share);
    let rows = page.run.network.sites.iter().enumerate().map(|(at, site)| {
        let total = page.run.series.site_total(at);
        let used = page.run.jobs.total(|site, _| site == Some(at));
        let (grid_g, price) = total.grid_and_price();
        vec![
            site_name(site).into(),
            hub_name(&site.hub).into(),
            format!("{:.2}", site.pue).into(),
            format::share(site.contracted_green).into(),
            format::kilowatt_hours(used.energy_kwh).into(),
            share(total.renewable()).into(),
            share(used.renewable()).into(),
            format!("{} g/kWh", format::number(grid_g)).into(),
            format!("{price:.3} CNY/kWh").into(),
        ]
    });
    table::write(markup, &columns, rows);
}
