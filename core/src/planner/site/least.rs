//! What a chain costs at least, before its transfers are looked for: its run to the unit, the
//! cheapest ways of its data as if no link carried anything.

use std::collections::BTreeSet;

use crate::model::{GroupPlacement, Job, NodeId, PoolId, SiteId, Transfer};
use crate::planner::chain;
use crate::planner::cost::{self, Objective};
use crate::planner::imbalance;
use crate::planner::transfer;
use crate::planner::view::View;
use crate::recovery;
use crate::state::transfer_ms;

/// What no chain of a job in given pools is below.
pub(super) struct Least<'v, 'a> {
    view: &'v View<'a>,
    slots: Vec<GroupPlacement>,
    objective: Objective<'a>,
    /// What the bandwidth of what is staged in is worth.
    rent: i128,
    imbalance: bool,
}

impl<'v, 'a> Least<'v, 'a> {
    /// Of chains with this stage-in.
    pub(super) fn staged(
        view: &'v View<'a>,
        job: &Job,
        pools: &[PoolId],
        stage_in: &[Transfer],
    ) -> Least<'v, 'a> {
        let links = view.state().links();
        let carried = stage_in.iter().map(|staged| cost::transport(links, staged));
        let rents = stage_in
            .iter()
            .map(|staged| view.rents().of_transfer(staged));
        Least::with(view, job, pools, (carried.sum(), rents.sum()))
    }

    /// Of chains whose stage-in costs so much for transport at least.
    pub(super) fn unstaged(
        view: &'v View<'a>,
        job: &Job,
        pools: &[PoolId],
        transport: i128,
    ) -> Least<'v, 'a> {
        Least::with(view, job, pools, (transport, 0))
    }

    fn with(
        view: &'v View<'a>,
        job: &Job,
        pools: &[PoolId],
        (transport, rent): (i128, i128),
    ) -> Least<'v, 'a> {
        let state = view.state();
        let slots = chain::slots(view, job, pools, 0);
        let home = state.pools()[pools[0].index()].site;
        let transport = transport + leaving(view, job, home);
        Least {
            objective: Objective::new(state, job, &slots, transport),
            view,
            slots,
            rent,
            imbalance: state.policy().imbalance_micro_cny_per_node_hour > 0,
        }
    }

    /// Of a chain that starts then.
    pub(super) fn at(&self, start_ms: i64) -> i64 {
        let objective = self.objective.at(start_ms);
        let rents = self.view.rents();
        if rents.is_empty() && !self.imbalance {
            return objective;
        }
        let mut slots = self.slots.clone();
        super::move_to(&mut slots, start_ms);
        let (state, reserved) = (self.view.state(), self.view.reservations());
        let added = imbalance::added(state, reserved, &slots);
        let added = i64::try_from(added).unwrap_or(i64::MAX);
        let objective = i128::from(objective.saturating_add(added));
        let worth = objective + self.rent + rents.of_runs(&slots);
        i64::try_from(worth).unwrap_or(i64::MAX)
    }

    /// Of a chain that starts then or later.
    pub(super) fn floor(&self, start_ms: i64) -> i64 {
        self.objective.floor(start_ms)
    }
}

/// The least that it costs to carry a job's results away from a site.
fn leaving(view: &View<'_>, job: &Job, home: SiteId) -> i128 {
    let state = view.state();
    if job.spec.outputs.is_empty() {
        return 0;
    }
    let from = state.sites()[home.index()].node;
    let prices = view.least_prices(job, from);
    let carried = |to: SiteId, size_bytes: i64| {
        let price = prices[state.sites()[to.index()].node.index()];
        price.map_or(0, |price| transfer::carried_at(price, size_bytes))
    };
    let replicates = recovery::replicates(job);
    let each = job.spec.outputs.iter().map(|output| {
        let to = state.site_named(&output.deliver_to);
        let delivered = to.filter(|to| *to != home);
        let delivery = delivered.map_or(0, |to| carried(to, output.size_bytes));
        let kept = delivered.is_some_and(|to| recovery::in_another_hub(state, home, to));
        let outputs = job.spec.outputs.iter();
        // One replica may stand for both.
        let again = outputs
            .filter(|other| other.dataset == output.dataset)
            .count()
            > 1;
        if !replicates || kept || again {
            return delivery;
        }
        let sites = (0..state.sites().len() as u32).map(SiteId);
        let others = sites.filter(|to| recovery::in_another_hub(state, home, *to));
        let replica = others.map(|to| carried(to, output.size_bytes)).min();
        delivery + replica.unwrap_or(0)
    });
    each.sum()
}

/// The least transport that it takes to bring a job's data to a site, and the earliest instant at
/// which all of it may be there.
pub(super) fn arriving(view: &View<'_>, job: &Job, to: SiteId) -> (i128, i64) {
    let state = view.state();
    let node = |site: SiteId| state.sites()[site.index()].node;
    let (mut transport, mut ready_ms) = (0, state.now_ms());
    for (what, holders, size_bytes) in state.needed_data(job) {
        let missing = |holders: &&BTreeSet<SiteId>| !holders.is_empty() && !holders.contains(&to);
        let Some(holders) = holders.filter(missing) else {
            continue;
        };
        let onward = view.least_prices(job, node(to));
        let heard = holders.iter().copied();
        let heard = heard.filter(|site| !state.sites()[site.index()].silent);
        let (mut least, mut least_ms) = (None, None);
        for from in heard.map(node) {
            let Some(price) = onward[from.index()] else {
                continue;
            };
            // Each of two legs is rounded down.
            let carried = (transfer::carried_at(price, size_bytes) - 1).max(0);
            let rate_bps = widest_bps(view, from).min(widest_bps(view, node(to)));
            let ms = transfer_ms(size_bytes, rate_bps);
            least = Some(least.map_or(carried, |known: i128| known.min(carried)));
            least_ms = Some(least_ms.map_or(ms, |known: i64| known.min(ms)));
        }
        transport += least.unwrap_or(0);
        let since_ms = state.now_ms().max(job.available_ms(what));
        let arrives_ms = since_ms.saturating_add(least_ms.unwrap_or(0));
        ready_ms = ready_ms.max(arrives_ms.saturating_add(state.policy().margin_ms.max(0)));
    }
    (transport, ready_ms.max(job.spec.release_ms))
}

fn widest_bps(view: &View<'_>, node: NodeId) -> i64 {
    view.widest_bps()[node.index()]
}
