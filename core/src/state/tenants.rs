//! What each tenant has in the network, and what its quota leaves it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::{Refusal, Submission};
use crate::model::{Job, JobId, JobSpec, JobState, Placement, Resources, TenantPolicy};
use crate::reason::Reason;
use crate::reservation::Reservations;

use super::State;
use super::apply::Apply;
use super::jobs::{held, holds};

/// What one tenant has in the network; derived from its live jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tenant {
    /// Jobs that have not started.
    pub queued: u64,
    /// Jobs of those that are only held.
    pub holds: u64,
    /// Jobs that have a placement.
    pub placed: u64,
    /// What those run on, all together.
    pub held: Resources,
}

impl State {
    /// What a tenant has; nothing if it has no live jobs.
    pub fn tenant(&self, name: &str) -> Tenant {
        self.tenants.get(name).copied().unwrap_or_default()
    }

    /// The job's tenant, if its quota limits what it may reserve.
    pub(crate) fn limited<'j>(&self, job: &'j Job) -> Option<&'j Arc<str>> {
        let quota = self.policy.tenant(&job.tenant).quota;
        quota.capacity().map(|_| &job.tenant)
    }

    /// Counts a job as what it is in place of what it was.
    pub(super) fn recount_tenant(&mut self, old: Option<&Job>, new: Option<&Job>) {
        if let Some(job) = new.filter(|job| !job.state.is_terminal()) {
            let tenant = self.tenants.entry(job.tenant.clone()).or_default();
            tenant.queued += u64::from(is_queued(job));
            tenant.holds += u64::from(job.state == JobState::Held);
            if let Some(placement) = held(job) {
                tenant.placed += 1;
                tenant.held = tenant.held + total(placement);
            }
        }
        let Some(job) = old.filter(|job| !job.state.is_terminal()) else {
            return;
        };
        let Some(tenant) = self.tenants.get_mut(&job.tenant) else {
            return;
        };
        tenant.queued -= u64::from(is_queued(job));
        tenant.holds -= u64::from(job.state == JobState::Held);
        if let Some(placement) = held(job) {
            tenant.placed -= 1;
            tenant.held = tenant.held - total(placement);
        }
        if (tenant.queued, tenant.placed) == (0, 0) {
            self.tenants.remove(&job.tenant);
        }
    }

    /// Counts what is reserved against the quotas of a new policy.
    pub(super) fn recount_quotas(&mut self) {
        let mut reservations = std::mem::take(&mut self.reservations);
        reservations.clear_tenants();
        let limits_all = self.policy.other_tenants.quota.capacity().is_some();
        let limits_some = |tenant: &TenantPolicy| tenant.quota.capacity().is_some();
        if limits_all || self.policy.tenants.values().any(limits_some) {
            for job in self.jobs_placed() {
                let Some(tenant) = self.limited(job) else {
                    continue;
                };
                for placement in holds(job).into_iter().flatten() {
                    reservations.count_for(tenant, placement);
                }
            }
        }
        self.reservations = reservations;
    }

    /// Refuses a job that its tenant's quota could never hold.
    pub(super) fn could_ever_fit_quota(&self, tenant: &str, spec: &JobSpec) -> Result<(), Refusal> {
        let Some(capacity) = self.policy.tenant(tenant).quota.capacity() else {
            return Ok(());
        };
        let need = spec.total();
        let kinds = [
            ("cores", need.cpu_millis, capacity.cpu_millis, 1000),
            ("MiB of memory", need.memory_mib, capacity.memory_mib, 1),
            ("accelerators", need.accelerators, capacity.accelerators, 1),
        ];
        match kinds.into_iter().find(|(_, need, limit, _)| need > limit) {
            None => Ok(()),
            Some((kind, need, limit, unit)) => {
                let need = (need + unit - 1) / unit;
                let problem = format!(
                    "the job needs {need} {kind} at once, and the quota of tenant \"{tenant}\" is \
                     {}; ask for less, or the operator for a larger quota",
                    limit / unit
                );
                Err(Refusal::invalid("groups.resources", problem))
            }
        }
    }
}

impl Apply<'_> {
    /// Refuses new jobs of a tenant that has as many waiting as its quota allows.
    pub(super) fn within_queue_quotas(
        &self,
        submissions: &[Submission],
        known: &[Option<JobId>],
    ) -> Result<(), Refusal> {
        let mut new: BTreeMap<&str, u64> = BTreeMap::new();
        for (submission, known) in submissions.iter().zip(known) {
            *new.entry(&submission.tenant).or_default() += u64::from(known.is_none());
        }
        for (tenant, new) in new.into_iter().filter(|(_, new)| *new > 0) {
            let queued = self.state.tenant(tenant).queued;
            let limit = self.state.policy.tenant(tenant).quota.queued;
            if let Some(limit) = limit.filter(|limit| queued + new > *limit) {
                return Err(Refusal::TenantQueueFull {
                    tenant: tenant.to_owned(),
                    queued,
                    limit,
                });
            }
        }
        Ok(())
    }
}

/// Says whether the tenant's quota leaves room for the run beside what it has reserved.
pub(super) fn within_quota(
    state: &State,
    reservations: &Reservations,
    job: &Job,
    placement: &Placement,
) -> Result<(), Reason> {
    let Some(capacity) = state.policy.tenant(&job.tenant).quota.capacity() else {
        return Ok(());
    };
    let mut profile = reservations.tenant(&job.tenant);
    for slot in &placement.groups {
        profile.add(slot.start_ms, slot.end_ms, slot.total);
    }
    let fits = placement.groups.iter().all(|slot| {
        let from_ms = slot.start_ms.max(state.now_ms);
        let excess = profile.first_excess(from_ms, slot.end_ms, capacity);
        excess.is_none()
    });
    fits.then_some(()).ok_or(Reason::Quota)
}

/// A live job that has not started.
pub(super) fn is_queued(job: &Job) -> bool {
    !job.state.is_terminal() && !job.state.is_started()
}

/// What all groups of a placement run on together.
fn total(placement: &Placement) -> Resources {
    let slots = placement.groups.iter();
    slots.fold(Resources::ZERO, |sum, slot| sum + slot.total)
}
