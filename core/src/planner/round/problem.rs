//! What a round decides, as a whole: for whoever writes it down and solves it elsewhere.

use std::collections::BTreeSet;

use crate::model::{Job, JobId, PoolId, SiteId};
use crate::planner::chain::flows;
use crate::planner::model::Model;
use crate::planner::plan::{Plan, Round};
use crate::planner::queue;
use crate::planner::transfer::Flow;
use crate::recovery;
use crate::state::State;

use super::rows::{self, Quota, Row};
use super::{Prepared, prepare};

/// The model M of a round, what leads back from it, and what stands beside it.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The model.
    pub model: Model,
    /// What each of its rows stands for.
    pub rows: Vec<Row>,
    /// The limits that are rows.
    pub quotas: Vec<Quota>,
    /// Starts of its slots in the network's time, and the end of the last one.
    pub edges_ms: Vec<i64>,
    /// Length of each of its spans.
    pub lengths_ms: Vec<i64>,
    /// For each class its jobs, in queue order.
    pub jobs: Vec<Vec<JobId>>,
    /// For each class and choice the pool of each group.
    pub pools: Vec<Vec<Vec<PoolId>>>,
    /// For each class of planned jobs the choice that leaves them where they are.
    pub stay: Vec<Option<usize>>,
    /// Jobs that an earlier plan left out: they are placed ahead of the model's.
    pub placed_ahead: Vec<JobId>,
    /// Planned jobs that no column leaves where they are: they keep their places.
    pub fixed: Vec<JobId>,
    /// Jobs for which places are held back, behind the horizon or beside the model.
    pub held_back: usize,
}

/// What the price policy would decide in this round; `None` when there is nothing to decide.
pub fn problem(state: &State, round: &Round) -> Option<Problem> {
    let mut plan = Plan::empty(state, round);
    let prepared = prepare(state, &mut plan, &queue(state, round))?;
    let Prepared { view, built, .. } = prepared;
    Some(Problem {
        rows: rows::rows(state, &built.powers, &built.quotas).collect(),
        quotas: built.quotas,
        edges_ms: built.grid.edges_ms().to_vec(),
        lengths_ms: built.lengths_ms,
        jobs: built.jobs,
        pools: built.pools,
        stay: built.stay,
        placed_ahead: plan.placements.iter().map(|(job, _)| *job).collect(),
        fixed: built.fixed,
        held_back: view.held_back(),
        model: built.model,
    })
}

/// One body of data of a choice: what it is, and the site of the run at its end.
pub type Body<'s> = (&'s str, SiteId);

impl Problem {
    /// What the legs of a choice carry, in the order of the model: its name and the site that it
    /// reaches, or leaves.
    pub fn bodies<'s>(&self, state: &'s State, job: &'s Job, pools: &[PoolId]) -> Vec<Body<'s>> {
        let site = |pool: &PoolId| state.pool(*pool).map(|pool| pool.site);
        let sites: BTreeSet<SiteId> = pools.iter().filter_map(site).collect();
        let mut bodies = Vec::new();
        for (what, holders, _) in state.needed_data(job) {
            let lacks = |site: &&SiteId| holders.is_some_and(|holders| !holders.contains(site));
            bodies.extend(sites.iter().filter(lacks).map(|to| (what, *to)));
        }
        let Some(home) = pools.first().and_then(site) else {
            return bodies;
        };
        let flows = flows(state, job, home, &sites);
        let apart = |flow: &Flow<'_>| flow.ends(state).is_ok_and(|(from, to)| from != to);
        let steady = flows.into_iter().filter(apart);
        let steady: Vec<Body<'s>> = steady.map(|flow| (flow.what, flow.from)).collect();
        for output in &job.spec.outputs {
            let to = state.site_named(&output.deliver_to);
            let delivered = to.filter(|to| *to != home);
            let kept = |to| recovery::in_another_hub(state, home, to);
            let replica = recovery::replicates(job) && !delivered.is_some_and(kept);
            let legs = usize::from(delivered.is_some()) + usize::from(replica);
            bodies.extend(std::iter::repeat_n((output.dataset.as_str(), home), legs));
        }
        bodies.extend(steady);
        bodies
    }
}
