//! For each rule the changes that can remove it, and the smallest of each.

use std::collections::BTreeSet;

use crate::model::{Pool, SiteId, SiteMode, TaskGroup};
use crate::reason::Reason;
use crate::recovery;
use crate::rules;
use crate::users;

use super::Trial;
use super::change::{Change, Lever};

/// Horizons that are looked ahead for a later deadline or a longer wait.
const HORIZONS: i64 = 64;

/// The first candidate after which nothing is in the way; else the first that leads to a rule not
/// met before. With it, the world that has it.
pub(super) fn best(trial: &Trial, reason: Reason, met: &[Reason]) -> Option<(Vec<Change>, Trial)> {
    let search = Search { trial, reason, met };
    let mut second = None;
    for candidate in search.candidates() {
        let Some(found) = search.least(candidate) else {
            continue;
        };
        match trial.obstacle(&found) {
            None => return Some((found.clone(), trial.with(&found))),
            Some(_) => _ = second.get_or_insert(found),
        }
    }
    let found = second?;
    let next = trial.with(&found);
    Some((found, next))
}

/// Changes made together. Each is given at its largest: what lies between `from` and `to` is
/// searched for the least that does as well.
type Candidate = Vec<Change>;

struct Search<'t> {
    trial: &'t Trial,
    reason: Reason,
    met: &'t [Reason],
}

impl Search<'_> {
    /// True when the rule is out of the way, and none that was met before is in it again.
    fn helps(&self, changes: &[Change]) -> bool {
        let left = self.trial.obstacle(changes);
        left.is_none_or(|left| !self.met.contains(&left))
    }

    /// The least of each change that still helps with the others as they are.
    fn least(&self, mut changes: Candidate) -> Option<Vec<Change>> {
        if changes.is_empty() || !self.helps(&changes) {
            return None;
        }
        for at in 0..changes.len() {
            let (mut fails, mut helps) = (changes[at].from, changes[at].to);
            while fails.abs_diff(helps) > 1 {
                let middle = fails + (helps - fails) / 2;
                changes[at] = changes[at].to(middle);
                match self.helps(&changes) {
                    true => helps = middle,
                    false => fails = middle,
                }
            }
            changes[at] = changes[at].to(helps);
        }
        Some(changes)
    }

    fn candidates(&self) -> Vec<Candidate> {
        match self.reason {
            Reason::SecurityLevel => one(self.security_level()),
            Reason::Residency => one(self.entry(Lever::Region)),
            Reason::SiteNotAllowed => one(self.entry(Lever::SiteEntry)),
            Reason::Carrier => self.carriers_here(),
            Reason::SiteCordoned => one(self.here(Lever::OpenSite)),
            Reason::SiteSilent => one(self.here(Lever::HearSite)),
            Reason::PolicySteering => one(self.steering()),
            Reason::Latency => {
                let mut all = vec![self.latencies()];
                all.extend(self.longer_routes());
                all.extend(self.other_carriers());
                all
            }
            Reason::Architecture => self.for_groups(architecture),
            Reason::Accelerator => {
                let mut all = self.for_groups(accelerator);
                all.extend(self.less_of_each());
                all
            }
            Reason::NodeShape => self.less_of_each(),
            Reason::PoolTooSmall => self.smaller(),
            Reason::PoolBusy | Reason::Quota | Reason::Deadline | Reason::PowerCap => {
                let mut all = self.later();
                all.extend(self.smaller());
                all
            }
            Reason::DataUnavailable => self.replicas(),
            Reason::NoRoute => self.reachable(),
            Reason::LinkBusy => {
                let mut all = self.later();
                all.extend(self.reachable());
                all.extend(self.longer_routes());
                all.extend(self.less_traffic());
                all
            }
            Reason::GreenFloor => one(self.green_floor()),
            Reason::SpreadSites | Reason::CopyDistance => self.nearer_copies(),
            Reason::ReplicaSite => self.replica_sites(),
            _ => Vec::new(),
        }
    }

    fn here(&self, lever: Lever) -> Change {
        Change::of(lever, "").at(self.trial.site)
    }

    fn steering(&self) -> Change {
        let class = self.trial.job.spec.class.name();
        Change::of(Lever::Steering, class).at(self.trial.site)
    }

    fn entry(&self, lever: Lever) -> Change {
        let site = &self.trial.state.sites()[self.trial.site.index()].spec;
        match lever {
            Lever::Region => Change::of(lever, &site.region),
            _ => Change::of(lever, &site.name),
        }
    }

    /// The levels are steps of their own: the site's is the least that helps.
    fn security_level(&self) -> Change {
        let site = &self.trial.state.sites()[self.trial.site.index()].spec;
        let (from, to) = (self.trial.job.spec.mlps_level, site.mlps_level);
        Change::number(Lever::SecurityLevel, from.into(), to.into())
    }

    fn carriers_here(&self) -> Vec<Candidate> {
        let site = &self.trial.state.sites()[self.trial.site.index()].spec;
        let carriers = site.carriers.iter();
        carriers
            .map(|name| vec![Change::of(Lever::Carrier, name)])
            .collect()
    }

    /// Every limit that the site does not keep, at what the path to it takes.
    fn latencies(&self) -> Candidate {
        let (state, site) = (&self.trial.state, self.trial.site);
        let limits = self.trial.job.spec.latency_limits.iter();
        let over = limits.filter_map(|limit| {
            let path_us = users::path_us(state, &limit.region, site, limit.layer)?;
            (path_us > limit.one_way_us_max).then(|| Change {
                from: limit.one_way_us_max,
                to: path_us,
                ..Change::of(Lever::Latency, &limit.region)
            })
        });
        over.collect()
    }

    /// The limit of a region with traffic, at what each longer route takes that is open to the job.
    fn longer_routes(&self) -> Vec<Candidate> {
        let (state, job) = (&self.trial.state, &self.trial.job);
        let count = state.policy().routes as usize;
        let site = &state.sites()[self.trial.site.index()];
        let mut all = Vec::new();
        for limit in &job.spec.latency_limits {
            let mut traffic = job.spec.steady_traffic();
            let flows = traffic.any(|(region, _)| region == limit.region);
            let region = state.region_named(&limit.region).filter(|_| flows);
            let Some(region) = region.and_then(|id| state.regions().get(id.index())) else {
                continue;
            };
            let filter = rules::route_filter(job, limit.layer);
            let routes = state
                .topology()
                .routes(site.node, region.node, filter, count);
            let taken = routes
                .iter()
                .map(|route| route.latency_us + region.access_us);
            let longer = taken.filter(|taken_us| *taken_us > limit.one_way_us_max);
            all.extend(longer.map(|taken_us| Change {
                from: limit.one_way_us_max,
                to: taken_us,
                ..Change::of(Lever::Latency, &limit.region)
            }));
        }
        all.sort_by_key(|change| change.to - change.from);
        all.into_iter().map(|change| vec![change]).collect()
    }

    /// Of every group and every pool of the site what `change` proposes.
    fn for_groups(&self, change: impl Fn(&TaskGroup, &Pool) -> Candidate) -> Vec<Candidate> {
        let groups = self.trial.job.spec.groups.iter().enumerate();
        let each = groups.flat_map(|(at, group)| {
            let change = &change;
            self.pools().map(move |pool| {
                let changes = change(group, pool).into_iter();
                changes.map(|change| change.in_group(at)).collect()
            })
        });
        each.collect()
    }

    fn pools(&self) -> impl Iterator<Item = &Pool> {
        let state = &self.trial.state;
        let pools = &state.sites()[self.trial.site.index()].pools;
        pools
            .iter()
            .filter_map(|id| state.pool(*id).map(AsRef::as_ref))
    }

    /// Fewer tasks, else smaller ones.
    fn smaller(&self) -> Vec<Candidate> {
        let groups = self.trial.job.spec.groups.iter().enumerate();
        let fewer = groups.filter(|(_, group)| group.count > 1);
        let fewer = fewer.map(|(at, group)| {
            vec![Change::number(Lever::Tasks, group.count.into(), 1).in_group(at)]
        });
        fewer.chain(self.less_of_each()).collect()
    }

    /// Less of one kind of capacity for each task, else of two, else of all three. A task that
    /// needs cores or memory keeps some of it.
    fn less_of_each(&self) -> Vec<Candidate> {
        const SUBSETS: [u32; 7] = [0b001, 0b010, 0b100, 0b011, 0b101, 0b110, 0b111];
        let mut all = Vec::new();
        for subset in SUBSETS {
            for (at, group) in self.trial.job.spec.groups.iter().enumerate() {
                let need = group.resources;
                let kinds = [
                    (Lever::Memory, need.memory_mib, 1),
                    (Lever::Cores, need.cpu_millis, 1),
                    (Lever::Accelerators, need.accelerators, 0),
                ];
                let chosen = kinds
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| subset >> bit & 1 == 1);
                let chosen: Vec<_> = chosen.map(|(_, kind)| *kind).collect();
                if chosen.iter().all(|(_, from, least)| from > least) {
                    let less = chosen.into_iter().map(|(lever, from, least)| {
                        Change::number(lever, from, least).in_group(at)
                    });
                    all.push(less.collect());
                }
            }
        }
        all
    }

    /// A later deadline; without one, a wait until what is reserved leaves room.
    fn later(&self) -> Vec<Candidate> {
        let (state, spec) = (&self.trial.state, &self.trial.job.spec);
        let ahead_ms = state.policy().horizon_ms.saturating_mul(HORIZONS);
        let now_ms = state.now_ms().max(spec.release_ms);
        match spec.deadline_ms {
            Some(from_ms) => {
                let to_ms = from_ms.max(now_ms).saturating_add(ahead_ms);
                one(Change::number(Lever::Deadline, from_ms, to_ms))
            }
            None => {
                let to_ms = now_ms.saturating_add(ahead_ms);
                one(Change::number(Lever::Wait, now_ms, to_ms))
            }
        }
    }

    /// One replica at the site of what is missing there, else of everything that is.
    fn replicas(&self) -> Vec<Candidate> {
        let (state, site) = (&self.trial.state, self.trial.site);
        let needed = state.needed_data(&self.trial.job);
        let missing = needed
            .filter(|(_, holders, _)| holders.is_some_and(|holders| !holders.contains(&site)));
        let all: Vec<Change> = missing
            .map(|(what, _, _)| Change::of(Lever::Replica, what).at(site))
            .collect();
        let single = all.iter().map(|change| vec![change.clone()]);
        single.chain([all.clone()]).collect()
    }

    /// A carrier that the job does not allow so far.
    fn other_carriers(&self) -> Vec<Candidate> {
        let allowed = &self.trial.job.spec.carriers;
        if allowed.is_empty() {
            return Vec::new();
        }
        let links = self.trial.state.links().iter();
        let names: BTreeSet<&String> = links.map(|link| &link.carrier).collect();
        let new = names.into_iter().filter(|name| !allowed.contains(name));
        new.map(|name| vec![Change::of(Lever::Carrier, name)])
            .collect()
    }

    /// Another carrier, replicas at the site, or results that stay there.
    fn reachable(&self) -> Vec<Candidate> {
        let spec = &self.trial.job.spec;
        let mut all = self.other_carriers();
        all.extend(self.replicas());
        let delivered = spec
            .outputs
            .iter()
            .filter(|output| !output.deliver_to.is_empty());
        all.extend(delivered.map(|output| vec![Change::of(Lever::KeepResult, &output.dataset)]));
        all
    }

    fn less_traffic(&self) -> Vec<Candidate> {
        let service = self.trial.job.spec.service.iter();
        let less =
            service.map(|service| vec![Change::number(Lever::Bandwidth, service.bandwidth_bps, 0)]);
        less.collect()
    }

    fn green_floor(&self) -> Change {
        let floor = self.trial.job.spec.green_floor_permille;
        Change::number(Lever::GreenFloor, floor.into(), 0)
    }

    fn nearer_copies(&self) -> Vec<Candidate> {
        let spec = &self.trial.job.spec;
        let apart_km = spec
            .storage
            .as_ref()
            .map_or(0, |storage| storage.distance_km_min);
        let nearer = Change::number(Lever::Distance, apart_km, 0);
        let fewer = Change::number(Lever::Sites, spec.sites_min().into(), 1);
        match self.reason {
            Reason::CopyDistance => vec![vec![nearer], vec![fewer]],
            _ => one(fewer),
        }
    }

    /// What lets a site of another hub hold the replica: the fewest changes first. For what a
    /// storage job keeps, a replica there.
    fn replica_sites(&self) -> Vec<Candidate> {
        let (state, spec) = (&self.trial.state, &self.trial.job.spec);
        let sites = (0..state.sites().len() as u32).map(SiteId);
        let others = sites.filter(|other| recovery::in_another_hub(state, self.trial.site, *other));
        let mut all: Vec<Candidate> = others
            .flat_map(|other| {
                let kept = spec.inputs.iter();
                let kept = kept
                    .map(move |input| vec![Change::of(Lever::Replica, &input.dataset).at(other)]);
                kept.chain([self.admission(other)])
            })
            .collect();
        all.sort_by_key(Vec::len);
        all
    }

    /// What keeps a replica away from a site.
    fn admission(&self, other: SiteId) -> Candidate {
        let spec = &self.trial.job.spec;
        let site = &self.trial.state.sites()[other.index()];
        let mut changes = Vec::new();
        if site.spec.mlps_level < spec.mlps_level {
            let (from, to) = (spec.mlps_level.into(), site.spec.mlps_level.into());
            changes.push(Change::number(Lever::SecurityLevel, from, to));
        }
        if !spec.regions.is_empty() && !spec.regions.contains(&site.spec.region) {
            changes.push(Change::of(Lever::Region, &site.spec.region));
        }
        if site.mode != SiteMode::Open {
            changes.push(Change::of(Lever::OpenSite, "").at(other));
        }
        if site.silent {
            changes.push(Change::of(Lever::HearSite, "").at(other));
        }
        changes
    }
}

fn one(change: Change) -> Vec<Candidate> {
    vec![vec![change]]
}

fn architecture(_: &TaskGroup, pool: &Pool) -> Candidate {
    vec![Change::of(Lever::Architecture, &pool.spec.architecture)]
}

/// The pool's accelerators, allowed.
fn accelerator(group: &TaskGroup, pool: &Pool) -> Candidate {
    let mut changes = Vec::new();
    let Some(family) = pool.spec.accelerator_family else {
        return changes;
    };
    let model = &pool.spec.accelerator_model;
    let families = &group.accelerator_families;
    if !families.is_empty() && !families.contains(&family) {
        changes.push(Change::of(Lever::Family, family.name()));
    }
    let models = &group.accelerator_models;
    let listed = models.is_empty() || models.contains(model);
    if !listed || group.count_on(model).is_none() {
        changes.push(Change::of(Lever::Model, model));
    }
    changes
}
