//! Jobs that list their choices: what they hold and cost, and what the prices prove of them.

use std::collections::BTreeSet;

use ewc_scenario::instance::{Choice, Hold, Instance, Job, Leg, Moved, Place, Tables, Way};

use super::feasible::Book;
use super::ways::{Priced, Sums};
use super::{Rule, Violation};

/// What something that begins with a slot holds: the slots before `whole`, and of that one so many
/// thousandths.
#[derive(Clone, Copy)]
struct Lasting {
    whole: usize,
    part: i128,
}

impl Lasting {
    fn of(tables: &Tables, length: u32, start: usize) -> Lasting {
        let edges = &tables.edges_ms;
        let end_ms = edges[start] + tables.lengths_ms[length as usize];
        let mut whole = start;
        while whole + 1 < edges.len() && edges[whole + 1] <= end_ms {
            whole += 1;
        }
        if whole + 1 == edges.len() {
            return Lasting { whole, part: 0 };
        }
        let (over_ms, width_ms) = (end_ms - edges[whole], edges[whole + 1] - edges[whole]);
        let part = i128::from(over_ms) * 1000 / i128::from(width_ms);
        // What begins holds something of its slot.
        let part = if whole == start { part.max(1) } else { part };
        Lasting { whole, part }
    }

    /// First slot of which it holds nothing.
    fn end(self) -> usize {
        self.whole + usize::from(self.part > 0)
    }

    /// What it takes of the slot in which it ends: its part, rounded up.
    fn last(self, amount: i64) -> i128 {
        (i128::from(amount) * self.part + 999) / 1000
    }

    /// Tells of every slot what it takes.
    fn each(self, start: usize, amount: i64, mut tell: impl FnMut(usize, i128)) {
        (start..self.whole).for_each(|slot| tell(slot, i128::from(amount)));
        if self.part > 0 {
            tell(self.whole, self.last(amount));
        }
    }

    /// What it pays at prices by their sums.
    fn price(self, sums: &Sums, start: usize, amount: i64) -> i128 {
        let whole = i128::from(amount) * (sums[self.whole] - sums[start]);
        match self.part > 0 {
            true => whole + self.last(amount) * (sums[self.whole + 1] - sums[self.whole]),
            false => whole,
        }
    }
}

/// What a run costs by itself.
fn run_cost(tables: &Tables, job: &Job, choice: &Choice, start: usize) -> i128 {
    let curve = i128::from(tables.curves[choice.curve as usize][start]);
    let waited = i128::from(tables.edges_ms[start] / 1000);
    i128::from(choice.fixed) + i128::from(choice.weight) * curve + i128::from(job.delay) * waited
}

impl<'i> Book<'i, '_> {
    /// Checks a place by the choice it names. Returns the cost for one job.
    pub(super) fn listed(
        &mut self,
        path: &str,
        (tables, job, choices): (&'i Tables, &'i Job, &'i [Choice]),
        place: &Place,
    ) -> Result<i128, Violation> {
        let named = place.choice.and_then(|choice| choices.get(choice as usize));
        let named = named.filter(|choice| choice.sites == place.sites);
        let choice = named.ok_or_else(|| {
            let problem = "names no choice of the job with these sites";
            Violation::new(Rule::Sites, path, problem)
        })?;
        if place.start < choice.first {
            let problem = format!("starts in {}, before {}", place.start, choice.first);
            return Err(Violation::new(Rule::Release, path, problem));
        }
        if place.start > choice.last {
            let problem = format!("starts in {}, after {}", place.start, choice.last);
            return Err(Violation::new(Rule::Deadline, path, problem));
        }
        let start = place.start as usize;
        for hold in &choice.holds {
            self.hold(path, (tables, hold), start, place.count)?;
        }
        let end = Lasting::of(tables, choice.length, start).end();
        let mut cost = run_cost(tables, job, choice, start);
        for (what, legs, moves, run) in [
            ("inputs", &choice.inputs, &place.inputs, Side::Before(start)),
            ("outputs", &choice.outputs, &place.outputs, Side::After(end)),
            (
                "steady",
                &choice.steady,
                &place.steady,
                Side::Beside(start, choice.length),
            ),
        ] {
            let path = format!("{path}.{what}");
            cost += self.legs(&path, tables, (legs, moves), run, place.count)?;
        }
        Ok(cost)
    }

    fn hold(
        &mut self,
        path: &str,
        (tables, hold): (&Tables, &'i Hold),
        start: usize,
        count: u32,
    ) -> Result<(), Violation> {
        let horizon = self.instance.slots as usize;
        let site = hold
            .site
            .as_deref()
            .and_then(|name| self.sites.get(name).copied());
        let site = site.filter(|site| site.capacity.get(&hold.kind).is_some());
        let mut quotas = self.instance.quotas.iter();
        let quota = quotas.find(|quota| hold.quota.as_deref() == Some(quota.name.as_str()));
        let quota = quota.filter(|quota| quota.capacity.get(&hold.kind).is_some());
        let mut powers = self.instance.power.iter();
        let power = powers.find(|power| hold.power.as_deref() == Some(power.name.as_str()));
        if let (None, None, Some(power)) = (site, quota, power) {
            let taken = self.of_power.entry(&power.name);
            let taken = taken.or_insert_with(|| vec![0; horizon]);
            let lasting = Lasting::of(tables, hold.length, start);
            lasting.each(start, hold.amount, |slot, amount| {
                taken[slot] += amount * i128::from(count);
            });
            return Ok(());
        }
        let taken = match (site, quota) {
            (Some(site), None) => self.of_sites.entry((&site.name, &hold.kind)),
            (None, Some(quota)) => self.of_quotas.entry((&quota.name, &hold.kind)),
            _ => {
                let problem = format!("holds {} of what has none", hold.kind);
                return Err(Violation::new(Rule::Sites, path, problem));
            }
        };
        let taken = taken.or_insert_with(|| vec![0; horizon]);
        let lasting = Lasting::of(tables, hold.length, start);
        lasting.each(start, hold.amount, |slot, amount| {
            taken[slot] += amount * i128::from(count);
        });
        Ok(())
    }

    fn legs(
        &mut self,
        path: &str,
        tables: &'i Tables,
        (legs, moves): (&'i [Leg], &[Moved]),
        run: Side,
        count: u32,
    ) -> Result<i128, Violation> {
        let mut seen = BTreeSet::new();
        let mut cost = 0;
        for (at, moved) in moves.iter().enumerate() {
            let path = format!("{path}[{at}]");
            let leg = legs.get(moved.data as usize);
            let leg = leg.filter(|_| seen.insert(moved.data)).ok_or_else(|| {
                let problem = format!("data {} is not asked for", moved.data);
                Violation::new(Rule::Data, &path, problem)
            })?;
            cost += self.carriage(&path, tables, (leg, moved), run, count)?;
        }
        match (0..legs.len() as u32).find(|data| !seen.contains(data)) {
            None => Ok(cost),
            Some(data) => {
                let problem = format!("data {data} does not move");
                Err(Violation::new(Rule::Data, path, problem))
            }
        }
    }

    fn carriage(
        &mut self,
        path: &str,
        tables: &'i Tables,
        (leg, moved): (&'i Leg, &Moved),
        run: Side,
        count: u32,
    ) -> Result<i128, Violation> {
        let wrong = |rule, problem: String| Err(Violation::new(rule, path, problem));
        let near = match run {
            Side::Before(_) => &moved.to,
            Side::After(_) | Side::Beside(..) => &moved.from,
        };
        if *near != leg.at {
            return wrong(Rule::Source, format!("\"{near}\" is not \"{}\"", leg.at));
        }
        let start = moved.start as usize;
        if moved.start < leg.first {
            return wrong(Rule::Release, format!("begins before {}", leg.first));
        }
        if start >= self.instance.slots as usize {
            return wrong(Rule::Deadline, "begins after the horizon".to_owned());
        }
        let path_is = |way: &&Way| tables.paths[way.path as usize] == moved.links;
        if !leg.ways.iter().any(|way| path_is(&way)) || !self.joins(moved) {
            return wrong(Rule::Route, "no way goes over these links".to_owned());
        }
        let lasts = |way: &Way| Lasting::of(tables, way.length, start);
        let same = leg.ways.iter().filter(path_is);
        let same = same.filter(|way| way.rate == moved.rate);
        let same = same.filter(|way| lasts(way).end() - start == moved.slots as usize);
        let Some(way) = same.min_by_key(|way| (way.cost, way.length)) else {
            let problem = "no way has this rate for so many slots".to_owned();
            return wrong(Rule::Rate, problem);
        };
        let lasting = lasts(way);
        let steady = matches!(run, Side::Beside(..));
        if !steady && lasting.end() > leg.until as usize {
            return wrong(Rule::Deadline, format!("ends past {}", leg.until));
        }
        match run {
            Side::Before(run) if lasting.whole > run => {
                return wrong(Rule::Order, format!("is not there in {run}"));
            }
            Side::After(end) if start < end => {
                return wrong(Rule::Order, format!("leaves before {end}"));
            }
            Side::Beside(run, length) if start != run || way.length != length => {
                return wrong(
                    Rule::Order,
                    format!("does not flow with the run from {run} on"),
                );
            }
            Side::Before(_) | Side::After(_) | Side::Beside(..) => {}
        }
        for name in &moved.links {
            let taken = &mut self.of_links[self.links[name.as_str()]];
            lasting.each(start, way.rate, |slot, amount| {
                taken[slot] += amount * i128::from(count);
            });
        }
        Ok(i128::from(way.cost))
    }

    /// True when the links lead from one end to the other.
    fn joins(&self, moved: &Moved) -> bool {
        let mut node = moved.from.as_str();
        for name in &moved.links {
            let [a, b] = &self.instance.links[self.links[name.as_str()]].ends;
            node = match node {
                node if node == a => b,
                node if node == b => a,
                _ => return false,
            };
        }
        node == moved.to
    }
}

/// When a run wants its data: there before it starts, gone after it has ended, or flowing from its
/// start on for its length.
#[derive(Clone, Copy)]
enum Side {
    Before(usize),
    After(usize),
    Beside(usize, u32),
}

/// Prices of each path, as sums over slots.
pub(super) struct Paths {
    sums: Vec<Sums>,
}

impl Paths {
    pub(super) fn of(instance: &Instance, tables: &Tables, priced: &Priced<'_>) -> Paths {
        let slots = instance.slots as usize;
        let position = |name: &String| {
            let mut links = instance.links.iter();
            links.position(|link| link.name == *name)
        };
        let sums = tables.paths.iter().map(|path| {
            let links: Vec<usize> = path.iter().filter_map(position).collect();
            let at = |slot: usize| links.iter().map(|link| priced.link[*link][slot]).sum();
            (0..=slots).map(at).collect()
        });
        Paths {
            sums: sums.collect(),
        }
    }
}

/// The least that one job costs at the prices by any of its choices.
pub(super) fn least(
    (tables, job, choices): (&Tables, &Job, &[Choice]),
    priced: &Priced<'_>,
    paths: &Paths,
) -> Option<i128> {
    let of = |choice| least_of(tables, job, choice, priced, paths);
    choices.iter().filter_map(of).min()
}

fn least_of(
    tables: &Tables,
    job: &Job,
    choice: &Choice,
    priced: &Priced<'_>,
    paths: &Paths,
) -> Option<i128> {
    let mut rows = Vec::new();
    for hold in &choice.holds {
        let sums = match (&hold.site, &hold.quota) {
            _ if hold.power.is_some() => priced.power.get(hold.power.as_deref()?)?,
            (Some(site), _) => &priced.rows.get(&(site.as_str(), hold.kind.as_str()))?.unit,
            (None, Some(quota)) => priced.quotas.get(&(quota.as_str(), hold.kind.as_str()))?,
            (None, None) => return None,
        };
        rows.push((sums, hold));
    }
    let come = choice.inputs.iter();
    let come: Vec<_> = come
        .map(|leg| arrived(tables, leg, priced, paths))
        .collect();
    let leave = choice.outputs.iter();
    let leave: Vec<_> = leave
        .map(|leg| leaving(tables, leg, priced, paths))
        .collect();
    let mut least = None;
    for start in choice.first as usize..=choice.last as usize {
        let end = Lasting::of(tables, choice.length, start).end();
        let moved = come.iter().map(|come| come[start]);
        let moved = moved.chain(leave.iter().map(|leave| leave.get(end).copied().flatten()));
        let beside = choice.steady.iter();
        let moved = moved.chain(beside.map(|leg| flowing(tables, leg, start, priced, paths)));
        let Some(moved) = moved.sum::<Option<i128>>() else {
            continue;
        };
        let mut cost = (run_cost(tables, job, choice, start) << priced.shift) + moved;
        for (sums, hold) in &rows {
            let lasting = Lasting::of(tables, hold.length, start);
            cost += lasting.price(sums, start, hold.amount);
        }
        least = Some(least.map_or(cost, |least: i128| least.min(cost)));
    }
    least
}

/// For each slot, the least cost of data that is there when it begins.
fn arrived(tables: &Tables, leg: &Leg, priced: &Priced<'_>, paths: &Paths) -> Vec<Option<i128>> {
    let mut least: Vec<Option<i128>> = vec![None; tables.edges_ms.len()];
    each_window(tables, leg, priced, paths, |_, whole, cost| {
        least[whole] = Some(least[whole].map_or(cost, |known| known.min(cost)));
    });
    for slot in 1..least.len() {
        let known = [least[slot - 1], least[slot]];
        least[slot] = known.into_iter().flatten().min();
    }
    least
}

/// For each slot, the least cost of data that leaves when it begins or later.
fn leaving(tables: &Tables, leg: &Leg, priced: &Priced<'_>, paths: &Paths) -> Vec<Option<i128>> {
    let mut least: Vec<Option<i128>> = vec![None; tables.edges_ms.len()];
    each_window(tables, leg, priced, paths, |start, _, cost| {
        least[start] = Some(least[start].map_or(cost, |known| known.min(cost)));
    });
    for slot in (1..least.len()).rev() {
        let known = [least[slot - 1], least[slot]];
        least[slot - 1] = known.into_iter().flatten().min();
    }
    least
}

/// The least cost of what flows beside a run that starts in `start`.
fn flowing(
    tables: &Tables,
    leg: &Leg,
    start: usize,
    priced: &Priced<'_>,
    paths: &Paths,
) -> Option<i128> {
    let ways = leg.ways.iter().map(|way| {
        let lasting = Lasting::of(tables, way.length, start);
        let rent = lasting.price(&paths.sums[way.path as usize], start, way.rate);
        (i128::from(way.cost) << priced.shift) + rent
    });
    ways.min()
}

fn each_window(
    tables: &Tables,
    leg: &Leg,
    priced: &Priced<'_>,
    paths: &Paths,
    mut tell: impl FnMut(usize, usize, i128),
) {
    for way in &leg.ways {
        let sums = &paths.sums[way.path as usize];
        for start in leg.first as usize..tables.edges_ms.len() - 1 {
            let lasting = Lasting::of(tables, way.length, start);
            if lasting.end() <= leg.until as usize {
                let cost = i128::from(way.cost) << priced.shift;
                tell(
                    start,
                    lasting.whole,
                    cost + lasting.price(sums, start, way.rate),
                );
            }
        }
    }
}
