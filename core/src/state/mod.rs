//! The replicated state: a pure function of the log.
//!
//! [`State::apply`] is the only way to change it. A clone shares all its pages with the original,
//! so the planner and every reader work on a snapshot that costs no copy.

mod apply;
mod capacity;
mod catalogue;
mod demand;
mod desired;
mod fits;
mod hold;
mod jobs;
mod keys;
mod lifecycle;
mod moves;
mod network;
mod plan;
mod policy;
mod power;
mod preempt;
mod promises;
mod removal;
mod reports;
mod snapshot;
mod submit;
mod tenants;
mod tick;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use crate::demand::Demand;
use crate::energy::EnergySums;
use crate::estimate::Starts;
use crate::model::{
    Dataset, DemandRegion, Image, Job, JobId, JobState, Link, LinkId, NetworkNode, NodeId, Policy,
    Pool, PoolId, PowerCap, RegionId, Site, SiteId,
};
use crate::planner::{Certificate, Prices};
use crate::reservation::Reservations;
use crate::topology::Topology;

pub use apply::{Answer, Applied};
pub use desired::{Delivery, Desired, DesiredRun};
pub use fits::fits;
pub(crate) use fits::{green_enough, transfer_ms};
pub use hold::{HOLD_MS_MAX, HOLDS_MAX, HOLDS_PER_TENANT_MAX};
pub(crate) use plan::dependencies_met;
pub(crate) use preempt::{left, may_give_way};
pub use snapshot::SnapshotError;
pub use tenants::Tenant;

/// A queue: the waiting jobs of one priority, higher ones first, and tenant.
pub type QueueName = (std::cmp::Reverse<i32>, Arc<str>);

/// Limits on what the state holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub struct Limits {
    /// Jobs that are not terminal.
    pub jobs_max: u64,
    /// Terminal jobs kept for readers before they leave for the history store.
    pub terminal_max: u64,
    /// How long they are kept.
    pub terminal_keep_ms: i64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            jobs_max: 5_000_000,
            terminal_max: 1_000_000,
            terminal_keep_ms: 24 * 3_600_000,
        }
    }
}

/// A certificate and the plan that it came with.
#[derive(Debug, Clone, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub struct Certified {
    /// Log index of the plan.
    pub plan_index: u64,
    /// When the plan was applied.
    pub applied_ms: i64,
    /// Checkpoint at which its round stopped.
    pub stopped_at: u32,
    /// What is proven.
    pub certificate: Certificate,
}

/// Everything the network has decided.
#[derive(Debug, Clone, Default)]
pub struct State {
    index: u64,
    now_ms: i64,
    next_job: u64,
    nodes: Arc<Vec<NetworkNode>>,
    links: Arc<Vec<Link>>,
    regions: Arc<Vec<DemandRegion>>,
    sites: Vec<Arc<Site>>,
    pools: Vec<Arc<Pool>>,
    datasets: OrdMap<String, Arc<Dataset>>,
    images: OrdMap<String, Arc<Image>>,
    jobs: OrdMap<JobId, Arc<Job>>,
    keys: keys::Keys,
    policy: Arc<Policy>,
    prices: Arc<Prices>,
    certified: Option<Certified>,
    limits: Limits,
    transferred_bytes: i64,
    /// How punctual starts were, and promises that are still to be decided.
    starts: Arc<Starts>,
    promises: OrdMap<JobId, promises::Promise>,
    /// What jobs have read lately.
    demand: Demand,
    /// Of the sites that have one.
    power_caps: OrdMap<SiteId, Arc<PowerCap>>,
    /// Replicas that their sites have not dropped yet.
    leaving: OrdMap<(SiteId, String), [u8; 32]>,
    // Derived from the above; rebuilt when a snapshot is read.
    topology: Arc<Topology>,
    /// By [`SiteId`].
    energy: Vec<Arc<EnergySums>>,
    reservations: Reservations,
    queues: OrdMap<QueueName, OrdSet<JobId>>,
    tenants: OrdMap<Arc<str>, Tenant>,
    due: OrdSet<(i64, JobId)>,
    overdue: OrdSet<(i64, JobId)>,
    at_site: OrdSet<(SiteId, JobId)>,
    /// Of those at a site, the ones that say of themselves that they may give way.
    preemptible: OrdSet<preempt::Turn>,
    terminal: OrdSet<(i64, JobId)>,
    /// Live jobs by what they read, write and run; see `removal`.
    by_data: OrdSet<(u64, JobId)>,
    /// Running jobs that say what their checkpoint is.
    with_checkpoint: OrdSet<JobId>,
    counts: [u64; JobState::ALL.len()],
}

impl State {
    /// An empty state under the given limits.
    pub fn new(limits: Limits) -> State {
        State {
            limits,
            next_job: 1,
            ..State::default()
        }
    }

    /// Index of the last applied entry.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The network's time.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Vertices of the link graph, by [`NodeId`].
    pub fn nodes(&self) -> &[NetworkNode] {
        &self.nodes
    }

    /// Segments of the link graph, by [`LinkId`].
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Demand regions, by [`RegionId`].
    pub fn regions(&self) -> &[DemandRegion] {
        &self.regions
    }

    /// Sites, by [`SiteId`].
    pub fn sites(&self) -> &[Arc<Site>] {
        &self.sites
    }

    /// Pools, by [`PoolId`].
    pub fn pools(&self) -> &[Arc<Pool>] {
        &self.pools
    }

    /// A site.
    pub fn site(&self, id: SiteId) -> Option<&Arc<Site>> {
        self.sites.get(id.index())
    }

    /// A pool.
    pub fn pool(&self, id: PoolId) -> Option<&Arc<Pool>> {
        self.pools.get(id.index())
    }

    /// A link.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id.index())
    }

    /// A site's energy, to be asked for intervals.
    pub(crate) fn energy(&self, site: SiteId) -> &EnergySums {
        &self.energy[site.index()]
    }

    /// The site of that name.
    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        let position = self.sites.iter().position(|site| site.spec.name == name)?;
        Some(SiteId(position as u32))
    }

    /// The link of that name.
    pub fn link_named(&self, name: &str) -> Option<LinkId> {
        let position = self.links.iter().position(|link| link.name == name)?;
        Some(LinkId(position as u32))
    }

    /// The node of that name.
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        let position = self.nodes.iter().position(|node| node.name == name)?;
        Some(NodeId(position as u32))
    }

    /// The demand region of that name.
    pub fn region_named(&self, name: &str) -> Option<RegionId> {
        let position = self.regions.iter().position(|region| region.name == name)?;
        Some(RegionId(position as u32))
    }

    /// Data sets by name.
    pub fn datasets(&self) -> &OrdMap<String, Arc<Dataset>> {
        &self.datasets
    }

    /// Images by name.
    pub fn images(&self) -> &OrdMap<String, Arc<Image>> {
        &self.images
    }

    /// Jobs by identity; terminal ones until they retire.
    pub fn jobs(&self) -> &OrdMap<JobId, Arc<Job>> {
        &self.jobs
    }

    /// The youngest job, if there is any; else none has that number.
    pub fn newest_job(&self) -> JobId {
        self.jobs.get_max().map_or(JobId(0), |(id, _)| *id)
    }

    /// A job.
    pub fn job(&self, id: JobId) -> Option<&Arc<Job>> {
        self.jobs.get(&id)
    }

    /// The job a tenant stored under that key.
    pub fn job_by_key(&self, tenant: &str, key: &str) -> Option<&Arc<Job>> {
        let (id, _) = self.keys.get(&keys::key_digest(tenant, key))?;
        self.jobs.get(&id)
    }

    /// The waiting jobs by priority and tenant; empty queues are left out. In which order they are
    /// planned is the planner's business, see `planner::shares`.
    pub fn queues(&self) -> &OrdMap<QueueName, OrdSet<JobId>> {
        &self.queues
    }

    /// Tenants that have live jobs, by name.
    pub fn tenants(&self) -> &OrdMap<Arc<str>, Tenant> {
        &self.tenants
    }

    /// Jobs that are placed, staged or run at a site.
    pub fn jobs_at(&self, site: SiteId) -> impl Iterator<Item = &Arc<Job>> {
        self.at_site
            .range((site, JobId(0))..=(site, JobId(u64::MAX)))
            .filter_map(|(_, job)| self.jobs.get(job))
    }

    /// Preemptible jobs at a site with a priority below the given one, in the order in which they
    /// give way.
    pub fn preemptible_at(&self, site: SiteId, below: i32) -> impl Iterator<Item = &Arc<Job>> {
        let turns = preempt::turns(site, below).into_iter();
        let jobs = turns.flat_map(|turns| self.preemptible.range(turns));
        jobs.filter_map(|turn| self.jobs.get(&turn.job.0))
    }

    /// How many jobs are in a state.
    pub fn count(&self, state: JobState) -> u64 {
        self.counts[state as usize]
    }

    /// Everything that is reserved.
    pub fn reservations(&self) -> &Reservations {
        &self.reservations
    }

    /// Routes and latencies.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Prices and limits of planning.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Prices that the last plan left for the next one.
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    /// The last certificate that came with a plan.
    pub fn certified(&self) -> Option<&Certified> {
        self.certified.as_ref()
    }

    /// Limits on what the state holds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Bytes that arrived at sites so far.
    pub fn transferred_bytes(&self) -> i64 {
        self.transferred_bytes
    }

    /// Jobs with something due from `from_ms` on, soonest first.
    pub(crate) fn due_from(&self, from_ms: i64) -> impl Iterator<Item = JobId> + '_ {
        self.due.range((from_ms, JobId(0))..).map(|(_, job)| *job)
    }

    /// When a `Tick` has something to do, if ever.
    pub fn next_due_ms(&self) -> Option<i64> {
        let due = self.due.get_min().map(|(due_ms, _)| *due_ms);
        let retire = self.next_retirement_ms();
        due.into_iter().chain(retire).min()
    }

    /// Pools, links and sites' power of which more is reserved than usable at some instant from now
    /// on without running work to explain it. Zero, unless something is wrong.
    pub fn over_reserved(&self) -> usize {
        let now_ms = self.now_ms;
        let mut movable = Reservations::default();
        let mut started = Reservations::default();
        movable.grow(self.pools.len(), self.links.len());
        started.grow(self.pools.len(), self.links.len());
        for job in self.jobs_placed() {
            let [placement, moving] = jobs::holds(job);
            let to = if job.state.is_started() {
                &mut started
            } else {
                &mut movable
            };
            placement.into_iter().for_each(|held| to.reserve(held));
            moving.into_iter().for_each(|held| movable.reserve(held));
        }
        let pools = self.pools.iter().enumerate().filter(|(at, pool)| {
            let id = PoolId(*at as u32);
            let total = self.reservations.pool(id);
            excess_is_unexplained(now_ms, total, movable.pool(id), pool.usable)
        });
        let links = self.links.iter().enumerate().filter(|(at, link)| {
            let id = LinkId(*at as u32);
            let total = self.reservations.link(id);
            excess_is_unexplained(now_ms, total, movable.link(id), link.usable_bps())
        });
        pools.count() + links.count() + self.over_power(&movable)
    }

    fn jobs_placed(&self) -> impl Iterator<Item = &Arc<Job>> {
        let ids: std::collections::BTreeSet<JobId> =
            self.at_site.iter().map(|(_, job)| *job).collect();
        ids.into_iter().filter_map(|id| self.jobs.get(&id))
    }

    /// True when running work holds more of a pool than is usable now.
    pub fn is_overbooked(&self, pool: PoolId) -> bool {
        let level = self.reservations.pool(pool).level_at(self.now_ms);
        !level.fits_in(self.pools[pool.index()].usable)
    }
}

/// More than `usable` is reserved at an instant at which something that has not started holds some
/// of it.
fn excess_is_unexplained<A: crate::reservation::Amount>(
    now_ms: i64,
    total: &crate::reservation::Profile<A>,
    movable: &crate::reservation::Profile<A>,
    usable: A,
) -> bool {
    let starts = total
        .steps()
        .iter()
        .chain(movable.steps())
        .map(|(start_ms, _)| *start_ms);
    let mut instants = starts
        .filter(|start_ms| *start_ms >= now_ms)
        .chain([now_ms]);
    instants
        .any(|at_ms| !total.level_at(at_ms).fits_in(usable) && movable.level_at(at_ms) != A::ZERO)
}
