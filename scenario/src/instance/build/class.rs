//! One job: its choices of sites.

use std::collections::BTreeMap;

use ewc_core::planner::model::{Choice, Class, Leg, Use, Way};

use super::super::limits::{CHOICES, CHOICES_OF_JOB};
use super::super::{Instance, Job, WhyUnplaced};
use super::data::Body;
use super::shared::{Shared, Term};
use super::{Built, nodes};
use crate::error::FieldError;

pub(super) struct Maker<'i> {
    instance: &'i Instance,
    numbers: BTreeMap<&'i str, u32>,
    pub(super) shared: Shared,
    why: Vec<WhyUnplaced>,
    choices: usize,
    pub(super) ways_of_all: usize,
    pub(super) ways: Vec<Way>,
    terms: Vec<Term>,
    uses: Vec<(Use, u32)>,
}

/// What a job's data says of one site.
struct Data {
    inbound: Vec<Leg>,
    /// Slots that the slowest of the inbound data needs at least.
    wait: u32,
    outbound: Vec<Leg>,
    after: u32,
}

impl<'i> Maker<'i> {
    pub(super) fn new(instance: &'i Instance, shared: Shared) -> Maker<'i> {
        Maker {
            instance,
            numbers: nodes(instance),
            shared,
            why: Vec::new(),
            choices: 0,
            ways_of_all: 0,
            ways: Vec::new(),
            terms: Vec::new(),
            uses: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Built {
        Built {
            model: self.shared.model,
            rows: self.shared.rows,
            why: self.why,
        }
    }

    /// Adds the class of a job.
    pub(super) fn add(&mut self, at: usize, job: &Job) -> Result<(), FieldError> {
        let mut class = Class {
            count: job.count,
            unplaced: job.unplaced,
            delay: job.delay,
            choices: Vec::new(),
        };
        let mut why = WhyUnplaced::Window;
        if job.release + job.run_slots() <= job.deadline {
            why = self.add_choices(at, job, &mut class)?;
        }
        class.choices.shrink_to_fit();
        self.choices += class.choices.len();
        if self.choices > CHOICES {
            let problem = format!("brings the choices of all jobs to more than {CHOICES}");
            let hint = "give jobs fewer sites, or fewer jobs";
            return Err(FieldError::new(format!("jobs[{at}]"), problem, hint));
        }
        self.shared.model.classes.push(class);
        self.why.push(why);
        Ok(())
    }

    /// Adds every choice of sites that fits alone. Returns how far the best one came.
    fn add_choices(
        &mut self,
        at: usize,
        job: &Job,
        class: &mut Class,
    ) -> Result<WhyUnplaced, FieldError> {
        let sites = self.sites(job);
        let choices = sites.len().checked_pow(job.groups.len() as u32);
        let Some(choices) = choices.filter(|&choices| choices <= CHOICES_OF_JOB) else {
            let problem = format!("leave more than {CHOICES_OF_JOB} choices for all groups");
            let field = format!("jobs[{at}].sites");
            return Err(FieldError::new(field, problem, "name fewer sites"));
        };
        let data = sites.iter().map(|&(site, _)| self.data(at, job, site));
        let data = data.collect::<Result<Vec<_>, _>>()?;
        let mut why = WhyUnplaced::Kind;
        let mut taken = vec![0; job.groups.len()];
        for tag in 0..choices {
            spread(tag, sites.len(), &mut taken);
            let extra = taken.iter().map(|&position| sites[position].1).sum::<i64>();
            let chosen: Vec<u32> = taken.iter().map(|&position| sites[position].0).collect();
            let of_sites = taken.iter().map(|&position| &data[position]);
            let of_sites: Option<Vec<&Data>> = of_sites.map(Option::as_ref).collect();
            match self.choice(job, &chosen, of_sites.as_deref())? {
                Ok(mut choice) => {
                    choice.tag = tag as u32;
                    choice.fixed = extra - job.delay * i64::from(job.release);
                    class.choices.push(choice);
                    why = WhyUnplaced::Crowded;
                }
                Err(reason) => why = why.max(reason),
            }
        }
        Ok(why)
    }

    /// The sites that a job allows, with their extra cost, in the order of the job or the file.
    fn sites(&self, job: &Job) -> Vec<(u32, i64)> {
        let all = 0..self.instance.sites.len() as u32;
        match &job.sites {
            Some(sites) => {
                let named = sites.iter();
                named
                    .map(|(name, &extra)| (self.numbers[name], extra))
                    .collect()
            }
            None => all.map(|site| (site, 0)).collect(),
        }
    }

    /// One choice of a site for each group, or why it never fits.
    fn choice(
        &mut self,
        job: &Job,
        sites: &[u32],
        data: Option<&[&Data]>,
    ) -> Result<Result<Choice, WhyUnplaced>, FieldError> {
        if let Err(reason) = self.collect_uses(job, sites) {
            return Ok(Err(reason));
        }
        let Some(data) = data else {
            return Ok(Err(WhyUnplaced::Data));
        };
        let wait = data.iter().map(|data| data.wait).max().unwrap_or(0);
        let (first, last) = (
            job.release + wait,
            i64::from(job.deadline) - i64::from(job.run_slots() + data[0].after),
        );
        if last < i64::from(first) {
            return Ok(Err(WhyUnplaced::Data));
        }
        let last = last as u32;
        if !self.fits_alone(first, last) {
            return Ok(Err(WhyUnplaced::Size));
        }
        let (curve, weight) = self.shared.curve(&mut self.terms)?;
        let mut inbound = Vec::new();
        for (group, data) in data.iter().enumerate() {
            if !sites[..group].contains(&sites[group]) {
                inbound.extend_from_slice(&data.inbound);
            }
        }
        for leg in &mut inbound {
            leg.until = last;
        }
        let uses: Vec<Use> = self.uses.iter().map(|(used, _)| *used).collect();
        Ok(Ok(Choice {
            tag: 0,
            first,
            last,
            fixed: 0,
            weight,
            curve,
            span: self.shared.span(job.run_slots()),
            uses: uses.into(),
            inbound: inbound.into(),
            outbound: data[0].outbound.as_slice().into(),
            steady: Box::default(),
        }))
    }

    /// What a choice holds and costs, groups at one site for equally long together.
    fn collect_uses(&mut self, job: &Job, sites: &[u32]) -> Result<(), WhyUnplaced> {
        self.uses.clear();
        self.terms.clear();
        for (group, &site) in job.groups.iter().zip(sites) {
            for (kind, &amount) in group.needs.iter() {
                let kinds = &self.instance.kinds;
                let kind = kinds.iter().position(|own| own == kind);
                let row = kind.and_then(|kind| self.shared.row_of[site as usize][kind]);
                let row = row.ok_or(WhyUnplaced::Kind)?;
                let slots = group.slots;
                let span = self.shared.span(slots);
                let known = self
                    .uses
                    .iter()
                    .position(|(used, _)| (used.row, used.span) == (row, span));
                match known {
                    Some(known) => {
                        self.uses[known].0.amount += amount;
                        self.terms[known].amount += amount;
                    }
                    None => {
                        self.uses.push((Use { row, span, amount }, slots));
                        self.terms.push(Term { row, slots, amount });
                    }
                }
            }
        }
        self.collect_power(job, sites);
        Ok(())
    }

    /// What a choice draws of power that has a cap. It costs nothing beside what is held.
    fn collect_power(&mut self, job: &Job, sites: &[u32]) {
        let (instance, first) = (self.instance, self.uses.len());
        for (power, at) in instance.power.iter().zip(0..) {
            let row = self.shared.power_rows[at];
            for (group, &site) in job.groups.iter().zip(sites) {
                let site = instance.sites[site as usize].name.as_str();
                let needs = group.needs.iter();
                let drawn = needs.map(|(kind, &amount)| power.drawn(site, kind, amount));
                let amount = drawn.fold(0, i64::saturating_add);
                if amount == 0 {
                    continue;
                }
                let span = self.shared.span(group.slots);
                let mut known = self.uses[first..].iter_mut();
                let known = known.find(|(used, _)| (used.row, used.span) == (row, span));
                match known {
                    Some((used, _)) => used.amount = used.amount.saturating_add(amount),
                    None => self.uses.push((Use { row, span, amount }, group.slots)),
                }
            }
        }
    }

    /// True when the run fits at some start while nothing else does.
    fn fits_alone(&self, first: u32, last: u32) -> bool {
        let of_row = |row: u32| {
            let same = self.uses.iter().filter(|(used, _)| used.row == row);
            same.map(|(used, _)| used.amount)
                .fold(0, i64::saturating_add)
        };
        let room = |(used, _): &(Use, u32)| self.shared.room[used.row as usize];
        if self
            .uses
            .iter()
            .all(|used| of_row(used.0.row) <= room(used).0)
        {
            return true;
        }
        if self.uses.iter().any(|used| used.0.amount > room(used).1) {
            return false;
        }
        (first..=last).any(|start| self.fits_at(start))
    }

    fn fits_at(&self, start: u32) -> bool {
        let held = |row: u32, after: u32| {
            let same = self
                .uses
                .iter()
                .filter(|(used, slots)| used.row == row && after < *slots);
            same.map(|(used, _)| used.amount)
                .fold(0, i64::saturating_add)
        };
        self.uses.iter().all(|(used, slots)| {
            let capacity = &self.shared.model.capacity[used.row as usize];
            (0..*slots).all(|after| held(used.row, after) <= capacity[(start + after) as usize])
        })
    }

    /// What has to move when a job runs at a site; `None` when nothing carries it in time.
    fn data(&mut self, at: usize, job: &Job, site: u32) -> Result<Option<Data>, FieldError> {
        let mut data = Data {
            inbound: Vec::with_capacity(job.inputs.len()),
            wait: 0,
            outbound: Vec::with_capacity(job.outputs.len()),
            after: 0,
        };
        for (position, input) in job.inputs.iter().enumerate() {
            let from: Vec<u32> = input
                .from
                .iter()
                .map(|name| self.numbers[name.as_str()])
                .collect();
            if from.contains(&site) {
                continue;
            }
            let body = Body {
                field: format!("jobs[{at}].inputs[{position}]"),
                volume: input.volume,
                rates: &input.rates,
                from: &from,
                to: site,
                first: job.release,
                until: job.deadline - job.run_slots(),
            };
            let Some((leg, slots)) = self.leg(&body)? else {
                return Ok(None);
            };
            data.wait = data.wait.max(slots);
            data.inbound.push(leg);
        }
        for (position, output) in job.outputs.iter().enumerate() {
            let to = self.numbers[output.to.as_str()];
            if to == site {
                continue;
            }
            let body = Body {
                field: format!("jobs[{at}].outputs[{position}]"),
                volume: output.volume,
                rates: &output.rates,
                from: &[site],
                to,
                first: job.release + job.run_slots(),
                until: job.deadline,
            };
            let Some((leg, slots)) = self.leg(&body)? else {
                return Ok(None);
            };
            data.after = data.after.max(slots);
            data.outbound.push(leg);
        }
        Ok(Some(data))
    }
}

/// The positions of choice number `tag`, the last group's changing fastest.
pub(in super::super) fn spread(tag: usize, sites: usize, taken: &mut [usize]) {
    let mut rest = tag;
    for position in taken.iter_mut().rev() {
        *position = rest % sites;
        rest /= sites;
    }
}
