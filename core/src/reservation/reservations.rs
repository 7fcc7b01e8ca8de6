//! Everything that is reserved in the network.

use super::Profile;
use crate::model::{LinkId, Placement, PoolId, Resources};

/// What is reserved of every pool and link. The same type serves the state and the planner's
/// tentative plan; clones share what does not change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reservations {
    pools: Vec<Profile<Resources>>,
    links: Vec<Profile<i64>>,
}

impl Reservations {
    /// Makes room for this many pools and links.
    pub fn grow(&mut self, pools: usize, links: usize) {
        self.pools
            .resize_with(pools.max(self.pools.len()), Profile::default);
        self.links
            .resize_with(links.max(self.links.len()), Profile::default);
    }

    /// What is reserved of a pool.
    pub fn pool(&self, pool: PoolId) -> &Profile<Resources> {
        &self.pools[pool.index()]
    }

    /// What is reserved of a link.
    pub fn link(&self, link: LinkId) -> &Profile<i64> {
        &self.links[link.index()]
    }

    /// Reserves the whole chain: every slot and every link of every transfer.
    pub fn reserve(&mut self, placement: &Placement) {
        for group in &placement.groups {
            self.pools[group.pool.index()].add(group.start_ms, group.end_ms, group.total);
        }
        for transfer in &placement.transfers {
            for link in &transfer.links {
                self.links[link.index()].add(transfer.start_ms, transfer.end_ms, transfer.rate_bps);
            }
        }
    }

    /// Gives the whole chain back. Undoes [`Reservations::reserve`] exactly.
    pub fn release(&mut self, placement: &Placement) {
        for group in &placement.groups {
            self.pools[group.pool.index()].remove(group.start_ms, group.end_ms, group.total);
        }
        for transfer in &placement.transfers {
            for link in &transfer.links {
                self.links[link.index()].remove(
                    transfer.start_ms,
                    transfer.end_ms,
                    transfer.rate_bps,
                );
            }
        }
    }

    /// Forgets what was before `now_ms`.
    pub fn forget_before(&mut self, now_ms: i64) {
        self.pools
            .iter_mut()
            .for_each(|profile| profile.forget_before(now_ms));
        self.links
            .iter_mut()
            .for_each(|profile| profile.forget_before(now_ms));
    }
}
