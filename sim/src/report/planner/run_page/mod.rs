//! The page of a run on a network.

mod energy;
mod faults;
pub(super) mod gantt;
mod glance;
mod links;
mod load;
mod map;
mod money;
mod planning;
mod targets;
pub(super) mod waits;

use std::collections::BTreeSet;

use ewc_core::model::WorkloadClass;

use super::chart::Mark;
use super::page::{Head, Lang, Section, beijing, page};
use super::read::{FaultSummary, RunFolder};
use super::text::{fill, text};
use super::words::{self, Words};
use crate::network_run::network_file::SiteFacts;
use crate::report::draw::axis;
use crate::report::facts::capitalised;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::sections;
use crate::report::words as shared;

/// Most times that one fault is marked, and marks of a drawing.
const TIMES_MAX: usize = 400;
const MARKS_MAX: usize = 800;

/// A run, and what several sections derive from it alike.
pub(super) struct RunPage<'r> {
    run: &'r RunFolder,
    faults: Vec<FaultTimes<'r>>,
    /// Names of sites and links, with the frames in which a fault of theirs was there.
    faulty: BTreeSet<(&'r str, usize)>,
}

/// A fault, and when it was there; in seconds since the start.
struct FaultTimes<'r> {
    fault: &'r FaultSummary,
    times: Vec<(f64, f64)>,
    /// It came more often than is marked.
    more: bool,
}

type Write = fn(&mut Markup, &RunPage<'_>);

/// Every section, in order.
pub(super) const SECTIONS: [(&str, Words, Write); 11] = [
    ("glance", words::GLANCE, glance::write),
    ("targets", words::TARGETS, targets::write),
    ("network", words::MAP, map::write),
    ("load", words::LOAD, load::write),
    ("faults", words::FAULTS, faults::write),
    ("gantt", words::GANTT, gantt::write),
    ("waits", words::WAITS, waits::write),
    ("energy", words::ENERGY, energy::write),
    ("money", words::MONEY, money::write),
    ("links", words::LINKS, links::write),
    ("planning", words::PLANNING, planning::write),
];

/// The page.
pub(super) fn html(run: &RunFolder, lang: Lang) -> String {
    let summary = &run.summary;
    let faults = summary.fault_list.iter().map(|fault| times(fault, run));
    let faults: Vec<FaultTimes<'_>> = faults.collect();
    let of = RunPage {
        run,
        faulty: faulty(&faults, run),
        faults,
    };
    let policy = shared::lookup(shared::POLICY_NAMES, &summary.policy);
    let mut line = fill(
        words::RUN_LINE,
        &[
            ("{network}", summary.network.clone()),
            ("{start}", beijing(summary.start_ms)),
            (
                "{length}",
                format::duration((summary.duration_s * 1e3) as i64),
            ),
            ("{seed}", summary.seed.to_string()),
        ],
    );
    line.en = line.en.replace("{policy}", policy.0);
    line.zh = line.zh.replace("{policy}", policy.1);
    let frames = &run.series.frames;
    let known_ms = frames.hours_known as i64 * 3_600_000;
    let partial = fill(words::PARTIAL, &[("{known}", format::duration(known_ms))]);
    let head = Head {
        title: fill(words::RUN_TITLE, &[("{name}", summary.scenario.clone())]),
        lines: vec![line, text(words::RUN_MODEL)],
        warning: (!summary.complete).then_some(partial),
        frames: Some((summary.start_ms, frames.hours, frames.count)),
        engine: summary.engine.clone(),
        lang,
    };
    let sections: Vec<Section<RunPage<'_>>> = SECTIONS
        .into_iter()
        .map(|(id, title, write)| Section {
            id,
            title,
            write: Box::new(write),
        })
        .collect();
    page(&head, &sections, &of)
}

/// When a fault was there, as far as the run went.
fn times<'r>(fault: &'r FaultSummary, run: &RunFolder) -> FaultTimes<'r> {
    let end_s = run.series.frames.hours_known as f64 * 3600.0;
    let length_s = fault.until_s.map(|until_s| until_s - fault.from_s);
    let every_s = fault.every_s.filter(|every_s| *every_s > 0.0);
    let begins = (0..=TIMES_MAX).map(|time| fault.from_s + every_s.unwrap_or(0.0) * time as f64);
    let begins = begins.take(if every_s.is_some() { TIMES_MAX + 1 } else { 1 });
    let within = begins.take_while(|from_s| *from_s < end_s);
    let times = within.map(|from_s| {
        let until_s = length_s.map_or(end_s, |length_s| from_s + length_s);
        (from_s.max(0.0), until_s.min(end_s))
    });
    let mut times: Vec<(f64, f64)> = times.filter(|(from_s, until_s)| from_s < until_s).collect();
    let more = times.len() > TIMES_MAX;
    times.truncate(TIMES_MAX);
    FaultTimes { fault, times, more }
}

/// The frames of each name that faults touch.
fn faulty<'r>(faults: &[FaultTimes<'r>], run: &RunFolder) -> BTreeSet<(&'r str, usize)> {
    let frames = &run.series.frames;
    let mut all = BTreeSet::new();
    for FaultTimes { fault, times, .. } in faults {
        let names = [fault.site.as_deref(), fault.link.as_deref()];
        for name in names.into_iter().flatten() {
            let touched = times.iter().flat_map(|(from_s, until_s)| {
                // What ends with a frame does not touch the next.
                frames.at(*from_s)..=frames.at((until_s - 0.001).max(*from_s))
            });
            all.extend(touched.map(|frame| (name, frame)));
        }
    }
    all
}

impl RunPage<'_> {
    /// Length of what is drawn, in seconds.
    fn span_s(&self) -> f64 {
        self.run.series.frames.span_s()
    }

    /// Where faults were, as shares of the width; of all, or of those at a site.
    fn marks(&self, site: Option<&str>) -> Vec<Mark> {
        let span_s = self.span_s();
        let here = self.faults.iter().filter(|times| match site {
            None => true,
            Some(_) => times.fault.site.as_deref() == site,
        });
        let times = here.flat_map(|times| &times.times);
        let mark = |(from_s, until_s): &(f64, f64)| Mark {
            from: from_s / span_s,
            until: until_s / span_s,
        };
        times.take(MARKS_MAX).map(mark).collect()
    }

    /// Whether a fault of the site or link of that name was there in a frame.
    fn is_faulty(&self, name: &str, frame: usize) -> bool {
        self.faulty.contains(&(name, frame))
    }

    fn axis(&self, markup: &mut Markup) {
        axis::time(markup, (self.span_s() * 1e3) as i64);
    }

    /// What the axis counts, and what a column is.
    fn axis_note(&self, markup: &mut Markup) {
        let days = self.span_s() > 4.0 * 86_400.0;
        let unit = if days {
            words::AXIS_DAYS
        } else {
            words::AXIS_HOURS
        };
        let hours = self.run.series.frames.hours.to_string();
        let note = markup.tag("p").class("note");
        note.body(|note| note.written(&fill(unit, &[("{hours}", hours)])));
    }
}

/// A site's name in both languages.
pub(super) fn site_name(site: &SiteFacts) -> (&str, &str) {
    let en = if site.title.is_empty() {
        &site.name
    } else {
        &site.title
    };
    let zh = if site.title_zh.is_empty() {
        en
    } else {
        &site.title_zh
    };
    (en, zh)
}

/// A place's name in both languages: that of the site, or of the city.
fn place_name(run: &RunFolder, name: &str) -> (String, String) {
    if let Some(site) = run.network.sites.iter().find(|site| site.name == name) {
        let (en, zh) = site_name(site);
        return (en.to_owned(), zh.to_owned());
    }
    let node = run.network.nodes.iter().find(|node| node.name == name);
    let zh = node.map_or("", |node| node.name_zh.as_str());
    let en = capitalised(name);
    let zh = if zh.is_empty() {
        en.clone()
    } else {
        zh.to_owned()
    };
    (en, zh)
}

/// A class's name in both languages.
fn class_name(class: usize) -> (&'static str, &'static str) {
    let name = WorkloadClass::ALL
        .get(class)
        .map_or("", |class| class.name());
    shared::lookup(shared::CLASSES, name)
}

/// Colours of the classes.
fn class_legend(markup: &mut Markup, classes: &[usize]) {
    let entry = |class: &usize| {
        let (en, zh) = class_name(*class);
        (format!("class{class}"), en, zh)
    };
    let entries: Vec<_> = classes.iter().map(entry).collect();
    sections::legend(markup, &entries);
}
