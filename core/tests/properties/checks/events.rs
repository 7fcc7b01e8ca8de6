//! Events tell exactly what changed, and agents hear of every change of what they are to do.

use std::collections::BTreeMap;

use ewc_core::model::{JobId, JobState, SiteId};
use ewc_core::{Event, Reason};

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    let mut states: BTreeMap<JobId, JobState> = BTreeMap::new();
    for event in &step.applied.events {
        if let Event::Held(job) = event {
            states.insert(*job, JobState::Held);
        }
        if let Event::Changed {
            job,
            from,
            to,
            reason,
        } = event
        {
            let spec = step.after.job(*job).map(|job| &job.spec);
            let deadline_ms = spec.map(|spec| spec.deadline_ms.unwrap_or(i64::MAX));
            let late = deadline_ms.is_none_or(|at_ms| at_ms <= step.after.now_ms());
            ensure(*reason != Some(Reason::DeadlinePassed) || late, || {
                format!("events: the deadline of job {job} has not passed")
            })?;
            let before = step
                .before
                .job(*job)
                .map_or(JobState::Pending, |job| job.state);
            let known = states.insert(*job, *to).unwrap_or(before);
            ensure(known == *from, || {
                format!("events: job {job} did not come from {from:?}")
            })?;
            ensure(from != to, || {
                format!("events: job {job} changed to the same")
            })?;
        }
    }
    for (id, after) in step.after.jobs() {
        let before = step
            .before
            .job(*id)
            .map_or(JobState::Pending, |job| job.state);
        let told = states.get(id).copied().unwrap_or(before);
        ensure(told == after.state, || {
            format!("events: job {id} is {:?}", after.state)
        })?;
    }
    for site in (0..step.before.sites().len() as u32).map(SiteId) {
        if step.before.desired(site) != step.after.desired(site) {
            let told = step.after.sites()[site.index()].desired_at == step.entry.index;
            ensure(told, || {
                format!("events: site {site} was not told of a change")
            })?;
        }
    }
    Ok(())
}
