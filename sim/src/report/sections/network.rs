//! The map, and the sites in numbers.

use std::collections::BTreeMap;

use crate::report::data::{LinkEnd, RunReport, SiteRow};
use crate::report::draw::map::{Map, MapLink, MapSite, Named, Spot};
use crate::report::draw::{GREEN_LEVELS, USE_LEVELS};
use crate::report::markup::Markup;
use crate::report::series::{self, Of};
use crate::report::{facts, format, words};

use super::table::{self, name, numeric};

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    if report.sites.is_empty() && report.links.is_empty() {
        return super::empty(markup);
    }
    markup.tag("div").class("map-and-table").body(|both| {
        both.tag("div").body(|left| map(report).draw(left));
        both.tag("div").body(|right| {
            legends(right);
            sites(right, report);
            super::note(right, words::MAP_NOTE);
        });
    });
}

fn map(report: &RunReport) -> Map {
    let grid = facts::grid(report);
    let largest = report
        .sites
        .iter()
        .map(|site| site.cores)
        .max()
        .unwrap_or(0)
        .max(1);
    let site = |site: &SiteRow| {
        let spot = Spot {
            lat: site.lat,
            lon: site.lon,
        };
        let (en, zh) = facts::site_name(site);
        MapSite {
            name: Named { spot, en, zh },
            size: site.cores as f64 / largest as f64,
            renewable: facts::mean_renewable(site, &grid).unwrap_or(0.0),
            edge: site.edge,
            frames: None,
        }
    };
    let cities = report.cities.iter().map(|city| Named {
        spot: Spot {
            lat: city.lat,
            lon: city.lon,
        },
        en: facts::capitalised(&city.name),
        zh: facts::place_name(report, &city.name).1,
    });
    Map {
        sites: report
            .sites
            .iter()
            .map(site)
            .filter(|site| site.name.spot.is_finite())
            .collect(),
        links: lines(report),
        cities: cities.filter(|city| city.spot.is_finite()).collect(),
    }
}

/// One line between two nodes for all links there.
fn lines(report: &RunReport) -> Vec<MapLink> {
    let mut lines: BTreeMap<(&str, &str), MapLink> = BTreeMap::new();
    for link in &report.links {
        let (a, b) = if link.a.name <= link.b.name {
            (&link.a, &link.b)
        } else {
            (&link.b, &link.a)
        };
        let spot = |end: &LinkEnd| Spot {
            lat: end.lat,
            lon: end.lon,
        };
        let new = || MapLink {
            ends: (spot(a), spot(b)),
            peak: 0.0,
            title: String::new(),
            frames: String::new(),
        };
        let line = lines.entry((&a.name, &b.name)).or_insert_with(new);
        line.peak = line.peak.max(facts::link_peak(link));
        line.title = format!("{} – {}: {}", a.name, b.name, format::percent(line.peak));
    }
    let lines = lines.into_values();
    lines
        .filter(|line| line.ends.0.is_finite() && line.ends.1.is_finite())
        .collect()
}

fn legends(markup: &mut Markup) {
    for (title, class, levels) in [
        (words::SITES_BY, "green", GREEN_LEVELS),
        (words::LINKS_BY, "use", USE_LEVELS),
    ] {
        markup.tag("p").class("legend").words(title);
        let entries: Vec<_> = (0..levels)
            .map(|level| (format!("{class}{level}"), level_name(level, class == "use")))
            .collect();
        let entries: Vec<(String, &str, &str)> = entries
            .iter()
            .map(|(class, name)| (class.clone(), *name, *name))
            .collect();
        super::legend(markup, &entries);
    }
    markup.tag("p").class("legend").body(|line| {
        line.tag("span").words(words::EDGES_BY);
        line.tag("span").words(words::CITIES_BY);
    });
}

/// What a level stands for; levels of use begin with none.
pub(in crate::report) fn level_name(level: usize, has_none: bool) -> &'static str {
    const NAMES: [&str; 6] = ["0", "0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"];
    NAMES[(level + usize::from(!has_none)).min(NAMES.len() - 1)]
}

fn sites(markup: &mut Markup, report: &RunReport) {
    let grid = facts::grid(report);
    let columns = [
        name(words::SITE),
        numeric(words::JOBS),
        numeric(words::CORES),
        numeric(words::ACCELERATORS),
        numeric(words::PEAK_CORES),
        numeric(words::MEAN_RENEWABLE),
    ];
    let share = |value: Option<f64>| value.map_or("–".to_owned(), format::percent);
    let row = |site: &'_ SiteRow| {
        let jobs = report.jobs.iter().filter(|job| job.site == site.id).count();
        vec![
            format::count(jobs as u64).into(),
            format::count(site.cores.max(0) as u64).into(),
            format::count(site.accelerators.max(0) as u64).into(),
            share(series::peak(&facts::reserved(site, &grid, Of::Peak))).into(),
            share(facts::mean_renewable(site, &grid)).into(),
        ]
    };
    let rows = report.sites.iter().map(|site| {
        let zh = if site.name_zh.is_empty() {
            &site.name
        } else {
            &site.name_zh
        };
        let mut cells = vec![(site.name.as_str(), zh.as_str()).into()];
        cells.extend(row(site));
        cells
    });
    table::write(markup, &columns, rows);
}
