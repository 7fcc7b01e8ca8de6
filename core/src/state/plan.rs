//! A plan is validated, placement by placement, with the planner's own rule.

use std::sync::Arc;

use crate::event::Event;
use crate::model::{JobId, JobState, Placement};
use crate::planner::Plan;
use crate::reason::Reason;

use super::apply::{Answer, Apply};
use super::fits::fits;

impl Apply<'_> {
    /// Accepts what still fits; what does not stays where it was, with the reason.
    pub(super) fn commit_plan(&mut self, plan: &Plan) -> Answer {
        let mut accepted = 0;
        let mut rejected = Vec::new();
        for (id, placement) in &plan.placements {
            match self.place(*id, placement, plan) {
                Ok(()) => accepted += 1,
                Err(reason) => {
                    self.events.push(Event::Rejected { job: *id, reason });
                    rejected.push((*id, reason));
                }
            }
        }
        for (id, reason) in &plan.unplaced {
            self.note_unplaced(*id, *reason);
        }
        if let Some(prices) = &plan.prices {
            self.state.prices = Arc::new(prices.clone());
        }
        Answer::Planned { accepted, rejected }
    }

    fn place(&mut self, id: JobId, placement: &Placement, plan: &Plan) -> Result<(), Reason> {
        let job = self.state.jobs.get(&id).cloned().ok_or(Reason::Unknown)?;
        if !matches!(job.state, JobState::Pending | JobState::Planned) {
            return Err(Reason::PlanStale);
        }
        let mut reservations = self.state.reservations.clone();
        if let Some(old) = &job.placement {
            reservations.release(old);
        }
        fits(self.state, &reservations, &job, placement)?;
        let planned_at = self.state.index;
        self.update_job(id, |job| {
            job.state = JobState::Planned;
            job.reason = None;
            job.planned_at = planned_at;
            job.planned_base = plan.base_index;
            job.due_ms = Some(placement.first_ms());
            job.placement = Some(Arc::new(placement.clone()));
        });
        self.advance(id);
        Ok(())
    }

    /// Keeps why a job still waits, without an event for every round that says the same.
    fn note_unplaced(&mut self, id: JobId, reason: Reason) {
        let waits = |job: &Arc<crate::model::Job>| {
            job.state == JobState::Pending && job.reason != Some(reason)
        };
        if self.state.jobs.get(&id).is_some_and(waits) {
            self.update_job(id, |job| job.reason = Some(reason));
        }
    }
}
