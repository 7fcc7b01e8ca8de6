//! The network over the land: equirectangular, true in proportion at its middle latitude.

use super::labels::{Area, Room, shortened};
use super::{green_level, use_level};
use crate::report::markup::{Markup, px};

const WIDTH: f64 = 440.0;
const HEIGHT_MIN: f64 = 300.0;
const HEIGHT_MAX: f64 = 540.0;
const MARGIN: f64 = 26.0;
const SITE_LETTERS: f64 = 12.5;
const CITY_LETTERS: f64 = 10.5;
const LABEL_WIDTH_MAX: f64 = 132.0;
const CITY_RADIUS: f64 = 2.6;

/// A place on earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Spot {
    pub(in crate::report) lat: f64,
    pub(in crate::report) lon: f64,
}

impl Spot {
    /// False for what is nowhere.
    pub(in crate::report) fn is_finite(&self) -> bool {
        self.lat.is_finite() && self.lon.is_finite()
    }
}

/// A name on the map.
#[derive(Debug, Clone)]
pub(in crate::report) struct Named {
    pub(in crate::report) spot: Spot,
    pub(in crate::report) en: String,
    pub(in crate::report) zh: String,
}

/// A site on the map.
#[derive(Debug, Clone)]
pub(in crate::report) struct MapSite {
    pub(in crate::report) name: Named,
    /// Share of the largest site's cores.
    pub(in crate::report) size: f64,
    /// Mean share of renewables.
    pub(in crate::report) renewable: f64,
    pub(in crate::report) edge: bool,
    /// What a script shows in its place, frame by frame.
    pub(in crate::report) frames: Option<SiteFrames>,
}

/// A site over time, a letter for each frame.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct SiteFrames {
    /// Share of capacity in use, as the length of a ring around the site: in the mean, then by
    /// frame in sixty-firsts.
    pub(in crate::report) used: f64,
    pub(in crate::report) used_by_frame: String,
    /// Levels of green.
    pub(in crate::report) green_by_frame: String,
    /// `x` while a fault lasts.
    pub(in crate::report) faults: String,
}

/// A line on the map.
#[derive(Debug, Clone)]
pub(in crate::report) struct MapLink {
    pub(in crate::report) ends: (Spot, Spot),
    /// Peak share of capacity in use.
    pub(in crate::report) peak: f64,
    pub(in crate::report) title: String,
    /// Levels of use by frame, `x` while it is cut, for a script; empty: none.
    pub(in crate::report) frames: String,
}

/// What the map shows.
#[derive(Debug, Default)]
pub(in crate::report) struct Map {
    pub(in crate::report) sites: Vec<MapSite>,
    pub(in crate::report) links: Vec<MapLink>,
    pub(in crate::report) cities: Vec<Named>,
}

impl Map {
    /// Draws it.
    pub(in crate::report) fn draw(&self, markup: &mut Markup) {
        let projection = Projection::over(&self.spots());
        let (width, height) = (px(WIDTH), px(projection.height));
        let svg = markup
            .tag("svg")
            .class("map")
            .attr("viewBox", format!("0 0 {width} {height}"));
        svg.attr("role", "img").body(|svg| {
            self.links(svg, &projection);
            for city in &self.cities {
                let (x, y) = projection.at(city.spot);
                let dot = svg
                    .tag("circle")
                    .class("city")
                    .attr("cx", px(x))
                    .attr("cy", px(y));
                dot.attr("r", CITY_RADIUS).empty();
            }
            self.sites
                .iter()
                .for_each(|site| mark(svg, site, projection.at(site.name.spot)));
            for lang in ["en", "zh"] {
                svg.tag("g")
                    .attr("lang", lang)
                    .body(|g| self.labels(g, &projection, lang));
            }
        });
    }

    fn spots(&self) -> Vec<Spot> {
        let sites = self.sites.iter().map(|site| site.name.spot);
        let cities = self.cities.iter().map(|city| city.spot);
        let ends = self
            .links
            .iter()
            .flat_map(|link| [link.ends.0, link.ends.1]);
        sites.chain(cities).chain(ends).collect()
    }

    /// The busiest on top.
    fn links(&self, svg: &mut Markup, projection: &Projection) {
        let mut links: Vec<&MapLink> = self.links.iter().collect();
        links.sort_by(|a, b| a.peak.total_cmp(&b.peak));
        for link in links {
            let ((x1, y1), (x2, y2)) = (projection.at(link.ends.0), projection.at(link.ends.1));
            let line = svg
                .tag("line")
                .class(format!("link use{}", use_level(link.peak)));
            let line = match link.frames.as_str() {
                "" => line,
                frames => line.attr("data-use", frames),
            };
            line.attr("x1", px(x1))
                .attr("y1", px(y1))
                .attr("x2", px(x2))
                .attr("y2", px(y2))
                .attr("stroke-width", px(1.0 + 3.2 * link.peak.clamp(0.0, 1.0)))
                .body(|line| line.tag("title").text(&link.title));
        }
    }

    /// Sites first, with a line to the label if need be; a city's name only where there is room.
    fn labels(&self, g: &mut Markup, projection: &Projection, lang: &str) {
        let name = |named: &Named| {
            if lang == "en" {
                named.en.clone()
            } else {
                named.zh.clone()
            }
        };
        let points = self
            .sites
            .iter()
            .map(|site| (projection.at(site.name.spot), reach(site)));
        let dots = self
            .cities
            .iter()
            .map(|city| (projection.at(city.spot), CITY_RADIUS));
        let taken = points
            .chain(dots)
            .map(|(point, radius)| Area::around(point, radius + 1.0));
        let lines = self.links.iter().flat_map(|link| beads(projection, link));
        let size = (WIDTH, projection.height);
        let mut room = Room::new(size, taken.collect(), lines.collect());
        for site in &self.sites {
            let text = shortened(&name(&site.name), SITE_LETTERS, LABEL_WIDTH_MAX);
            let point = projection.at(site.name.spot);
            let gaps = [4.0, 12.0, 24.0, 40.0, 60.0];
            if let Some(place) = room.place(point, reach(site), (&text, SITE_LETTERS), &gaps) {
                if let Some((x, y)) = place.leader {
                    let line = g.tag("line").class("leader").attr("x1", px(point.0));
                    let line = line.attr("y1", px(point.1)).attr("x2", px(x));
                    line.attr("y2", px(y)).empty();
                }
                label(g, "", place.base, &text);
            }
        }
        for city in &self.cities {
            let text = shortened(&name(city), CITY_LETTERS, LABEL_WIDTH_MAX);
            let point = projection.at(city.spot);
            if let Some(place) = room.place(point, CITY_RADIUS, (&text, CITY_LETTERS), &[2.0]) {
                label(g, "faint", place.base, &text);
            }
        }
    }
}

/// Small areas along a line.
fn beads(projection: &Projection, link: &MapLink) -> Vec<Area> {
    const DISTANCE: f64 = 6.0;
    let ((x1, y1), (x2, y2)) = (projection.at(link.ends.0), projection.at(link.ends.1));
    let count = ((x2 - x1).hypot(y2 - y1) / DISTANCE).clamp(1.0, 500.0) as usize;
    let bead = |at: usize| {
        let share = at as f64 / count as f64;
        Area::around((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), 2.0)
    };
    (0..=count).map(bead).collect()
}

fn label(g: &mut Markup, class: &str, (x, y): (f64, f64), text: &str) {
    g.tag("text")
        .class(class)
        .attr("x", px(x))
        .attr("y", px(y))
        .text(text);
}

fn radius(site: &MapSite) -> f64 {
    if site.edge {
        4.5
    } else {
        4.5 + 7.5 * site.size.clamp(0.0, 1.0).sqrt()
    }
}

/// The radius with the ring around it.
fn reach(site: &MapSite) -> f64 {
    let ring = if site.frames.is_some() { 4.5 } else { 0.0 };
    radius(site) + ring
}

/// A disc, or a square for an edge site.
fn mark(svg: &mut Markup, site: &MapSite, (x, y): (f64, f64)) {
    let class = format!("site green{}", green_level(site.renewable));
    let radius = radius(site);
    let title = format!("{} {}", site.name.en, site.name.zh);
    let shape = match site.edge {
        true => {
            let square = svg
                .tag("rect")
                .attr("x", px(x - radius))
                .attr("y", px(y - radius));
            square
                .attr("width", px(2.0 * radius))
                .attr("height", px(2.0 * radius))
        }
        false => svg
            .tag("circle")
            .attr("cx", px(x))
            .attr("cy", px(y))
            .attr("r", px(radius)),
    };
    let shape = match &site.frames {
        None => shape,
        Some(frames) => shape
            .attr("data-green", &frames.green_by_frame)
            .attr("data-fault", &frames.faults),
    };
    shape
        .class(class)
        .body(|shape| shape.tag("title").text(&title));
    if let Some(frames) = &site.frames {
        ring(svg, frames, (x, y), radius + 3.0);
    }
}

/// How much is in use, as part of a circle from its top on.
fn ring(svg: &mut Markup, frames: &SiteFrames, (x, y): (f64, f64), radius: f64) {
    let circle = |svg: &mut Markup, class: &str| {
        let turned = format!("rotate(-90 {} {})", px(x), px(y));
        let ring = svg
            .tag("circle")
            .class(class)
            .attr("cx", px(x))
            .attr("cy", px(y));
        let ring = ring.attr("r", px(radius)).attr("transform", turned);
        let ring = ring.attr("pathLength", 100);
        match class {
            "ring" => {
                let part = px(100.0 * frames.used.clamp(0.0, 1.0));
                let ring = ring.attr("stroke-dasharray", format!("{part} 100"));
                ring.attr("data-used", &frames.used_by_frame).empty();
            }
            _ => ring.empty(),
        }
    };
    circle(svg, "ring-track");
    circle(svg, "ring");
}

/// From degrees to the drawing.
struct Projection {
    west: f64,
    north: f64,
    x_per_degree: f64,
    y_per_degree: f64,
    height: f64,
}

impl Projection {
    fn over(spots: &[Spot]) -> Projection {
        let range = |of: fn(&Spot) -> f64| {
            let values = spots.iter().map(of);
            let low = values.clone().fold(f64::INFINITY, f64::min);
            let high = values.fold(f64::NEG_INFINITY, f64::max);
            if low <= high {
                (low, (high - low).max(0.5))
            } else {
                (0.0, 1.0)
            }
        };
        let (south, lat_span) = range(|spot| spot.lat);
        let (west, lon_span) = range(|spot| spot.lon);
        let x_per_degree = (WIDTH - 2.0 * MARGIN) / lon_span;
        let y_per_degree = x_per_degree / (south + lat_span / 2.0).to_radians().cos().max(0.2);
        let wanted = lat_span * y_per_degree + 2.0 * MARGIN;
        let height = wanted.clamp(HEIGHT_MIN, HEIGHT_MAX);
        // A map too tall for the page shrinks in both directions and is centred.
        let shrink = ((height - 2.0 * MARGIN) / (wanted - 2.0 * MARGIN)).min(1.0);
        let slack = (WIDTH - 2.0 * MARGIN) * (1.0 - shrink) / 2.0;
        let x_per_degree = x_per_degree * shrink;
        Projection {
            west: west - slack / x_per_degree,
            north: south + lat_span,
            x_per_degree,
            y_per_degree: y_per_degree * shrink,
            height,
        }
    }

    fn at(&self, spot: Spot) -> (f64, f64) {
        let x = MARGIN + (spot.lon - self.west) * self.x_per_degree;
        let y = MARGIN + (self.north - spot.lat) * self.y_per_degree;
        (x, y)
    }
}
