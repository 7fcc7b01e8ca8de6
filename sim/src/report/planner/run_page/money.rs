//! Cost and both carbon ledgers, by site and by class.

use crate::report::draw::bars::{self, Part};
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::read::Sums;
use crate::report::planner::words::{self, Words};
use crate::report::sections;
use crate::report::sections::table::{self, Cell, name, numeric};

use super::{RunPage, class_name, site_name};

/// A row: what it is, its sums, and its parts by class.
struct Row<'r> {
    name: (&'r str, &'r str),
    sums: Sums,
    parts: Vec<Sums>,
}

/// What is drawn: its name, how it is read and written.
type Measure = (Words, fn(&Sums) -> f64, fn(f64) -> String);

const MEASURES: [Measure; 3] = [
    (words::COST, |sums| sums.cost_cny, format::yuan),
    (
        words::CARBON_LOCATION,
        |sums| sums.location_kg,
        format::kilograms,
    ),
    (
        words::CARBON_MARKET,
        |sums| sums.market_kg,
        format::kilograms,
    ),
];

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("p").words(words::LEDGERS);
    let rows = by_site(page);
    if rows.is_empty() {
        return sections::empty(markup);
    }
    let classes: Vec<usize> = (0..page.run.jobs.waits.len())
        .filter(|class| rows.iter().any(|row| row.parts[*class].jobs > 0))
        .collect();
    super::class_legend(markup, &classes);
    markup.tag("div").class("thirds").body(|many| {
        for measure in &MEASURES {
            many.tag("div").body(|one| drawn(one, measure, &rows));
        }
    });
    numbers(markup, words::SITE, &rows);
    let by_class: Vec<Row<'_>> = classes
        .iter()
        .map(|class| row_of_class(page, *class))
        .collect();
    numbers(markup, words::CLASS, &by_class);
    sections::note(markup, words::MONEY_NOTE);
}

fn by_site<'r>(page: &RunPage<'r>) -> Vec<Row<'r>> {
    let sites = page.run.network.sites.iter().enumerate();
    let sites = sites.map(|(at, site)| (Some(at), site_name(site)));
    let nowhere = (None, (words::NOWHERE.en, words::NOWHERE.zh));
    let row = |(site, name)| Row {
        name,
        sums: page.run.jobs.total(|job_site, _| job_site == site),
        parts: (0..page.run.jobs.waits.len())
            .map(|class| page.run.jobs.total(|at, of| at == site && of == class))
            .collect(),
    };
    let rows = sites.chain([nowhere]).map(row);
    rows.filter(|row| row.sums.jobs > 0).collect()
}

fn row_of_class(page: &RunPage<'_>, class: usize) -> Row<'static> {
    Row {
        name: class_name(class),
        sums: page.run.jobs.total(|_, of| of == class),
        parts: Vec::new(),
    }
}

fn drawn(markup: &mut Markup, (title, value, written): &Measure, rows: &[Row<'_>]) {
    markup.tag("h3").words(*title);
    let most = rows
        .iter()
        .map(|row| value(&row.sums))
        .fold(f64::MIN_POSITIVE, f64::max);
    for row in rows.iter().filter(|row| value(&row.sums) > 0.0) {
        let parts = row.parts.iter().enumerate().map(|(class, sums)| Part {
            class: format!("class{class}"),
            share: value(sums) / most,
            title: written(value(sums)),
        });
        let parts: Vec<Part> = parts.collect();
        sections::row(
            markup,
            row.name,
            |bar| bars::stacked(bar, &parts),
            |figure| figure.text(&written(value(&row.sums))),
        );
    }
}

fn numbers(markup: &mut Markup, first: Words, rows: &[Row<'_>]) {
    let columns = [
        name(first),
        numeric(words::JOBS),
        numeric(words::ENERGY_SHORT),
        numeric(words::USED_SHORT),
        numeric(words::COST_SHORT),
        numeric(words::LOST_SHORT),
        numeric(words::LOCATION_SHORT),
        numeric(words::MARKET_SHORT),
        numeric(words::MOVED),
    ];
    let total = rows
        .iter()
        .fold(Sums::default(), |total, row| total.plus(&row.sums));
    let rows = rows.iter().map(|row| cells(row.name, &row.sums));
    let sum = cells((words::TOTAL.en, words::TOTAL.zh), &total);
    table::write(markup, &columns, rows.chain([sum]));
}

fn cells<'c>(name: (&'c str, &'c str), sums: &Sums) -> Vec<Cell<'c>> {
    vec![
        name.into(),
        format::count(sums.jobs).into(),
        format::kilowatt_hours(sums.energy_kwh).into(),
        sums.renewable()
            .map_or(String::from("–"), format::share)
            .into(),
        format::yuan(sums.cost_cny).into(),
        format::yuan(sums.lost_cny).into(),
        format::kilograms(sums.location_kg).into(),
        format::kilograms(sums.market_kg).into(),
        format::bytes(sums.wan_bytes).into(),
    ]
}
