//! The one place where a job is written: indexes and reservations follow it here.

use std::sync::Arc;

use imbl::OrdSet;

use crate::event::Event;
use crate::model::{Job, JobId, JobState, Placement, SiteId};

use super::State;
use super::apply::Apply;
use super::preempt::Turn;
use super::tenants::is_queued;

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
        self.let_go_of_checkpoints(&old, &job);
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
        let mut sites = active_sites(self.state, old);
        sites.append(&mut active_sites(self.state, new));
        sites.sort_unstable();
        sites.dedup();
        for site in sites {
            self.touch_site(site);
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
        self.follow(old, Some(&new));
        self.jobs.insert(new.id, Arc::new(new));
    }

    /// Takes a terminal job out.
    pub(super) fn remove_job(&mut self, id: JobId) -> Option<Arc<Job>> {
        let job = self.jobs.remove(&id)?;
        self.follow(Some(&job), None);
        self.keys.remove(id);
        Some(job)
    }

    /// Brings everything derived from a job from what it was to what it is. What says the same of
    /// both is not touched: most changes of a job concern one index or two.
    fn follow(&mut self, old: Option<&Job>, new: Option<&Job>) {
        self.follow_state(old, new);
        self.follow_data(old, new);
        let due = |job: &Job| job.due_ms.map(|due_ms| (due_ms, job.id));
        swap(&mut self.due, old.and_then(due), new.and_then(due));
        let ended = |job: &Job| {
            let ended_ms = job.ended_ms.filter(|_| job.state.is_terminal());
            ended_ms.map(|ended_ms| (ended_ms, job.id))
        };
        swap(&mut self.terminal, old.and_then(ended), new.and_then(ended));
        let movable = |job: &Job| may_be_moved(job).then_some(job.id);
        let (before, after) = (old.and_then(movable), new.and_then(movable));
        swap(&mut self.with_checkpoint, before, after);
        let before = old.map_or([None; 2], holds);
        let after = new.map_or([None; 2], holds);
        let moved = [0, 1].map(|at| !is_same(before[at], after[at]));
        let waits = |job: &Job| (is_queued(job), job.state == JobState::Held);
        if moved != [false; 2] || old.map(waits) != new.map(waits) {
            self.recount_tenant(old, new);
        }
        for at in (0..2).filter(|at| moved[*at]) {
            if let Some((job, placement)) = old.zip(before[at]) {
                let limited = self.limited(job);
                self.reservations.release_for(limited, placement);
            }
        }
        for at in (0..2).filter(|at| moved[*at]) {
            if let Some((job, placement)) = new.zip(after[at]) {
                let limited = self.limited(job);
                self.reservations.reserve_for(limited, placement);
            }
        }
        // Data waits at a depot until the run has started.
        let started = |job: &Job| job.state.is_started();
        let turn = |job: &Job| Turn::of(job).map(|turn| turn(SiteId(0)));
        let turns = old.and_then(turn) != new.and_then(turn);
        if moved != [false; 2] || old.map(started) != new.map(started) || turns {
            self.follow_sites(old, new);
        }
    }

    fn follow_state(&mut self, old: Option<&Job>, new: Option<&Job>) {
        let (before, after) = (old.map(|job| job.state), new.map(|job| job.state));
        if before == after {
            return;
        }
        if let Some(state) = before {
            self.counts[state as usize] -= 1;
        }
        if let Some(state) = after {
            self.counts[state as usize] += 1;
        }
        let pending = |job: &&Job| job.state == JobState::Pending;
        if let Some(job) = old.filter(pending) {
            self.unqueue(job);
        }
        if let Some(job) = new.filter(pending) {
            let queue = self.queues.entry(queue_name(job)).or_default();
            queue.insert(job.id);
        }
    }

    fn follow_sites(&mut self, old: Option<&Job>, new: Option<&Job>) {
        let sites = |job| sites_of(self, job);
        let (before, after) = (
            old.map(sites).unwrap_or_default(),
            new.map(sites).unwrap_or_default(),
        );
        if let Some(job) = old {
            for site in before.iter().filter(|site| !after.contains(site)) {
                self.at_site.remove(&(*site, job.id));
            }
            if let Some(turn) = Turn::of(job) {
                before
                    .iter()
                    .for_each(|site| _ = self.preemptible.remove(&turn(*site)));
            }
        }
        if let Some(job) = new {
            for site in after.iter().filter(|site| !before.contains(site)) {
                self.at_site.insert((*site, job.id));
            }
            if let Some(turn) = Turn::of(job) {
                after
                    .iter()
                    .for_each(|site| _ = self.preemptible.insert(turn(*site)));
            }
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
}

/// Both are one placement, or none.
fn is_same(old: Option<&Arc<Placement>>, new: Option<&Arc<Placement>>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
        (None, None) => true,
        _ => false,
    }
}

/// Puts an entry of an index in place of another one.
fn swap<T: Ord + Clone>(index: &mut OrdSet<T>, old: Option<T>, new: Option<T>) {
    if old == new {
        return;
    }
    if let Some(old) = old {
        index.remove(&old);
    }
    if let Some(new) = new {
        index.insert(new);
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
/// start; each perhaps more than once.
pub(super) fn sites_of(state: &State, job: &Job) -> Vec<SiteId> {
    let mut all = Vec::new();
    for placement in holds(job).into_iter().flatten() {
        let pools = placement.groups.iter();
        let pools = pools.filter_map(|group| state.pool(group.pool));
        let deliveries = placement.stage_out().map(|transfer| transfer.to);
        let depots = placement.deposits().filter(|_| !job.state.is_started());
        let depots = depots.map(|transfer| transfer.to);
        let sites = pools.map(|pool| pool.site);
        all.extend(sites.chain(deliveries).chain(depots));
    }
    all
}

fn may_be_moved(job: &Job) -> bool {
    job.state == JobState::Running && job.spec.checkpoint.is_some()
}

/// Sites that have something to do for the job now.
fn active_sites(state: &State, job: &Job) -> Vec<SiteId> {
    match job.state {
        JobState::Staging | JobState::Dispatched | JobState::Running => sites_of(state, job),
        _ => Vec::new(),
    }
}
