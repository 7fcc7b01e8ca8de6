//! A plan is validated, placement by placement, with the planner's own rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::Event;
use crate::model::{Job, JobId, JobState, Placement};
use crate::planner::Plan;
use crate::reason::Reason;

use super::apply::{Answer, Apply};
use super::fits::fits;
use super::{Certified, State};

impl Apply<'_> {
    /// Accepts what still fits; what does not stays where it was, with the reason.
    pub(super) fn commit_plan(&mut self, plan: &Plan) -> Answer {
        let mut accepted = 0;
        let mut rejected = Vec::new();
        let mut moving = self.withdraw_moving(plan);
        for (id, placement) in &plan.placements {
            let was = moving.remove(id);
            match self.place(*id, placement, plan) {
                Ok(()) => accepted += 1,
                Err(reason) => {
                    if let Some(was) = was {
                        self.put_back(*id, was);
                    }
                    self.events.push(Event::Rejected { job: *id, reason });
                    rejected.push((*id, reason));
                }
            }
        }
        for planned in &plan.moves {
            match self.plan_move(planned, plan.base_index) {
                Ok(()) => accepted += 1,
                Err(reason) => {
                    let job = planned.job;
                    self.events.push(Event::Rejected { job, reason });
                    rejected.push((job, reason));
                }
            }
        }
        for (id, reason) in &plan.unplaced {
            self.note_unplaced(*id, *reason);
        }
        if let Some(prices) = &plan.prices {
            self.state.prices = Arc::new(prices.clone());
        }
        if let Some(certificate) = &plan.certificate {
            self.state.certified = Some(Certified {
                plan_index: self.state.index,
                applied_ms: self.state.now_ms,
                stopped_at: plan.stopped_at,
                certificate: certificate.clone(),
            });
        }
        Answer::Planned { accepted, rejected }
    }

    fn place(&mut self, id: JobId, placement: &Placement, plan: &Plan) -> Result<(), Reason> {
        let job = self.state.jobs.get(&id).cloned().ok_or(Reason::Unknown)?;
        if !matches!(job.state, JobState::Pending | JobState::Planned) {
            return Err(Reason::PlanStale);
        }
        let victims = plan.victims(id);
        let start_ms = placement.start_ms();
        if victims.is_empty() {
            dependencies_met(self.state, &job)?;
            fits(self.state, &self.state.reservations, &job, placement)?;
        } else {
            let mut reservations = self.state.reservations.clone();
            self.state
                .clear_way(&mut reservations, &job, victims, start_ms)?;
            dependencies_met(self.state, &job)?;
            fits(self.state, &reservations, &job, placement)?;
        }
        let planned_at = self.state.index;
        self.update_job(id, |job| {
            job.state = JobState::Planned;
            job.reason = None;
            job.planned_at = planned_at;
            job.planned_base = plan.base_index;
            job.due_ms = Some(placement.first_ms());
            job.placement = Some(Arc::new(placement.clone()));
        });
        // Not before the job has its place: what gives way asks who needs it.
        for victim in victims {
            self.give_way(*victim, id, start_ms);
        }
        self.advance(id);
        Ok(())
    }

    /// Takes back what the planned jobs hold that a plan moves, so that they may trade places.
    /// Returns where they were.
    fn withdraw_moving(&mut self, plan: &Plan) -> BTreeMap<JobId, Arc<Placement>> {
        let mut moving = BTreeMap::new();
        for (id, _) in &plan.placements {
            let planned = |job: &&Arc<Job>| job.state == JobState::Planned;
            let Some(job) = self.state.jobs.get(id).filter(planned).cloned() else {
                continue;
            };
            if let Some(placement) = &job.placement {
                moving.insert(*id, placement.clone());
                self.state.put_job(Some(&job), at(&job, None));
            }
        }
        moving
    }

    /// A planned job that could not move stays where it was, unless another has moved there.
    fn put_back(&mut self, id: JobId, was: Arc<Placement>) {
        let planned = |job: &&Arc<Job>| job.state == JobState::Planned;
        let Some(job) = self.state.jobs.get(&id).filter(planned).cloned() else {
            return;
        };
        let fits = fits(self.state, &self.state.reservations, &job, &was);
        self.state.put_job(Some(&job), at(&job, Some(was)));
        if fits.is_err() {
            self.requeue(id, Reason::Displaced);
        }
    }

    /// Keeps why a job still waits, without an event for every round that says the same. What
    /// waits for a job that did not succeed will never run, and ends.
    fn note_unplaced(&mut self, id: JobId, reason: Reason) {
        let waits = |job: &&Arc<Job>| job.state == JobState::Pending;
        let Some(job) = self.state.jobs.get(&id).filter(waits) else {
            return;
        };
        if dependencies_met(self.state, job) == Err(Reason::DependencyFailed) {
            self.finish(id, JobState::Failed, Some(Reason::DependencyFailed));
        } else if job.reason != Some(reason) {
            self.update_job(id, |job| job.reason = Some(reason));
        }
    }
}

/// A planned job somewhere else.
fn at(job: &Job, placement: Option<Arc<Placement>>) -> Job {
    let mut job = job.clone();
    job.placement = placement;
    job
}

/// Every job this one depends on has succeeded. A job that has left the state ended long ago and
/// cannot vouch for anything.
pub(crate) fn dependencies_met(state: &State, job: &Job) -> Result<(), Reason> {
    for dependency in &job.spec.after_ok {
        match state.job(*dependency).map(|job| job.state) {
            Some(JobState::Succeeded) => {}
            Some(state) if !state.is_terminal() => return Err(Reason::DependencyPending),
            _ => return Err(Reason::DependencyFailed),
        }
    }
    Ok(())
}
