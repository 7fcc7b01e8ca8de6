//! A state with the tentative reservations of a round on top, and the starts it has room for.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::{Job, JobId, Layer, NodeId, Placement, PolicyKind, PoolId, Resources, Transfer};
use crate::power::{self, Draw, Need};
use crate::reason::Reason;
use crate::reservation::Reservations;
use crate::rules;
use crate::state::State;
use crate::topology::Route;

use super::chain;
use super::plan::PlannedMove;
use super::rents::Rents;
use super::transfer;

/// A state as the rest of a round sees it.
#[derive(Clone)]
pub(super) struct View<'a> {
    state: &'a State,
    reservations: Reservations,
    not_before_ms: i64,
    /// Starts are looked for this many horizons ahead.
    horizons: i64,
    /// Pools in which no start is found. This and what follows is shared by clones, of which there
    /// are many.
    closed: Rc<BTreeSet<PoolId>>,
    /// Places among the reservations that are held back for jobs that wait.
    held_back: Rc<BTreeMap<JobId, Placement>>,
    /// Planned jobs that hold nothing here: they are placed anew.
    withdrawn: Rc<BTreeSet<JobId>>,
    /// What scarce capacity is worth, for policies that ask.
    rents: Arc<Rents>,
    /// Routes that were asked for and are not kept: a round asks again for every start, and those
    /// over some links only are costly to find.
    routes: Rc<RefCell<BTreeMap<Ways, Rc<Vec<Route>>>>>,
    /// Least prices of transport from nodes that were asked for, and are not kept.
    least_prices: Rc<RefCell<BTreeMap<Ways, Prices>>>,
    /// The most that any link at each node carries, once it was asked for.
    widest_bps: Rc<OnceCell<Vec<i64>>>,
}

/// A price to each node, where a link leads there.
type Prices = Rc<Vec<Option<i64>>>;

/// The same, wherever they are.
pub(super) enum ByNode<'a> {
    /// Kept with the graph.
    Kept(&'a [Option<i64>]),
    Found(Prices),
}

impl Index<usize> for ByNode<'_> {
    type Output = Option<i64>;

    fn index(&self, node: usize) -> &Option<i64> {
        match self {
            ByNode::Kept(kept) => &kept[node],
            ByNode::Found(found) => &found[node],
        }
    }
}

/// Encrypted links only, allowed carriers, both ends.
type Ways = (bool, Vec<String>, (NodeId, NodeId));

/// Every route that a job may take between two nodes, layer by layer.
pub(super) enum Routes<'a> {
    /// Kept with the graph.
    Kept([&'a [Route]; Layer::ALL.len()]),
    Found(Rc<Vec<Route>>),
}

impl Routes<'_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Route> {
        let (kept, found) = match self {
            Routes::Kept(kept) => (Some(kept), None),
            Routes::Found(found) => (None, Some(found)),
        };
        let kept = kept.into_iter().flatten().copied().flatten();
        kept.chain(found.into_iter().flat_map(|found| found.iter()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl<'a> View<'a> {
    pub(super) fn new(state: &'a State) -> View<'a> {
        View {
            state,
            reservations: state.reservations().clone(),
            not_before_ms: i64::MIN,
            horizons: 1,
            closed: Rc::default(),
            held_back: Rc::default(),
            withdrawn: Rc::default(),
            rents: Arc::default(),
            routes: Rc::default(),
            least_prices: Rc::default(),
            widest_bps: Rc::default(),
        }
    }

    /// Every route that a job may take between two nodes, on every layer.
    pub(super) fn routes(&self, job: &Job, ends: (NodeId, NodeId)) -> Routes<'a> {
        let (topology, count) = (self.state.topology(), self.state.policy().routes as usize);
        let on_layer = |layer| topology.kept(ends, rules::route_filter(job, layer), count);
        let [optical, private, public] = Layer::ALL.map(on_layer);
        if let (Some(optical), Some(private), Some(public)) = (optical, private, public) {
            return Routes::Kept([optical, private, public]);
        }
        let filter = rules::route_filter(job, Layer::default());
        let ways = (filter.encrypted, filter.carriers.to_vec(), ends);
        let mut known = self.routes.borrow_mut();
        let found = known
            .entry(ways)
            .or_insert_with(|| Rc::new(transfer::routes(self.state, job, ends)));
        Routes::Found(found.clone())
    }

    /// What a gigabyte of the job's data costs at least from a node to every other.
    pub(super) fn least_prices(&self, job: &Job, from: NodeId) -> ByNode<'a> {
        let filter = rules::route_filter(job, Layer::default());
        if let Some(kept) = self.state.topology().kept_prices(from, filter) {
            return ByNode::Kept(kept);
        }
        let ways = (filter.encrypted, filter.carriers.to_vec(), (from, from));
        let mut known = self.least_prices.borrow_mut();
        let found = known.entry(ways).or_insert_with(|| {
            let prices = self.state.topology().least_prices(from, filter);
            Rc::new(prices)
        });
        ByNode::Found(found.clone())
    }

    /// The most that any link at each node carries.
    pub(super) fn widest_bps(&self) -> &[i64] {
        self.widest_bps.get_or_init(|| {
            let mut widest = vec![0; self.state.nodes().len()];
            for link in self.state.links() {
                for node in [link.a, link.b] {
                    let known: &mut i64 = &mut widest[node.index()];
                    *known = (*known).max(link.usable_bps());
                }
            }
            widest
        })
    }

    /// With the prices of the last round, if the policy goes by prices.
    pub(super) fn under(state: &'a State, policy: PolicyKind) -> View<'a> {
        let mut view = View::new(state);
        if policy == PolicyKind::Price {
            view.set_rents(Arc::new(Rents::new(state, state.prices())));
        }
        view
    }

    /// As if nothing were reserved for the job.
    pub(super) fn without(state: &'a State, job: &Job) -> View<'a> {
        let mut view = View::new(state);
        view.release(job);
        view
    }

    /// Takes out what is reserved for the job, if anything is.
    pub(super) fn release(&mut self, job: &Job) {
        if let Some(placement) = job.placement.as_ref().filter(|_| !job.state.is_terminal()) {
            let limited = self.state.limited(job);
            self.reservations.release_for(limited, placement);
        }
    }

    pub(super) fn set_rents(&mut self, rents: Arc<Rents>) {
        self.rents = rents;
    }

    pub(super) fn rents(&self) -> &Rents {
        &self.rents
    }

    pub(super) fn state(&self) -> &'a State {
        self.state
    }

    pub(super) fn reservations(&self) -> &Reservations {
        &self.reservations
    }

    pub(super) fn reserve(&mut self, job: &Job, placement: &Placement) {
        let limited = self.state.limited(job);
        self.reservations.reserve_for(limited, placement);
    }

    /// Takes back what a planned job holds: it is placed anew.
    pub(super) fn withdraw(&mut self, job: &Job) {
        self.release(job);
        if job.placement.is_some() {
            Rc::make_mut(&mut self.withdrawn).insert(job.id);
        }
    }

    /// Leaves a planned job where it is after all.
    pub(super) fn put_back(&mut self, job: &Job) {
        if let Some(placement) = job
            .placement
            .as_ref()
            .filter(|_| Rc::make_mut(&mut self.withdrawn).remove(&job.id))
        {
            self.reserve(job, placement);
        }
    }

    /// The planned jobs that are placed anew.
    pub(super) fn withdrawn(&self) -> &BTreeSet<JobId> {
        &self.withdrawn
    }

    /// Another job gives way to one that starts at `start_ms`.
    pub(super) fn give_up(&mut self, victim: &Job, start_ms: i64) {
        self.state.give_up(&mut self.reservations, victim, start_ms);
    }

    /// Undoes [`View::give_up`] for the same start.
    pub(super) fn take_back(&mut self, victim: &Job, start_ms: i64) {
        self.state
            .take_back(&mut self.reservations, victim, start_ms);
    }

    /// A running job goes on elsewhere.
    pub(super) fn move_away(&mut self, job: &Job, planned: &PlannedMove) {
        let leave_ms = self.state.leave_ms(planned.stop_ms);
        self.give_up(job, leave_ms);
        self.reserve(job, &planned.to);
    }

    /// The victims give way to a job that starts at `start_ms`, or the rule in the way.
    pub(super) fn clear_way(
        &mut self,
        job: &Job,
        victims: &[JobId],
        start_ms: i64,
    ) -> Result<(), Reason> {
        let reservations = &mut self.reservations;
        self.state.clear_way(reservations, job, victims, start_ms)
    }

    /// How many places are held back.
    pub(super) fn held_back(&self) -> usize {
        self.held_back.len()
    }

    /// Holds a place back for a job that waits.
    pub(super) fn hold_back(&mut self, job: &Job, placement: Placement) {
        self.reserve(job, &placement);
        Rc::make_mut(&mut self.held_back).insert(job.id, placement);
    }

    /// Gives free what is held back for the job, and returns it.
    pub(super) fn let_go(&mut self, job: &Job) -> Option<Placement> {
        if !self.held_back.contains_key(&job.id) {
            return None;
        }
        let placement = Rc::make_mut(&mut self.held_back).remove(&job.id)?;
        let limited = self.state.limited(job);
        self.reservations.release_for(limited, &placement);
        Some(placement)
    }

    /// Undoes [`View::let_go`].
    pub(super) fn hold_back_again(&mut self, job: &Job, placement: Option<Placement>) {
        if let Some(placement) = placement {
            self.hold_back(job, placement);
        }
    }

    /// Finds no start in this pool from now on.
    pub(super) fn close(&mut self, pool: PoolId) {
        Rc::make_mut(&mut self.closed).insert(pool);
    }

    /// True when no start is found in this pool.
    pub(super) fn is_closed(&self, pool: PoolId) -> bool {
        self.closed.contains(&pool)
    }

    /// Looks for starts this many horizons ahead.
    pub(super) fn look_ahead(&mut self, horizons: i64) {
        self.horizons = horizons;
    }

    /// Looks for no start before this.
    pub(super) fn not_before(&mut self, at_ms: i64) {
        self.not_before_ms = at_ms;
    }

    pub(super) fn reserve_transfer(&mut self, transfer: &Transfer) {
        self.reservations.reserve(&Placement {
            transfers: vec![transfer.clone()],
            ..Placement::default()
        });
    }

    /// Length of the reservation of a run with this time limit.
    pub(super) fn slot_ms(&self, time_limit_ms: i64) -> i64 {
        time_limit_ms.saturating_add(self.state.policy().margin_ms)
    }

    /// The last start that horizon and deadline leave.
    pub(super) fn latest_start(&self, job: &Job) -> i64 {
        let since_ms = self.state.now_ms().max(job.spec.release_ms);
        let ahead_ms = self.state.policy().horizon_ms.saturating_mul(self.horizons);
        let horizon_ms = since_ms.saturating_add(ahead_ms);
        let limits = (0..job.spec.groups.len()).map(|group| job.time_limit_ms(group));
        let longest_ms = limits.max();
        let slot_ms = self.slot_ms(longest_ms.unwrap_or(0));
        let by_deadline_ms = job
            .spec
            .deadline_ms
            .map(|at_ms| at_ms.saturating_sub(slot_ms));
        by_deadline_ms.unwrap_or(horizon_ms).min(horizon_ms)
    }

    /// The earliest common start of all groups at or after `from_ms`.
    pub(super) fn earliest_start(&self, job: &Job, pools: &[PoolId], from_ms: i64) -> Option<i64> {
        let mut start_ms = from_ms.max(self.not_before_ms);
        loop {
            let mut moved_ms = start_ms;
            for (position, pool) in pools.iter().enumerate() {
                moved_ms = self.earliest_of(job, position, *pool, moved_ms)?;
            }
            moved_ms = self.earliest_by_quota(job, moved_ms)?;
            moved_ms = self.earliest_by_power(job, pools, moved_ms)?;
            if moved_ms == start_ms {
                return Some(start_ms);
            }
            start_ms = moved_ms;
        }
    }

    /// The earliest start of one group in a pool at or after `from_ms`, for itself.
    pub(super) fn earliest_of(
        &self,
        job: &Job,
        group: usize,
        pool: PoolId,
        from_ms: i64,
    ) -> Option<i64> {
        let length_ms = self.slot_ms(job.time_limit_ms(group));
        let group = &job.spec.groups[group];
        let total = group.total_on(&self.state.pools()[pool.index()].spec);
        let latest_ms = self.latest_start(job);
        self.earliest_in(pool, total, length_ms, (from_ms, latest_ms))
    }

    /// The earliest start from one instant to another at which so much of a pool is free for so
    /// long.
    pub(super) fn earliest_in(
        &self,
        pool: PoolId,
        total: Resources,
        length_ms: i64,
        (from_ms, latest_ms): (i64, i64),
    ) -> Option<i64> {
        if self.is_closed(pool) {
            return None;
        }
        let usable = self.state.pools()[pool.index()].usable;
        let profile = self.reservations.pool(pool);
        profile.earliest(total, usable, length_ms, from_ms, latest_ms)
    }

    /// No start is looked for before this.
    pub(super) fn not_before_ms(&self) -> i64 {
        self.not_before_ms
    }

    /// The earliest start at or after `from_ms` that the tenant's quota leaves to the whole job.
    pub(super) fn earliest_by_quota(&self, job: &Job, from_ms: i64) -> Option<i64> {
        let quota = self.state.policy().tenant(&job.tenant).quota;
        let Some(capacity) = quota.capacity() else {
            return Some(from_ms);
        };
        let limits = (0..job.spec.groups.len()).map(|group| job.time_limit_ms(group));
        let length_ms = self.slot_ms(limits.max().unwrap_or(0));
        let latest_ms = self.latest_start(job);
        let profile = self.reservations.tenant(&job.tenant);
        profile.earliest(job.spec.total(), capacity, length_ms, from_ms, latest_ms)
    }

    /// The earliest start at or after `from_ms` at which the caps on power of all sites leave the
    /// whole job what it draws.
    pub(super) fn earliest_by_power(
        &self,
        job: &Job,
        pools: &[PoolId],
        from_ms: i64,
    ) -> Option<i64> {
        if self.state.power_caps().is_empty() {
            return Some(from_ms);
        }
        let slots = chain::slots(self, job, pools, 0);
        let latest_ms = self.latest_start(job);
        let of_site = |site| {
            let draw = Draw::of(self.state, &self.reservations, site)?;
            Some((draw, Need::at(self.state, site, &slots)))
        };
        let sites = power::capped(self.state, &slots).into_iter();
        let sites: Vec<(Draw<'_>, Need)> = sites.filter_map(of_site).collect();
        let mut start_ms = from_ms;
        loop {
            let mut moved_ms = start_ms;
            for (draw, need) in &sites {
                if !need.is_nothing() {
                    moved_ms = draw.earliest(need, (moved_ms, latest_ms))?;
                }
            }
            if moved_ms == start_ms {
                return Some(start_ms);
            }
            start_ms = moved_ms;
        }
    }

    /// Starts after the earliest one: every slot boundary until deadline or horizon.
    pub(super) fn later_slots(
        &self,
        job: &Job,
        first_ms: i64,
    ) -> impl Iterator<Item = i64> + use<> {
        let slot_ms = self.state.policy().slot_ms.max(1);
        let latest_ms = self.latest_start(job);
        let next_ms = (first_ms.div_euclid(slot_ms) + 1) * slot_ms;
        (0..)
            .map(move |step| next_ms + step * slot_ms)
            .take_while(move |at| *at <= latest_ms)
    }
}
