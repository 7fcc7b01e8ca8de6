//! Weighted dominant-resource fair shares: in which order waiting jobs are planned.
//!
//! A tenant's share is the largest part, over the kinds of capacity, that its placed and running
//! jobs hold of what the whole network has usable, divided by the tenant's weight (dominant-
//! resource fairness: Ghodsi et al., NSDI 2011). Within one priority the queue is ordered by
//! progressive filling: the tenant with the smallest share goes next with its oldest job, which
//! then counts as held. Shares order the queue and hold nothing back: what nobody else asks for,
//! anyone may borrow.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use crate::model::{JobId, Resources};
use crate::state::{QueueName, State};

/// Parts of the whole network that shares are counted in.
const WHOLE: u128 = 1_000_000_000_000;

/// How far each queue has been considered: its jobs up to this one.
pub type Cursors = BTreeMap<QueueName, JobId>;

/// What the network has, to measure shares against.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    usable: Resources,
}

impl Measure {
    /// The network as it is now.
    pub fn of(state: &State) -> Measure {
        let pools = state.pools().iter().map(|pool| pool.usable);
        Measure {
            usable: pools.fold(Resources::ZERO, |sum, usable| sum + usable),
        }
    }

    /// The largest part of any kind of capacity that `held` is, in millionths of the network.
    pub fn dominant_millionths(self, held: Resources) -> u64 {
        let millionths = self.dominant(held) / (WHOLE / 1_000_000);
        u64::try_from(millionths).unwrap_or(u64::MAX)
    }

    /// The same by the tenant's weight: the smaller it is, the sooner the tenant goes.
    pub fn weighted_millionths(self, held: Resources, share_permille: u32) -> u64 {
        let millionths = self.weighted(held, share_permille) / (WHOLE / 1_000_000);
        u64::try_from(millionths).unwrap_or(u64::MAX)
    }

    fn dominant(self, held: Resources) -> u128 {
        let part = |held: i64, usable: i64| {
            let (held, usable) = (held.max(0) as u128, usable.max(0) as u128);
            // A kind that the network has lost weighs like all of it.
            held * WHOLE / if held > 0 { usable.max(1) } else { 1 }
        };
        part(held.cpu_millis, self.usable.cpu_millis)
            .max(part(held.memory_mib, self.usable.memory_mib))
            .max(part(held.accelerators, self.usable.accelerators))
    }

    fn weighted(self, held: Resources, share_permille: u32) -> u128 {
        self.dominant(held) * 1000 / u128::from(share_permille.max(1))
    }
}

/// The given jobs in the order in which they are to be planned. Unknown ones are left out.
pub fn order(state: &State, jobs: &[JobId]) -> Vec<JobId> {
    if let [only] = jobs {
        return state.job(*only).map(|job| job.id).into_iter().collect();
    }
    let mut queues: BTreeMap<QueueName, Vec<JobId>> = BTreeMap::new();
    for job in jobs.iter().filter_map(|id| state.job(*id)) {
        let name = (Reverse(job.spec.priority), job.tenant.clone());
        queues.entry(name).or_default().push(job.id);
    }
    queues.values_mut().for_each(|queue| queue.sort());
    let queues = queues.into_iter();
    fill(
        state,
        queues.map(|(name, queue)| (name, queue.into_iter())),
        usize::MAX,
    )
}

/// The first `count` waiting jobs behind the cursors, in the order in which they are to be planned.
/// Costs as much as there are queues of the priorities reached, and jobs returned.
pub fn window(state: &State, behind: &Cursors, count: usize) -> Vec<JobId> {
    let queues = state.queues().iter().map(|(name, jobs)| {
        let from = behind.get(name).map_or(Unbounded, |job| Excluded(*job));
        (name.clone(), jobs.range((from, Unbounded)).copied())
    });
    fill(state, queues, count)
}

/// Moves the cursors behind these jobs.
pub fn advance(state: &State, cursors: &mut Cursors, considered: &[JobId]) {
    for job in considered.iter().filter_map(|id| state.job(*id)) {
        let name = (Reverse(job.spec.priority), job.tenant.clone());
        let cursor = cursors.entry(name).or_insert(job.id);
        *cursor = (*cursor).max(job.id);
    }
}

/// Progressive filling over queues that come by priority; what a priority takes counts for the
/// next.
fn fill<Q: Iterator<Item = JobId>>(
    state: &State,
    queues: impl Iterator<Item = (QueueName, Q)>,
    count: usize,
) -> Vec<JobId> {
    let measure = Measure::of(state);
    let mut filled: BTreeMap<Arc<str>, Resources> = BTreeMap::new();
    let mut jobs = Vec::new();
    let mut queues = queues.peekable();
    while let Some(((priority, _), _)) = queues.peek() {
        let priority = *priority;
        let mut level = Level::default();
        while let Some(((_, tenant), mut queue)) = queues.next_if(|it| it.0.0 == priority) {
            if jobs.len() < count
                && let Some(head) = queue.next()
            {
                let held = filled.get(&tenant).copied();
                let held = held.unwrap_or_else(|| state.tenant(&tenant).held);
                let share_permille = state.policy().tenant(&tenant).share_permille;
                let at = level.queues.len();
                level
                    .heads
                    .push(Reverse((measure.weighted(held, share_permille), head, at)));
                level.queues.push((tenant, queue, held, share_permille));
            }
        }
        level.take(state, measure, count, &mut jobs);
        let level = level.queues.into_iter();
        filled.extend(level.map(|(tenant, _, held, _)| (tenant, held)));
        if jobs.len() == count {
            break;
        }
    }
    jobs
}

/// The queues of one priority.
struct Level<Q> {
    /// Smallest share first, then the oldest job.
    heads: BinaryHeap<Reverse<(u128, JobId, usize)>>,
    /// Tenant, rest of its queue, what it holds, its weight.
    queues: Vec<(Arc<str>, Q, Resources, u32)>,
}

impl<Q> Default for Level<Q> {
    fn default() -> Level<Q> {
        Level {
            heads: BinaryHeap::new(),
            queues: Vec::new(),
        }
    }
}

impl<Q: Iterator<Item = JobId>> Level<Q> {
    fn take(&mut self, state: &State, measure: Measure, count: usize, jobs: &mut Vec<JobId>) {
        while jobs.len() < count
            && let Some(Reverse((_, id, at))) = self.heads.pop()
        {
            jobs.push(id);
            let (_, queue, held, share_permille) = &mut self.queues[at];
            if let Some(job) = state.job(id) {
                *held = *held + job.spec.total();
            }
            if let Some(next) = queue.next() {
                let share = measure.weighted(*held, *share_permille);
                self.heads.push(Reverse((share, next, at)));
            }
        }
    }
}
