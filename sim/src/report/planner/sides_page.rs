//! The page of several sides over the same seeds: policies, a change, or a grid. Differences to the
//! first side are taken seed by seed.

use super::page::{Head, Lang, Section, page};
use super::read::{Of, Side, Sides};
use super::text::{fill, text};
use super::words::{self, Words};
use crate::network_run::measures::Mean;
use crate::report::draw::scatter;
use crate::report::format;
use crate::report::markup::{Markup, percent};
use crate::report::sections;
use crate::report::words::{POLICY_NAMES, lookup};

/// Most sides that a table shows beside each other; more stand below each other.
const COLUMNS_MAX: usize = 6;
/// Most sides of a page.
const SIDES_MAX: usize = 200;
/// Colours.
const CLASSES: usize = 6;

/// A measure's place in the indicators, its name, and how it is written.
type Measure = (&'static str, Words, fn(f64) -> String);

const MEASURES: [Measure; 21] = [
    ("cost_cny", words::COST, format::yuan),
    (
        "carbon_location_kg",
        words::CARBON_LOCATION,
        format::kilograms,
    ),
    ("carbon_market_kg", words::CARBON_MARKET, format::kilograms),
    ("wait_s.mean", words::WAIT_MEAN, seconds),
    ("wait_s.p90", words::WAIT_P90, seconds),
    ("bsld_mean", words::SLOWDOWN, format::number),
    ("deadline_hits", words::DEADLINES, format::number),
    ("unplaced", words::UNPLACED, format::number),
    ("succeeded", words::JOBS_SUCCEEDED, format::number),
    ("mean_queue", words::MEAN_QUEUE, format::number),
    ("utilisation.cores", words::CORES_USED, format::share),
    (
        "utilisation.accelerators",
        words::ACCELERATORS_USED,
        format::share,
    ),
    ("energy_kwh", words::ENERGY_USED, format::kilowatt_hours),
    ("renewable_share", words::RENEWABLE, format::share),
    ("wan_bytes", words::MOVED, format::bytes),
    ("jain_tenants", words::JAIN, format::number),
    ("load_pct", words::ASKED, percent_of_load),
    ("work_cny", words::WORK, format::yuan),
    ("per_work.cost_cny", words::COST_PER_WORK, format::number),
    (
        "per_work.carbon_location_g",
        words::LOCATION_PER_WORK,
        grams,
    ),
    ("per_work.carbon_market_g", words::MARKET_PER_WORK, grams),
];

/// Measures whose differences are drawn.
const DRAWN: [usize; 6] = [18, 19, 20, 3, 4, 14];

fn seconds(seconds: f64) -> String {
    format::duration((seconds * 1e3) as i64)
}

fn grams(grams: f64) -> String {
    format!("{} g", format::number(grams))
}

fn percent_of_load(load: f64) -> String {
    format!("{} %", format::number(load))
}

type Write = fn(&mut Markup, &Sides);

/// Every section, in order.
pub(super) const SECTIONS: [(&str, Words, Write); 3] = [
    ("carbon-delay", words::CARBON_DELAY, scatters),
    ("differences", words::DIFFERENCES, differences),
    ("numbers", words::NUMBERS, numbers),
];

/// The page.
pub(super) fn html(sides: &Sides, lang: Lang) -> String {
    let name = [("{name}", sides.scenario.clone())];
    let title = match sides.of {
        Of::Policies => words::COMPARE_TITLE,
        Of::Change => words::CHANGE_TITLE,
        Of::Grid => words::GRID_TITLE,
    };
    let counts = [
        ("{sides}", sides.sides.len().to_string()),
        ("{seeds}", sides.seeds.to_string()),
    ];
    let head = Head {
        title: fill(title, &name),
        lines: vec![fill(words::SIDES_LINE, &counts), text(words::RUN_MODEL)],
        warning: (!sides.complete).then(|| text(words::GRID_PARTIAL)),
        frames: None,
        engine: sides.engine.clone(),
        lang,
    };
    let sections = SECTIONS.into_iter();
    let sections = sections.map(|(id, title, write)| Section {
        id,
        title,
        write: Box::new(write),
    });
    page(&head, &sections.collect::<Vec<_>>(), sides)
}

/// A side's name in both languages.
fn side_name<'s>(sides: &Sides, side: &'s Side) -> (&'s str, &'s str) {
    match sides.of {
        Of::Policies => lookup(POLICY_NAMES, &side.name),
        Of::Change => lookup(words::SIDE_NAMES, &side.name),
        Of::Grid => (&side.name, &side.name),
    }
}

fn shown(sides: &Sides) -> &[Side] {
    &sides.sides[..sides.sides.len().min(SIDES_MAX)]
}

fn values<'s>(side: &'s Side, measure: &str) -> &'s [f64] {
    side.values.get(measure).map_or(&[], Vec::as_slice)
}

/// Mean of the differences to the first side, if both have the same seeds.
fn difference(sides: &Sides, side: &Side, measure: &str) -> Option<Mean> {
    let first = values(sides.sides.first()?, measure);
    let own = values(side, measure);
    (!own.is_empty() && own.len() == first.len()).then(|| Mean::of_differences(own, first))
}

fn scatters(markup: &mut Markup, sides: &Sides) {
    let entry = |(at, side): (usize, &'_ Side)| {
        let (en, zh) = side_name(sides, side);
        (
            format!("class{}", at % CLASSES),
            en.to_owned(),
            zh.to_owned(),
        )
    };
    let entries: Vec<_> = shown(sides).iter().enumerate().map(entry).collect();
    if entries.len() <= 2 * CLASSES {
        let entries = entries.iter();
        let entries: Vec<_> = entries
            .map(|(class, en, zh)| (class.clone(), en.as_str(), zh.as_str()))
            .collect();
        sections::legend(markup, &entries);
    }
    markup.tag("div").class("thirds").body(|pairs| {
        for (x, y) in [(3, 19), (3, 20), (3, 18)] {
            pairs.tag("div").body(|one| scatter_of(one, sides, (x, y)));
        }
    });
    sections::note(markup, words::SCATTER_NOTE);
}

fn scatter_of(markup: &mut Markup, sides: &Sides, (x, y): (usize, usize)) {
    let (x_at, x_name, x_written) = MEASURES[x];
    let (y_at, y_name, y_written) = MEASURES[y];
    markup.tag("h3").words(y_name);
    let mut points = Vec::new();
    for (at, side) in shown(sides).iter().enumerate() {
        let (xs, ys) = (values(side, x_at), values(side, y_at));
        if xs.is_empty() || xs.len() != ys.len() {
            continue;
        }
        let class = at % CLASSES;
        let said = |x: f64, y: f64| format!("{} · {}", x_written(x), y_written(y));
        points.extend(xs.iter().zip(ys).map(|(x, y)| scatter::Point {
            at: (*x, *y),
            class: format!("seed class{class}"),
            said: said(*x, *y),
        }));
        let (x, y) = (Mean::of(xs).mean, Mean::of(ys).mean);
        points.push(scatter::Point {
            at: (x, y),
            class: format!("mean class{class}"),
            said: match side_name(sides, side) {
                (en, zh) if en == zh => format!("{en} · {}", said(x, y)),
                (en, zh) => format!("{en} / {zh} · {}", said(x, y)),
            },
        });
    }
    scatter::draw(markup, &points, (x_written, y_written));
    markup.tag("p").class("note axis-name").words(x_name);
}

/// For each measure, how far every other side lies from the first.
fn differences(markup: &mut Markup, sides: &Sides) {
    let Some(first) = sides.sides.first().filter(|_| sides.sides.len() > 1) else {
        return sections::empty(markup);
    };
    let (en, zh) = side_name(sides, first);
    let mut intro = text(words::DIFFERENCES_INTRO);
    intro.en = intro.en.replace("{first}", en);
    intro.zh = intro.zh.replace("{first}", zh);
    markup.tag("p").body(|line| line.written(&intro));
    markup.tag("div").class("thirds").body(|many| {
        for measure in DRAWN {
            let measure = &MEASURES[measure];
            many.tag("div")
                .body(|one| forest(one, sides, first, measure));
        }
    });
    sections::note(markup, words::DIFFERENCES_NOTE);
}

/// A dot for each difference, with its confidence interval, as shares of the first side's mean.
fn forest(markup: &mut Markup, sides: &Sides, first: &Side, (at, name, written): &Measure) {
    markup.tag("h3").words(*name);
    let base = Mean::of(values(first, at)).mean.abs();
    let others = shown(sides).iter().skip(1);
    let rows: Vec<(&Side, Mean)> = others
        .filter_map(|side| Some((side, difference(sides, side, at)?)))
        .collect();
    if rows.is_empty() || base <= 0.0 {
        return sections::empty(markup);
    }
    let reach = |mean: &Mean| mean.mean.abs() + mean.half_width.unwrap_or(0.0);
    let most = rows
        .iter()
        .map(|(_, mean)| reach(mean))
        .fold(base * 1e-6, f64::max);
    for (side, mean) in &rows {
        let (relative, half) = (mean.mean / base, mean.half_width.map(|half| half / base));
        let place = |value: f64| 0.5 + 0.47 * value / most;
        let figure = match half {
            None => signed(relative),
            Some(half) => format!("{} ± {}", signed(relative), format::share(half)),
        };
        let said = written(Mean::of(values(side, at)).mean);
        sections::row(
            markup,
            side_name(sides, side),
            |drawing| interval(drawing, place, mean, &said),
            |text| text.text(&figure),
        );
    }
}

fn interval(markup: &mut Markup, place: impl Fn(f64) -> f64, mean: &Mean, said: &str) {
    let half = mean.half_width.unwrap_or(0.0);
    let sure = mean.half_width.is_some_and(|half| mean.mean.abs() > half);
    let class = if sure { "sure" } else { "unsure" };
    let svg = markup.tag("svg").attr("height", 20).attr("role", "img");
    svg.body(|svg| {
        svg.tag("title").text(said);
        let track = svg
            .tag("rect")
            .class("track")
            .attr("y", 9.5)
            .attr("width", "100%");
        track.attr("height", 1).empty();
        let zero = svg
            .tag("line")
            .class("median")
            .attr("x1", "50%")
            .attr("x2", "50%");
        zero.attr("y1", 2).attr("y2", 18).empty();
        let (low, high) = (place(mean.mean - half), place(mean.mean + half));
        let bar = svg
            .tag("rect")
            .class(class)
            .attr("x", percent(low))
            .attr("y", 8);
        bar.attr("width", percent(high - low))
            .attr("height", 4)
            .empty();
        let dot = svg
            .tag("circle")
            .class(class)
            .attr("cx", percent(place(mean.mean)));
        dot.attr("cy", 10).attr("r", 5).empty();
    });
}

/// A share with its sign.
fn signed(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", format::share(share))
}

fn numbers(markup: &mut Markup, sides: &Sides) {
    let known = MEASURES.iter();
    let known = known.filter(|(at, ..)| shown(sides).iter().any(|s| !values(s, at).is_empty()));
    let known: Vec<&Measure> = known.collect();
    markup
        .tag("div")
        .class("scroll")
        .attr("tabindex", 0)
        .body(|scroll| {
            scroll.tag("table").class("sides").body(|table| {
                match shown(sides).len() <= COLUMNS_MAX {
                    true => measures_below(table, sides, &known),
                    false => sides_below(table, sides, &known),
                }
            });
        });
    sections::note(markup, words::NUMBERS_NOTE);
    if sides.sides.len() > SIDES_MAX {
        let more = [(
            "{count}",
            format::count((sides.sides.len() - SIDES_MAX) as u64),
        )];
        let note = markup.tag("p").class("note");
        note.body(|note| note.written(&fill(words::MORE_SIDES, &more)));
    }
}

/// A row for each measure, a column for each side.
fn measures_below(table: &mut Markup, sides: &Sides, measures: &[&Measure]) {
    table.tag("thead").body(|head| {
        head.tag("tr").body(|row| {
            row.tag("th").attr("scope", "col").words(words::MEASURE);
            for side in shown(sides) {
                let (en, zh) = side_name(sides, side);
                row.tag("th")
                    .class("num")
                    .attr("scope", "col")
                    .body(|th| th.both(en, zh));
            }
        });
    });
    table.tag("tbody").body(|body| {
        for measure in measures {
            body.tag("tr").body(|row| {
                row.tag("td").class("name").words(measure.1);
                for (at, side) in shown(sides).iter().enumerate() {
                    row.tag("td")
                        .class("num")
                        .body(|td| cell(td, sides, side, measure, at > 0));
                }
            });
        }
    });
}

/// A row for each side, a column for each measure.
fn sides_below(table: &mut Markup, sides: &Sides, measures: &[&Measure]) {
    table.tag("thead").body(|head| {
        head.tag("tr").body(|row| {
            row.tag("th").attr("scope", "col").words(words::COMBINATION);
            for (_, name, _) in measures {
                row.tag("th").class("num").attr("scope", "col").words(*name);
            }
        });
    });
    table.tag("tbody").body(|body| {
        for side in shown(sides) {
            let (en, zh) = side_name(sides, side);
            body.tag("tr").body(|row| {
                row.tag("td").class("wide").body(|td| td.both(en, zh));
                for measure in measures {
                    row.tag("td")
                        .class("num")
                        .body(|td| cell(td, sides, side, measure, false));
                }
            });
        }
    });
}

/// The mean with its interval, and below it the difference to the first side with its own.
fn cell(td: &mut Markup, sides: &Sides, side: &Side, (at, _, written): &Measure, other: bool) {
    let own = values(side, at);
    if own.is_empty() {
        return td.text("–");
    }
    let Mean { mean, half_width } = Mean::of(own);
    td.text(&written(mean));
    if let Some(half) = half_width {
        td.tag("small")
            .class("half")
            .text(&format!(" ± {}", written(half)));
    }
    let Some(by) = difference(sides, side, at).filter(|_| other) else {
        return;
    };
    td.tag("br").empty();
    let sign = if by.mean > 0.0 {
        "+"
    } else if by.mean < 0.0 {
        "−"
    } else {
        "±"
    };
    let half = by
        .half_width
        .map_or(String::new(), |half| format!(" ± {}", written(half)));
    let sure = by.half_width.is_some_and(|half| by.mean.abs() > half);
    let class = if sure { "by sure" } else { "by" };
    let size = written(by.mean.abs());
    td.tag("small")
        .class(class)
        .text(&format!("{sign}{size}{half}"));
}
