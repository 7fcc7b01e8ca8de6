//! Whose log it is.

use borsh::{BorshDeserialize, BorshSerialize};

use super::Error;

/// Stores of lower feature levels hold commands in a form that is not read any more.
pub(super) const OLDEST_LEVEL: u32 = 6;

/// Whose store this is. Every file of the log carries it, so no store is ever taken for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// The cluster; drawn once, when it is founded.
    pub cluster_id: u128,
    /// The raft id of the member.
    pub member_id: u64,
    /// The highest feature level the program supports; the store keeps the highest that wrote it.
    pub feature_level: u32,
}

impl Identity {
    /// Refuses a store written by `stored` to a program that is `self`.
    pub(super) fn check(&self, stored: &Identity) -> Result<(), Error> {
        if stored.cluster_id != self.cluster_id {
            return Err(Error::WrongCluster {
                stored: stored.cluster_id,
                given: self.cluster_id,
            });
        }
        if stored.member_id != self.member_id {
            return Err(Error::WrongMember {
                stored: stored.member_id,
                given: self.member_id,
            });
        }
        stored.check_level(self.feature_level)
    }

    /// Refuses a store that `self` wrote to a program that understands levels up to `supported`,
    /// and one that is too old for any.
    pub(super) fn check_level(&self, supported: u32) -> Result<(), Error> {
        if self.feature_level > supported {
            return Err(Error::FeatureLevelTooHigh {
                stored: self.feature_level,
                supported,
            });
        }
        if self.feature_level < OLDEST_LEVEL {
            return Err(Error::FeatureLevelTooLow {
                stored: self.feature_level,
                oldest: OLDEST_LEVEL,
            });
        }
        Ok(())
    }
}
