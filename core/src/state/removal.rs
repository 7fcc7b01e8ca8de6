//! Data sets and images leave: the names, and the replicas at sites.
//!
//! A removal never takes data from under a job. What is to go is written down at once, so that no
//! plan counts on it, and stays written down until its site says that it dropped it.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use sha2::{Digest as _, Sha256};

use crate::command::Refusal;
use crate::model::{Job, JobId, SiteId};

use super::apply::{Answer, Apply};
use super::submit::unknown;
use super::{State, jobs};

impl Apply<'_> {
    /// Forgets a data set, or only its replicas at `sites`.
    pub(super) fn remove_dataset(
        &mut self,
        name: &str,
        sites: &[SiteId],
    ) -> Result<Answer, Refusal> {
        let Some(known) = self.state.datasets.get(name).cloned() else {
            return Err(unknown("name", "data set", name));
        };
        let going = self.state.going(name, &known.sites, sites)?;
        let only = (!sites.is_empty()).then_some(&going);
        forget(&mut self.state.datasets, name, only, |dataset| {
            &mut dataset.sites
        });
        self.let_go(name, known.sha256, going);
        Ok(Answer::Done)
    }

    /// Forgets an image, or only its replicas at `sites`.
    pub(super) fn remove_image(&mut self, name: &str, sites: &[SiteId]) -> Result<Answer, Refusal> {
        let Some(known) = self.state.images.get(name).cloned() else {
            return Err(unknown("name", "image", name));
        };
        let going = self.state.going(name, &known.sites, sites)?;
        let only = (!sites.is_empty()).then_some(&going);
        forget(&mut self.state.images, name, only, |image| &mut image.sites);
        self.let_go(name, known.sha256, going);
        Ok(Answer::Done)
    }

    /// Checkpoints that a job does not go on from any more are of no use to anybody.
    pub(super) fn let_go_of_checkpoints(&mut self, old: &Job, new: &Job) {
        if old.saved == new.saved {
            return;
        }
        if let Some(saved) = &old.saved {
            self.let_go(&saved.name, saved.sha256, saved.sites.clone());
        }
        if let Some(saved) = &new.saved {
            for site in &saved.sites {
                self.state.leaving.remove(&(*site, saved.name.clone()));
            }
        }
    }

    fn let_go(&mut self, name: &str, sha256: [u8; 32], going: BTreeSet<SiteId>) {
        for site in going {
            self.state.leaving.insert((site, name.to_owned()), sha256);
        }
    }

    /// A site has dropped what it was to drop. What it was not told to drop is not heard.
    pub(super) fn replicas_dropped(
        &mut self,
        site: SiteId,
        dropped: &[(String, [u8; 32])],
    ) -> Result<Answer, Refusal> {
        for (name, sha256) in dropped {
            if self.state.is_leaving(name, sha256, site) {
                self.state.leaving.remove(&(site, name.clone()));
            }
        }
        Ok(Answer::Done)
    }

    /// A job has just brought these bytes to the site: they stay.
    pub(super) fn stays(&mut self, name: &str, sha256: &[u8; 32], site: SiteId) {
        if self.state.is_leaving(name, sha256, site) {
            self.state.leaving.remove(&(site, name.to_owned()));
        }
    }
}

impl State {
    /// What a site is to drop, by name, with the digests of the bytes.
    pub fn leaving(&self, site: SiteId) -> impl Iterator<Item = (&str, &[u8; 32])> {
        let of_site = self.leaving.range((site, String::new())..);
        let of_site = of_site.take_while(move |((at, _), _)| *at == site);
        of_site.map(|((_, name), sha256)| (name.as_str(), sha256))
    }

    /// True when the site was told to drop these bytes and has not said that it did.
    pub fn is_leaving(&self, name: &str, sha256: &[u8; 32], site: SiteId) -> bool {
        let leaving = self.leaving.get(&(site, name.to_owned()));
        leaving.is_some_and(|leaving| leaving == sha256)
    }

    /// The replicas that a removal takes away, if it may: no job that has not ended needs them.
    fn going(
        &self,
        name: &str,
        held: &BTreeSet<SiteId>,
        asked: &[SiteId],
    ) -> Result<BTreeSet<SiteId>, Refusal> {
        let all = asked.is_empty();
        for site in asked {
            let known = self.site(*site);
            let known = known.ok_or_else(|| unknown("sites", "site", &site.to_string()))?;
            if !held.contains(site) {
                let problem = format!("{} holds no replica of {name}", known.spec.name);
                return Err(Refusal::invalid("sites", problem));
            }
        }
        let going: BTreeSet<SiteId> = match all {
            true => held.clone(),
            false => asked.iter().copied().collect(),
        };
        if !all && going.len() == held.len() {
            let problem = "these are all the replicas there are; \
                           name no site to remove it altogether";
            return Err(Refusal::invalid("sites", problem));
        }
        let needs =
            |job: &&Arc<Job>| all || going.iter().any(|site| needs_replica(self, job, *site));
        let mut users = self.users_of(name).filter(needs).peekable();
        match users.peek().map(|job| job.id) {
            None => Ok(going),
            Some(first) => Err(Refusal::InUse {
                name: name.to_owned(),
                jobs: users.count(),
                first,
            }),
        }
    }

    /// Jobs that read, write or run what has that name, and have not ended, by identity.
    pub(super) fn users_of(&self, name: &str) -> impl Iterator<Item = &Arc<Job>> {
        let prefix = prefix(name);
        let users = self
            .by_data
            .range((prefix, JobId(0))..=(prefix, JobId(u64::MAX)));
        let users = users.filter_map(|(_, job)| self.jobs.get(job));
        // Two names may share a prefix.
        users.filter(move |job| names(job).any(|used| used == name))
    }

    /// Brings the index of what jobs use from what a job was to what it is.
    pub(super) fn follow_data(&mut self, old: Option<&Job>, new: Option<&Job>) {
        let live = |job: &&Job| !job.state.is_terminal();
        let (old, new) = (old.filter(live), new.filter(live));
        match (old, new) {
            (None, Some(job)) => {
                names(job).for_each(|name| _ = self.by_data.insert((prefix(name), job.id)));
            }
            (Some(job), None) => {
                names(job).for_each(|name| _ = self.by_data.remove(&(prefix(name), job.id)));
            }
            // What a job names does not change.
            _ => {}
        }
    }
}

/// Takes a name out of a table, or only its replicas at some sites.
fn forget<T: Clone>(
    table: &mut OrdMap<String, Arc<T>>,
    name: &str,
    only: Option<&BTreeSet<SiteId>>,
    sites: fn(&mut T) -> &mut BTreeSet<SiteId>,
) {
    let Some(going) = only else {
        table.remove(name);
        return;
    };
    if let Some(known) = table.get_mut(name) {
        sites(Arc::make_mut(known)).retain(|site| !going.contains(site));
    }
}

/// A replica is needed by what runs or is kept beside it and by what is fetched from it.
fn needs_replica(state: &State, job: &Job, site: SiteId) -> bool {
    let placements = jobs::holds(job).into_iter().flatten();
    let mut transfers = placements.flat_map(|placement| &placement.transfers);
    transfers.any(|transfer| transfer.from == site) || jobs::sites_of(state, job).contains(&site)
}

/// Data sets and images that a job names.
fn names(job: &Job) -> impl Iterator<Item = &str> {
    let inputs = job.spec.inputs.iter().map(|input| input.dataset.as_str());
    let outputs = job
        .spec
        .outputs
        .iter()
        .map(|output| output.dataset.as_str());
    inputs.chain(outputs).chain(job.spec.images())
}

/// What a name is found by in the index.
fn prefix(name: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(name.as_bytes()));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
