//! What changed in the network while the run went.

use crate::network_run::network_file::SiteFacts;
use crate::report::data::Text;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::page::beijing;
use crate::report::planner::text::{fill, plain, text};
use crate::report::planner::words;
use crate::report::sections;
use crate::report::words::lookup;

use super::{FaultTimes, RunPage, site_name};

/// Most faults listed.
const ROWS_MAX: usize = 100;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    let named = page.faults.len();
    if page.run.summary.faults == 0 {
        return sections::note(markup, words::NO_FAULTS);
    }
    if named == 0 {
        let count = [("{count}", format::count(page.run.summary.faults))];
        let note = markup.tag("p").class("note");
        return note.body(|note| note.written(&fill(words::UNNAMED_FAULTS, &count)));
    }
    markup.tag("div").class("faults").body(|rows| {
        for times in page.faults.iter().take(ROWS_MAX) {
            let label = what(page, times);
            sections::row(
                rows,
                (&label.en, label.zh()),
                |drawing| bar(drawing, page, times),
                |figure| figure.written(&count_of(times)),
            );
        }
        sections::axis_row(rows, |axis| page.axis(axis));
    });
    page.axis_note(markup);
    if named > ROWS_MAX {
        let more = [("{count}", format::count((named - ROWS_MAX) as u64))];
        let note = markup.tag("p").class("note");
        note.body(|note| note.written(&fill(words::MORE_FAULTS, &more)));
    }
}

/// Kind, place and measure of a fault.
fn what(page: &RunPage<'_>, times: &FaultTimes<'_>) -> Text {
    let fault = times.fault;
    let (kind_en, kind_zh) = lookup(words::FAULT_KINDS, &fault.kind);
    let site = fault.site.as_deref().unwrap_or_default();
    let known = page
        .run
        .network
        .sites
        .iter()
        .find(|known| known.name == site);
    let (en, zh) = known.map_or((site, site), |site: &SiteFacts| site_name(site));
    let link = fault.link.as_deref().unwrap_or_default();
    let more = match (fault.left, fault.nodes) {
        (Some(left), _) => fill(words::LEFT, &[("{left}", format::percent(left))]),
        (None, Some(nodes)) => fill(words::MORE_NODES, &[("{nodes}", nodes.to_string())]),
        (None, None) => Text::default(),
    };
    Text::new(
        format!("{kind_en} · {en}{link}{}", more.en),
        format!("{kind_zh} · {zh}{link}{}", more.zh),
    )
}

fn bar(markup: &mut Markup, page: &RunPage<'_>, times: &FaultTimes<'_>) {
    use crate::report::markup::percent;
    let start_ms = page.run.summary.start_ms;
    let svg = markup
        .tag("svg")
        .attr("height", 20)
        .attr("aria-hidden", true);
    svg.body(|svg| {
        let track = svg
            .tag("rect")
            .class("track")
            .attr("y", 6)
            .attr("width", "100%");
        track.attr("height", 8).empty();
        for (from_s, until_s) in &times.times {
            let share = |seconds: f64| seconds / page.span_s();
            let moment = |seconds: f64| beijing(start_ms.saturating_add((seconds * 1e3) as i64));
            let rect = svg
                .tag("rect")
                .class("fault")
                .attr("x", percent(share(*from_s)));
            let rect = rect.attr("width", percent(share(until_s - from_s).max(0.002)));
            let title = format!("{} – {}", moment(*from_s), moment(*until_s));
            let rect = rect.attr("y", 3).attr("height", 14);
            rect.body(|rect| rect.tag("title").text(&title));
        }
    });
}

fn count_of(times: &FaultTimes<'_>) -> Text {
    match (times.times.len(), times.more) {
        (0, _) => text(words::NOT_REACHED),
        (count, false) => plain(format!("{count} ×")),
        (count, true) => plain(format!("> {count} ×")),
    }
}
