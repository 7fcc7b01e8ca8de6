//! From the planner's answer back to names.

use ewc_core::planner::model::{Choice, Column};

use super::build::{Built, Row, spread};
use super::{Instance, Job, Moved, Place, PlanFile, Prices, RowPrice, Unplaced};

/// What a planner found for a model.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// For each class its columns, and how many jobs take each.
    pub taken: &'a [Vec<(Column, u32)>],
    /// Cost of all.
    pub objective: i128,
    /// What it is at least, when that is proven.
    pub bound: Option<i128>,
    /// The price of each row and slot that proves it, and the power of two it is multiplied with.
    pub prices: Option<(u32, &'a [Vec<i64>])>,
}

impl Built {
    /// Writes the planner's answer down by name. The instance must be the one that was built.
    pub fn answer(&self, instance: &Instance, found: &Found<'_>) -> PlanFile {
        let mut plan = PlanFile::empty(instance);
        plan.objective = found.objective;
        plan.bound = found.bound;
        plan.gap_ppm = found.bound.map(|bound| gap_ppm(found.objective, bound));
        for (at, job) in instance.jobs.iter().enumerate() {
            let mut left = job.count;
            for (column, count) in &found.taken[at] {
                left = left.saturating_sub(*count);
                let place = match &job.choices {
                    Some(choices) => self.listed_place(instance, job, choices, (at, column)),
                    None => self.place(instance, job, at, column),
                };
                plan.placed.push(Place {
                    count: *count,
                    ..place
                });
            }
            if left > 0 {
                plan.unplaced.push(Unplaced {
                    job: job.name.clone(),
                    count: left,
                    reason: self.why[at],
                });
            }
        }
        plan.prices = found
            .prices
            .map(|(shift, of)| self.prices(instance, shift, of));
        plan
    }

    fn place(&self, instance: &Instance, job: &Job, at: usize, column: &Column) -> Place {
        let choice = &self.model.classes[at].choices[column.choice as usize];
        let sites = sites(instance, job, choice.tag);
        let mut carried = self.carried(choice, column).into_iter();
        let mut inputs = Vec::new();
        for (group, site) in sites.iter().enumerate() {
            let again = sites[..group].contains(site);
            let moves = job.inputs.iter().enumerate();
            for (data, _) in moves.filter(|(_, input)| !again && !input.from.contains(site)) {
                let carriage = carried.next();
                inputs.extend(carriage.map(|carriage| {
                    let volume = job.inputs[data].volume;
                    moved(instance, data, volume, carriage, site)
                }));
            }
        }
        let mut outputs = Vec::new();
        let moves = job.outputs.iter().enumerate();
        for (data, output) in moves.filter(|(_, output)| output.to != sites[0]) {
            let carriage = carried.next();
            outputs.extend(
                carriage.map(|carriage| moved(instance, data, output.volume, carriage, &output.to)),
            );
        }
        Place {
            job: job.name.clone(),
            count: 0,
            sites,
            choice: None,
            start: column.start,
            inputs,
            outputs,
            steady: Vec::new(),
        }
    }

    /// The same where the job lists its choices.
    fn listed_place(
        &self,
        instance: &Instance,
        job: &Job,
        choices: &[super::Choice],
        (at, column): (usize, &Column),
    ) -> Place {
        let choice = &self.model.classes[at].choices[column.choice as usize];
        let listed = &choices[column.choice as usize];
        let spans = choice.carried(column).map(|(_, way, start)| {
            let span = &self.model.spans[way.span as usize];
            (span.end(start) - start) as u32
        });
        let carried = self.carried(choice, column).into_iter().zip(spans);
        let (come, leave) = (listed.inputs.len(), listed.outputs.len());
        let legs = listed.legs().enumerate();
        let mut moves = legs.zip(carried).map(|((number, leg), carried)| {
            let ((links, rate, start), slots) = carried;
            let out = number >= come;
            let data = match number {
                number if number >= come + leave => number - come - leave,
                number if out => number - come,
                number => number,
            };
            let far = far_end(instance, &links, &leg.at, out);
            let (from, to) = match out {
                true => (leg.at.clone(), far),
                false => (far, leg.at.clone()),
            };
            let links = links
                .iter()
                .map(|&link| instance.links[link as usize].name.clone());
            Moved {
                data: data as u32,
                from,
                to,
                links: links.collect(),
                rate,
                start,
                slots,
            }
        });
        let inputs = moves.by_ref().take(come).collect();
        let outputs = moves.by_ref().take(leave).collect();
        Place {
            job: job.name.clone(),
            count: 0,
            sites: listed.sites.clone(),
            choice: Some(column.choice),
            start: column.start,
            inputs,
            outputs,
            steady: moves.collect(),
        }
    }

    /// Links, rate and first slot of everything that a column carries.
    fn carried(&self, choice: &Choice, column: &Column) -> Vec<(Vec<u32>, i64, u32)> {
        let carried = choice.carried(column).map(|(_, way, start)| {
            let rows = self.model.routes[way.route as usize].iter();
            let links = rows.filter_map(|&row| match self.rows[row as usize] {
                Row::Link { link } => Some(link),
                Row::Site { .. } | Row::Quota { .. } | Row::Power { .. } => None,
            });
            (links.collect(), way.rate, start as u32)
        });
        carried.collect()
    }

    fn prices(&self, instance: &Instance, shift: u32, of: &[Vec<i64>]) -> Prices {
        let rows = self.rows.iter().zip(of);
        let scarce = rows.filter(|(_, price)| price.iter().any(|&price| price != 0));
        let named = scarce.map(|(row, price)| {
            let mut named = RowPrice {
                site: None,
                quota: None,
                kind: None,
                link: None,
                power: None,
                price: price.clone(),
            };
            match *row {
                Row::Site { site, kind } => {
                    named.site = Some(instance.sites[site as usize].name.clone());
                    named.kind = Some(instance.kinds[kind as usize].clone());
                }
                Row::Quota { quota, kind } => {
                    named.quota = Some(instance.quotas[quota as usize].name.clone());
                    named.kind = Some(instance.kinds[kind as usize].clone());
                }
                Row::Link { link } => named.link = Some(instance.links[link as usize].name.clone()),
                Row::Power { power } => {
                    named.power = Some(instance.power[power as usize].name.clone());
                }
            }
            named
        });
        Prices {
            shift,
            rows: named.collect(),
        }
    }
}

/// Names of the sites of a choice.
fn sites(instance: &Instance, job: &Job, tag: u32) -> Vec<String> {
    let allowed: Vec<&str> = match &job.sites {
        Some(sites) => sites.iter().map(|(name, _)| name).collect(),
        None => instance
            .sites
            .iter()
            .map(|site| site.name.as_str())
            .collect(),
    };
    let mut taken = vec![0; job.groups.len()];
    spread(tag as usize, allowed.len(), &mut taken);
    taken
        .iter()
        .map(|&position| allowed[position].to_owned())
        .collect()
}

fn moved(
    instance: &Instance,
    data: usize,
    volume: i64,
    (mut links, rate, start): (Vec<u32>, i64, u32),
    to: &str,
) -> Moved {
    let ends = |link: u32| &instance.links[link as usize].ends;
    // A route and its way back are one route of the model.
    let arrives = links
        .last()
        .is_some_and(|&link| ends(link).iter().any(|end| end == to));
    if !arrives {
        links.reverse();
    }
    let from = links.iter().rev().fold(to, |at, &link| {
        let [a, b] = ends(link);
        if a == at { b } else { a }
    });
    let names = links
        .iter()
        .map(|&link| instance.links[link as usize].name.clone());
    Moved {
        data: data as u32,
        from: from.to_owned(),
        to: to.to_owned(),
        links: names.collect(),
        rate,
        start,
        slots: ((volume - 1) / rate + 1) as u32,
    }
}

/// The node at the other end of a path: the one where it begins, or, for what leaves, ends.
fn far_end(instance: &Instance, links: &[u32], at: &str, leaves: bool) -> String {
    let step = |node: &str, link: &u32| {
        let [a, b] = &instance.links[*link as usize].ends;
        if a == node { b.clone() } else { a.clone() }
    };
    let start = at.to_owned();
    match leaves {
        true => links.iter().fold(start, |node, link| step(&node, link)),
        false => links
            .iter()
            .rev()
            .fold(start, |node, link| step(&node, link)),
    }
}

fn gap_ppm(objective: i128, bound: i128) -> u64 {
    if objective <= 0 {
        return 0;
    }
    let above = (objective - bound).max(0).saturating_mul(1_000_000);
    u64::try_from((above + objective - 1) / objective).unwrap_or(u64::MAX)
}
