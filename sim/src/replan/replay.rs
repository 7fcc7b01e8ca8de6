//! A list of arrivals through the [engine](crate::engine), and what became of each.

use ewc_core::model::{JobId, PolicyKind};
use ewc_core::{Refusal, State};

use super::outcome::{self, ReplannedJob};
use super::{Arrival, NotPlaced, Rounds};
use crate::engine::{Engine, Incoming, Latency, Left, Rules, StartDelay, Unchanging, Watch};

pub(super) fn replay(
    state: State,
    arrivals: &[Arrival],
    policy: PolicyKind,
    rounds: Rounds,
) -> Vec<ReplannedJob> {
    let mut order: Vec<usize> = (0..arrivals.len()).collect();
    order.sort_by_key(|at| arrivals[*at].submit_ms);
    let mut ranks = vec![0_u64; arrivals.len()];
    for (at, number) in order.iter().zip(1..) {
        ranks[*at] = number;
    }
    let incoming = order.iter().map(|at| {
        Ok(Incoming {
            arrival: numbered(&arrivals[*at], &ranks),
            datasets: Vec::new(),
        })
    });
    let mut outcomes = Outcomes {
        arrivals,
        order: &order,
        jobs: vec![None; arrivals.len()],
    };
    let rules = Rules {
        policy,
        rounds,
        jobs_per_round: u32::MAX,
        decide_arrivals: false,
        latency: Latency::default(),
        keep_outputs: true,
        start_delay: StartDelay::default(),
        tells_others: false,
    };
    let mut network = Unchanging;
    let engine = Engine::new(
        state,
        Box::new(incoming),
        rules,
        &mut network,
        &mut outcomes,
    );
    // A list has no errors to read it.
    let _ = engine.run();
    outcomes.finish()
}

/// The arrival with its dependencies by the order of submission, where the list has its own.
fn numbered(arrival: &Arrival, ranks: &[u64]) -> Arrival {
    let mut arrival = arrival.clone();
    for dependency in &mut arrival.spec.after_ok {
        let place = dependency.index().checked_sub(1);
        let rank = place.and_then(|at| ranks.get(at)).copied();
        *dependency = JobId(rank.unwrap_or(0));
    }
    arrival
}

struct Outcomes<'a> {
    arrivals: &'a [Arrival],
    /// Places in `arrivals`, in the order of submission.
    order: &'a [usize],
    jobs: Vec<Option<ReplannedJob>>,
}

impl Outcomes<'_> {
    fn put(&mut self, number: u64, job: ReplannedJob) {
        let at = usize::try_from(number - 1).ok();
        if let Some(at) = at.and_then(|at| self.order.get(at)) {
            self.jobs[*at] = Some(job);
        }
    }

    fn finish(self) -> Vec<ReplannedJob> {
        let jobs = self.jobs.into_iter().zip(self.arrivals);
        jobs.map(|(job, arrival)| job.unwrap_or_else(|| outcome::not_reached(arrival)))
            .collect()
    }
}

impl Watch for Outcomes<'_> {
    fn left(&mut self, state: &State, left: Left<'_>) {
        let job = outcome::of_job(state, left.job, left.wan_bytes);
        self.put(left.number, job);
    }

    fn refused(&mut self, number: u64, arrival: &Arrival, why: &Refusal) {
        let why = NotPlaced::Refused(why.clone());
        self.put(number, outcome::never(arrival, why));
    }
}
