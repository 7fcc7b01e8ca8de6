//! The map over time, and the sites in numbers.

use std::collections::BTreeMap;

use crate::network_run::network_file::{LinkFacts, SiteFacts};
use crate::report::draw::map::{Map, MapLink, MapSite, Named, SiteFrames, Spot};
use crate::report::draw::{GREEN_LEVELS, USE_LEVELS, green_level, use_level};
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::read::Use;
use crate::report::planner::words;
use crate::report::sections;
use crate::report::sections::network::level_name;
use crate::report::sections::table::{self, name, numeric};

use super::{RunPage, place_name, site_name};

/// Letters for the part of a ring: the first for none, the last for all.
const PARTS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Most sites and links of the map; of larger networks those with most cores and most use.
const SITES_MAX: usize = 120;
const LINES_MAX: usize = 400;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("div").class("map-and-table").body(|both| {
        both.tag("div").class("map-box").body(|left| {
            map(page).draw(left);
            player(left);
        });
        both.tag("div").body(|right| {
            legends(right);
            sections::note(right, words::MAP_NOTE);
            sites(right, page);
        });
    });
}

/// A button and a slider; a script puts the frames behind them.
fn player(markup: &mut Markup) {
    markup
        .tag("div")
        .class("player")
        .attr("hidden", "")
        .body(|player| {
            let button = player
                .tag("button")
                .attr("type", "button")
                .attr("id", "play");
            button.attr("aria-pressed", false).text("▶");
            let slider = player
                .tag("input")
                .attr("type", "range")
                .attr("id", "frame");
            slider
                .attr("min", -1)
                .attr("value", -1)
                .attr("step", 1)
                .empty();
            player
                .tag("output")
                .attr("id", "frame-name")
                .words(words::WHOLE_RUN);
        });
}

fn spot(latitude: f64, longitude: f64) -> Spot {
    Spot {
        lat: latitude,
        lon: longitude,
    }
}

fn map(page: &RunPage<'_>) -> Map {
    let facts = &page.run.network.sites;
    let largest = facts.iter().map(|site| site.cores).fold(1.0, f64::max);
    let mut order: Vec<usize> = (0..facts.len()).collect();
    order.sort_by(|a, b| facts[*b].cores.total_cmp(&facts[*a].cores));
    order.truncate(SITES_MAX);
    let sites = order.iter().map(|at| map_site(page, *at, largest));
    // A backbone city is shown where no site is.
    let taken: Vec<&str> = facts.iter().map(|site| site.name.as_str()).collect();
    let nodes = page.run.network.nodes.iter();
    let cities = nodes
        .filter(|node| !taken.contains(&node.name.as_str()))
        .map(|node| {
            let (en, zh) = place_name(page.run, &node.name);
            Named {
                spot: spot(node.latitude, node.longitude),
                en,
                zh,
            }
        });
    Map {
        sites: sites.filter(|site| site.name.spot.is_finite()).collect(),
        links: lines(page),
        cities: cities.filter(|city| city.spot.is_finite()).collect(),
    }
}

fn map_site(page: &RunPage<'_>, at: usize, largest: f64) -> MapSite {
    let site = &page.run.network.sites[at];
    let series = &page.run.series;
    let total = series.site_total(at);
    let (en, zh) = site_name(site);
    let used = |cores: Use, accelerators: Use| {
        let shares = [cores.share(), accelerators.share()];
        shares.into_iter().flatten().fold(0.0, f64::max)
    };
    let frames = &series.sites[at];
    let parts = frames.iter().map(|frame| {
        let share = used(frame.cores, frame.accelerators).clamp(0.0, 1.0);
        char::from(PARTS[(share * (PARTS.len() - 1) as f64).round() as usize])
    });
    let green = frames.iter().map(|frame| {
        let level = green_level(frame.renewable().unwrap_or(0.0));
        char::from(PARTS[level])
    });
    let faults = frames.iter().enumerate().map(|(frame, known)| {
        let faulty = known.silent > 0.0 || page.is_faulty(&site.name, frame);
        if faulty { 'x' } else { '-' }
    });
    MapSite {
        name: Named {
            spot: spot(site.latitude, site.longitude),
            en: en.to_owned(),
            zh: zh.to_owned(),
        },
        size: site.cores / largest,
        renewable: total.renewable().unwrap_or(0.0),
        edge: site.edge,
        frames: Some(SiteFrames {
            used: used(total.cores, total.accelerators),
            used_by_frame: parts.collect(),
            green_by_frame: green.collect(),
            faults: faults.collect(),
        }),
    }
}

/// One line between two nodes for all links there, by the fullest in each frame.
fn lines(page: &RunPage<'_>) -> Vec<MapLink> {
    let places = page.run.network.nodes.iter();
    let places: BTreeMap<&str, Spot> = places
        .map(|node| (node.name.as_str(), spot(node.latitude, node.longitude)))
        .collect();
    let mut between: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, LinkFacts { a, b, .. }) in page.run.network.links.iter().enumerate() {
        between.entry((a.min(b), a.max(b))).or_default().push(at);
    }
    let line = |((a, b), links): ((&str, &str), Vec<usize>)| {
        let ends = (*places.get(a)?, *places.get(b)?);
        let peaks = links.iter().flat_map(|link| &page.run.series.links[*link]);
        let peak = peaks.map(|frame| frame.peak).fold(0.0, f64::max);
        Some(MapLink {
            ends,
            peak,
            title: {
                let (a, b) = (place_name(page.run, a), place_name(page.run, b));
                let peak = format::percent(peak);
                format!("{} – {} · {} – {}: {peak}", a.0, b.0, a.1, b.1)
            },
            frames: levels(page, &links),
        })
    };
    let mut lines: Vec<MapLink> = between.into_iter().filter_map(line).collect();
    lines.retain(|line| line.ends.0.is_finite() && line.ends.1.is_finite());
    lines.sort_by(|a, b| b.peak.total_cmp(&a.peak));
    lines.truncate(LINES_MAX);
    lines
}

fn levels(page: &RunPage<'_>, links: &[usize]) -> String {
    let series = &page.run.series;
    let letter = |frame: usize| {
        let frames = links.iter().map(|link| &series.links[*link][frame]);
        if frames.clone().any(|frame| frame.down) {
            return 'x';
        }
        let means = links.iter().map(|link| series.link_mean(*link, frame));
        char::from(PARTS[use_level(means.fold(0.0, f64::max))])
    };
    (0..series.frames.count).map(letter).collect()
}

fn legends(markup: &mut Markup) {
    let levels = [
        (words::SITES_BY, "green", GREEN_LEVELS, false),
        (words::LINKS_BY, "use", USE_LEVELS, true),
    ];
    for (title, class, count, has_none) in levels {
        markup.tag("p").class("legend").words(title);
        let entry = |level| {
            let name = level_name(level, has_none);
            (format!("{class}{level}"), name, name)
        };
        let entries: Vec<_> = (0..count).map(entry).collect();
        sections::legend(markup, &entries);
    }
    for line in [
        words::RING_BY,
        words::FAULTS_BY,
        words::EDGES_BY,
        words::CITIES_BY,
    ] {
        markup.tag("p").class("legend").words(line);
    }
}

fn sites(markup: &mut Markup, page: &RunPage<'_>) {
    let columns = [
        name(words::SITE),
        numeric(words::JOBS),
        numeric(words::CORES),
        numeric(words::ACCELERATORS),
        numeric(words::CORES_USED),
        numeric(words::ACCELERATORS_USED),
    ];
    let share = |share: Option<f64>| share.map_or(String::from("–"), format::share);
    let row = |(at, site): (usize, &'_ SiteFacts)| {
        let total = page.run.series.site_total(at);
        let jobs = page.run.jobs.total(|job_site, _| job_site == Some(at)).jobs;
        vec![
            format::count(jobs).into(),
            format::count(site.cores.max(0.0) as u64).into(),
            format::count(site.accelerators.max(0) as u64).into(),
            share(total.cores.share()).into(),
            share(total.accelerators.share()).into(),
        ]
    };
    let rows = page.run.network.sites.iter().enumerate().map(|(at, site)| {
        let mut cells = vec![site_name(site).into()];
        cells.extend(row((at, site)));
        cells
    });
    table::write(markup, &columns, rows);
}
