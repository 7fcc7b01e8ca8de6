//! Amounts of capacity.

use borsh::{BorshDeserialize, BorshSerialize};

/// Amounts of each kind of capacity, component by component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Resources {
    /// Thousandths of a processor core.
    pub cpu_millis: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Whole accelerators.
    pub accelerators: i64,
}

impl Resources {
    /// Nothing at all.
    pub const ZERO: Resources = Resources {
        cpu_millis: 0,
        memory_mib: 0,
        accelerators: 0,
    };

    /// True when every component of `self` is at most that of `other`.
    pub fn fits_in(self, other: Resources) -> bool {
        self.cpu_millis <= other.cpu_millis
            && self.memory_mib <= other.memory_mib
            && self.accelerators <= other.accelerators
    }

    /// `count` times this much; saturates instead of overflowing.
    pub fn times(self, count: u32) -> Resources {
        let count = i64::from(count);
        Resources {
            cpu_millis: self.cpu_millis.saturating_mul(count),
            memory_mib: self.memory_mib.saturating_mul(count),
            accelerators: self.accelerators.saturating_mul(count),
        }
    }

    /// How many tasks of this shape one node of shape `node` holds; unbounded kinds that need
    /// nothing do not limit.
    pub fn per_node(self, node: Resources) -> i64 {
        let of = |need: i64, have: i64| if need <= 0 { i64::MAX } else { have / need };
        of(self.cpu_millis, node.cpu_millis)
            .min(of(self.memory_mib, node.memory_mib))
            .min(of(self.accelerators, node.accelerators))
    }

    /// True when no component is negative.
    pub fn is_valid(self) -> bool {
        Resources::ZERO.fits_in(self)
    }
}

impl std::ops::Add for Resources {
    type Output = Resources;

    fn add(self, other: Resources) -> Resources {
        Resources {
            cpu_millis: self.cpu_millis.saturating_add(other.cpu_millis),
            memory_mib: self.memory_mib.saturating_add(other.memory_mib),
            accelerators: self.accelerators.saturating_add(other.accelerators),
        }
    }
}

impl std::ops::Sub for Resources {
    type Output = Resources;

    fn sub(self, other: Resources) -> Resources {
        Resources {
            cpu_millis: self.cpu_millis.saturating_sub(other.cpu_millis),
            memory_mib: self.memory_mib.saturating_sub(other.memory_mib),
            accelerators: self.accelerators.saturating_sub(other.accelerators),
        }
    }
}
