//! Capacity in use and jobs in the network over time; faults are marked.

use crate::report::draw::plot;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::chart::{Chart, Layer, Tip, round_top};
use crate::report::planner::read::{SiteFrame, Use};
use crate::report::planner::words;
use crate::report::sections::{self, legend};

use super::{RunPage, site_name};

/// Most sites that have a drawing of their own; those with most cores.
const SITES_MAX: usize = 40;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    utilisation(markup, page);
    queue(markup, page);
    page.axis_note(markup);
    sites(markup, page);
}

fn utilisation(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("h3").words(words::USED_OVER_TIME);
    let (cores, accelerators) = (words::CORES, words::ACCELERATORS);
    let names = [
        (String::from("line-a"), cores.en, cores.zh),
        (String::from("line-b"), accelerators.en, accelerators.zh),
    ];
    let mut entries = names.to_vec();
    if !page.faults.is_empty() {
        entries.push((
            String::from("mark"),
            words::FAULT_MARK.en,
            words::FAULT_MARK.zh,
        ));
    }
    legend(markup, &entries);
    let shares = |of: fn(&SiteFrame) -> Use| -> Vec<Option<f64>> {
        let frame = |frame: usize| {
            let sites = page.run.series.sites.iter();
            sites
                .fold(Use::default(), |sum, site| sum.plus(of(&site[frame])))
                .share()
        };
        (0..page.run.series.frames.count).map(frame).collect()
    };
    let kinds = [
        shares(|frame| frame.cores),
        shares(|frame| frame.accelerators),
    ];
    let written = |values: &[Option<f64>]| {
        let text = |value: &Option<f64>| value.map_or(String::from("–"), format::share);
        values.iter().map(text).collect()
    };
    let marks = page.marks(None);
    let layers = names
        .iter()
        .zip(&kinds)
        .map(|((class, _, _), values)| Layer {
            class: class.clone(),
            area: false,
            values: values.clone(),
        });
    let tips = names.iter().zip(&kinds).map(|((_, en, zh), values)| Tip {
        name: (en, zh),
        values: written(values),
    });
    let chart = Chart {
        height: 170,
        top: 1.0,
        written: format::percent,
        marks: &marks,
        layers: layers.collect(),
        tips: tips.collect(),
        columns: Vec::new(),
    };
    chart.draw(markup, |axis| page.axis(axis));
}

/// Jobs by how far they are, one above the other.
fn queue(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("h3").words(words::QUEUE_OVER_TIME);
    let names = [
        words::RUNNING,
        words::STAGING,
        words::PLANNED,
        words::PENDING,
    ];
    let entry = |(at, words): (usize, &words::Words)| (format!("queue{at}"), words.en, words.zh);
    let entries: Vec<_> = names.iter().enumerate().map(entry).collect();
    legend(markup, &entries);
    // From what runs up to what waits.
    let frames: Vec<[f64; 4]> = page
        .run
        .series
        .queue
        .iter()
        .map(|frame| {
            let [pending, planned, staging, running] = frame.jobs();
            [running, staging, planned, pending]
        })
        .collect();
    let stacked = |upto: usize| -> Vec<Option<f64>> {
        frames
            .iter()
            .map(|jobs| Some(jobs[..=upto].iter().sum()))
            .collect()
    };
    let most = stacked(3).into_iter().flatten().fold(0.0, f64::max);
    let layers = (0..4).rev().map(|at| Layer {
        class: format!("queue{at}"),
        area: true,
        values: stacked(at),
    });
    let tips = names.iter().enumerate().map(|(at, words)| Tip {
        name: (words.en, words.zh),
        values: frames.iter().map(|jobs| format::number(jobs[at])).collect(),
    });
    let marks = page.marks(None);
    let chart = Chart {
        height: 170,
        top: round_top(most),
        written: format::tick,
        marks: &marks,
        layers: layers.collect(),
        tips: tips.collect(),
        columns: Vec::new(),
    };
    chart.draw(markup, |axis| page.axis(axis));
    sections::note(markup, words::QUEUE_NOTE);
}

/// A small drawing for each site: renewables there, and what is reserved.
fn sites(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("h3").words(words::BY_SITE);
    let entries = [
        (
            String::from("area-green"),
            words::RENEWABLE_AREA.en,
            words::RENEWABLE_AREA.zh,
        ),
        (
            String::from("curve-box"),
            words::RESERVED_LINE.en,
            words::RESERVED_LINE.zh,
        ),
    ];
    legend(markup, &entries);
    let facts = &page.run.network.sites;
    let mut order: Vec<usize> = (0..facts.len()).collect();
    if order.len() > SITES_MAX {
        order.sort_by(|a, b| facts[*b].cores.total_cmp(&facts[*a].cores));
        order.truncate(SITES_MAX);
    }
    markup.tag("div").class("many").body(|many| {
        for at in &order {
            many.tag("div")
                .class("plot")
                .body(|plot| site(plot, page, *at));
        }
    });
    if facts.len() > order.len() {
        sections::note(markup, words::SMALLER_LEFT_OUT);
    }
}

fn site(markup: &mut Markup, page: &RunPage<'_>, at: usize) {
    let frames = &page.run.series.sites[at];
    let renewable: Vec<Option<f64>> = frames.iter().map(SiteFrame::renewable).collect();
    let used = |frame: &SiteFrame| {
        let shares = [frame.cores.share(), frame.accelerators.share()];
        shares.into_iter().flatten().reduce(f64::max)
    };
    let reserved: Vec<Option<f64>> = frames.iter().map(used).collect();
    let facts = &page.run.network.sites[at];
    let (en, zh) = site_name(facts);
    markup.tag("h3").body(|h3| h3.both(en, zh));
    let marks = page.marks(Some(&facts.name));
    let marks: Vec<(f64, f64)> = marks.iter().map(|mark| (mark.from, mark.until)).collect();
    plot::area_and_curve(markup, &renewable, &reserved, &marks);
    markup.tag("div").class("axis").body(|axis| page.axis(axis));
}
