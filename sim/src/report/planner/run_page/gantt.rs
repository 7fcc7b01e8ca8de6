//! Jobs as bars over time, by site. Of many, a sample is shown and said to be one.

use crate::report::format;
use crate::report::markup::{Markup, percent, px};
use crate::report::planner::chart::Mark;
use crate::report::planner::read::JobBar;
use crate::report::planner::text::fill;
use crate::report::planner::words;
use crate::report::sections;

use super::{RunPage, class_legend, site_name};

/// Most rows of bars of a site; further bars lie above others.
const LANES_MAX: usize = 24;
const LANE_PX: f64 = 7.0;
/// Most sites; those with most jobs.
const SITES_MAX: usize = 60;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    let samples = &page.run.jobs.samples;
    let mut sites: Vec<usize> = (0..samples.len())
        .filter(|at| samples[*at].of > 0)
        .collect();
    if sites.is_empty() {
        return sections::empty(markup);
    }
    if sites.len() > SITES_MAX {
        sites.sort_by_key(|at| std::cmp::Reverse(samples[*at].of));
        sites.truncate(SITES_MAX);
        sections::note(markup, words::SMALLER_LEFT_OUT);
    }
    let bars: Vec<Vec<&JobBar>> = sites.iter().map(|at| samples[*at].bars()).collect();
    let shown: usize = bars.iter().map(Vec::len).sum();
    let all: u64 = samples.iter().map(|sample| sample.of).sum();
    let counts = [
        ("{shown}", format::count(shown as u64)),
        ("{all}", format::count(all)),
    ];
    let sampled = if shown as u64 == all {
        words::GANTT_ALL
    } else {
        words::GANTT_SAMPLED
    };
    markup
        .tag("p")
        .body(|line| line.written(&fill(sampled, &counts)));
    let mut classes: Vec<usize> = bars.iter().flatten().map(|bar| bar.class).collect();
    classes.sort_unstable();
    classes.dedup();
    class_legend(markup, &classes);
    open(markup, |rows| {
        for (at, bars) in sites.iter().zip(&bars) {
            let site = &page.run.network.sites[*at];
            let count = format!("{} / {}", bars.len(), format::count(samples[*at].of));
            sections::row(
                rows,
                site_name(site),
                |drawing| draw(drawing, bars, page.span_s(), &page.marks(Some(&site.name))),
                |figure| figure.text(&count),
            );
        }
        sections::axis_row(rows, |axis| page.axis(axis));
    });
    page.axis_note(markup);
    sections::note(markup, words::GANTT_NOTE);
}

/// What holds the rows: a script finds here what to call the fields of a bar.
pub(in crate::report::planner) fn open(markup: &mut Markup, rows: impl FnOnce(&mut Markup)) {
    let said = [words::RAN, words::WAITED, words::TASKS, words::ATTEMPTS];
    let said = serde_json::json!(said.map(|words| [words.en, words.zh]));
    let gantt = markup.tag("div").class("gantt").attr("data-words", said);
    gantt.body(rows);
}

/// The lane of each bar: the first that is free, or else the one that is free soonest.
fn lanes(bars: &[&JobBar], span_s: f64) -> Vec<usize> {
    let mut free_at: Vec<f64> = Vec::new();
    let mut lane_of = |bar: &&JobBar| {
        let free = free_at.iter().position(|free_s| *free_s <= bar.start_s);
        let lane = match free {
            Some(lane) => lane,
            None if free_at.len() < LANES_MAX => {
                free_at.push(0.0);
                free_at.len() - 1
            }
            None => {
                let lanes = free_at.iter().enumerate();
                lanes
                    .min_by(|a, b| a.1.total_cmp(b.1))
                    .map_or(0, |(lane, _)| lane)
            }
        };
        free_at[lane] = bar.end_s.unwrap_or(span_s);
        lane
    };
    bars.iter().map(&mut lane_of).collect()
}

/// Bars over so many seconds.
pub(in crate::report::planner) fn draw(
    markup: &mut Markup,
    bars: &[&JobBar],
    span_s: f64,
    marks: &[Mark],
) {
    let lanes = lanes(bars, span_s);
    let count = lanes.iter().max().map_or(1, |lane| lane + 1);
    let height = count as f64 * LANE_PX + 2.0;
    let svg = markup
        .tag("svg")
        .attr("style", format!("height:{}px", px(height)));
    svg.attr("aria-hidden", true).body(|svg| {
        for mark in marks {
            let rect = svg.tag("rect").class("mark").attr("x", percent(mark.from));
            let width = percent((mark.until - mark.from).max(0.002));
            rect.attr("width", width).attr("height", "100%").empty();
        }
        for (bar, lane) in bars.iter().zip(lanes) {
            let (from, until) = (bar.start_s / span_s, bar.end_s.unwrap_or(span_s) / span_s);
            let class = format!(
                "class{}{}",
                bar.class,
                if bar.succeeded { "" } else { " ill" }
            );
            let rect = svg.tag("rect").class(class).attr("x", fine(from));
            let rect = rect.attr("width", fine((until - from).max(0.0012)));
            let rect = rect.attr("y", px(lane as f64 * LANE_PX + 1.0));
            let rect = rect.attr("height", px(LANE_PX - 1.0));
            rect.attr("data-job", said(bar)).empty();
        }
    });
}

/// As a percentage with two decimals: bars of a year are thin.
fn fine(share: f64) -> String {
    let text = format!("{:.2}", 100.0 * share.clamp(0.0, 1.0));
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Parted by line feeds: number and key; start; run; wait; tasks; attempts.
fn said(bar: &JobBar) -> String {
    let duration = |seconds: f64| format::duration((seconds * 1e3) as i64);
    let run = bar
        .end_s
        .map_or(String::new(), |end_s| duration(end_s - bar.start_s));
    let JobBar {
        number,
        key,
        tasks,
        attempts,
        ..
    } = bar;
    let (start, wait) = (bar.start_s.round(), duration(bar.wait_s));
    format!("#{number} {key}\n{start}\n{run}\n{wait}\n{tasks}\n{attempts}")
}
