//! One committed entry, applied.

use crate::command::{Command, Refusal};
use crate::event::Event;
use crate::model::{JobId, SiteId};
use crate::reason::Reason;

use super::State;

/// What an applied command answers to whoever proposed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing to say.
    Done,
    /// Jobs stored, or held, in order; true when the key was known with the same body.
    Submitted(Vec<(JobId, bool)>),
    /// The site's identity.
    Site(SiteId),
    /// How a plan fared.
    Planned {
        /// Placements accepted.
        accepted: u32,
        /// Placements that no longer fit.
        rejected: Vec<(JobId, Reason)>,
    },
}

/// What an applied command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The answer, or why nothing changed.
    pub result: Result<Answer, Refusal>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// A command being applied: the state with the events it causes.
pub(super) struct Apply<'a> {
    pub(super) state: &'a mut State,
    pub(super) events: Vec<Event>,
}

impl State {
    /// Applies the entry at `index`, stamped `time_ms`. Time never runs back: an older stamp
    /// counts as now. A refused command changes nothing but index and time.
    pub fn apply(&mut self, index: u64, time_ms: i64, command: &Command) -> Applied {
        self.index = index;
        self.now_ms = self.now_ms.max(time_ms);
        let mut apply = Apply {
            state: self,
            events: Vec::new(),
        };
        let result = apply.run(command);
        Applied {
            result,
            events: apply.events,
        }
    }

    /// Skips an entry that carries no command.
    pub fn skip(&mut self, index: u64) {
        self.index = index;
    }
}

impl Apply<'_> {
    fn run(&mut self, command: &Command) -> Result<Answer, Refusal> {
        match command {
            Command::DefineNetwork {
                nodes,
                links,
                regions,
            } => self.define_network(nodes, links, regions),
            Command::RegisterSite {
                spec,
                incarnation,
                data_address,
            } => self.register_site(spec, *incarnation, data_address),
            Command::ReportSites(reports) => self.report_sites(reports),
            Command::ReportLinks(samples) => self.report_links(samples),
            Command::SetSiteMode { site, mode } => self.set_site_mode(*site, *mode),
            Command::RegisterDataset(dataset) => self.register_dataset(dataset),
            Command::RegisterImage(image) => self.register_image(image),
            Command::SubmitJobs(submissions) => self.submit_jobs(submissions),
            Command::CancelJob(job) => self.cancel_job(*job),
            Command::CommitPlan(plan) => Ok(self.commit_plan(plan)),
            Command::SetPolicy { policy, replaces } => self.set_policy(policy, *replaces),
            Command::SiteSilent { site, incarnation } => self.site_silent(*site, *incarnation),
            Command::Refreshed(sites) => self.refreshed(sites),
            Command::Tick => Ok(self.tick()),
            Command::HoldJob(hold) => self.hold_job(hold),
            Command::RedeemHold(redemption) => self.redeem_hold(redemption),
            Command::LowerGrade {
                dataset,
                grade,
                by,
                because,
            } => self.lower_grade(dataset, *grade, by, because),
            Command::SetPowerCap { site, steps } => self.set_power_cap(*site, steps),
            Command::RemoveDataset { name, sites } => self.remove_dataset(name, sites),
            Command::RemoveImage { name, sites } => self.remove_image(name, sites),
            Command::ReplicasDropped { site, replicas } => self.replicas_dropped(*site, replicas),
        }
    }
}
