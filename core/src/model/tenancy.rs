//! What a policy grants one tenant: a weight in the fair shares, weights of the objective, limits.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Resources, Weights};

/// Upper limits of one tenant; `None` sets none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Quota {
    /// Thousandths of a processor core reserved at any instant.
    pub cpu_millis: Option<i64>,
    /// Memory in MiB reserved at any instant.
    pub memory_mib: Option<i64>,
    /// Accelerators reserved at any instant.
    pub accelerators: Option<i64>,
    /// Jobs that have not started.
    pub queued: Option<u64>,
}

impl Quota {
    /// The most that may be reserved at any instant; `None` when nothing limits it.
    pub fn capacity(&self) -> Option<Resources> {
        let limits = [self.cpu_millis, self.memory_mib, self.accelerators];
        let limited = limits.iter().any(Option::is_some);
        let [cpu_millis, memory_mib, accelerators] = limits.map(|limit| limit.unwrap_or(i64::MAX));
        limited.then_some(Resources {
            cpu_millis,
            memory_mib,
            accelerators,
        })
    }
}

/// What a policy grants one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TenantPolicy {
    /// Weight in the fair shares, at least 1: twice the weight, twice the capacity when it is
    /// scarce.
    pub share_permille: u32,
    /// Weights of the objective for its jobs; a job's own weights multiply with them.
    pub weights: Weights,
    /// Its limits.
    pub quota: Quota,
}

impl Default for TenantPolicy {
    fn default() -> TenantPolicy {
        TenantPolicy {
            share_permille: 1000,
            weights: Weights::default(),
            quota: Quota::default(),
        }
    }
}
