//! Places held for jobs that are not submitted yet.
//!
//! A hold is a job in the state `Held`: its whole chain is reserved as that of any placed job, and
//! nothing of it begins. Submitting it makes a planned job of it, in its place, in one entry. A
//! `Tick` ends it when it expires, and whatever takes a placement away ends it at once: nobody
//! waits for a job that was never submitted.

use std::sync::Arc;

use crate::apart;
use crate::command::{Hold, HoldRefusal, Redemption, Refusal, Submission, body_digest};
use crate::event::Event;
use crate::model::{Job, JobId, JobState};
use crate::reason::Reason;

use super::apply::{Answer, Apply};
use super::fits::fits;
use super::keys::key_digest;
use super::plan::dependencies_met;

/// The longest hold.
pub const HOLD_MS_MAX: i64 = 10 * 60_000;
/// Places held for one tenant.
pub const HOLDS_PER_TENANT_MAX: u64 = 16;
/// Places held for all tenants.
pub const HOLDS_MAX: u64 = 1000;

impl Apply<'_> {
    /// Keeps a place, or changes nothing.
    pub(super) fn hold_job(&mut self, hold: &Hold) -> Result<Answer, Refusal> {
        let submission = Submission::new(hold.tenant.clone(), String::new(), hold.spec.clone());
        self.check_new(&submission)?;
        self.check_holds(hold)?;
        let mut job = self.new_job(&submission);
        let placement = &hold.placement;
        if placement.first_ms() < hold.until_ms {
            return Err(HoldRefusal::Taken(Reason::Malformed).into());
        }
        dependencies_met(self.state, &job)
            .and_then(|()| fits(self.state, &self.state.reservations, &job, placement))
            .map_err(HoldRefusal::Taken)?;
        job.state = JobState::Held;
        job.placement = Some(Arc::new(placement.clone()));
        job.planned_at = self.state.index;
        job.planned_base = hold.base_index;
        job.due_ms = Some(hold.until_ms);
        let id = job.id;
        self.state.next_job += 1;
        self.state.put_job(None, job);
        self.events.push(Event::Held(id));
        Ok(Answer::Submitted(vec![(id, false)]))
    }

    fn check_holds(&self, hold: &Hold) -> Result<(), HoldRefusal> {
        let asked_ms = hold.until_ms.saturating_sub(self.state.now_ms);
        if !(1..=HOLD_MS_MAX).contains(&asked_ms) {
            let limit_ms = HOLD_MS_MAX;
            return Err(HoldRefusal::Length { asked_ms, limit_ms });
        }
        let (own, all) = (
            self.state.tenant(&hold.tenant).holds,
            self.state.count(JobState::Held),
        );
        if own >= HOLDS_PER_TENANT_MAX {
            return Err(HoldRefusal::TooMany {
                whose: format!("tenant \"{}\" holds", hold.tenant),
                held: own,
                limit: HOLDS_PER_TENANT_MAX,
            });
        }
        if all >= HOLDS_MAX {
            return Err(HoldRefusal::TooMany {
                whose: "the network holds".to_owned(),
                held: all,
                limit: HOLDS_MAX,
            });
        }
        Ok(())
    }

    /// Submits the job that is held, in its place, or changes nothing.
    pub(super) fn redeem_hold(&mut self, redemption: &Redemption) -> Result<Answer, Refusal> {
        let id = redemption.hold;
        let job = self.state.jobs.get(&id).cloned();
        let job = job.filter(|job| *job.tenant == *redemption.tenant);
        let job = job.ok_or_else(|| HoldRefusal::Unknown {
            hold: id,
            tenant: redemption.tenant.clone(),
        })?;
        let spec = redemption.spec.as_ref();
        let same = spec.is_none_or(|spec| *apart::split(spec) == *job.spec);
        let key = key_digest(&redemption.tenant, &redemption.key);
        match self.state.keys.get(&key) {
            // The answer was lost, and the owner asks again.
            Some((known, _)) if known == id && same => {
                return Ok(Answer::Submitted(vec![(id, true)]));
            }
            Some((known, _)) => {
                return Err(Refusal::KeyConflict {
                    key: redemption.key.clone(),
                    job: known,
                });
            }
            None => {}
        }
        self.check_hold(&job, same)?;
        self.state.keys.insert(key, id, body_digest(&job.spec));
        let (index, now_ms) = (self.state.index, self.state.now_ms);
        self.update_job(id, |job| {
            job.state = JobState::Planned;
            job.key.clone_from(&redemption.key);
            job.submitted_ms = now_ms;
            job.planned_at = index;
            job.due_ms = job.placement.as_ref().map(|placement| placement.first_ms());
        });
        self.events.push(Event::Submitted(id));
        self.advance(id);
        Ok(Answer::Submitted(vec![(id, false)]))
    }

    /// Says whether the job is still held, is the `same` as the one submitted, and still fits.
    fn check_hold(&self, job: &Job, same: bool) -> Result<(), HoldRefusal> {
        let hold = job.id;
        let expires_ms = job.due_ms.filter(|_| job.state == JobState::Held);
        match (expires_ms, job.reason) {
            (Some(at_ms), _) if at_ms <= self.state.now_ms => {
                return Err(HoldRefusal::Expired(hold));
            }
            (Some(_), _) => {}
            (None, Some(Reason::HoldExpired)) => return Err(HoldRefusal::Expired(hold)),
            // It was never submitted, or it would have a key.
            (None, Some(reason)) if job.key.is_empty() => {
                return Err(HoldRefusal::GivenUp { hold, reason });
            }
            (None, _) => return Err(HoldRefusal::Used(hold)),
        }
        if !same {
            return Err(HoldRefusal::OtherJob(hold));
        }
        let moved = |reason| HoldRefusal::Moved { hold, reason };
        let placement = job.placement.as_ref().ok_or(moved(Reason::PlanStale))?;
        let mut others = self.state.reservations.clone();
        others.release_for(self.state.limited(job), placement);
        dependencies_met(self.state, job)
            .and_then(|()| fits(self.state, &others, job, placement))
            .map_err(moved)
    }

    /// A held place is lost: the hold ends.
    pub(super) fn end_hold(&mut self, id: JobId, reason: Reason) {
        self.finish(id, JobState::Cancelled, Some(reason));
    }
}
