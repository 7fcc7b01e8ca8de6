//! The one place where a job is written: indexes and reservations follow it here.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::event::Event;
use crate::model::{Job, JobId, JobState, Placement, SiteId};

use super::State;
use super::apply::Apply;

impl Apply<'_> {
    /// Changes a job and everything derived from it. Does nothing for an unknown job.
    pub(super) fn update_job(&mut self, id: JobId, change: impl FnOnce(&mut Job)) {
        let Some(old) = self.state.jobs.get(&id).cloned() else {
            return;
        };
        let mut job = Job::clone(&old);
        change(&mut job);
        job.changed_at = self.state.index;
        self.note_change(&old, &job);
        self.note_promise(&old, &job);
        self.decide_promise(&job);
        self.state.put_job(Some(&old), job);
    }

    fn note_change(&mut self, old: &Job, new: &Job) {
        if old.state != new.state {
            let (from, to, reason) = (old.state, new.state, new.reason);
            self.events.push(Event::Changed {
                job: new.id,
                from,
                to,
                reason,
            });
        }
        let (before, after) = (active_sites(self.state, old), active_sites(self.state, new));
        for site in before.union(&after) {
            self.touch_site(*site);
        }
    }

    /// Notes that what a site is to do changed.
    pub(super) fn touch_site(&mut self, site: SiteId) {
        let index = self.state.index;
        let entry = &mut self.state.sites[site.index()];
        if entry.desired_at != index {
            Arc::make_mut(entry).desired_at = index;
            self.events.push(Event::Desired(site));
        }
    }
}

impl State {
    /// Stores a job in place of `old`; indexes and reservations follow.
    pub(super) fn put_job(&mut self, old: Option<&Job>, new: Job) {
        let before = old.map_or([None; 2], holds);
        let unmoved = |at: usize| match (before[at], holds(&new)[at]) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        let changed: Vec<usize> = (0..before.len()).filter(|at| !unmoved(*at)).collect();
        if let Some(old) = old {
            self.unindex(old);
            for placement in changed.iter().filter_map(|at| before[*at]) {
                let limited = self.limited(old);
                self.reservations.release_for(limited, placement);
            }
        }
        for placement in changed.iter().filter_map(|at| holds(&new)[*at]) {
            let limited = self.limited(&new);
            self.reservations.reserve_for(limited, placement);
        }
        self.index_job(&new);
        self.jobs.insert(new.id, Arc::new(new));
    }

    /// Takes a terminal job out.
    pub(super) fn remove_job(&mut self, id: JobId) -> Option<Arc<Job>> {
        let job = self.jobs.remove(&id)?;
        self.unindex(&job);
        // A job that was only held never had a key.
        if !job.key.is_empty() {
            self.keys.remove(&key_digest(&job.tenant, &job.key));
        }
        Some(job)
    }

    /// Adds a job to everything derived from it but the reservations.
    pub(super) fn index_job(&mut self, job: &Job) {
        self.counts[job.state as usize] += 1;
        if job.state == JobState::Pending {
            let queue = self.queues.entry(queue_name(job)).or_default();
            queue.insert(job.id);
        }
        self.count_tenant(job);
        if may_be_moved(job) {
            self.with_checkpoint.insert(job.id);
        }
        if let Some(due_ms) = job.due_ms {
            self.due.insert((due_ms, job.id));
        }
        for site in sites_of(self, job) {
            self.at_site.insert((site, job.id));
            if job.spec.preemptible {
                self.preemptible.insert((site, job.spec.priority, job.id));
            }
        }
        if let Some(ended_ms) = job.ended_ms.filter(|_| job.state.is_terminal()) {
            self.terminal.insert((ended_ms, job.id));
        }
    }

    fn unqueue(&mut self, job: &Job) {
        let name = queue_name(job);
        let Some(queue) = self.queues.get_mut(&name) else {
            return;
        };
        queue.remove(&job.id);
        if queue.is_empty() {
            self.queues.remove(&name);
        }
    }

    fn unindex(&mut self, job: &Job) {
        self.counts[job.state as usize] -= 1;
        self.unqueue(job);
        self.uncount_tenant(job);
        self.with_checkpoint.remove(&job.id);
        if let Some(due_ms) = job.due_ms {
            self.due.remove(&(due_ms, job.id));
        }
        for site in sites_of(self, job) {
            self.at_site.remove(&(site, job.id));
            if job.spec.preemptible {
                let entry = (site, job.spec.priority, job.id);
                self.preemptible.remove(&entry);
            }
        }
        if let Some(ended_ms) = job.ended_ms {
            self.terminal.remove(&(ended_ms, job.id));
        }
    }
}

/// The queue that a waiting job stands in.
fn queue_name(job: &Job) -> super::QueueName {
    (std::cmp::Reverse(job.spec.priority), job.tenant.clone())
}

/// The placement whose reservations a job holds.
pub(super) fn held(job: &Job) -> Option<&Arc<Placement>> {
    job.placement.as_ref().filter(|_| !job.state.is_terminal())
}

/// Every placement whose reservations a job holds.
pub(super) fn holds(job: &Job) -> [Option<&Arc<Placement>>; 2] {
    match job.state.is_terminal() {
        true => [None; 2],
        false => job.chains(),
    }
}

/// Sites that a live job is placed at, moves to, delivers to, or whose data waits there before its
/// start.
fn sites_of(state: &State, job: &Job) -> BTreeSet<SiteId> {
    let of_chain = |placement: &Arc<Placement>| {
        let pools = placement.groups.iter();
        let pools = pools.filter_map(|group| state.pool(group.pool));
        let deliveries = placement.stage_out().map(|transfer| transfer.to);
        let depots = placement.deposits().filter(|_| !job.state.is_started());
        let depots = depots.map(|transfer| transfer.to);
        let sites = pools.map(|pool| pool.site);
        sites
            .chain(deliveries)
            .chain(depots)
            .collect::<Vec<SiteId>>()
    };
    holds(job)
        .into_iter()
        .flatten()
        .flat_map(of_chain)
        .collect()
}

fn may_be_moved(job: &Job) -> bool {
    job.state == JobState::Running && job.spec.checkpoint.is_some()
}

/// Sites that have something to do for the job now.
fn active_sites(state: &State, job: &Job) -> BTreeSet<SiteId> {
    match job.state {
        JobState::Staging | JobState::Dispatched | JobState::Running => sites_of(state, job),
        _ => BTreeSet::new(),
    }
}

/// What a tenant's key is looked up by: fixed in size and free of allocations, so that a table of
/// millions is cheap to copy page by page. The length keeps tenant and key apart.
pub(super) fn key_digest(tenant: &str, key: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update((tenant.len() as u64).to_le_bytes());
    digest.update(tenant.as_bytes());
    digest.update(key.as_bytes());
    digest.finalize().into()
}
