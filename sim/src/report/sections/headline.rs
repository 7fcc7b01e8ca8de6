//! The run in a dozen numbers, and what was promised of it.

use crate::report::data::{JobRow, RunReport};
use crate::report::markup::Markup;
use crate::report::words::{self, Words};
use crate::report::{facts, format};

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    markup.tag("div").class("facts").body(|facts| {
        outcomes(facts, report);
        energy(facts, report);
        movement(facts, report);
    });
    states(markup, report);
    verdicts(markup, report);
}

fn fact(markup: &mut Markup, value: &str, what: Words, note: impl FnOnce(&mut Markup)) {
    markup.tag("div").class("fact").body(|fact| {
        fact.tag("b").text(value);
        fact.tag("span").class("what").words(what);
        fact.tag("small").body(note);
    });
}

fn outcomes(markup: &mut Markup, report: &RunReport) {
    let counts = facts::counts(report);
    let total: u64 = counts.values().sum();
    let succeeded = counts.get("succeeded").copied().unwrap_or(0);
    let value = format!("{} / {}", format::count(succeeded), format::count(total));
    let strange = report.jobs.iter().filter(|job| !job.expected).count() as u64;
    fact(markup, &value, words::SUCCEEDED_OF, |note| {
        if strange == 0 {
            return note.words(words::AS_EXPECTED);
        }
        note.text(&format!("{} ", format::count(strange)));
        note.words(words::UNEXPECTED_COUNT);
    });
    let placed = report.jobs.iter().filter(|job| !job.site.is_empty());
    let hubs = placed.clone().filter(|job| !job.hub.is_empty()).count() as f64;
    let share = format::share(hubs / placed.count() as f64);
    fact(markup, &share, words::IN_HUBS, |note| {
        note.words(words::IN_HUBS_NOTE)
    });
}

fn energy(markup: &mut Markup, report: &RunReport) {
    let sum = |of: fn(&JobRow) -> f64| report.jobs.iter().map(of).sum::<f64>();
    let energy_kwh = sum(|job| job.energy_kwh);
    let green_kwh = sum(|job| job.energy_kwh * f64::from(job.renewable_permille) / 1000.0);
    let share = format::share(green_kwh / energy_kwh);
    fact(markup, &share, words::RENEWABLE, |note| {
        note.words(words::RENEWABLE_NOTE)
    });
    fact(
        markup,
        &format::kilowatt_hours(energy_kwh),
        words::ENERGY_USED,
        |_| {},
    );
    let location = format::kilograms(sum(|job| job.carbon_location_kg));
    fact(markup, &location, words::CARBON_LOCATION, |note| {
        note.words(words::CARBON_LOCATION_NOTE);
    });
    let market = format::kilograms(sum(|job| job.carbon_market_kg));
    fact(markup, &market, words::CARBON_MARKET, |note| {
        note.words(words::CARBON_MARKET_NOTE)
    });
    fact(
        markup,
        &format::yuan(sum(|job| job.money_cny)),
        words::MONEY,
        |_| {},
    );
}

fn movement(markup: &mut Markup, report: &RunReport) {
    let moved: f64 = report.jobs.iter().map(|job| job.moved_bytes as f64).sum();
    fact(markup, &format::bytes(moved), words::MOVED, |note| {
        if report.data_scale > 1 {
            note.words(words::STANDS_FOR);
            note.text(&format!(
                " {}",
                format::bytes(moved * report.data_scale as f64)
            ));
        }
    });
    let waits = facts::waits(report.jobs.iter());
    let p90 = format::duration(facts::percentile(&waits, 90));
    fact(markup, &p90, words::P90_WAIT, |note| {
        note.words(words::MEDIAN);
        note.text(&format!(
            " {}",
            format::duration(facts::percentile(&waits, 50))
        ));
    });
    let elections = format::count(report.cluster.leader_changes.len() as u64);
    fact(markup, &elections, words::LEADER_CHANGES, |note| {
        note.words(words::LEADER_NOTE)
    });
}

fn states(markup: &mut Markup, report: &RunReport) {
    let counts = facts::counts(report);
    markup.tag("p").class("states").body(|line| {
        for (at, (state, count)) in counts.iter().enumerate() {
            if at > 0 {
                line.text(" · ");
            }
            let (en, zh) = words::lookup(words::STATES, state);
            line.both(en, zh);
            line.text(&format!(" {}", format::count(*count)));
        }
    });
}

fn verdicts(markup: &mut Markup, report: &RunReport) {
    if report.verdicts.is_empty() {
        return;
    }
    markup.tag("h3").words(words::VERDICTS);
    markup.tag("ul").class("verdicts").body(|list| {
        for verdict in &report.verdicts {
            let (class, sign, words) = match verdict.holds {
                true => ("good", "✓", words::HOLDS),
                false => ("bad", "✗", words::BROKEN),
            };
            list.tag("li").body(|item| {
                item.tag("span")
                    .class(class)
                    .attr("title", words.en)
                    .text(sign);
                item.tag("span").body(|text| text.written(&verdict.text));
            });
        }
    });
}
