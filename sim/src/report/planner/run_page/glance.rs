//! The run in a dozen numbers.

use crate::report::data::Text;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::text::{fill, text};
use crate::report::planner::words::{self, Words};

use super::RunPage;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("div").class("facts").body(|facts| {
        jobs(facts, page);
        energy(facts, page);
        network(facts, page);
    });
    let states = &page.run.jobs.states;
    markup.tag("p").class("states").body(|line| {
        for (at, (state, count)) in states.iter().enumerate() {
            line.text(if at > 0 { " · " } else { "" });
            let (en, zh) = crate::report::words::lookup(words::ENDS, state);
            line.both(en, zh);
            line.text(&format!(" {}", format::count(*count)));
        }
    });
}

fn fact(markup: &mut Markup, value: &str, what: Words, note: &Text) {
    markup.tag("div").class("fact").body(|fact| {
        fact.tag("b").text(value);
        fact.tag("span").class("what").words(what);
        fact.tag("small").body(|small| small.written(note));
    });
}

fn seconds(seconds: f64) -> String {
    format::duration((seconds * 1e3) as i64)
}

fn jobs(facts: &mut Markup, page: &RunPage<'_>) {
    let all = &page.run.summary.indicators;
    let value = format!(
        "{} / {}",
        format::count(all.succeeded),
        format::count(all.jobs)
    );
    let note = [
        ("{unplaced}", format::count(all.unplaced)),
        ("{refused}", format::count(all.refused)),
        ("{unfinished}", format::count(all.unfinished)),
    ];
    fact(
        facts,
        &value,
        words::JOBS_SUCCEEDED,
        &fill(words::JOBS_NOTE, &note),
    );
    let note = [
        ("{p50}", seconds(all.wait_s.p50)),
        ("{mean}", seconds(all.wait_s.mean)),
        ("{max}", seconds(all.wait_s.max)),
    ];
    fact(
        facts,
        &seconds(all.wait_s.p90),
        words::WAIT_P90,
        &fill(words::WAIT_NOTE, &note),
    );
    let value = match all.deadlines {
        0 => String::from("–"),
        deadlines => format!(
            "{} / {}",
            format::count(all.deadline_hits),
            format::count(deadlines)
        ),
    };
    fact(
        facts,
        &value,
        words::DEADLINES,
        &text(words::DEADLINES_NOTE),
    );
    let note = [("{queue}", format::number(all.mean_queue))];
    let value = format!("{} %", format::number(all.load_pct));
    fact(facts, &value, words::ASKED, &fill(words::ASKED_NOTE, &note));
    let used = &all.utilisation;
    let value = format!(
        "{} | {}",
        format::share(used.cores),
        format::share(used.accelerators)
    );
    let note = [("{bsld}", format::number(all.bsld_mean))];
    fact(
        facts,
        &value,
        words::UTILISATION,
        &fill(words::UTILISATION_NOTE, &note),
    );
}

fn energy(facts: &mut Markup, page: &RunPage<'_>) {
    let all = &page.run.summary.indicators;
    let lost = &all.lost;
    let value = format::yuan(all.cost_cny);
    let note = [
        ("{lost}", format::yuan(lost.cost_cny)),
        ("{attempts}", format::count(lost.attempts)),
    ];
    fact(facts, &value, words::COST, &fill(words::COST_NOTE, &note));
    let value = format::kilograms(all.carbon_location_kg);
    let note = [("{lost}", format::kilograms(lost.carbon_location_kg))];
    fact(
        facts,
        &value,
        words::CARBON_LOCATION,
        &fill(words::CARBON_LOCATION_NOTE, &note),
    );
    let value = format::kilograms(all.carbon_market_kg);
    let note = [("{lost}", format::kilograms(lost.carbon_market_kg))];
    fact(
        facts,
        &value,
        words::CARBON_MARKET,
        &fill(words::CARBON_MARKET_NOTE, &note),
    );
    let value = format::kilowatt_hours(all.energy_kwh);
    fact(
        facts,
        &value,
        words::ENERGY_USED,
        &text(words::ENERGY_USED_NOTE),
    );
    let value = format::share(all.renewable_share);
    fact(
        facts,
        &value,
        words::RENEWABLE,
        &text(words::RENEWABLE_NOTE),
    );
}

fn network(facts: &mut Markup, page: &RunPage<'_>) {
    let all = &page.run.summary.indicators;
    let value = format::bytes(all.wan_bytes);
    fact(facts, &value, words::MOVED, &text(words::MOVED_NOTE));
    let (value, note) = match (all.mean_gap_pct, all.worst_gap_pct) {
        (Some(mean), Some(worst)) => {
            let note = [
                ("{worst}", format!("{} %", format::number(worst))),
                ("{rounds}", format::count(all.rounds_committed)),
            ];
            (
                format!("{} %", format::number(mean)),
                fill(words::GAP_NOTE, &note),
            )
        }
        _ => (String::from("–"), text(words::NO_GAP_NOTE)),
    };
    fact(facts, &value, words::GAP, &note);
}
