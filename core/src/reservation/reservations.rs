//! Everything that is reserved in the network.

use std::sync::Arc;

use imbl::OrdMap;

use super::Profile;
use crate::model::{LinkId, Placement, PoolId, Resources};

/// What is reserved of every pool and link. The same type serves the state and the planner's
/// tentative plan; clones share what does not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reservations {
    /// Shared between clones as a whole: the planner makes one for every start that it tries.
    pools: Arc<Vec<Profile<Resources>>>,
    links: Arc<Vec<Profile<i64>>>,
    /// Of the tenants whose quota limits it; empty ones are left out.
    tenants: OrdMap<Arc<str>, Profile<Resources>>,
    floor_ms: Option<i64>,
    /// Until then everything before the floor is gone.
    swept_ms: Option<i64>,
}

/// The past is dropped so often: what it holds until then changes no answer about the present, and
/// to look through every pool and link at each instant costs more than it saves.
const SWEEP_MS: i64 = 300_000;

impl Reservations {
    /// Makes room for this many pools and links.
    pub fn grow(&mut self, pools: usize, links: usize) {
        let (pools, links) = (pools.max(self.pools.len()), links.max(self.links.len()));
        Arc::make_mut(&mut self.pools).resize_with(pools, Profile::default);
        Arc::make_mut(&mut self.links).resize_with(links, Profile::default);
    }

    /// What is reserved of a pool.
    pub fn pool(&self, pool: PoolId) -> &Profile<Resources> {
        &self.pools[pool.index()]
    }

    /// What is reserved of a link.
    pub fn link(&self, link: LinkId) -> &Profile<i64> {
        &self.links[link.index()]
    }

    fn pool_mut(&mut self, pool: PoolId) -> &mut Profile<Resources> {
        &mut Arc::make_mut(&mut self.pools)[pool.index()]
    }

    fn link_mut(&mut self, link: LinkId) -> &mut Profile<i64> {
        &mut Arc::make_mut(&mut self.links)[link.index()]
    }

    /// What a tenant with a quota has reserved; nothing for others.
    pub fn tenant(&self, tenant: &str) -> Profile<Resources> {
        self.tenants.get(tenant).cloned().unwrap_or_default()
    }

    /// Reserves the whole chain, and counts its run against the tenant's quota, if one is given.
    pub fn reserve_for(&mut self, tenant: Option<&Arc<str>>, placement: &Placement) {
        self.reserve(placement);
        self.count(tenant, placement, Profile::add);
    }

    /// Undoes [`Reservations::reserve_for`] exactly.
    pub fn release_for(&mut self, tenant: Option<&Arc<str>>, placement: &Placement) {
        self.release(placement);
        self.count(tenant, placement, Profile::remove);
    }

    fn count(
        &mut self,
        tenant: Option<&Arc<str>>,
        placement: &Placement,
        change: impl Fn(&mut Profile<Resources>, i64, i64, Resources),
    ) {
        let Some(tenant) = tenant else { return };
        let floor_ms = self.floor_ms;
        let profile = self.tenants.entry(tenant.clone()).or_insert_with(|| {
            let mut profile = Profile::default();
            // What began earlier, under a profile dropped since, must not leave less than nothing.
            profile.forget_before(floor_ms.unwrap_or(i64::MIN));
            profile
        });
        for slot in &placement.groups {
            change(profile, slot.start_ms, slot.end_ms, slot.total);
        }
        if profile.steps().is_empty() {
            self.tenants.remove(tenant);
        }
    }

    /// Forgets what tenants have reserved; pools and links stay as they are.
    pub fn clear_tenants(&mut self) {
        self.tenants.clear();
    }

    /// Counts a placement against a tenant's quota that is reserved already.
    pub fn count_for(&mut self, tenant: &Arc<str>, placement: &Placement) {
        self.count(Some(tenant), placement, Profile::add);
    }

    /// Reserves the whole chain: every slot and every link of every transfer.
    pub fn reserve(&mut self, placement: &Placement) {
        for group in &placement.groups {
            self.pool_mut(group.pool)
                .add(group.start_ms, group.end_ms, group.total);
        }
        for transfer in &placement.transfers {
            for link in &transfer.links {
                let profile = self.link_mut(*link);
                profile.add(transfer.start_ms, transfer.end_ms, transfer.rate_bps);
            }
        }
    }

    /// Gives the whole chain back. Undoes [`Reservations::reserve`] exactly.
    pub fn release(&mut self, placement: &Placement) {
        for group in &placement.groups {
            self.pool_mut(group.pool)
                .remove(group.start_ms, group.end_ms, group.total);
        }
        for transfer in &placement.transfers {
            for link in &transfer.links {
                let profile = self.link_mut(*link);
                profile.remove(transfer.start_ms, transfer.end_ms, transfer.rate_bps);
            }
        }
    }

    /// Forgets what was before `now_ms`, now or a little later.
    pub fn forget_before(&mut self, now_ms: i64) {
        self.floor_ms = self.floor_ms.max(Some(now_ms));
        let recent = |swept_ms: i64| now_ms < swept_ms.saturating_add(SWEEP_MS);
        if self.swept_ms.is_some_and(recent) {
            return;
        }
        self.swept_ms = Some(now_ms);
        Arc::make_mut(&mut self.pools)
            .iter_mut()
            .for_each(|profile| profile.forget_before(now_ms));
        Arc::make_mut(&mut self.links)
            .iter_mut()
            .for_each(|profile| profile.forget_before(now_ms));
        let tenants: Vec<Arc<str>> = self.tenants.keys().cloned().collect();
        for tenant in tenants {
            if let Some(profile) = self.tenants.get_mut(&tenant) {
                profile.forget_before(now_ms);
                if profile.steps().is_empty() {
                    self.tenants.remove(&tenant);
                }
            }
        }
    }
}
