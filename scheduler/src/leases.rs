//! Which agents have been heard of lately: memory of the leader only.
//!
//! A new leader gives every site a whole lease and more, since it cannot know what its
//! predecessor heard.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ewc_core::command::Command;
use ewc_core::model::SiteId;

use crate::driver::Handle;
use crate::metrics::Metrics;

/// How often leases are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is logged who was heard of.
const REFRESH: Duration = Duration::from_secs(60);

/// The leases of all sites.
#[derive(Debug)]
pub struct Leases {
    length: Duration,
    heard: Mutex<BTreeMap<SiteId, (u64, Instant)>>,
}

impl Leases {
    /// Leases of the given length.
    pub fn new(length: Duration) -> Leases {
        Leases {
            length,
            heard: Mutex::default(),
        }
    }

    /// Length of a lease.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// A site spoke.
    pub fn renew(&self, site: SiteId, incarnation: u64) {
        self.heard().insert(site, (incarnation, Instant::now()));
    }

    /// True when a site's lease is good.
    pub fn is_connected(&self, site: SiteId) -> bool {
        self.heard()
            .get(&site)
            .is_some_and(|(_, at)| at.elapsed() < self.length)
    }

    /// An agent counts its lease from when it asked, we from when we heard: what we wait on top
    /// makes sure that it has stopped what it must before we say so.
    fn patience(&self) -> Duration {
        self.length + self.length / 2
    }

    fn expired(&self) -> Vec<(SiteId, u64)> {
        let patience = self.patience();
        let heard = self.heard();
        let silent = heard.iter().filter(|(_, (_, at))| at.elapsed() > patience);
        silent
            .map(|(site, (incarnation, _))| (*site, *incarnation))
            .collect()
    }

    fn rearm(&self, sites: impl Iterator<Item = (SiteId, u64)>) {
        // Half a lease of grace: agents first have to find the new leader.
        let at = Instant::now() + self.length / 2;
        *self.heard() = sites
            .map(|(site, incarnation)| (site, (incarnation, at)))
            .collect();
    }

    /// Forgets a site that was said to be silent, unless it has spoken since.
    fn forget(&self, site: SiteId, incarnation: u64) {
        let patience = self.patience();
        let mut heard = self.heard();
        let silent = heard
            .get(&site)
            .is_some_and(|(known, at)| *known == incarnation && at.elapsed() > patience);
        if silent {
            heard.remove(&site);
        }
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<SiteId, (u64, Instant)>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after the leases while this member leads.
pub async fn watch(leases: &Leases, handle: &Handle, metrics: &Metrics) {
    let mut led = false;
    let mut refreshed = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let leads = handle.standing().leads;
        if leads && !led {
            let state = handle.state();
            let sites = state
                .sites()
                .iter()
                .enumerate()
                .filter(|(_, site)| !site.silent);
            leases.rearm(sites.map(|(id, site)| (SiteId(id as u32), site.incarnation)));
        }
        led = leads;
        if !leads {
            continue;
        }
        for (site, incarnation) in leases.expired() {
            tracing::warn!(%site, "lease ran out");
            metrics.lease_expired();
            let silent = Command::SiteSilent { site, incarnation };
            if handle.propose(silent).await.is_ok() {
                leases.forget(site, incarnation);
            }
        }
        if refreshed.elapsed() > REFRESH {
            refreshed = Instant::now();
            let sites: Vec<SiteId> = leases.heard().keys().copied().collect();
            // Asked again in a minute if it is lost.
            let _ = handle.propose(Command::Refreshed(sites)).await;
        }
    }
}
