//! The model of an instance whose jobs list their choices: every table and number as it stands.

use std::collections::BTreeMap;

use ewc_core::planner::model::{self, Class, Model, Span, Use};

use super::super::{Choice, Hold, Instance, Job, Leg, Tables, WhyUnplaced};
use super::{Built, Row};

/// Builds the model of a checked instance.
pub(super) fn build(instance: &Instance, tables: &Tables) -> Built {
    let slots = instance.slots as usize;
    let (rows, capacity) = rows(instance, slots);
    let numbers = Numbers::of(instance, &rows);
    let edges = &tables.edges_ms;
    let age = edges[..slots].iter().map(|edge_ms| edge_ms / 1000);
    let path = |path: &Vec<String>| {
        path.iter()
            .map(|link| numbers.links[link.as_str()])
            .collect()
    };
    let model = Model {
        slots,
        capacity,
        spans: tables
            .lengths_ms
            .iter()
            .map(|length| span(edges, *length))
            .collect(),
        curves: tables.curves.clone(),
        age: age.collect(),
        routes: tables.paths.iter().map(path).collect(),
        classes: instance
            .jobs
            .iter()
            .map(|job| class(&numbers, job))
            .collect(),
        ..Model::default()
    };
    let why = model
        .classes
        .iter()
        .map(|class| match class.choices.is_empty() {
            true => WhyUnplaced::Choice,
            false => WhyUnplaced::Crowded,
        });
    Built {
        why: why.collect(),
        model,
        rows,
    }
}

/// Kinds of sites in the order of the file and its kinds, then links, caps on power, and kinds of
/// quotas.
fn rows(instance: &Instance, slots: usize) -> (Vec<Row>, Vec<Vec<i64>>) {
    let mut rows = Vec::new();
    let mut capacity = Vec::new();
    for (at, site) in instance.sites.iter().enumerate() {
        for (number, kind) in instance.kinds.iter().enumerate() {
            if let Some(there) = site.capacity.get(kind) {
                let (site, kind) = (at as u32, number as u32);
                rows.push(Row::Site { site, kind });
                capacity.push(there.over(slots));
            }
        }
    }
    for (at, link) in instance.links.iter().enumerate() {
        rows.push(Row::Link { link: at as u32 });
        capacity.push(link.capacity.over(slots));
    }
    for (at, power) in instance.power.iter().enumerate() {
        rows.push(Row::Power { power: at as u32 });
        capacity.push(power.cap.over(slots));
    }
    for (at, quota) in instance.quotas.iter().enumerate() {
        for (number, kind) in instance.kinds.iter().enumerate() {
            if let Some(there) = quota.capacity.get(kind) {
                let (quota, kind) = (at as u32, number as u32);
                rows.push(Row::Quota { quota, kind });
                capacity.push(there.over(slots));
            }
        }
    }
    (rows, capacity)
}

/// Rows by name.
struct Numbers<'i> {
    sites: BTreeMap<(&'i str, &'i str), u32>,
    links: BTreeMap<&'i str, u32>,
    powers: BTreeMap<&'i str, u32>,
    quotas: BTreeMap<(&'i str, &'i str), u32>,
}

impl<'i> Numbers<'i> {
    fn of(instance: &'i Instance, rows: &[Row]) -> Numbers<'i> {
        let mut numbers = Numbers {
            sites: BTreeMap::new(),
            links: BTreeMap::new(),
            powers: BTreeMap::new(),
            quotas: BTreeMap::new(),
        };
        for (number, row) in (0..).zip(rows) {
            match *row {
                Row::Site { site, kind } => {
                    let site = instance.sites[site as usize].name.as_str();
                    let kind = instance.kinds[kind as usize].as_str();
                    numbers.sites.insert((site, kind), number);
                }
                Row::Link { link } => {
                    let name = instance.links[link as usize].name.as_str();
                    numbers.links.insert(name, number);
                }
                Row::Power { power } => {
                    let name = instance.power[power as usize].name.as_str();
                    numbers.powers.insert(name, number);
                }
                Row::Quota { quota, kind } => {
                    let quota = instance.quotas[quota as usize].name.as_str();
                    let kind = instance.kinds[kind as usize].as_str();
                    numbers.quotas.insert((quota, kind), number);
                }
            }
        }
        numbers
    }

    /// The row of a hold. A kind that a site has not got, or that no quota limits, is a row that is
    /// not there: the model's check refuses it.
    fn row(&self, hold: &Hold) -> u32 {
        if let Some(power) = &hold.power {
            let row = self.powers.get(power.as_str());
            return row.copied().unwrap_or(u32::MAX);
        }
        let (rows, name) = match &hold.quota {
            Some(quota) => (&self.quotas, quota.as_str()),
            None => (&self.sites, hold.site.as_deref().unwrap_or_default()),
        };
        let row = rows.get(&(name, hold.kind.as_str()));
        row.copied().unwrap_or(u32::MAX)
    }
}

fn class(numbers: &Numbers<'_>, job: &Job) -> Class {
    let choices = job.choices.iter().flatten().zip(0..);
    Class {
        count: job.count,
        unplaced: job.unplaced,
        delay: job.delay,
        choices: choices
            .map(|(listed, tag)| choice(numbers, listed, tag))
            .collect(),
    }
}

fn choice(numbers: &Numbers<'_>, listed: &Choice, tag: u32) -> model::Choice {
    let uses = listed.holds.iter().map(|hold| Use {
        row: numbers.row(hold),
        span: hold.length,
        amount: hold.amount,
    });
    model::Choice {
        tag,
        first: listed.first,
        last: listed.last,
        fixed: listed.fixed,
        weight: listed.weight,
        curve: listed.curve,
        span: listed.length,
        uses: uses.collect(),
        inbound: listed.inputs.iter().map(leg).collect(),
        outbound: listed.outputs.iter().map(leg).collect(),
        steady: listed.steady.iter().map(leg).collect(),
    }
}

fn leg(listed: &Leg) -> model::Leg {
    let ways = listed.ways.iter().map(|way| model::Way {
        route: way.path,
        span: way.length,
        rate: way.rate,
        cost: way.cost,
    });
    model::Leg {
        first: listed.first,
        until: listed.until,
        ways: ways.collect(),
    }
}

/// What something of this length holds, by the slot at whose start it begins: all of the slots
/// before the one in which it ends, and that one for a part. What passes the last edge is cut off.
fn span(edges: &[i64], length_ms: i64) -> Span {
    let slots = edges.len() - 1;
    let of = |start: usize| {
        let end_ms = edges[start] + length_ms;
        if end_ms >= edges[slots] {
            return (slots as u32, 0);
        }
        let last = edges.partition_point(|edge_ms| *edge_ms <= end_ms) - 1;
        let width_ms = i128::from(edges[last + 1] - edges[last]);
        let part = i128::from(end_ms - edges[last]) * 1000 / width_ms;
        // Something that begins holds something, however short.
        (last as u32, part.max(i128::from(last == start)) as u16)
    };
    let (whole, tail_permille) = (0..slots).map(of).unzip();
    Span {
        whole,
        tail_permille,
    }
}
