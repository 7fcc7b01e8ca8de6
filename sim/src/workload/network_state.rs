//! The state of a network in which a workload may run, made by the commands that a real one logs.

use ewc_core::command::SiteReport;
use ewc_core::model::{EnergySeries, PowerStep, SiteId};
use ewc_core::state::{Answer, Limits};
use ewc_core::{Command, Refusal, State};
use ewc_scenario::{Scenario, SiteDef};

use super::GeneratedDataset;

/// Incarnation of every agent in such a state.
const INCARNATION: u64 = 1;

/// The scenario's network with these sites and data sets at `start_ms`, before any job.
///
/// `energy` gives the series that a site's agent issues at the start. The data sets carry nominal
/// digests, see [`GeneratedDataset::nominal_sha256`]. Every node of the scenario stays in
/// the graph, also those of sites that do not take part, because routes lead through them.
///
/// # Errors
/// What the state refuses, e.g. a data set whose home is not among the sites.
pub fn state_of(
    scenario: &Scenario,
    sites: &[&SiteDef],
    datasets: &[GeneratedDataset],
    start_ms: i64,
    energy: impl Fn(&SiteDef) -> EnergySeries,
) -> Result<State, Refusal> {
    state_within(
        Limits::default(),
        scenario,
        sites,
        datasets,
        start_ms,
        energy,
    )
}

/// The same within limits.
///
/// # Errors
/// As [`state_of`].
pub fn state_within(
    limits: Limits,
    scenario: &Scenario,
    sites: &[&SiteDef],
    datasets: &[GeneratedDataset],
    start_ms: i64,
    energy: impl Fn(&SiteDef) -> EnergySeries,
) -> Result<State, Refusal> {
    let mut log = Log {
        state: State::new(limits),
        start_ms,
    };
    log.apply(Command::SetPolicy {
        policy: scenario.policy.clone(),
        replaces: None,
    })?;
    log.apply(scenario.define_network())?;
    for site in sites {
        let series = energy(site);
        log.register(site, series)?;
    }
    for dataset in datasets {
        let home = log.state.site_named(&dataset.home_site);
        let home = home.ok_or_else(|| Refusal::NotFound {
            field: "datasets.home_site",
            kind: "site",
            name: dataset.home_site.clone(),
        })?;
        let registration = dataset.registration(dataset.nominal_sha256(), home);
        log.apply(Command::RegisterDataset(registration))?;
    }
    Ok(log.state)
}

struct Log {
    state: State,
    start_ms: i64,
}

impl Log {
    fn apply(&mut self, command: Command) -> Result<Answer, Refusal> {
        let index = self.state.index() + 1;
        self.state.apply(index, self.start_ms, &command).result
    }

    fn register(&mut self, site: &SiteDef, energy: EnergySeries) -> Result<(), Refusal> {
        self.apply(Command::RegisterSite {
            spec: site.spec.clone(),
            incarnation: INCARNATION,
            data_address: String::new(),
        })?;
        let Some(id) = self.state.site_named(&site.spec.name) else {
            return Ok(());
        };
        if let Some(watts) = site.power_cap_watts {
            let step = PowerStep {
                from_ms: self.start_ms,
                watts: Some(watts),
            };
            self.apply(Command::SetPowerCap {
                site: id,
                steps: vec![step],
            })?;
        }
        self.apply(Command::ReportSites(vec![first_report(id, energy)]))?;
        Ok(())
    }
}

fn first_report(site: SiteId, energy: EnergySeries) -> SiteReport {
    SiteReport {
        site,
        incarnation: INCARNATION,
        pools: Vec::new(),
        energy: Some(energy),
        held: Vec::new(),
        runs: Vec::new(),
    }
}
