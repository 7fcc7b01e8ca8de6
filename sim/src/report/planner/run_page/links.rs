//! How full links were, and when.

use crate::network_run::network_file::LinkFacts;
use crate::report::draw::{USE_LEVELS, heat};
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::text::fill;
use crate::report::planner::words::{self, Words};
use crate::report::sections;
use crate::report::sections::network::level_name;
use crate::report::words::{LAYERS, lookup};

use super::{RunPage, place_name};

/// Most rows; the links with the highest mean are shown.
const ROWS_MAX: usize = 40;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    let series = &page.run.series;
    let mean = |link: usize| {
        let frames = series.links[link].iter();
        let hours = series.frames.hours_known.max(1) as f64;
        frames.map(|frame| frame.share_sum).sum::<f64>() / hours
    };
    let used = |link: &usize| {
        series.links[*link]
            .iter()
            .any(|frame| frame.bytes > 0.0 || frame.peak > 0.0 || frame.down)
    };
    let mut busy: Vec<(f64, usize)> = (0..series.links.len())
        .filter(used)
        .map(|link| (mean(link), link))
        .collect();
    // Stable: equal links stay in the order of the network.
    busy.sort_by(|a, b| b.0.total_cmp(&a.0));
    let idle = series.links.len() - busy.len();
    if busy.is_empty() {
        sections::empty(markup);
    } else {
        legend(markup);
        rows(markup, page, &busy[..busy.len().min(ROWS_MAX)]);
    }
    count_note(
        markup,
        busy.len().saturating_sub(ROWS_MAX),
        words::QUIET_LINKS,
    );
    count_note(markup, idle, words::IDLE_LINKS);
}

fn legend(markup: &mut Markup) {
    markup.tag("p").class("legend").words(words::LINK_USE);
    let entry = |level| {
        let name = level_name(level, true);
        (format!("use{level}"), name, name)
    };
    let mut entries: Vec<_> = (0..USE_LEVELS).map(entry).collect();
    entries.push((String::from("fault"), words::CUT.en, words::CUT.zh));
    sections::legend(markup, &entries);
}

fn rows(markup: &mut Markup, page: &RunPage<'_>, links: &[(f64, usize)]) {
    let series = &page.run.series;
    markup.tag("div").class("heat").body(|heat| {
        for (mean, link) in links {
            let facts = &page.run.network.links[*link];
            let (en, zh) = link_name(page, facts);
            let frames = &series.links[*link];
            let shares: Vec<Option<f64>> = (0..frames.len())
                .map(|frame| Some(series.link_mean(*link, frame)))
                .collect();
            let cut: Vec<bool> = frames
                .iter()
                .enumerate()
                .map(|(at, frame)| frame.down || page.is_faulty(&facts.name, at))
                .collect();
            let bytes: f64 = frames.iter().map(|frame| frame.bytes).sum();
            let peak = frames.iter().map(|frame| frame.peak).fold(0.0, f64::max);
            let figure = [
                format::share(*mean),
                format::percent(peak),
                format::bytes(bytes),
            ];
            sections::row(
                heat,
                (&en, &zh),
                |row| {
                    let tips = shares
                        .iter()
                        .map(|share| format::share(share.unwrap_or(0.0)));
                    let tips: Vec<String> = tips.collect();
                    let tips = serde_json::json!({ "columns": [], "rows": [[en, zh, tips]] });
                    let drawing = row.tag("div").class("field").attr("data-tips", tips);
                    drawing.body(|drawing| heat::row_with_faults(drawing, &shares, &cut));
                },
                |text| text.text(&figure.join(" · ")),
            );
        }
        sections::axis_row(heat, |row| page.axis(row));
    });
    sections::note(markup, words::LINKS_NOTE);
    page.axis_note(markup);
}

/// Both ends and the layer.
fn link_name(page: &RunPage<'_>, link: &LinkFacts) -> (String, String) {
    let (layer_en, layer_zh) = lookup(LAYERS, &link.layer);
    let (a, b) = (place_name(page.run, &link.a), place_name(page.run, &link.b));
    (
        format!("{} – {} · {layer_en}", a.0, b.0),
        format!("{} – {} · {layer_zh}", a.1, b.1),
    )
}

fn count_note(markup: &mut Markup, count: usize, words: Words) {
    if count > 0 {
        let count = [("{count}", format::count(count as u64))];
        let note = markup.tag("p").class("note");
        note.body(|note| note.written(&fill(words, &count)));
    }
}
