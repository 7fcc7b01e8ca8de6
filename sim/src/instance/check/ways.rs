//! What things cost at the prices of a plan: capacity and links, slot by slot.
//!
//! All sums are exact, in units of 2^-shift of the instance's cost.

use std::collections::BTreeMap;

use ewc_scenario::instance::{Instance, Prices, RowPrice, Series};

use super::network::Network;
use super::{Rule, Violation, imbalance};

/// Largest `shift`.
const SHIFT_MAX: u32 = 60;
/// No sum may come near the range of 128 bits.
const SUM_MAX: f64 = (1u128 << 124) as f64;

/// Sums over slots from 0 on, so that a difference is the sum over a window.
pub(super) type Sums = Vec<i128>;

/// Prices by name.
pub(super) struct Priced<'i> {
    pub(super) shift: u32,
    /// Each kind at each site.
    pub(super) rows: BTreeMap<(&'i str, &'i str), Row<'i>>,
    /// Price of each kind of each quota.
    pub(super) quotas: BTreeMap<(&'i str, &'i str), Sums>,
    /// Price of each cap on power.
    pub(super) power: BTreeMap<&'i str, Sums>,
    /// Price of a unit of rate on each link.
    pub(super) link: Vec<Sums>,
    /// What all capacity is worth.
    pub(super) worth: i128,
    routes: BTreeMap<(&'i str, &'i str), Vec<Carrier>>,
}

/// One kind of capacity at a site.
pub(super) struct Row<'i> {
    /// What one unit costs, cost and price together.
    pub(super) unit: Sums,
    pub(super) there: &'i Series,
    /// The least that is there in any slot.
    pub(super) least: i64,
}

/// A route at these prices.
struct Carrier {
    /// Cost of one unit of rate for one slot.
    cost: i128,
    price: Sums,
    room: Vec<i64>,
}

/// Data that has to move.
pub(super) struct Body<'i> {
    pub(super) from: Vec<&'i str>,
    pub(super) to: &'i str,
    pub(super) volume: i64,
    pub(super) rates: &'i [i64],
    pub(super) first: u32,
    pub(super) until: u32,
}

impl<'i> Priced<'i> {
    pub(super) fn new(instance: &'i Instance, prices: &Prices) -> Result<Priced<'i>, Violation> {
        if prices.shift > SHIFT_MAX {
            let problem = format!("is {}, above {SHIFT_MAX}", prices.shift);
            return Err(Violation::new(Rule::Bound, "prices.shift", problem));
        }
        if largest(instance, prices) > SUM_MAX {
            let problem = "costs and prices are too large to add up exactly";
            return Err(Violation::new(Rule::Bound, "prices", problem));
        }
        let mut by_name = BTreeMap::new();
        for (at, row) in prices.rows.iter().enumerate() {
            let path = format!("prices.rows[{at}]");
            let wrong = |problem: &str| Violation::new(Rule::Bound, &path, problem);
            let key = name(instance, row).ok_or_else(|| wrong("names no row of the instance"))?;
            if row.price.len() != instance.slots as usize {
                return Err(wrong("has not one price for each slot"));
            }
            if row.price.iter().any(|&price| price < 0) {
                return Err(wrong("a price is negative"));
            }
            if by_name.insert(key, &row.price).is_some() {
                return Err(wrong("comes twice"));
            }
        }
        let of_row = |row: RowName<'i>, slot: usize| {
            i128::from(by_name.get(&row).map_or(0, |price| price[slot]))
        };
        let price = |first: &'i str, second: Option<&'i str>, slot: usize| {
            of_row((Thing::Own, first, second), slot)
        };
        let slots = instance.slots as usize;
        let mut worth = 0;
        let mut rows = BTreeMap::new();
        for site in &instance.sites {
            for (kind, there) in site.capacity.iter() {
                let cost = |slot| site.cost.get(kind).map_or(0, |cost| cost.at(slot));
                let of = |slot| price(&site.name, Some(kind), slot);
                let both = |slot| (i128::from(cost(slot)) << prices.shift) + of(slot);
                let marks = imbalance::marks(instance, &site.name, kind);
                let terms = (0..slots).map(|slot| {
                    let there = there.at(slot);
                    imbalance::worth(marks, slot, there, (of(slot), prices.shift))
                });
                worth += terms.sum::<i128>();
                let row = Row {
                    unit: sums((0..slots).map(both)),
                    there,
                    least: (0..slots).map(|slot| there.at(slot)).min().unwrap_or(0),
                };
                rows.insert((site.name.as_str(), kind), row);
            }
        }
        let mut link = Vec::new();
        for own in &instance.links {
            let of = |slot| price(&own.name, None, slot);
            let terms = (0..slots).map(|slot| of(slot) * i128::from(own.capacity.at(slot)));
            worth += terms.sum::<i128>();
            link.push(sums((0..slots).map(of)));
        }
        let mut quotas = BTreeMap::new();
        for quota in &instance.quotas {
            for (kind, there) in quota.capacity.iter() {
                let of = |slot| of_row((Thing::Quota, &quota.name, Some(kind)), slot);
                let terms = (0..slots).map(|slot| of(slot) * i128::from(there.at(slot)));
                worth += terms.sum::<i128>();
                quotas.insert((quota.name.as_str(), kind), sums((0..slots).map(of)));
            }
        }
        let mut power = BTreeMap::new();
        for own in &instance.power {
            let of = |slot| of_row((Thing::Power, &own.name, None), slot);
            let terms = (0..slots).map(|slot| of(slot) * i128::from(own.cap.at(slot)));
            worth += terms.sum::<i128>();
            power.insert(own.name.as_str(), sums((0..slots).map(of)));
        }
        Ok(Priced {
            shift: prices.shift,
            rows,
            quotas,
            power,
            link,
            worth,
            routes: BTreeMap::new(),
        })
    }

    /// The least cost of moving data within each window that ends at a slot, or that begins there.
    fn windows(
        &mut self,
        network: &mut Network<'i>,
        body: &Body<'i>,
        mut tell: impl FnMut(usize, usize, i128),
    ) {
        for &from in &body.from {
            self.learn(network, from, body.to);
            for carrier in &self.routes[&(from, body.to)] {
                for &rate in body.rates {
                    let slots = body.volume / rate + i64::from(body.volume % rate > 0);
                    let cost = (carrier.cost * i128::from(rate) * i128::from(slots)) << self.shift;
                    let mut start = body.first as usize;
                    while start + slots as usize <= body.until as usize {
                        let end = start + slots as usize;
                        if carrier.room[start..end].iter().all(|&room| room >= rate) {
                            let price = carrier.price[end] - carrier.price[start];
                            tell(start, end, cost + price * i128::from(rate));
                        }
                        start += 1;
                    }
                }
            }
        }
    }

    /// For each slot, the least cost of data that has come by then.
    pub(super) fn arrived(
        &mut self,
        network: &mut Network<'i>,
        body: &Body<'i>,
    ) -> Vec<Option<i128>> {
        let mut least = vec![None; body.until as usize + 1];
        self.windows(network, body, |_, end, cost| lower(&mut least[end], cost));
        for end in 1..least.len() {
            if let Some(before) = least[end - 1] {
                lower(&mut least[end], before);
            }
        }
        least
    }

    /// For each slot, the least cost of data that leaves from then on.
    pub(super) fn leaving(
        &mut self,
        network: &mut Network<'i>,
        body: &Body<'i>,
    ) -> Vec<Option<i128>> {
        let mut least = vec![None; body.until as usize + 1];
        self.windows(network, body, |start, _, cost| {
            lower(&mut least[start], cost)
        });
        for start in (1..least.len()).rev() {
            if let Some(after) = least[start] {
                lower(&mut least[start - 1], after);
            }
        }
        least
    }

    fn learn(&mut self, network: &mut Network<'i>, from: &'i str, to: &'i str) {
        if self.routes.contains_key(&(from, to)) {
            return;
        }
        let instance = network.instance;
        let slots = instance.slots as usize;
        let mut carriers = Vec::new();
        for links in network.routes(from, to) {
            let of = |link: usize| &instance.links[link];
            let room = |slot| links.iter().map(|&link| of(link).capacity.at(slot)).min();
            let price = |slot| links.iter().map(|&link| self.link[link][slot]).sum();
            carriers.push(Carrier {
                cost: links.iter().map(|&link| i128::from(of(link).cost)).sum(),
                price: (0..=slots).map(price).collect(),
                room: (0..slots).filter_map(room).collect(),
            });
        }
        self.routes.insert((from, to), carriers);
    }
}

fn lower(least: &mut Option<i128>, cost: i128) {
    *least = Some(least.map_or(cost, |least| least.min(cost)));
}

fn sums(values: impl Iterator<Item = i128>) -> Sums {
    let mut sum = 0;
    let mut sums = vec![0];
    for value in values {
        sum += value;
        sums.push(sum);
    }
    sums
}

/// More than any sum over an instance and its prices comes to: one job's column, or what all
/// capacity is worth, or what leaving all jobs out costs.
fn largest(instance: &Instance, prices: &Prices) -> f64 {
    let most = |values: &mut dyn Iterator<Item = i64>| values.max().unwrap_or(0) as f64;
    let slots = 0..instance.slots as usize;
    let over = |series: &Series| slots.clone().map(|slot| series.at(slot)).max().unwrap_or(0);
    let sites = &instance.sites;
    let there = sites
        .iter()
        .flat_map(|site| site.capacity.iter().map(|(_, own)| over(own)));
    let there = there.chain(instance.links.iter().map(|link| over(&link.capacity)));
    let quotas = instance.quotas.iter();
    let quotas = quotas.flat_map(|quota| quota.capacity.iter().map(|(_, own)| over(own)));
    let there = there.chain(quotas);
    let there = there.chain(instance.power.iter().map(|power| over(&power.cap)));
    let unit = sites
        .iter()
        .flat_map(|site| site.cost.iter().map(|(_, own)| over(own)));
    let unit = unit.chain(instance.links.iter().map(|link| link.cost));
    let jobs = &instance.jobs;
    let groups = jobs.iter().flat_map(|job| &job.groups);
    let needs = groups.flat_map(|group| group.needs.iter().map(|(_, &amount)| amount));
    let rates = jobs.iter().flat_map(|job| {
        let inputs = job.inputs.iter().flat_map(|input| &input.rates);
        inputs
            .chain(job.outputs.iter().flat_map(|output| &output.rates))
            .copied()
    });
    let fixed = jobs.iter().flat_map(|job| {
        let extra = job
            .sites
            .iter()
            .flat_map(|sites| sites.iter().map(|(_, &extra)| extra));
        extra.chain([job.delay])
    });
    let price = prices.rows.iter().flat_map(|row| row.price.iter().copied());
    let scale = 2f64.powi(prices.shift as i32);
    let per_unit = most(&mut { unit }) * scale + most(&mut { price });
    let (held, listed) = largest_listed(instance);
    let amount = most(&mut there.chain(needs).chain(rates)).max(held);
    // A unit that is held may draw as much on each cap.
    let drawn = instance.power.iter().flat_map(|power| &power.draws);
    let amount = amount * most(&mut drawn.map(|draw| draw.units)).max(1.0);
    // Groups and transfers of a job hold a row several times.
    let quotas = instance.quotas.len() * instance.kinds.len();
    let others = quotas + instance.power.len() * instance.kinds.len() + 1000;
    let rows = (instance.links.len() + sites.len() * instance.kinds.len() + others) as f64;
    let fixed = most(&mut { fixed }) * scale * rows * f64::from(instance.slots) + listed * scale;
    let out = jobs
        .iter()
        .map(|job| f64::from(job.count) * (job.unplaced as f64 + listed));
    per_unit * amount * f64::from(instance.slots) * rows + fixed + out.sum::<f64>() * scale
}

/// The largest amount that a listed choice holds, and more than any of its columns costs.
fn largest_listed(instance: &Instance) -> (f64, f64) {
    let Some(tables) = &instance.tables else {
        return (0.0, 0.0);
    };
    let size = |value: i64| value.unsigned_abs() as f64;
    let curve = tables.curves.iter().flatten().map(|&cost| size(cost));
    let curve = curve.fold(0.0, f64::max);
    let waited = tables
        .edges_ms
        .last()
        .map_or(0.0, |&edge_ms| size(edge_ms) / 1000.0);
    let (mut amount, mut cost) = (0.0, 0.0);
    for job in &instance.jobs {
        for choice in job.choices.iter().flatten() {
            let legs = choice.legs();
            let mut own = size(choice.fixed) + size(choice.weight) * curve;
            own += size(job.delay) * waited;
            for leg in legs {
                let dearest = leg.ways.iter().map(|way| size(way.cost));
                own += dearest.fold(0.0, f64::max);
                let rates = leg.ways.iter().map(|way| size(way.rate));
                amount = rates.fold(amount, f64::max);
            }
            cost = f64::max(cost, own);
            let held = choice.holds.iter().map(|hold| size(hold.amount));
            amount = held.fold(amount, f64::max);
        }
    }
    (amount, cost)
}

/// What a name is of: a site or link, a quota, or a cap on power.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Own,
    Quota,
    Power,
}

/// Site or quota and kind, link, or cap.
type RowName<'i> = (Thing, &'i str, Option<&'i str>);

/// Site and kind, quota and kind, link, or cap on power, as the instance names it.
fn name<'i>(instance: &'i Instance, row: &RowPrice) -> Option<RowName<'i>> {
    if let Some(power) = &row.power {
        let power = instance.power.iter().find(|own| own.name == *power)?;
        let others = [&row.site, &row.kind, &row.quota, &row.link];
        let alone = others.iter().all(|other| other.is_none());
        return alone.then_some((Thing::Power, power.name.as_str(), None));
    }
    if let Some(quota) = &row.quota {
        let quota = instance.quotas.iter().find(|own| own.name == *quota)?;
        let kind = instance
            .kinds
            .iter()
            .find(|own| Some(*own) == row.kind.as_ref())?;
        quota.capacity.get(kind)?;
        let alone = row.site.is_none() && row.link.is_none();
        return alone.then_some((Thing::Quota, quota.name.as_str(), Some(kind.as_str())));
    }
    match (&row.site, &row.kind, &row.link) {
        (Some(site), Some(kind), None) => {
            let site = instance.sites.iter().find(|own| own.name == *site)?;
            let kind = instance.kinds.iter().find(|own| *own == kind)?;
            site.capacity.get(kind)?;
            Some((Thing::Own, &site.name, Some(kind)))
        }
        (None, None, Some(link)) => {
            let link = instance.links.iter().find(|own| own.name == *link)?;
            Some((Thing::Own, &link.name, None))
        }
        _ => None,
    }
}
