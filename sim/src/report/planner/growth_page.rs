//! The page of what to grow first: what to buy, and what more of each resource is worth beside how
//! much of it is used.

use super::page::{Head, Lang, Section, page};
use super::read::{Growth, Resource};
use super::text::{fill, text};
use super::words::{self, Words};
use crate::report::data::Text;
use crate::report::draw::bars::{self, Part};
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::sections;
use crate::report::words::lookup;

type Write = fn(&mut Markup, &Growth);

/// Every section, in order.
pub(super) const SECTIONS: [(&str, Words, Write); 5] = [
    ("answer", words::GROWTH_ANSWER, answer),
    ("worth", words::GROWTH_WORTH, worth),
    ("use", words::GROWTH_USE, used),
    ("rolling", words::GROWTH_ROLLING, rolling),
    ("numbers", words::NUMBERS, numbers),
];

/// The page.
pub(super) fn html(growth: &Growth, lang: Lang) -> String {
    let present = &growth.present;
    let counts = [
        ("{jobs}", format::count(present.jobs)),
        ("{left}", format::count(present.left_out)),
        ("{cost}", format::yuan(present.cost_cny)),
        ("{bound}", format::yuan(present.bound_cny)),
    ];
    let asked = [
        ("{budget}", format::yuan(growth.asked.budget_cny)),
        ("{step}", format::share(growth.asked.step)),
        ("{years}", format::number(growth.asked.years)),
    ];
    let head = Head {
        title: fill(words::GROWTH_TITLE, &[("{name}", growth.scenario.clone())]),
        lines: vec![
            fill(words::GROWTH_LINE, &counts),
            fill(words::GROWTH_ASKED, &asked),
            text(words::RUN_MODEL),
        ],
        warning: None,
        frames: None,
        engine: growth.engine.clone(),
        lang,
    };
    let known = SECTIONS.into_iter();
    let known = known.filter(|(id, ..)| *id != "rolling" || growth.rolling.is_some());
    let sections = known.map(|(id, title, write)| Section {
        id,
        title,
        write: Box::new(write),
    });
    page(&head, &sections.collect::<Vec<_>>(), growth)
}

fn paragraph(markup: &mut Markup, text: &Text) {
    markup.tag("p").body(|line| line.written(text));
}

/// One row of a drawing.
fn drawn_row(
    markup: &mut Markup,
    name: (&str, &str),
    drawing: impl FnOnce(&mut Markup),
    figure: impl FnOnce(&mut Markup),
) {
    let rows = markup.tag("div").class("growth");
    rows.body(|rows| sections::row(rows, name, drawing, figure));
}

/// So many units.
fn units(count: f64, unit: &str) -> Text {
    let (en, zh) = match lookup(words::UNITS, unit) {
        (_, zh) if count == 1.0 => (unit, zh),
        names => names,
    };
    let count = format::tick((count * 10.0).round() / 10.0);
    Text::new(format!("{count} {en}"), format!("{count} {zh}"))
}

fn answer(markup: &mut Markup, growth: &Growth) {
    let most = &growth.most_used;
    let values = [
        ("{first}", growth.bottleneck.clone().unwrap_or_default()),
        ("{most}", most.name.clone()),
        ("{used}", format::percent(most.used)),
    ];
    let said = match &growth.bottleneck {
        None => words::GROWTH_NOTHING_SCARCE,
        Some(first) if *first == most.name => words::GROWTH_SAME,
        Some(_) => words::GROWTH_OTHER,
    };
    paragraph(markup, &fill(said, &values));
    if growth.purchases.is_empty() {
        return paragraph(markup, &text(words::GROWTH_NO_PURCHASE));
    }
    for one in &growth.purchases {
        let more = units(one.more, &one.unit);
        let part = Part {
            class: "class5".to_owned(),
            share: one.cost_cny / growth.asked.budget_cny,
            title: format!("{} + {}", format::tick(one.present), format::tick(one.more)),
        };
        let money = [
            ("{cost}", format::yuan(one.cost_cny)),
            ("{saves}", format::yuan(one.saves_cny_per_year)),
        ];
        let figure = fill(words::GROWTH_BOUGHT, &money);
        let name = |more: &str| format!("{}: +{more}", one.name);
        drawn_row(
            markup,
            (&name(&more.en), &name(more.zh())),
            |drawing| bars::stacked(drawing, &[part]),
            |said| said.written(&figure),
        );
    }
    let spent: f64 = growth.purchases.iter().map(|one| one.cost_cny).sum();
    let money = [
        ("{cost}", format::yuan(spent)),
        ("{budget}", format::yuan(growth.asked.budget_cny)),
    ];
    let note = fill(words::GROWTH_SPENT, &money);
    markup
        .tag("p")
        .class("note")
        .body(|line| line.written(&note));
}

/// For each resource a bar of what a step is worth by prices, and one of what it is worth when all
/// is planned again with it.
fn worth(markup: &mut Markup, growth: &Growth) {
    let by_prices = (words::GROWTH_BY_PRICES.en, words::GROWTH_BY_PRICES.zh);
    let again = (words::GROWTH_AGAIN.en, words::GROWTH_AGAIN.zh);
    let entries = [
        ("class2".to_owned(), by_prices.0, by_prices.1),
        ("class5".to_owned(), again.0, again.1),
    ];
    sections::legend(markup, &entries);
    let values = |row: &Resource| {
        let again = row.step_value_planned_again_cny;
        [Some(row.step_value_by_prices_cny), again]
    };
    let all = growth.ranking.iter().flat_map(values).flatten();
    let most = all.fold(f64::MIN_POSITIVE, f64::max);
    for row in &growth.ranking {
        let step = units(row.step, &row.unit);
        let name = |step: &str| format!("{}: +{step}", row.name);
        let drawn = values(row).into_iter().zip(["class2", "class5"]);
        let drawn: Vec<(f64, &str)> = drawn
            .filter_map(|(value, class)| Some((value?, class)))
            .collect();
        drawn_row(
            markup,
            (&name(&step.en), &name(step.zh())),
            |drawing| {
                for (value, class) in drawn {
                    let part = Part {
                        class: class.to_owned(),
                        share: value / most,
                        title: format::yuan(value),
                    };
                    bars::stacked(drawing, &[part]);
                }
            },
            |said| said.written(&pays(row)),
        );
    }
    sections::note(markup, words::GROWTH_WORTH_NOTE);
}

fn pays(row: &Resource) -> Text {
    let value = format::yuan(row.step_value_by_prices_cny);
    match row.pays_back_years.filter(|years| *years < 1000.0) {
        None => fill(words::GROWTH_NEVER, &[("{value}", value)]),
        Some(years) => {
            let values = [("{value}", value), ("{years}", format::number(years))];
            fill(words::GROWTH_PAYS, &values)
        }
    }
}

fn used(markup: &mut Markup, growth: &Growth) {
    for row in &growth.ranking {
        let part = Part {
            class: "class3".to_owned(),
            share: row.used,
            title: format::share(row.used),
        };
        let present = units(row.present, &row.unit);
        let name = |present: &str| format!("{} ({present})", row.name);
        drawn_row(
            markup,
            (&name(&present.en), &name(present.zh())),
            |drawing| bars::stacked(drawing, &[part]),
            |said| said.text(&format::percent(row.used)),
        );
    }
    sections::note(markup, words::GROWTH_USE_NOTE);
}

fn rolling(markup: &mut Markup, growth: &Growth) {
    let Some(rolling) = &growth.rolling else {
        return sections::empty(markup);
    };
    let measures = words::STEP_MEASURES;
    let heads = measures.iter().map(|(_, name)| *name);
    table(markup, heads, |body| {
        for step in &rolling.steps {
            body.tag("tr").body(|row| {
                row.tag("td").class("name").text(&step.name);
                for (measure, _) in measures {
                    let cell = step.differences.get(*measure).map(|by| {
                        let half = by.half_width;
                        let half = half.map(|half| format!(" ± {}", format::number(half)));
                        let sign = if by.mean > 0.0 { "+" } else { "" };
                        format!(
                            "{sign}{}{}",
                            format::number(by.mean),
                            half.unwrap_or_default()
                        )
                    });
                    let cell = cell.unwrap_or_else(|| "–".to_owned());
                    row.tag("td").class("num").text(&cell);
                }
            });
        }
    });
    let note = fill(
        words::GROWTH_ROLLING_NOTE,
        &[("{seeds}", rolling.seeds.to_string())],
    );
    markup
        .tag("p")
        .class("note")
        .body(|line| line.written(&note));
}

fn numbers(markup: &mut Markup, growth: &Growth) {
    let heads = [
        words::GROWTH_PRESENT,
        words::GROWTH_USE,
        words::GROWTH_UNIT_VALUE,
        words::GROWTH_STEP,
        words::GROWTH_BY_PRICES,
        words::GROWTH_AGAIN,
        words::GROWTH_COST,
        words::GROWTH_BACK,
    ];
    table(markup, heads.into_iter(), |body| {
        for resource in &growth.ranking {
            body.tag("tr").body(|row| {
                row.tag("td").class("name").text(&resource.name);
                for cell in cells(resource) {
                    row.tag("td").class("num").body(|td| td.written(&cell));
                }
            });
        }
    });
    if growth.ranking.iter().any(|row| row.cost_is_assumed) {
        sections::note(markup, words::GROWTH_ASSUMED_NOTE);
    }
}

fn cells(row: &Resource) -> [Text; 8] {
    let plain = |text: String| super::text::plain(text);
    let again = row.step_value_planned_again_cny;
    let cost = format::yuan(row.step_cost_cny);
    let assumed = words::GROWTH_ASSUMED;
    [
        units(row.present, &row.unit),
        plain(format::percent(row.used)),
        plain(format::yuan(row.unit_value_cny)),
        units(row.step, &row.unit),
        plain(format::yuan(row.step_value_by_prices_cny)),
        plain(again.map_or_else(|| "–".to_owned(), format::yuan)),
        match row.cost_is_assumed {
            true => Text::new(
                format!("{cost} ({})", assumed.en),
                format!("{cost}（{}）", assumed.zh),
            ),
            false => plain(cost),
        },
        match row.pays_back_years.filter(|years| *years < 1000.0) {
            None => text(words::GROWTH_NO_BACK),
            Some(years) => fill(words::GROWTH_YEARS, &[("{years}", format::number(years))]),
        },
    ]
}

/// A table whose first column names a resource.
fn table(markup: &mut Markup, heads: impl Iterator<Item = Words>, body: impl FnOnce(&mut Markup)) {
    let scroll = markup.tag("div").class("scroll").attr("tabindex", 0);
    scroll.body(|scroll| {
        scroll.tag("table").class("sides").body(|table| {
            table.tag("thead").body(|head| {
                head.tag("tr").body(|row| {
                    row.tag("th")
                        .attr("scope", "col")
                        .words(words::GROWTH_RESOURCE);
                    for name in heads {
                        row.tag("th").class("num").attr("scope", "col").words(name);
                    }
                });
            });
            table.tag("tbody").body(body);
        });
    });
}
