//! What sites and links do by themselves: energy is issued every hour, faults come and go.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ewc_core::State;
use ewc_core::command::{Command, PoolReport, SiteReport};
use ewc_core::model::{PowerStep, Resources, SiteId};
use ewc_scenario::NetworkRun;
use ewc_scenario::energy::{HOUR_MS, hour_start_ms};
use ewc_scenario::network_run::{Fault, FaultKind};

use super::forecast::Forecaster;
use crate::engine::{Change, Timeline};

/// How long nothing is heard of a site before the schedulers say so.
const LEASE_MS: i64 = 5_000;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Ends(usize),
    Begins(usize),
    /// A lease has run out.
    Silent(usize),
    Energy,
    /// A cap on power that will hold becomes known.
    Announced(usize),
}

/// The network's own changes.
pub(super) struct Changes<'a> {
    run: &'a NetworkRun,
    forecaster: &'a Forecaster<'a>,
    due: BTreeSet<(i64, Due)>,
    active: BTreeSet<usize>,
    /// Sites that are away, and whether what ran there is lost.
    away: BTreeMap<usize, bool>,
    /// Caps on power that are known: when each begins, and which fault it is.
    caps: BTreeSet<(i64, usize)>,
    ready: VecDeque<Change>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(run: &'a NetworkRun, forecaster: &'a Forecaster<'a>) -> Changes<'a> {
        let faults = run.faults.iter().enumerate();
        let first = |(at, fault): (usize, &Fault)| match fault.kind {
            FaultKind::PowerCap { notice_ms, .. } => {
                (fault.from_ms.saturating_sub(notice_ms), Due::Announced(at))
            }
            _ => (fault.from_ms, Due::Begins(at)),
        };
        let mut due: BTreeSet<(i64, Due)> = faults.map(first).collect();
        due.insert((hour_start_ms(run.start_ms) + HOUR_MS, Due::Energy));
        Changes {
            run,
            forecaster,
            due,
            active: BTreeSet::new(),
            away: BTreeMap::new(),
            caps: BTreeSet::new(),
            ready: VecDeque::new(),
        }
    }

    fn comes(&mut self, state: &State, at_ms: i64, due: Due) {
        match due {
            Due::Energy => {
                let sites = 0..self.run.network.sites.len();
                let heard: Vec<usize> =
                    sites.filter(|site| !self.away.contains_key(site)).collect();
                let reports = heard.iter().map(|site| self.energy(state, *site, at_ms));
                let command = Command::ReportSites(reports.collect());
                self.ready.push_back(Change::Apply(Box::new(command)));
                self.due.insert((at_ms + HOUR_MS, Due::Energy));
            }
            Due::Silent(site) if self.away.contains_key(&site) => {
                let site = SiteId(site as u32);
                let incarnation = state.site(site).map_or(0, |site| site.incarnation);
                let command = Command::SiteSilent { site, incarnation };
                self.ready.push_back(Change::Apply(Box::new(command)));
            }
            Due::Silent(_) => {}
            Due::Announced(at) => {
                let fault = &self.run.faults[at];
                let FaultKind::PowerCap {
                    site, notice_ms, ..
                } = &fault.kind
                else {
                    return;
                };
                self.caps.insert((at_ms.saturating_add(*notice_ms), at));
                if let Some(every_ms) = fault.every_ms {
                    self.due.insert((at_ms + every_ms, Due::Announced(at)));
                }
                if let Some(at) = self.position(site).filter(|at| !self.away.contains_key(at)) {
                    self.power(at_ms, at);
                }
            }
            Due::Begins(at) => {
                let fault = &self.run.faults[at];
                self.active.insert(at);
                if let Some(until_ms) = fault.until_ms {
                    let length_ms = until_ms - fault.from_ms;
                    self.due.insert((at_ms + length_ms, Due::Ends(at)));
                }
                if let Some(every_ms) = fault.every_ms {
                    self.due.insert((at_ms + every_ms, Due::Begins(at)));
                }
                self.follow(state, at_ms, fault);
            }
            Due::Ends(at) => {
                self.active.remove(&at);
                self.follow(state, at_ms, &self.run.faults[at]);
            }
        }
    }

    /// Brings the network to what the active faults make of it.
    fn follow(&mut self, state: &State, at_ms: i64, fault: &Fault) {
        match &fault.kind {
            FaultKind::LinkCut { link } | FaultKind::LinkDegraded { link, .. } => self.link(link),
            FaultKind::SiteOutage { site } | FaultKind::AgentCutOff { site } => {
                if let Some(at) = self.position(site) {
                    self.presence(state, at_ms, at);
                }
            }
            FaultKind::PowerCap { .. } => {}
            FaultKind::CapacityGrowth { site, .. } | FaultKind::Curtailment { site, .. } => {
                // Who is away tells it when it is back.
                if let Some(at) = self.position(site).filter(|at| !self.away.contains_key(at)) {
                    self.capacity(state, at, 0);
                }
            }
        }
    }

    fn presence(&mut self, state: &State, at_ms: i64, at: usize) {
        let name = &self.run.network.sites[at].spec.name;
        let kinds = self.active_kinds();
        let dark = kinds.contains(&&FaultKind::SiteOutage { site: name.clone() });
        let cut = kinds.contains(&&FaultKind::AgentCutOff { site: name.clone() });
        let site = SiteId(at as u32);
        if dark || cut {
            let lost = self.away.get(&at).copied();
            if lost.is_none() {
                self.ready.push_back(Change::Away(site));
                self.due.insert((at_ms + LEASE_MS, Due::Silent(at)));
            }
            self.away.insert(at, lost.unwrap_or(false) || dark);
        } else if let Some(lost) = self.away.remove(&at) {
            self.capacity(state, at, u64::from(lost));
            self.power(at_ms, at);
            let report = self.energy(state, at, at_ms);
            let incarnation = report.incarnation + u64::from(lost);
            let report = SiteReport {
                incarnation,
                ..report
            };
            let heard = Command::ReportSites(vec![report]);
            self.ready.push_back(Change::Apply(Box::new(heard)));
            self.ready.push_back(Change::Back { site, lost });
        }
    }

    /// Pools with their nodes of now, and what may be used of them. An agent that has started anew
    /// says so.
    fn capacity(&mut self, state: &State, at: usize, starts: u64) {
        let site = SiteId(at as u32);
        let Some(known) = state.site(site) else {
            return;
        };
        let mut spec = self.run.network.sites[at].spec.clone();
        let mut left = 1000;
        for kind in self.active_kinds() {
            match kind {
                FaultKind::Curtailment {
                    site,
                    left_permille,
                } if *site == spec.name => left = left.min(*left_permille),
                FaultKind::CapacityGrowth { site, pool, nodes } if *site == spec.name => {
                    let grown = spec.pools.iter_mut().filter(|known| known.name == *pool);
                    grown.for_each(|pool| pool.nodes = pool.nodes.saturating_add(*nodes));
                }
                _ => {}
            }
        }
        let pools = known.pools.iter().zip(&spec.pools);
        let pools = pools.map(|(id, pool)| PoolReport {
            pool: *id,
            usable: part(pool.node.times(pool.nodes), left),
            free_shapes: Vec::new(),
        });
        let report = SiteReport {
            site,
            incarnation: known.incarnation + starts,
            pools: pools.collect(),
            energy: None,
            held: Vec::new(),
            runs: Vec::new(),
        };
        self.ready
            .push_back(Change::Apply(Box::new(Command::RegisterSite {
                spec,
                incarnation: known.incarnation + starts,
                data_address: String::new(),
            })));
        let report = Command::ReportSites(vec![report]);
        self.ready.push_back(Change::Apply(Box::new(report)));
    }

    /// All that is known of a site's cap on power: at each instant the lowest one that holds.
    fn power(&mut self, now_ms: i64, at: usize) {
        let run = self.run;
        let site = &run.network.sites[at];
        let cap_of = |fault: &Fault| match &fault.kind {
            FaultKind::PowerCap {
                site: of,
                cap_watts,
                ..
            } if *of == site.spec.name => Some(*cap_watts),
            _ => None,
        };
        if !run.faults.iter().any(|fault| cap_of(fault).is_some()) {
            return;
        }
        self.caps.retain(|known| ends_ms(run, *known) > now_ms);
        let known = self.caps.iter().filter_map(|known| {
            let cap_watts = cap_of(&run.faults[known.1])?;
            Some((known.0, ends_ms(run, *known), cap_watts))
        });
        let known: Vec<(i64, i64, i64)> = known.collect();
        let edges = known.iter().flat_map(|(from, until, _)| [*from, *until]);
        let later = edges.filter(|at_ms| *at_ms > now_ms && *at_ms < i64::MAX);
        let times: BTreeSet<i64> = later.chain([now_ms]).collect();
        let steps = times.into_iter().map(|at_ms| {
            let holds = known.iter();
            let holds = holds.filter(|(from, until, _)| (*from..*until).contains(&at_ms));
            let caps = holds.map(|(_, _, cap_watts)| *cap_watts);
            PowerStep {
                from_ms: at_ms,
                watts: caps.chain(site.power_cap_watts).min(),
            }
        });
        let command = Command::SetPowerCap {
            site: SiteId(at as u32),
            steps: steps.collect(),
        };
        self.ready.push_back(Change::Apply(Box::new(command)));
    }

    fn link(&mut self, name: &str) {
        let links = &self.run.network.links;
        let Some(mut link) = links.iter().find(|link| link.name == name).cloned() else {
            return;
        };
        let mut left = 1000;
        for kind in self.active_kinds() {
            match kind {
                FaultKind::LinkCut { link: cut } if cut == name => link.up = false,
                FaultKind::LinkDegraded {
                    link,
                    left_permille,
                } if link == name => left = left.min(*left_permille),
                _ => {}
            }
        }
        link.capacity_bps = share(link.capacity_bps, left);
        self.ready
            .push_back(Change::Apply(Box::new(Command::DefineNetwork {
                nodes: Vec::new(),
                links: vec![link],
                regions: Vec::new(),
            })));
    }

    fn energy(&self, state: &State, at: usize, at_ms: i64) -> SiteReport {
        let site = SiteId(at as u32);
        let series = self.forecaster.issued(at, at_ms);
        SiteReport {
            site,
            incarnation: state.site(site).map_or(0, |site| site.incarnation),
            pools: Vec::new(),
            energy: Some(series),
            held: Vec::new(),
            runs: Vec::new(),
        }
    }

    fn active_kinds(&self) -> Vec<&'a FaultKind> {
        let active = self.active.iter();
        active.map(|at| &self.run.faults[*at].kind).collect()
    }

    fn position(&self, site: &str) -> Option<usize> {
        let sites = &self.run.network.sites;
        sites.iter().position(|known| known.spec.name == site)
    }
}

/// When a fault that begins then ends.
fn ends_ms(run: &NetworkRun, (from_ms, fault): (i64, usize)) -> i64 {
    let fault = &run.faults[fault];
    let length_ms = fault.until_ms.map(|until_ms| until_ms - fault.from_ms);
    length_ms.map_or(i64::MAX, |length_ms| from_ms.saturating_add(length_ms))
}

impl Timeline for Changes<'_> {
    fn next_ms(&self) -> Option<i64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }

    fn take(&mut self, state: &State, now_ms: i64) -> Option<Change> {
        while self.ready.is_empty() {
            let (at_ms, due) = *self.due.first().filter(|(at_ms, _)| *at_ms <= now_ms)?;
            self.due.pop_first();
            self.comes(state, at_ms, due);
        }
        self.ready.pop_front()
    }
}

fn part(of: Resources, permille: u32) -> Resources {
    Resources {
        cpu_millis: share(of.cpu_millis, permille),
        memory_mib: share(of.memory_mib, permille),
        accelerators: share(of.accelerators, permille),
    }
}

fn share(of: i64, permille: u32) -> i64 {
    let share = i128::from(of) * i128::from(permille) / 1000;
    i64::try_from(share).unwrap_or(i64::MAX)
}
