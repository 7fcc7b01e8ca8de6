//! The page of a run of one site's queue.

use super::chart::{Chart, Layer, Tip, round_top};
use super::page::{Head, Lang, Section, page};
use super::read::SiteFolder;
use super::run_page::{gantt, waits};
use super::text::{fill, text};
use super::words::{self, Words};
use crate::report::draw::axis;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::sections;

type Write = fn(&mut Markup, &SiteFolder);

/// Every section, in order.
pub(super) const SECTIONS: [(&str, Words, Write); 4] = [
    ("glance", words::GLANCE, glance),
    ("load", words::LOAD, load),
    ("waits", words::WAITS_OF_ALL, waited),
    ("gantt", words::GANTT, bars),
];

/// The page.
pub(super) fn html(site: &SiteFolder, lang: Lang) -> String {
    let summary = &site.summary;
    let values = [
        ("{site}", summary.site.name.clone()),
        ("{processors}", format::count(summary.site.processors)),
        ("{queue}", summary.policy.clone()),
        ("{estimate}", summary.estimate.clone()),
    ];
    let head = Head {
        title: fill(words::RUN_TITLE, &[("{name}", summary.scenario.clone())]),
        lines: vec![fill(words::SITE_LINE, &values), text(words::SITE_MODEL)],
        warning: (!summary.complete).then(|| text(words::SITE_PARTIAL)),
        frames: None,
        engine: summary.engine.clone(),
        lang,
    };
    let sections = SECTIONS.into_iter();
    let sections = sections.map(|(id, title, write)| Section {
        id,
        title,
        write: Box::new(write),
    });
    page(&head, &sections.collect::<Vec<_>>(), site)
}

fn seconds(seconds: f64) -> String {
    format::duration((seconds * 1e3) as i64)
}

fn glance(markup: &mut Markup, site: &SiteFolder) {
    let all = &site.summary.indicators;
    let unfinished = [("{unfinished}", format::count(all.unfinished))];
    let waits = [
        ("{p50}", seconds(all.wait_s.p50)),
        ("{mean}", seconds(all.wait_s.mean)),
        ("{max}", seconds(all.wait_s.max)),
    ];
    let most = [("{max}", format::number(all.bsld.max))];
    let facts = [
        (
            format::count(all.jobs),
            words::JOBS_ENDED,
            fill(words::UNFINISHED, &unfinished),
        ),
        (
            seconds(all.wait_s.p90),
            words::WAIT_P90,
            fill(words::WAIT_NOTE, &waits),
        ),
        (
            format::number(all.bsld.mean),
            words::SLOWDOWN,
            fill(words::SLOWDOWN_NOTE, &most),
        ),
        (
            format::share(all.utilisation),
            words::PROCESSORS_USED,
            text(words::PROCESSORS_NOTE),
        ),
        (
            seconds(all.makespan_s),
            words::MAKESPAN,
            text(words::MAKESPAN_NOTE),
        ),
    ];
    markup.tag("div").class("facts").body(|markup| {
        for (value, what, note) in &facts {
            markup.tag("div").class("fact").body(|fact| {
                fact.tag("b").text(value);
                fact.tag("span").class("what").words(*what);
                fact.tag("small").body(|small| small.written(note));
            });
        }
    });
}

fn time_axis(markup: &mut Markup, site: &SiteFolder) {
    axis::time(markup, (site.frames.span_s() * 1e3) as i64);
}

fn load(markup: &mut Markup, site: &SiteFolder) {
    let processors = site.summary.site.processors.max(1) as f64;
    let used: Vec<f64> = site
        .used
        .iter()
        .map(|used| used / (processors * site.frame_s()))
        .collect();
    let queued: Vec<f64> = site
        .queued
        .iter()
        .map(|jobs| jobs / site.frame_s())
        .collect();
    let most = queued.iter().copied().fold(0.0, f64::max);
    let columns: Vec<String> = (0..site.frames.count)
        .map(|at| format!("+ {}", seconds(at as f64 * site.frame_s())))
        .collect();
    let drawings = [
        (
            words::PROCESSORS_USED,
            &used,
            1.0,
            format::percent as fn(f64) -> String,
            "line-a",
        ),
        (
            words::JOBS_WAITING,
            &queued,
            round_top(most),
            format::tick,
            "line-b",
        ),
    ];
    for (name, values, top, written, class) in drawings {
        markup.tag("h3").words(name);
        let said = |value: &f64| match class {
            "line-a" => format::share(*value),
            _ => format::number(*value),
        };
        let chart = Chart {
            height: 170,
            top,
            written,
            marks: &[],
            layers: vec![Layer {
                class: class.to_owned(),
                area: false,
                values: values.iter().copied().map(Some).collect(),
            }],
            tips: vec![Tip {
                name: (name.en, name.zh),
                values: values.iter().map(said).collect(),
            }],
            columns: columns.clone(),
        };
        chart.draw(markup, |axis| time_axis(axis, site));
    }
    let days = site.frames.span_s() > 4.0 * 86_400.0;
    let unit = if days {
        words::AXIS_DAYS
    } else {
        words::AXIS_HOURS
    };
    let hours = [("{hours}", site.frames.hours.to_string())];
    markup
        .tag("p")
        .class("note")
        .body(|note| note.written(&fill(unit, &hours)));
}

fn waited(markup: &mut Markup, site: &SiteFolder) {
    if site.waits.count == 0 {
        return sections::empty(markup);
    }
    let name = (words::ALL_JOBS.en, words::ALL_JOBS.zh);
    waits::curves(markup, &[(2, name, &site.waits)]);
    waits::numbers(markup, &[(2, name, &site.waits)]);
}

fn bars(markup: &mut Markup, site: &SiteFolder) {
    let bars = site.sample.bars();
    if bars.is_empty() {
        return sections::empty(markup);
    }
    let counts = [
        ("{shown}", format::count(bars.len() as u64)),
        ("{all}", format::count(site.sample.of)),
    ];
    let whole = bars.len() as u64 == site.sample.of;
    let words = if whole {
        words::GANTT_ALL
    } else {
        words::GANTT_SAMPLED
    };
    markup
        .tag("p")
        .body(|line| line.written(&fill(words, &counts)));
    gantt::open(markup, |rows| {
        sections::row(
            rows,
            (&site.summary.site.name, &site.summary.site.name),
            |drawing| gantt::draw(drawing, &bars, site.frames.span_s(), &[]),
            |figure| figure.text(&format::count(bars.len() as u64)),
        );
        sections::axis_row(rows, |axis| time_axis(axis, site));
    });
}
