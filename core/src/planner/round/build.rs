//! From a state and its queue to the round's model.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    GroupPlacement, Job, JobId, Payload, Placement, PoolId, Resources, SiteId, Weights,
};
use crate::planner::cost;
use crate::planner::model::{Carriage, Choice, Class, Column, Leg, Model, Use};
use crate::planner::plan::Capacity;
use crate::planner::rents::parts;
use crate::planner::site::pools_with;
use crate::planner::view::View;
use crate::power::microwatts;
use crate::reason::Reason;
use crate::rules;
use crate::state::{State, green_enough};

use super::data::Legs;
use super::grid::{Grid, Spans};
use super::haste::Haste;
use super::imbalance::Dearest;
use super::rows::{self, Quota};

/// Leaving a job out costs so many times its dearest column, and once more for each step of
/// priority.
pub(super) const UNPLACED_TIMES: i64 = 4;
/// Steps of priority that count.
const PRIORITY_MAX: i32 = 100;
/// A planned job that finds no place anywhere counts so many times more: it was promised one.
const PROMISED_TIMES: i64 = 4;
/// Where a planned job is, it costs so many thousandths less: plans do not change for trifles.
const HYSTERESIS_PERMILLE: i64 = 20;
/// No amount of the model is above this.
const AMOUNT_MAX: i64 = 1 << 50;
/// No cost of the model is above this.
const COST_MAX: i64 = 1 << 46;
/// A curve is the cost of so many milliwatts, in micro-yuan.
const CURVE_MILLIWATTS: i64 = 1_000;

/// A round's model, and what leads back to jobs and pools.
pub(super) struct Built {
    pub(super) model: Model,
    pub(super) grid: Grid,
    /// For each class its jobs, in queue order.
    pub(super) jobs: Vec<Vec<JobId>>,
    /// For each class the pools of each choice.
    pub(super) pools: Vec<Vec<Vec<PoolId>>>,
    /// For each class the sites that are ruled out whatever the prices.
    pub(super) ruled_out: Vec<Vec<(SiteId, Reason)>>,
    /// For each class of planned jobs the choice that leaves them where they are.
    pub(super) stay: Vec<Option<usize>>,
    /// The limits that are rows of the model.
    pub(super) quotas: Vec<Quota>,
    /// The sites whose power is a row of the model.
    pub(super) powers: Vec<SiteId>,
    /// Length of each span of the model.
    pub(super) lengths_ms: Vec<i64>,
    /// Planned jobs that keep their places, beside the model.
    pub(super) fixed: Vec<JobId>,
    /// What runs add to the imbalance at most.
    pub(super) dearest: Dearest,
    /// For each class its jobs' priority.
    priority: Vec<i32>,
}

impl Built {
    /// What leaving a job of a class out costs, by the choices that the class has now.
    pub(super) fn set_unplaced(&mut self, class: usize) {
        let promised = self.stay[class].map_or(1, |_| PROMISED_TIMES);
        let model = &mut self.model;
        let class_of = &model.classes[class];
        let cost = unplaced(model, class_of, self.priority[class], &self.dearest);
        model.classes[class].unplaced = cost.saturating_mul(promised).min(COST_MAX);
    }

    /// For each class the column that leaves its jobs where they are planned, if they are.
    pub(super) fn as_planned(&self) -> Vec<Vec<(Column, u32)>> {
        let classes = self.model.classes.iter().zip(&self.stay);
        let planned = classes.map(|(class, stay)| {
            let Some(at) = *stay else { return Vec::new() };
            let choice = &class.choices[at];
            let start = choice.first;
            // Its data is on its way; what flows beside it may take any.
            let beside = choice.steady.iter().map(|_| Carriage { way: 0, start });
            let column = Column {
                choice: at as u32,
                start,
                carriages: beside.collect(),
            };
            vec![(column, class.count)]
        });
        planned.collect()
    }

    /// True when a choice holds power of a site that limits it.
    pub(super) fn draws_power(&self, state: &State, choice: &Choice) -> bool {
        let powers = rows::power_rows(state, &self.powers);
        choice.uses.iter().any(|used| powers.contains(&used.row))
    }

    /// What a choice holds beside that.
    pub(super) fn without_power(&self, state: &State, choice: &Choice) -> Box<[Use]> {
        let powers = rows::power_rows(state, &self.powers);
        let uses = choice.uses.iter().copied();
        uses.filter(|used| !powers.contains(&used.row)).collect()
    }

    /// What the planned jobs of the model hold where they are, by row and slot.
    pub(super) fn held_by_stays(&self) -> BTreeMap<(u32, usize), i64> {
        let model = &self.model;
        let mut held: BTreeMap<(u32, usize), i64> = BTreeMap::new();
        for (class, stay) in model.classes.iter().zip(&self.stay) {
            let Some(choice) = stay.map(|stay| &class.choices[stay]) else {
                continue;
            };
            for used in &choice.uses {
                let start = choice.first as usize;
                let (row, span) = (used.row, used.span);
                model.hold(row, span, start, used.amount, &mut |row, slot, amount| {
                    *held.entry((row, slot)).or_default() += amount * i64::from(class.count);
                });
            }
        }
        held
    }
}

/// Builds the model of these jobs. Planned ones that it cannot leave where they are keep their
/// reservations, and are not in it.
pub(super) fn build(view: &mut View<'_>, queue: &[JobId], grid: Grid) -> Built {
    let state = view.state();
    for job in queue.iter().filter_map(|id| state.job(*id)) {
        view.withdraw(job);
    }
    let (mut built, fixed) = classes(view, queue, grid);
    for job in fixed {
        view.put_back(job);
        built.fixed.push(job.id);
    }
    built.model.capacity = rows::capacity(view, &built.grid, &built.powers, &built.quotas);
    make_room_for_stays(&mut built);
    built
}

/// A place that a planned job has is there, even if slots are too coarse to show it: where one run
/// follows another within a slot, both together hold more than there is in the mean. All planned
/// work as it is is a plan of every model.
fn make_room_for_stays(built: &mut Built) {
    for ((row, slot), held) in built.held_by_stays() {
        let free = &mut built.model.capacity[row as usize][slot];
        *free = held.max(*free);
    }
}

type Fixed<'a> = Vec<&'a Job>;

fn classes<'a>(view: &View<'a>, queue: &[JobId], grid: Grid) -> (Built, Fixed<'a>) {
    let age = (0..grid.slots()).map(|slot| (grid.start_ms(slot) - grid.start_ms(0)) / 1000);
    let model = Model {
        slots: grid.slots(),
        age: age.collect(),
        ..Model::default()
    };
    let powers = rows::powers(view.state(), &grid);
    let mut builder = Builder {
        view,
        spans: Spans::default(),
        curves: BTreeMap::new(),
        by_kilowatt: BTreeMap::new(),
        legs: Legs::default(),
        haste: Haste::new(view.state()),
        brought: Vec::new(),
        leaves: Vec::new(),
        built: Built {
            model,
            grid,
            jobs: Vec::new(),
            pools: Vec::new(),
            ruled_out: Vec::new(),
            stay: Vec::new(),
            quotas: rows::quotas(view.state(), queue),
            powers,
            lengths_ms: Vec::new(),
            fixed: Vec::new(),
            dearest: Dearest::default(),
            priority: Vec::new(),
        },
    };
    let mut fixed = Vec::new();
    let mut known: BTreeMap<_, Option<usize>> = BTreeMap::new();
    for id in queue {
        let Some(job) = view.state().job(*id).map(AsRef::as_ref) else {
            continue;
        };
        let held = job.placement.as_deref();
        let stays = held.map(|held| (held.start_ms(), pools_of(held)));
        let class = known.entry((shape(job), stays));
        match (*class.or_insert_with(|| builder.add(job)), held) {
            (Some(at), _) => {
                builder.built.jobs[at].push(*id);
                builder.built.model.classes[at].count = builder.built.jobs[at].len() as u32;
            }
            (None, Some(_)) => fixed.push(job),
            (None, None) => {}
        }
    }
    (builder.finish(), fixed)
}

/// What a group holds of its pool.
fn uses_of(slot: &GroupPlacement, span: u32) -> impl Iterator<Item = Use> + use<> {
    let pool = slot.pool;
    let amounts = parts(slot.total).into_iter().zip(Capacity::ALL);
    let used = amounts.filter(|(amount, _)| *amount > 0);
    used.map(move |(amount, kind)| Use {
        row: rows::pool_row(pool, kind),
        span,
        amount,
    })
}

/// The pools of each group.
fn pools_of(placement: &Placement) -> Vec<PoolId> {
    placement.groups.iter().map(|group| group.pool).collect()
}

/// What tells one class from another, beside where it is planned: everything of a job but its names
/// and programs.
fn shape(job: &Job) -> Vec<u8> {
    let mut spec = crate::model::JobSpec::clone(&job.spec);
    spec.name.clear();
    spec.labels = Default::default();
    spec.after_ok.clear();
    for group in &mut spec.groups {
        group.name.clear();
        let argv = Vec::new();
        let environment = Default::default();
        group.payload = match group.image() {
            Some(image) => Payload::Container {
                image: image.to_owned(),
                argv,
                environment,
            },
            None => Payload::Process { argv, environment },
        };
    }
    let from = &job.saved;
    borsh::to_vec(&(job.tenant.as_ref(), job.grade, spec, from)).unwrap_or_default()
}

/// Power at a site for a while: site, estimate, milliwatts; 1 of them where it is alone.
type Term = (SiteId, i64, i128);

/// What data has to do, or why it cannot.
type Ways = Result<Box<[Leg]>, Reason>;

struct Builder<'v, 'a> {
    view: &'v View<'a>,
    spans: Spans,
    /// By what they are made of.
    curves: BTreeMap<(Vec<Term>, [u32; 4]), u32>,
    /// What a kilowatt costs by its start, by site, estimate and weights.
    by_kilowatt: BTreeMap<(SiteId, i64, [u32; 4]), Vec<i64>>,
    legs: Legs,
    haste: Haste,
    /// Of the present class: what its data has to do, by the sites of the run.
    brought: Vec<(BTreeSet<SiteId>, Ways)>,
    leaves: Vec<(SiteId, Ways)>,
    built: Built,
}

impl Builder<'_, '_> {
    /// Adds a class; returns its number. None for planned jobs that cannot stay where they are by
    /// the columns of the model.
    fn add(&mut self, job: &Job) -> Option<usize> {
        let held = job.placement.clone();
        self.brought.clear();
        self.leaves.clear();
        // What it has waited is the same wherever it goes.
        let mut job = job.clone();
        job.submitted_ms = self.view.state().now_ms();
        let (mut choices, mut pools, mut ruled_out) = (Vec::new(), Vec::new(), Vec::new());
        for site in (0..self.view.state().sites().len() as u32).map(SiteId) {
            match self.at_site(&job, site) {
                Ok(found) => {
                    for (choice, set) in found {
                        choices.push(choice);
                        pools.push(set);
                    }
                }
                Err(reason) => ruled_out.push((site, reason)),
            }
        }
        let held_up: Vec<i128> = pools
            .iter()
            .map(|set: &Vec<PoolId>| self.haste.of_run(&self.slots(&job, set, 0)))
            .collect();
        let first = choices.iter().map(|choice: &Choice| {
            choice.fixed + self.by_start(&job, choice, choice.first as usize)
        });
        let cheapest = first.min().unwrap_or(0);
        let delay = self.delay(&job) + Haste::by_second(cheapest, &held_up);
        let delay = delay.min(self.delay_max());
        let stay = held.as_ref().map(|_| choices.len());
        if let Some(held) = &held {
            choices.push(self.stay(&job, held)?);
            pools.push(pools_of(held));
        }
        self.built.model.classes.push(Class {
            count: 1,
            unplaced: 0,
            delay,
            choices,
        });
        self.built.stay.push(stay);
        self.built.jobs.push(Vec::new());
        self.built.pools.push(pools);
        self.built.ruled_out.push(ruled_out);
        self.built.priority.push(job.spec.priority);
        let class = self.built.jobs.len() - 1;
        self.built.set_unplaced(class);
        Some(class)
    }

    /// Where a planned job is, a little cheaper than it would be for any other: from the slot in
    /// which it starts to its end. Its data has its windows; they are no longer a question.
    fn stay(&mut self, job: &Job, held: &Placement) -> Option<Choice> {
        let choices = self.choices(job, &pools_of(held)).ok()?;
        let start = self.built.grid.slot_of(held.start_ms());
        let holds = |choice: &Choice| (choice.first..=choice.last).contains(&(start as u32));
        let mut choice = choices.into_iter().find(holds)?;
        (choice.first, choice.last) = (start as u32, start as u32);
        let from_ms = self.built.grid.start_ms(start);
        let (mut uses, mut limited) = (Vec::new(), Vec::new());
        for slot in &held.groups {
            let span = self.spans.of(&self.built.grid, slot.end_ms - from_ms);
            uses.extend(uses_of(slot, span));
            limited.extend(self.held_of_power(slot, span));
            limited.extend(self.held_of_quota(job, slot.total, span));
        }
        uses.extend(limited);
        choice.uses = uses.into();
        (choice.inbound, choice.outbound) = (Box::default(), Box::default());
        let money = i128::from(self.view.state().policy().weights(job).money_permille);
        let moved = i128::from(held.cost.transport_micro_cny.max(0)) * money / 1000;
        choice.fixed += moved.min(i128::from(COST_MAX)) as i64;
        let by_start = self.by_start(job, &choice, start);
        let discount = (choice.fixed + by_start).max(0) / 1000 * HYSTERESIS_PERMILLE;
        choice.fixed -= discount.min(choice.fixed.max(0));
        Some(choice)
    }

    /// The part of a column's cost that depends on its start.
    fn by_start(&self, job: &Job, choice: &Choice, slot: usize) -> i64 {
        let model = &self.built.model;
        choice.weight * model.curves[choice.curve as usize][slot]
            + self.delay(job) * model.age[slot]
    }

    /// Price of one second of waiting, rounded.
    fn delay(&self, job: &Job) -> i64 {
        let weights = self.view.state().policy().weights(job);
        let policy = self.view.state().policy();
        let by_hour = i128::from(policy.delay_micro_cny_per_hour);
        let weighted = by_hour * i128::from(weights.delay_permille);
        let by_second = (weighted + 1_800_000) / 3_600_000;
        by_second.min(i128::from(self.delay_max())) as i64
    }

    /// Waiting to the end of the horizon costs no more than anything may.
    fn delay_max(&self) -> i64 {
        COST_MAX / self.built.model.age.last().copied().unwrap_or(1).max(1)
    }

    fn at_site(&mut self, job: &Job, site: SiteId) -> Result<Vec<(Choice, Vec<PoolId>)>, Reason> {
        let state = self.view.state();
        rules::site_allows(state, job, site)?;
        let mut found = Vec::new();
        let mut reason = None;
        for pool in &state.sites()[site.index()].pools {
            let sets = match pools_with(self.view, job, *pool) {
                Ok(sets) => sets,
                Err(other) => {
                    reason = reason.max(Some(other));
                    continue;
                }
            };
            for set in sets {
                match self.choices(job, &set) {
                    Ok(choices) => {
                        found.extend(choices.into_iter().map(|choice| (choice, set.clone())));
                    }
                    Err(other) => reason = reason.max(Some(other)),
                }
            }
        }
        match found.is_empty() {
            true => Err(reason.unwrap_or(Reason::PoolTooSmall)),
            false => Ok(found),
        }
    }

    /// One choice for each run of starts at which energy is as green as the job asks for.
    fn choices(&mut self, job: &Job, pools: &[PoolId]) -> Result<Vec<Choice>, Reason> {
        let whole = self.choice(job, pools)?;
        if job.spec.green_floor_permille == 0 {
            return Ok(vec![whole]);
        }
        let green = |slot: usize| {
            let groups = self.slots(job, pools, slot);
            let cost = cost::price(self.view.state(), job, &groups, &[]);
            let placement = Placement {
                groups,
                cost,
                ..Placement::default()
            };
            green_enough(self.view.state(), job, &placement).is_ok()
        };
        let mut choices: Vec<Choice> = Vec::new();
        for slot in (whole.first..=whole.last).filter(|slot| green(*slot as usize)) {
            match choices.last_mut() {
                Some(choice) if choice.last + 1 == slot => choice.last = slot,
                _ => choices.push(Choice {
                    first: slot,
                    last: slot,
                    ..whole.clone()
                }),
            }
        }
        match choices.is_empty() {
            true => Err(Reason::GreenFloor),
            false => Ok(choices),
        }
    }

    fn choice(&mut self, job: &Job, pools: &[PoolId]) -> Result<Choice, Reason> {
        let (view, state) = (self.view, self.view.state());
        let latest_ms = view.latest_start(job);
        if latest_ms < state.now_ms().max(job.spec.release_ms) {
            return Err(Reason::Deadline);
        }
        let first = self.built.grid.slot_of(job.spec.release_ms);
        let last = self.built.grid.slot_of(latest_ms);
        let mut uses = Vec::new();
        let mut limited = Vec::new();
        let (mut span, mut longest_ms) = (0, -1);
        for slot in self.slots(job, pools, first) {
            let length_ms = view.slot_ms(job.time_limit_ms(slot.group as usize));
            let held = self.spans.of(&self.built.grid, length_ms);
            if length_ms > longest_ms {
                (span, longest_ms) = (held, length_ms);
            }
            let usable = state.pools()[slot.pool.index()].usable;
            if !slot.total.fits_in(usable) {
                return Err(Reason::PoolBusy);
            }
            uses.extend(uses_of(&slot, held));
            limited.extend(self.held_of_power(&slot, held));
            limited.extend(self.held_of_quota(job, slot.total, held));
        }
        uses.extend(limited);
        let sites: BTreeSet<SiteId> = pools
            .iter()
            .map(|pool| state.pools()[pool.index()].site)
            .collect();
        let over = self.spans.get(span).end(first);
        let home = state.pools()[pools[0].index()].site;
        let run = (longest_ms, span);
        let steady = self.legs.steady(view, job, (home, &sites), run)?;
        let inbound = self.inbound(job, sites)?;
        let outbound = match over < self.built.grid.slots() {
            true => self.outbound(job, home)?,
            // It ends behind the horizon, and what leaves then is a later round's.
            false => Box::default(),
        };
        let (weight, curve) = self.curve(job, pools);
        let slots = self.slots(job, pools, first);
        let at_first = cost::price(state, job, &slots, &[]).objective_micro_cny;
        let mut choice = Choice {
            tag: pools[0].0,
            first: first as u32,
            last: last.max(first) as u32,
            fixed: 0,
            weight,
            curve,
            span,
            uses: uses.into(),
            inbound,
            outbound,
            steady: steady.into(),
        };
        let known = self.by_start(job, &choice, first);
        choice.fixed = (at_first.min(COST_MAX) - known).clamp(-COST_MAX, COST_MAX);
        Ok(choice)
    }

    /// What has to be brought to these sites: the same for every pool that they have.
    fn inbound(&mut self, job: &Job, sites: BTreeSet<SiteId>) -> Result<Box<[Leg]>, Reason> {
        if let Some((_, known)) = self.brought.iter().find(|known| known.0 == sites) {
            return known.clone();
        }
        let within = (&self.built.grid, &mut self.spans);
        let legs = self.legs.inbound(self.view, job, &sites, within);
        let legs = legs.map(Vec::into_boxed_slice);
        self.brought.push((sites, legs.clone()));
        legs
    }

    /// What leaves a site.
    fn outbound(&mut self, job: &Job, home: SiteId) -> Result<Box<[Leg]>, Reason> {
        if let Some((_, known)) = self.leaves.iter().find(|known| known.0 == home) {
            return known.clone();
        }
        let within = (&self.built.grid, &mut self.spans);
        let legs = self.legs.outbound(self.view, job, home, within);
        let legs = legs.map(Vec::into_boxed_slice);
        self.leaves.push((home, legs.clone()));
        legs
    }

    /// The run as it would be if it started at the start of a slot.
    fn slots(&self, job: &Job, pools: &[PoolId], slot: usize) -> Vec<GroupPlacement> {
        let start_ms = self.built.grid.start_ms(slot).max(job.spec.release_ms);
        crate::planner::chain::slots(self.view, job, pools, start_ms)
    }

    /// What a group draws of its site's power, if that is limited.
    fn held_of_power(&self, slot: &GroupPlacement, span: u32) -> Option<Use> {
        let state = self.view.state();
        let pool = &state.pools()[slot.pool.index()];
        let row = rows::power_row(state, &self.built.powers, pool.site)?;
        let milliwatts = (microwatts(&pool.spec, slot.total) + 999) / 1000;
        let amount = milliwatts.min(i128::from(AMOUNT_MAX)) as i64;
        (amount > 0).then_some(Use { row, span, amount })
    }

    /// What a group holds of its tenant's limits.
    fn held_of_quota(&self, job: &Job, total: Resources, span: u32) -> Vec<Use> {
        let state = self.view.state();
        let amounts = parts(total);
        let quotas = self.built.quotas.iter().enumerate();
        let own = quotas.filter(|(_, quota)| quota.tenant == job.tenant);
        let uses = own.map(|(at, quota)| Use {
            row: rows::quota_row(state, &self.built.powers, at),
            span,
            amount: amounts[quota.kind as usize],
        });
        uses.filter(|used| used.amount > 0).collect()
    }

    /// What the run's energy costs by its start: a weight and a curve. Where groups stand apart, or
    /// are estimated to run for unequal times, the curve is the sum of theirs.
    fn curve(&mut self, job: &Job, pools: &[PoolId]) -> (i64, u32) {
        let state = self.view.state();
        let weights = state.policy().weights(job);
        let mut terms: BTreeMap<(SiteId, i64), i128> = BTreeMap::new();
        for slot in self.slots(job, pools, 0) {
            let site = state.pools()[slot.pool.index()].site;
            let estimate_ms = job.estimate_ms(slot.group as usize);
            *terms.entry((site, estimate_ms)).or_default() += cost::milliwatts(state, &slot);
        }
        let terms = terms.into_iter();
        let mut terms: Vec<Term> = terms.map(|((site, ms), power)| (site, ms, power)).collect();
        let mut weight = 1;
        if let [(_, _, milliwatts)] = terms.as_mut_slice() {
            // Runs of any power share the curve of so many milliwatts.
            let unit = i128::from(CURVE_MILLIWATTS);
            weight = ((*milliwatts + unit / 2) / unit).min(1 << 24) as i64;
            *milliwatts = unit;
        }
        (weight, self.curve_of(terms, weights))
    }

    fn curve_of(&mut self, terms: Vec<Term>, weights: Weights) -> u32 {
        let key = (terms, keyed(weights));
        if let Some(curve) = self.curves.get(&key) {
            return *curve;
        }
        let mut sums = vec![0_i128; self.built.grid.slots()];
        let most = match key.0.len() {
            1 => 1 << 24,
            _ => COST_MAX,
        };
        for (site, estimate_ms, milliwatts) in &key.0 {
            let of_kilowatt = self.of_kilowatt(*site, *estimate_ms, weights);
            for (sum, cost) in sums.iter_mut().zip(of_kilowatt) {
                *sum += i128::from(*cost) * milliwatts;
            }
        }
        let curve = sums.into_iter();
        let curve = curve.map(|sum| (sum / 1_000_000).min(i128::from(most)) as i64);
        self.built.model.curves.push(curve.collect());
        let number = self.built.model.curves.len() as u32 - 1;
        self.curves.insert(key, number);
        number
    }

    /// What a kilowatt of equipment costs at a site, by the slot at whose start it begins.
    fn of_kilowatt(&mut self, site: SiteId, estimate_ms: i64, weights: Weights) -> &[i64] {
        let (grid, state) = (&self.built.grid, self.view.state());
        let key = (site, estimate_ms, keyed(weights));
        self.by_kilowatt.entry(key).or_insert_with(|| {
            let of = |slot: usize| {
                let start_ms = grid.start_ms(slot);
                let window = (start_ms, start_ms.saturating_add(estimate_ms));
                cost::of_kilowatt(state, site, window, weights)
            };
            (0..grid.slots()).map(of).collect()
        })
    }

    fn finish(mut self) -> Built {
        (self.built.model.spans, self.built.lengths_ms) = self.spans.into_model();
        self.built.model.routes = self.legs.into_routes();
        self.built
    }
}

fn keyed(weights: Weights) -> [u32; 4] {
    let Weights {
        money_permille,
        carbon_permille,
        water_permille,
        delay_permille,
    } = weights;
    [
        money_permille,
        carbon_permille,
        water_permille,
        delay_permille,
    ]
}

/// What leaving a job of a class out costs: more than any of its columns, whatever it adds to the
/// imbalance.
fn unplaced(model: &Model, class: &Class, priority: i32, dearest: &Dearest) -> i64 {
    let dearest = class.choices.iter().map(|choice| {
        let starts = choice.first as usize..=choice.last as usize;
        let run = starts
            .map(|start| class.run_cost(model, choice, start))
            .max();
        let moved = choice
            .legs()
            .filter_map(|leg| leg.ways.iter().map(|way| way.cost).max());
        let run = run.unwrap_or(0).saturating_add(moved.sum());
        run.saturating_add(dearest.of_run(model, choice))
    });
    let dearest = dearest.max().unwrap_or(0).max(1);
    let times = UNPLACED_TIMES + i64::from(priority.clamp(0, PRIORITY_MAX));
    dearest.saturating_mul(times).min(COST_MAX)
}
