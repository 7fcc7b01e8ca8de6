//! The bound: what the plan's prices prove, by listing every column of every job.
//!
//! For prices that are not negative, no plan costs less than what every job costs by itself when
//! it pays them, less what all capacity is worth at them. Each cost is whole, so the bound may be
//! rounded up. A column that does not fit alone is in no plan and is left out.

use std::collections::BTreeMap;

use ewc_scenario::instance::{Instance, Job, PlanFile, Prices};

use super::listed::{self, Paths};
use super::network::Network;
use super::power::Drawn;
use super::ways::{Body, Priced, Row};
use super::{Rule, Violation};

pub(super) fn check<'i>(
    instance: &'i Instance,
    plan: &PlanFile,
    network: &mut Network<'i>,
) -> Result<Option<i128>, Violation> {
    let wrong = |place: &str, problem: String| Err(Violation::new(Rule::Bound, place, problem));
    if plan.gap_ppm != plan.bound.map(|bound| gap_ppm(plan.objective, bound)) {
        let problem = "does not follow from objective and bound";
        return wrong("gap_ppm", problem.to_owned());
    }
    let Some(bound) = plan.bound else {
        return Ok(None);
    };
    if bound > plan.objective {
        let problem = format!("{bound} is above the objective {}", plan.objective);
        return wrong("bound", problem);
    }
    // Without prices everything is free.
    let free = Prices {
        shift: 0,
        rows: Vec::new(),
    };
    let prices = plan.prices.as_ref().unwrap_or(&free);
    let mut priced = Priced::new(instance, prices)?;
    let mut value = -priced.worth;
    let tables = instance.tables.as_ref();
    let listed = tables.map(|tables| (tables, Paths::of(instance, tables, &priced)));
    for job in &instance.jobs {
        let out = i128::from(job.unplaced) << prices.shift;
        let least = match (&job.choices, &listed) {
            (Some(choices), Some((tables, paths))) => {
                listed::least((tables, job, choices), &priced, paths)
            }
            _ => Columns::of(instance, job, &mut priced, network).least(),
        };
        value += i128::from(job.count) * least.map_or(out, |least| least.min(out));
    }
    let unit = 1i128 << prices.shift;
    let proven = value.div_euclid(unit) + i128::from(value.rem_euclid(unit) > 0);
    if bound > proven {
        let problem = format!("{bound} is above {proven}, which the prices prove");
        return wrong("bound", problem);
    }
    Ok(Some(proven))
}

fn gap_ppm(objective: i128, bound: i128) -> u64 {
    if objective <= 0 {
        return 0;
    }
    let missing = (objective - bound).max(0) * 1_000_000;
    (missing / objective + i128::from(missing % objective > 0)) as u64
}

/// Every column of one job.
struct Columns<'i, 'p> {
    instance: &'i Instance,
    job: &'i Job,
    priced: &'p Priced<'i>,
    /// The sites it allows, with their extra cost.
    sites: Vec<(&'i str, i64)>,
    /// For each of them and each start, the least cost of its inputs.
    arrived: Vec<Vec<Option<i128>>>,
    /// For each of them and each end, the least cost of its outputs.
    leaving: Vec<Vec<Option<i128>>>,
}

impl<'i, 'p> Columns<'i, 'p> {
    fn of(
        instance: &'i Instance,
        job: &'i Job,
        priced: &'p mut Priced<'i>,
        network: &mut Network<'i>,
    ) -> Columns<'i, 'p> {
        let all = instance.sites.iter().map(|site| site.name.as_str());
        let sites: Vec<(&str, i64)> = match &job.sites {
            None => all.map(|site| (site, 0)).collect(),
            Some(named) => {
                let extra = |site| named.get(site).map(|&extra| (site, extra));
                all.filter_map(extra).collect()
            }
        };
        let ends = job.deadline as usize + 1;
        let mut arrived = Vec::new();
        let mut leaving = Vec::new();
        for &(site, _) in &sites {
            let mut sum = vec![Some(0); ends];
            for input in &job.inputs {
                let from: Vec<&str> = input.from.iter().map(String::as_str).collect();
                if from.contains(&site) {
                    continue;
                }
                let body = Body {
                    from,
                    to: site,
                    volume: input.volume,
                    rates: &input.rates,
                    first: job.release,
                    until: job.deadline,
                };
                add(&mut sum, &priced.arrived(network, &body));
            }
            arrived.push(sum);
            let mut sum = vec![Some(0); ends];
            for output in job.outputs.iter().filter(|output| output.to != site) {
                let body = Body {
                    from: vec![site],
                    to: &output.to,
                    volume: output.volume,
                    rates: &output.rates,
                    first: job.release,
                    until: job.deadline,
                };
                add(&mut sum, &priced.leaving(network, &body));
            }
            leaving.push(sum);
        }
        Columns {
            instance,
            job,
            priced,
            sites,
            arrived,
            leaving,
        }
    }

    /// The least cost of a column that fits alone.
    fn least(&self) -> Option<i128> {
        let groups = self.job.groups.len();
        let mut least = None;
        let mut taken = vec![0; groups];
        while !self.sites.is_empty() {
            least = [least, self.at(&taken)].into_iter().flatten().min();
            // The next choice of sites, as on a counter.
            let Some(next) = (0..groups).find(|&group| taken[group] + 1 < self.sites.len()) else {
                break;
            };
            taken[..next].fill(0);
            taken[next] += 1;
        }
        least
    }

    /// The least cost when each group is at the site of that position.
    fn at(&self, taken: &[usize]) -> Option<i128> {
        let job = self.job;
        let slots = job.groups.iter().map(|group| group.slots).max()?;
        let mut extra = 0;
        let mut holds: BTreeMap<(&str, &str), Vec<(i64, u32)>> = BTreeMap::new();
        for (group, &position) in job.groups.iter().zip(taken) {
            let (site, cost) = self.sites[position];
            extra += i128::from(cost);
            for (kind, &amount) in group.needs.iter() {
                let row = holds.entry((site, kind)).or_default();
                row.push((amount, group.slots));
            }
        }
        let mut rows = Vec::new();
        for (row, holds) in &holds {
            rows.push((self.priced.rows.get(row)?, holds));
        }
        let names: Vec<&str> = taken.iter().map(|at| self.sites[*at].0).collect();
        let price = |name: &str| self.priced.power.get(name);
        let drawn = Drawn::of(self.instance, (job, &names), price);
        let mut distinct: Vec<usize> = taken.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut least: Option<i128> = None;
        for start in job.release..(job.deadline + 1).saturating_sub(slots) {
            let (first, end) = (start as usize, (start + slots) as usize);
            let come = distinct
                .iter()
                .map(|&position| self.arrived[position][first]);
            let data = come.sum::<Option<i128>>().zip(self.leaving[taken[0]][end]);
            let Some((come, leave)) = data else { continue };
            let has_power = drawn.iter().all(|drawn| drawn.fits(first));
            if !has_power || !rows.iter().all(|(row, holds)| fits(row, holds, first)) {
                continue;
            }
            let waited = i128::from(start - job.release) * i128::from(job.delay);
            let mut cost = ((extra + waited) << self.priced.shift) + come + leave;
            for (row, holds) in &rows {
                for &(amount, slots) in *holds {
                    let unit = row.unit[first + slots as usize] - row.unit[first];
                    cost += i128::from(amount) * unit;
                }
            }
            cost += drawn.iter().map(|drawn| drawn.cost(first)).sum::<i128>();
            least = [least, Some(cost)].into_iter().flatten().min();
        }
        least
    }
}

/// True when a site has as much of a kind as groups hold that start together.
fn fits(row: &Row<'_>, holds: &[(i64, u32)], start: usize) -> bool {
    let held = |after: u32| {
        let held = holds.iter().filter(|(_, slots)| after < *slots);
        held.map(|(amount, _)| amount).sum::<i64>()
    };
    let longest = holds.iter().map(|&(_, slots)| slots).max().unwrap_or(0);
    let slots = 0..longest;
    let room = |after: u32| row.there.at(start + after as usize);
    held(0) <= row.least || slots.into_iter().all(|after| held(after) <= room(after))
}

fn add(sum: &mut [Option<i128>], costs: &[Option<i128>]) {
    for (sum, cost) in sum.iter_mut().zip(costs) {
        *sum = sum.zip(*cost).map(|(sum, cost)| sum + cost);
    }
}
