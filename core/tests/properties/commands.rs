//! Random commands, chosen so that most mean something in the state at hand.

use ewc_core::State;
use ewc_core::command::{Command, LinkReport, PoolReport, SiteReport};
use ewc_core::model::{EnergyPoint, JobId, LinkId, NodeShape, PoolId, Resources, SiteId, SiteMode};

use crate::build::{self, HOUR, MINUTE, SECOND};
use crate::holds;
use crate::jobs;
use crate::plans::{self, Old};
use crate::random::Random;
use crate::runs;
use crate::world;

/// One entry of a log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its index.
    pub index: u64,
    /// Its stamp; may lie before the network's time.
    pub time_ms: i64,
    /// What to do.
    pub command: Command,
    /// It is the plan of the state right before it.
    pub fresh: bool,
    /// Digest of the state that its plan was repaired on, if it was.
    pub repaired_on: Option<[u8; 32]>,
}

/// The next entry after `state`; `old` holds earlier states of the same log.
pub fn next(random: &mut Random, state: &State, old: &Old) -> Entry {
    let index = state.index() + if random.chance(95) { 1 } else { 3 };
    let (command, fresh) = match random.below(100) {
        // Where something runs that can move, power gets dear.
        0..8 if !state.with_checkpoint().is_empty() => (dear_power(random, state), false),
        8..16 if !state.with_checkpoint().is_empty() => (plans::of_prices(state), true),
        0..16 => (Command::SubmitJobs(jobs::submissions(random, state)), false),
        16..20 => (holds::hold(random, state, old), false),
        20..22 => (holds::redeem(random, state), false),
        // Holds do not last long.
        22..40 if holds::any(state) && random.chance(60) => (holds::redeem(random, state), false),
        40..50 if holds::any(state) && random.chance(50) => (holds::unsettle(random, state), false),
        22..40 => plans::commit(random, state, old),
        40..66 => (runs::report(random, state), false),
        66..80 => (Command::Tick, false),
        80..84 => (pool_report(random, state), false),
        84..87 => (define_links(random, state), false),
        87..89 => (Command::CancelJob(JobId(any_job(random, state))), false),
        89..91 => (site_mode(random, state), false),
        91..93 => (silent(random, state), false),
        93..94 => (Command::Refreshed(vec![any_site(random, state)]), false),
        94..95 => (set_policy(random, state), false),
        95..97 => (register_site(random, state), false),
        97..98 => (report_links(random, state), false),
        98..99 => (catalogue(random, state), false),
        _ => (energy_report(random, state), false),
    };
    let repaired = matches!(&command, Command::CommitPlan(plan) if plan.repair.is_some());
    Entry {
        index,
        time_ms: match fresh || repaired {
            true => state.now_ms(),
            false => time(random, state),
        },
        command,
        fresh,
        repaired_on: repaired.then(|| state.digest()),
    }
}

fn set_policy(random: &mut Random, state: &State) -> Command {
    let version = state.policy().version;
    Command::SetPolicy {
        policy: world::policy(random),
        replaces: random.pick(&[None, Some(version), Some(version), Some(version - 1)]),
    }
}

/// Mostly soon; sometimes exactly when something is due, long after, or before.
fn time(random: &mut Random, state: &State) -> i64 {
    let now_ms = state.now_ms();
    match random.below(100) {
        0..25 => now_ms,
        25..55 => now_ms + random.range(0, 60 * SECOND),
        55..70 => now_ms + random.range(0, 60 * MINUTE),
        70..90 => state.next_due_ms().unwrap_or(now_ms).max(now_ms),
        90..94 => now_ms - random.range(0, 2 * HOUR),
        94..98 => now_ms + random.range(1, 8) * HOUR,
        _ => now_ms + random.range(8, 60) * HOUR,
    }
}

/// A position in a table of `len` rows; in `percent` of all cases perhaps one behind its end.
fn around(random: &mut Random, len: usize, percent: u64) -> usize {
    let more = usize::from(random.chance(percent));
    random.below(len + more)
}

pub fn any_site(random: &mut Random, state: &State) -> SiteId {
    // Now and then one that does not exist.
    SiteId(around(random, state.sites().len(), 5) as u32)
}

pub fn any_job(random: &mut Random, state: &State) -> u64 {
    let ids: Vec<u64> = state.jobs().keys().map(|id| id.0).collect();
    match ids.is_empty() || random.chance(3) {
        true => 999,
        false => random.pick(&ids),
    }
}

fn site_report(state: &State, site: SiteId) -> SiteReport {
    SiteReport {
        site,
        incarnation: state.site(site).map_or(1, |site| site.incarnation),
        pools: Vec::new(),
        energy: None,
        held: Vec::new(),
        runs: Vec::new(),
    }
}

/// A pool shrinks or grows, under load or not.
fn pool_report(random: &mut Random, state: &State) -> Command {
    let pool = PoolId(around(random, state.pools().len(), 5) as u32);
    let Some(known) = state.pool(pool) else {
        return Command::ReportSites(Vec::new());
    };
    let whole = known.spec.node.times(known.spec.nodes);
    let percent = random.pick(&[0, 25, 50, 75, 100, 100, 120]);
    let usable = Resources {
        cpu_millis: whole.cpu_millis * percent / 100,
        memory_mib: whole.memory_mib * percent / 100,
        accelerators: whole.accelerators * percent / 100,
    };
    let shape = NodeShape {
        free: known.spec.node,
        nodes: random.below(known.spec.nodes as usize + 1) as u32,
    };
    let free_shapes = match random.chance(20) {
        true => vec![shape],
        false => Vec::new(),
    };
    let mut report = site_report(state, known.site);
    report.pools.push(PoolReport {
        pool,
        usable,
        free_shapes,
    });
    if random.chance(10) {
        report.incarnation = report.incarnation.saturating_sub(1);
    }
    Command::ReportSites(vec![report])
}

/// A shock at the site of a job that might leave it.
fn dear_power(random: &mut Random, state: &State) -> Command {
    let jobs: Vec<JobId> = state.with_checkpoint().iter().copied().collect();
    let job = &state.jobs()[&random.pick(&jobs)];
    let slots = job.placement.iter().flat_map(|placement| &placement.groups);
    let pool = slots.map(|slot| slot.pool).next().unwrap_or(PoolId(0));
    let mut report = site_report(state, state.pools()[pool.index()].site);
    let mut energy = world::energy(random, state.now_ms());
    energy.points.resize(4, EnergyPoint::default());
    for point in &mut energy.points {
        point.price_micro_cny_per_kwh = random.range(20, 400) * 1_000_000;
    }
    report.energy = Some(energy);
    Command::ReportSites(vec![report])
}

fn energy_report(random: &mut Random, state: &State) -> Command {
    let mut report = site_report(state, any_site(random, state));
    report.energy = Some(world::energy(random, state.now_ms()));
    if let Some(dataset) = state.datasets().values().next() {
        report.held.push((dataset.name.clone(), dataset.sha256));
    }
    Command::ReportSites(vec![report])
}

/// A link is cut, restored, narrowed or widened; now and then a new one appears.
fn define_links(random: &mut Random, state: &State) -> Command {
    let names: Vec<String> = state.nodes().iter().map(|node| node.name.clone()).collect();
    let at = around(random, state.links().len(), 10);
    let link = match state.link(LinkId(at as u32)) {
        None => world::link(random, &names, at as i64),
        Some(known) => {
            let mut link = build::link(
                &known.name,
                &names[known.a.index()],
                &names[known.b.index()],
            );
            link.layer = known.layer;
            link.carrier.clone_from(&known.carrier);
            link.one_way_us = known.one_way_us;
            link.encrypted = known.encrypted;
            link.capacity_bps = match random.below(3) {
                0 => known.capacity_bps,
                1 => known.capacity_bps / 2,
                _ => random.range(1, 11) * 100_000_000,
            };
            link.up = random.chance(60);
            link
        }
    };
    Command::DefineNetwork {
        nodes: Vec::new(),
        links: vec![link],
        regions: Vec::new(),
    }
}

fn report_links(random: &mut Random, state: &State) -> Command {
    Command::ReportLinks(vec![LinkReport {
        link: LinkId(random.below(state.links().len() + 1) as u32),
        rtt_us: random.range(-1, 20_000),
        declared: random.chance(50),
    }])
}

fn site_mode(random: &mut Random, state: &State) -> Command {
    let modes = [
        SiteMode::Open,
        SiteMode::Open,
        SiteMode::Cordoned,
        SiteMode::Draining,
    ];
    Command::SetSiteMode {
        site: any_site(random, state),
        mode: random.pick(&modes),
    }
}

fn silent(random: &mut Random, state: &State) -> Command {
    let site = any_site(random, state);
    let incarnation = state.site(site).map_or(1, |site| site.incarnation);
    Command::SiteSilent {
        site,
        incarnation: incarnation.saturating_sub(u64::from(random.chance(15))),
    }
}

/// An agent starts anew, perhaps with other pools; now and then an old one, or a new site.
fn register_site(random: &mut Random, state: &State) -> Command {
    let at = around(random, state.sites().len(), 10);
    let mut spec = world::site(random, at as i64);
    let known = state.sites().get(at);
    if let Some(known) = known.filter(|_| random.chance(60)) {
        spec = known.spec.clone();
        let pools = known.pools.iter();
        spec.pools = pools
            .map(|id| state.pools()[id.index()].spec.clone())
            .collect();
    }
    let newest = known.map_or(1, |site| site.incarnation);
    Command::RegisterSite {
        spec,
        incarnation: match random.chance(80) {
            true => newest + 1,
            false => newest.saturating_sub(1),
        },
        data_address: "address".to_owned(),
    }
}

fn catalogue(random: &mut Random, state: &State) -> Command {
    let site = any_site(random, state);
    let name = format!("d{}", random.below(4));
    let leaving = state
        .leaving(site)
        .map(|(name, sha256)| (name.to_owned(), *sha256));
    match random.below(4) {
        0..2 => register_dataset(random, state),
        2 => Command::RemoveDataset {
            name,
            sites: match random.chance(50) {
                true => Vec::new(),
                false => vec![site],
            },
        },
        _ => Command::ReplicasDropped {
            site,
            replicas: leaving.chain([(name, [1; 32])]).collect(),
        },
    }
}

fn register_dataset(random: &mut Random, state: &State) -> Command {
    let site = any_site(random, state);
    let known = random.below(4);
    let size_bytes = match state.datasets().get(&format!("d{known}")) {
        Some(dataset) if random.chance(80) => dataset.size_bytes,
        _ => random.range(1, 40) * 1_000_000_000,
    };
    Command::RegisterDataset(build::dataset(&format!("d{known}"), size_bytes, &[site]))
}
