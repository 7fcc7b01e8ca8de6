//! Many jobs on sites that are just large enough.
//!
//! Units of capacity are 8 to 128, small ones most often. Durations fall geometrically, up to a
//! third of the horizon. Jobs are released in its first half and have up to half of it to spare.
//! Each site is allowed with 0.7, at a cost of moving of up to 3 for each unit. Capacity is the
//! work over 0.8, spread over the sites by weights of 0.5 to 1.5. A unit costs 0.3 to 1.3 for a
//! slot, by the hour of the day; leaving a job out costs 5 for each unit and slot. All costs are
//! times 1000.

use std::sync::Arc;

use ewc_scenario::instance::{Group, Input, Instance, Job, Output, Series, Site};

use super::network;
use crate::dice::Dice;

/// Units, and how often of a thousand.
const UNITS: [(i64, i64); 5] = [(8, 400), (16, 300), (32, 150), (64, 100), (128, 50)];
/// How often of a thousand a job runs one slot more.
const CONTINUES_PERMILLE: i64 = 850;
/// How often of a thousand a site is allowed.
const ALLOWED_PERMILLE: i64 = 700;
/// Most sites that a job of two groups allows: its choices are their pairs.
const GANG_SITES: usize = 6;
/// Share of all capacity that the jobs together need.
const LOAD_PERMILLE: i64 = 800;
/// No site has less.
const CAPACITY_MIN: i64 = 130;
/// Cost of one unit for one slot: in the mean, and how far it swings over a day. With these, greedy
/// in order of arrival costs about twice the linear bound on 300 jobs.
const UNIT_COST: i64 = 800;
const UNIT_SWING: i64 = 500;
/// Most that moving costs for each unit.
const MOVING_MAX: i64 = 3000;
/// Cost of leaving out one unit for one slot.
const UNPLACED: i64 = 5000;
/// Sine of the hours of a day, in thousandths.
const SINE: [i64; 24] = [
    0, 259, 500, 707, 866, 966, 1000, 966, 866, 707, 500, 259, 0, -259, -500, -707, -866, -966,
    -1000, -966, -866, -707, -500, -259,
];
/// Rates at which data moves.
const RATES: [i64; 2] = [10, 20];
/// Share of the links' capacity that the data needs when each goes over three links.
const LINK_LOAD_PERMILLE: i64 = 600;
/// No link has less.
const LINK_MIN: i64 = 40;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) shapes: usize,
    /// Jobs of one shape, in the mean.
    pub(super) alike: i64,
    pub(super) sites: usize,
    pub(super) slots: u32,
    pub(super) links: usize,
    pub(super) routes: u32,
    pub(super) gangs_permille: i64,
    pub(super) inputs_permille: i64,
    pub(super) outputs_permille: i64,
}

impl Load {
    pub(super) fn make(&self, kind: &str, seed: u64) -> Instance {
        let mut instance = Instance::empty(format!("{kind}-{seed}"), 3600, self.slots);
        instance.routes = self.routes;
        instance.kinds = vec!["unit".to_owned()];
        let names: Vec<Arc<str>> = (0..self.sites)
            .map(|site| Arc::from(format!("s{site}")))
            .collect();
        let mut dice = Dice::new(seed, 0);
        let jobs = (0..self.shapes).map(|number| {
            // Two neighbours share what they differ from the mean, so that the sum is exact.
            let apart = Dice::new(seed, 1 + number as u64 / 2).between(0, self.alike - 1);
            let apart = if number % 2 == 0 { apart } else { -apart };
            let mut dice = Dice::new(seed, (1 << 32) + number as u64);
            let count = (self.alike + apart) as u32;
            self.job(&mut dice, count, &names)
        });
        instance.jobs = jobs.collect();
        // The order of the file is the order of arrival.
        instance.jobs.sort_by_key(|job| job.release);
        for (number, job) in instance.jobs.iter_mut().enumerate() {
            job.name = format!("j{number}");
        }
        instance.sites = self.sites(&mut dice, &instance.jobs, &names);
        self.add_links(&mut dice, &mut instance);
        instance
    }

    fn job(&self, dice: &mut Dice, count: u32, names: &[Arc<str>]) -> Job {
        let slots = duration(dice, self.slots / 3);
        let groups = 1 + usize::from(dice.chance(self.gangs_permille));
        let units: Vec<i64> = (0..groups).map(|_| units(dice)).collect();
        let release = dice.between(0, i64::from(self.slots / 2) - 1) as u32;
        let slack = dice.between(0, i64::from(self.slots / 2)) as u32;
        let whole: i64 = units.iter().sum();
        let mut allowed = allowed(dice, names, whole / groups as i64);
        if groups > 1 {
            allowed.truncate(GANG_SITES);
        }
        let (inputs, outputs) = self.data(dice);
        let volumes = inputs.iter().map(|input| input.volume);
        let volumes = volumes.chain(outputs.iter().map(|output| output.volume));
        // Data has the time that it needs at the lowest rate, beside the slack.
        let moving = volumes.map(|volume| volume / RATES[0]).sum::<i64>() as u32;
        let group = |units| Group {
            needs: [(Arc::from("unit"), units)].into_iter().collect(),
            slots,
        };
        Job {
            name: String::new(),
            count,
            groups: units.into_iter().map(group).collect(),
            release,
            deadline: (release + slots + slack + moving).min(self.slots),
            sites: Some(allowed.into_iter().collect()),
            inputs,
            outputs,
            delay: 0,
            unplaced: UNPLACED * whole * i64::from(slots),
            choices: None,
        }
    }

    fn data(&self, dice: &mut Dice) -> (Vec<Input>, Vec<Output>) {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        if self.links > 0 && dice.chance(self.inputs_permille) {
            let first = self.holder(dice);
            let mut from = vec![first];
            let second = self.holder(dice);
            if dice.chance(500) && !from.contains(&second) {
                from.push(second);
            }
            inputs.push(Input {
                from,
                volume: RATES[0] * dice.between(1, 6),
                rates: RATES.to_vec(),
            });
        }
        if self.links > 0 && dice.chance(self.outputs_permille) {
            outputs.push(Output {
                to: self.holder(dice),
                volume: RATES[0] * dice.between(1, 4),
                rates: RATES.to_vec(),
            });
        }
        (inputs, outputs)
    }

    /// One of the sites that hold data, every tenth and two at least.
    fn holder(&self, dice: &mut Dice) -> String {
        let holders = (self.sites / 10).max(2.min(self.sites));
        format!("s{}", dice.between(0, holders as i64 - 1))
    }

    fn sites(&self, dice: &mut Dice, jobs: &[Job], names: &[Arc<str>]) -> Vec<Site> {
        let weights: Vec<i64> = names.iter().map(|_| dice.between(500, 1500)).collect();
        let all: i64 = weights.iter().sum();
        let work: i64 = jobs.iter().map(work).sum();
        let per_slot = work * 1000 / LOAD_PERMILLE / i64::from(self.slots);
        let kind: Arc<str> = Arc::from("unit");
        let sites = names.iter().zip(weights).map(|(name, weight)| {
            let capacity = (per_slot * weight / all).max(CAPACITY_MIN);
            let phase = dice.between(0, 23) as usize;
            let hour = |slot: u32| SINE[(slot as usize + phase) % 24];
            let cost = (0..self.slots).map(|slot| UNIT_COST + UNIT_SWING * hour(slot) / 1000);
            Site {
                name: name.to_string(),
                capacity: [(kind.clone(), Series::Flat(capacity))]
                    .into_iter()
                    .collect(),
                cost: [(kind.clone(), Series::Slots(cost.collect()))]
                    .into_iter()
                    .collect(),
            }
        });
        sites.collect()
    }

    fn add_links(&self, dice: &mut Dice, instance: &mut Instance) {
        if self.links == 0 {
            return;
        }
        let names: Vec<String> = instance
            .sites
            .iter()
            .map(|site| site.name.clone())
            .collect();
        instance.links = network::links(dice, &names, self.links);
        let volume = |job: &Job| {
            let inputs = job.inputs.iter().map(|input| input.volume);
            let outputs = job.outputs.iter().map(|output| output.volume);
            i64::from(job.count) * inputs.chain(outputs).sum::<i64>()
        };
        let volume: i64 = instance.jobs.iter().map(volume).sum();
        let links = instance.links.len() as i64;
        let mean = volume * 3 * 1000 / LINK_LOAD_PERMILLE / links / i64::from(self.slots);
        for link in &mut instance.links {
            let capacity = mean * dice.between(500, 1500) / 1000;
            link.capacity = Series::Flat(capacity.max(LINK_MIN));
        }
    }
}

fn duration(dice: &mut Dice, longest: u32) -> u32 {
    let mut slots = 1;
    while slots < longest && dice.chance(CONTINUES_PERMILLE) {
        slots += 1;
    }
    slots
}

fn units(dice: &mut Dice) -> i64 {
    let picked = dice.weighted(UNITS.iter().map(|&(_, often)| often));
    picked.map_or(UNITS[0].0, |position| UNITS[position].0)
}

/// The sites that a job allows, one at least, with the cost of moving there.
fn allowed(dice: &mut Dice, names: &[Arc<str>], units: i64) -> Vec<(Arc<str>, i64)> {
    let mut allowed = Vec::with_capacity(names.len());
    let sure = dice.between(0, names.len() as i64 - 1) as usize;
    let mut none = true;
    for name in names {
        let extra = dice.between(0, MOVING_MAX) * units;
        if dice.chance(ALLOWED_PERMILLE) {
            allowed.push((name.clone(), extra));
            none = false;
        }
    }
    if none {
        allowed.push((names[sure].clone(), dice.between(0, MOVING_MAX) * units));
    }
    allowed
}

/// Units times slots of all jobs of one entry.
fn work(job: &Job) -> i64 {
    let groups = job.groups.iter().map(|group| {
        let units: i64 = group.needs.iter().map(|(_, &units)| units).sum();
        units * i64::from(group.slots)
    });
    i64::from(job.count) * groups.sum::<i64>()
}
