//! Replicas that would pay for themselves: proposed from what jobs have read lately and from what
//! is planned, and made by nobody but an operator.
//!
//! A replica of a data set at a site saves what bringing the data there would cost every job that
//! reads it: transport, and the wait where the run starts as soon as the data has come. It costs
//! one copy, by the cheapest way there is now over empty links, and its storage. The gain of a day
//! is what it saves in a day, less storage, less the copy; of a later day it is more by the copy.
//! Whatever a job that is planned already brings there within a day counts as saved once; what one
//! of several would bring anyhow is the copy.

use std::collections::{BTreeMap, BTreeSet};

use crate::demand::Reads;
use crate::model::{DataGrade, Dataset, Job, Layer, SiteId, SiteMode, Transfer};
use crate::state::State;
use crate::topology::{Route, RouteFilter};

use super::{cost, movable};

const DAY_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i128 = 3_600_000;
/// Planned jobs that are looked at.
const PLANNED_MAX: usize = 1024;

/// A replica that would pay for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The data set.
    pub dataset: String,
    /// Where the replica would stand.
    pub site: SiteId,
    /// Saved less storage less the copy, for the first day.
    pub gain_micro_cny_per_day: i64,
    /// Transport that jobs would not need.
    pub transport_saved_micro_cny_per_day: i64,
    /// Waiting that they would not, priced by the policy.
    pub waiting_saved_micro_cny_per_day: i64,
    /// Transport of the one copy.
    pub copy_micro_cny: i64,
    /// Storage of it.
    pub storage_micro_cny_per_day: i64,
    /// Reads a day that had to be brought there, in thousandths.
    pub reads_permille_per_day: i64,
    /// Reads seen there.
    pub reads_seen: u64,
    /// Over how long.
    pub seen_for_ms: i64,
    /// Planned jobs that would bring it there within a day.
    pub planned: u32,
    /// The highest security level that the readers ask for.
    pub mlps_level: u32,
}

/// What speaks for a replica.
#[derive(Default)]
struct Case<'s> {
    reads: Option<&'s Reads>,
    planned: u32,
    transport: i128,
    waited_ms: i128,
    mlps_level: u32,
    /// Regions that the planned jobs allow; `None`: any.
    regions: Option<BTreeSet<&'s str>>,
}

/// The replicas that pay for themselves, by falling gain, at most `count`.
pub fn propose_replicas(
    state: &State,
    storage_micro_cny_per_gb_day: i64,
    count: usize,
) -> Vec<Proposal> {
    let mut found: Vec<Proposal> = cases(state)
        .into_iter()
        .filter_map(|((name, site), case)| {
            let dataset = state.datasets().get(name)?;
            weigh(state, (dataset, site), &case, storage_micro_cny_per_gb_day)
        })
        .filter(|proposal| proposal.gain_micro_cny_per_day > 0)
        .collect();
    found.sort_by_key(|found| {
        let gain = std::cmp::Reverse(found.gain_micro_cny_per_day);
        (gain, found.dataset.clone(), found.site)
    });
    found.truncate(count);
    found
}

fn cases(state: &State) -> BTreeMap<(&str, SiteId), Case<'_>> {
    let mut cases: BTreeMap<(&str, SiteId), Case<'_>> = BTreeMap::new();
    for (dataset, site, reads) in state.demand().rows() {
        let case = cases.entry((dataset, site)).or_default();
        case.reads = Some(reads);
        case.mlps_level = reads.mlps_level;
        let regions = reads.regions.as_ref();
        case.regions = regions.map(|all| all.iter().map(String::as_str).collect());
    }
    let until_ms = state.now_ms().saturating_add(DAY_MS);
    for id in movable(state, PLANNED_MAX) {
        let Some(job) = state.job(id) else { continue };
        let Some(placement) = &job.placement else {
            continue;
        };
        let inputs = |what: &str| job.spec.inputs.iter().any(|input| input.dataset == what);
        for second in placement.stage_in() {
            if second.start_ms <= until_ms && inputs(&second.what) {
                let case = cases.entry((second.what.as_str(), second.to)).or_default();
                case.add(state, job, placement.deposit_of(second), second);
            }
        }
    }
    cases
}

impl<'s> Case<'s> {
    fn add(&mut self, state: &State, job: &'s Job, first: Option<&Transfer>, second: &Transfer) {
        self.planned += 1;
        let legs = first.into_iter().chain([second]);
        let carried = legs.map(|leg| cost::transport(state.links(), leg));
        self.transport += carried.sum::<i128>();
        let starts_ms = job.placement.as_ref().map_or(0, |held| held.start_ms());
        if starts_ms - second.end_ms <= 1_000 {
            let begins_ms = first.unwrap_or(second).start_ms;
            self.waited_ms += i128::from(second.end_ms - begins_ms);
        }
        self.mlps_level = self.mlps_level.max(job.spec.mlps_level);
        if !job.spec.regions.is_empty() {
            let theirs: BTreeSet<&str> = job.spec.regions.iter().map(String::as_str).collect();
            self.regions = Some(match self.regions.take() {
                Some(ours) => ours.intersection(&theirs).copied().collect(),
                None => theirs,
            });
        }
    }

    /// True where the data of every reader may stand.
    fn allows(&self, state: &State, site: SiteId) -> bool {
        let entry = &state.sites()[site.index()];
        let region = entry.spec.region.as_str();
        entry.mode == SiteMode::Open
            && !entry.silent
            && entry.spec.mlps_level >= self.mlps_level
            && self.regions.as_ref().is_none_or(|all| all.contains(region))
    }
}

fn weigh(
    state: &State,
    (dataset, site): (&Dataset, SiteId),
    case: &Case<'_>,
    storage_micro_cny_per_gb_day: i64,
) -> Option<Proposal> {
    if dataset.sites.contains(&site) || !case.allows(state, site) {
        return None;
    }
    let copy = least_copy(state, dataset, site)?;
    let by_day = |of: fn(&Reads) -> i64| i128::from(case.reads.map_or(0, of));
    let transport = case.transport + by_day(Reads::transport_micro_cny_per_day);
    let waited_ms = case.waited_ms + by_day(Reads::waited_ms_per_day);
    let by_hour = i128::from(state.policy().delay_micro_cny_per_hour);
    let waiting = waited_ms * by_hour / HOUR_MS;
    let gigabytes = i128::from(dataset.size_bytes) * i128::from(storage_micro_cny_per_gb_day);
    let storage = gigabytes / 1_000_000_000;
    let narrow = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    Some(Proposal {
        dataset: dataset.name.clone(),
        site,
        gain_micro_cny_per_day: narrow(transport + waiting - storage - copy),
        transport_saved_micro_cny_per_day: narrow(transport),
        waiting_saved_micro_cny_per_day: narrow(waiting),
        copy_micro_cny: narrow(copy),
        storage_micro_cny_per_day: narrow(storage),
        reads_permille_per_day: case.reads.map_or(0, Reads::moved_permille_per_day),
        reads_seen: case.reads.map_or(0, |reads| reads.seen),
        seen_for_ms: case
            .reads
            .map_or(0, |reads| state.now_ms() - reads.since_ms),
        planned: case.planned,
        mlps_level: case.mlps_level,
    })
}

/// Transport of one copy by the cheapest route that data of this grade may take; `None` without
/// one.
fn least_copy(state: &State, dataset: &Dataset, site: SiteId) -> Option<i128> {
    let node = |site: SiteId| state.sites()[site.index()].node;
    let per_gb = |route: Route| {
        let links = route.links.iter().map(|link| &state.links()[link.index()]);
        links
            .map(|link| i128::from(link.price_micro_cny_per_gb))
            .sum::<i128>()
    };
    let heard = |from: &&SiteId| !state.sites()[from.index()].silent;
    let prices = dataset.sites.iter().filter(heard).flat_map(|from| {
        let of_layer = |layer| {
            let filter = RouteFilter {
                layer,
                carriers: &[],
                encrypted: dataset.grade >= DataGrade::Important,
            };
            let count = state.policy().routes as usize;
            state
                .topology()
                .routes(node(*from), node(site), filter, count)
        };
        Layer::ALL
            .into_iter()
            .flat_map(of_layer)
            .map(per_gb)
            .collect::<Vec<_>>()
    });
    let least = prices.min()?;
    Some(i128::from(dataset.size_bytes) * least / 1_000_000_000)
}
