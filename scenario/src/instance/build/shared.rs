//! Rows, spans, curves and routes: what jobs share.

use std::collections::HashMap;

use ewc_core::planner::model::{Model, Span};

use super::super::limits::CURVE_VALUES;
use super::super::routes::Network;
use super::super::{Instance, Series};
use super::{Row, nodes};
use crate::error::FieldError;

/// One term of a run's cost: so many units of a kind at a site for so many slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term {
    pub(super) row: u32,
    pub(super) slots: u32,
    pub(super) amount: i64,
}

pub(super) struct Shared {
    pub(super) model: Model,
    pub(super) rows: Vec<Row>,
    /// For each site its rows by kind.
    pub(super) row_of: Vec<Vec<Option<u32>>>,
    /// The row of each cap on power.
    pub(super) power_rows: Vec<u32>,
    /// Smallest and largest capacity of each row.
    pub(super) room: Vec<(i64, i64)>,
    /// For each row of a site, what one unit costs until each slot, from 0 on.
    spent: Vec<Vec<i64>>,
    spans: Vec<Option<u32>>,
    curves: HashMap<Box<[Term]>, u32>,
    network: Network,
    between: HashMap<(u32, u32), Box<[u32]>>,
    routes: HashMap<Vec<u32>, u32>,
    /// For each route, what a unit of rate costs for a slot, and the largest rate.
    pub(super) carries: Vec<(i64, i64)>,
    routes_max: usize,
    link_cost: Vec<i64>,
}

impl Shared {
    pub(super) fn new(instance: &Instance) -> Shared {
        let slots = instance.slots as usize;
        let numbers = nodes(instance);
        let ends = instance.links.iter().map(|link| {
            let [a, b] = &link.ends;
            [numbers[a.as_str()], numbers[b.as_str()]]
        });
        let latency = instance.links.iter().map(|link| link.latency);
        let network = Network::new(numbers.len(), ends.collect(), latency.collect());
        let model = Model {
            slots,
            age: (0..i64::from(instance.slots)).collect(),
            ..Model::default()
        };
        let mut shared = Shared {
            model,
            rows: Vec::new(),
            row_of: Vec::new(),
            power_rows: Vec::new(),
            room: Vec::new(),
            spent: Vec::new(),
            spans: vec![None; slots + 1],
            curves: HashMap::new(),
            network,
            between: HashMap::new(),
            routes: HashMap::new(),
            carries: Vec::new(),
            routes_max: instance.routes as usize,
            link_cost: instance.links.iter().map(|link| link.cost).collect(),
        };
        shared.add_sites(instance);
        for (at, link) in instance.links.iter().enumerate() {
            shared.add_row(Row::Link { link: at as u32 }, &link.capacity);
        }
        for (at, power) in instance.power.iter().enumerate() {
            let row = shared.add_row(Row::Power { power: at as u32 }, &power.cap);
            shared.power_rows.push(row);
        }
        shared
    }

    fn add_sites(&mut self, instance: &Instance) {
        for (at, site) in instance.sites.iter().enumerate() {
            let mut of_site = Vec::with_capacity(instance.kinds.len());
            for (kind, name) in instance.kinds.iter().enumerate() {
                let capacity = site.capacity.get(name);
                of_site.push(capacity.map(|capacity| {
                    let row = Row::Site {
                        site: at as u32,
                        kind: kind as u32,
                    };
                    self.spent
                        .push(spent(site.cost.get(name), self.model.slots));
                    self.add_row(row, capacity)
                }));
            }
            self.row_of.push(of_site);
        }
    }

    fn add_row(&mut self, row: Row, capacity: &Series) -> u32 {
        let capacity = capacity.over(self.model.slots);
        let least = capacity.iter().copied().min().unwrap_or(0);
        let most = capacity.iter().copied().max().unwrap_or(0);
        self.room.push((least, most));
        self.rows.push(row);
        self.model.capacity.push(capacity);
        (self.rows.len() - 1) as u32
    }

    /// A span of whole slots.
    pub(super) fn span(&mut self, length: u32) -> u32 {
        let model = &mut self.model;
        *self.spans[length as usize].get_or_insert_with(|| {
            model.spans.push(span(length as usize, model.slots));
            (model.spans.len() - 1) as u32
        })
    }

    /// The curve and weight of a run's cost.
    pub(super) fn curve(&mut self, terms: &mut [Term]) -> Result<(u32, i64), FieldError> {
        terms.sort_unstable();
        let weight = terms.iter().fold(0, |gcd, term| greatest(gcd, term.amount));
        for term in terms.iter_mut() {
            term.amount /= weight.max(1);
        }
        if let Some(&curve) = self.curves.get(&*terms) {
            return Ok((curve, weight));
        }
        let slots = self.model.slots;
        if (self.curves.len() + 1) * slots > CURVE_VALUES {
            let problem = "make too many different sums of costs, one for each choice of sites";
            let hint = "give jobs of several groups fewer sites";
            return Err(FieldError::new("jobs", problem, hint));
        }
        let cost = |start: usize, term: &Term| {
            let spent = &self.spent[term.row as usize];
            let until = (start + term.slots as usize).min(slots);
            i128::from(term.amount) * i128::from(spent[until] - spent[start])
        };
        // What is out of range stays out of range for the model's own check.
        let curve = (0..slots).map(|start| {
            let whole: i128 = terms.iter().map(|term| cost(start, term)).sum();
            i64::try_from(whole).unwrap_or(i64::MAX)
        });
        self.model.curves.push(curve.collect());
        let number = (self.model.curves.len() - 1) as u32;
        self.curves.insert(terms.into(), number);
        Ok((number, weight))
    }

    /// The routes from one node to another, best first.
    pub(super) fn routes(&mut self, from: u32, to: u32) -> &[u32] {
        if !self.between.contains_key(&(from, to)) {
            let found = self.network.best(from, to, self.routes_max);
            let numbers = found.into_iter().map(|links| self.number(links)).collect();
            self.between.insert((from, to), numbers);
        }
        &self.between[&(from, to)]
    }

    /// One number for a route and its way back.
    fn number(&mut self, mut links: Vec<u32>) -> u32 {
        if links.first() > links.last() {
            links.reverse();
        }
        if let Some(&number) = self.routes.get(&links) {
            return number;
        }
        let first_link = self.spent.len() as u32;
        let cost = links
            .iter()
            .map(|&link| self.link_cost[link as usize])
            .sum();
        let rows: Vec<u32> = links.iter().map(|link| first_link + link).collect();
        let widest = rows.iter().map(|&row| self.room[row as usize].1).min();
        self.carries.push((cost, widest.unwrap_or(i64::MAX)));
        self.model.routes.push(rows);
        let number = (self.model.routes.len() - 1) as u32;
        self.routes.insert(links, number);
        number
    }
}

/// A span that begins too late to end within the horizon holds a part of the slot behind it, so
/// that it ends after every deadline.
fn span(length: usize, slots: usize) -> Span {
    let late = |start: usize| start + length > slots;
    let tail = |start| if late(start) { 999 } else { 0 };
    Span {
        whole: (0..slots)
            .map(|start| (start + length).min(slots) as u32)
            .collect(),
        tail_permille: (0..slots).map(tail).collect(),
    }
}

fn spent(cost: Option<&Series>, slots: usize) -> Vec<i64> {
    let mut sum = 0;
    let mut spent = vec![0];
    for slot in 0..slots {
        sum += cost.map_or(0, |cost| cost.at(slot));
        spent.push(sum);
    }
    spent
}

fn greatest(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest(b, a % b) }
}
