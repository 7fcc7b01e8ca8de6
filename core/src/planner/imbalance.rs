//! The price of imbalance: what the use of a pool costs beyond marks of its usable capacity.
//!
//! A pool is measured by the kind that its nodes are bought for: accelerators where it has them,
//! else cores. What is in use above half of it costs the policy's price for the hours of a whole
//! node, above three quarters three times as much, above nine tenths ten times. The cost of a full
//! link rises by 1, 3 and 10 in just this way in B. Fortz, M. Thorup, "Internet traffic engineering
//! by optimizing OSPF weights", INFOCOM 2000; the marks are ours (A). What is in use is what is
//! reserved, to its time limit.
//!
//! The cost is that of the network, not of one job: a job is charged what it adds to it, at the
//! instant at which it is decided, beside everything that is reserved then. The sum over the jobs
//! of a plan is what the plan adds.

use crate::model::{GroupPlacement, Policy, Pool};
use crate::reservation::{Profile, Reservations};
use crate::state::State;

use super::plan::Capacity;
use super::rents::parts;

/// Marks, in percent of what is usable.
const MARKS_PERCENT: [i64; 3] = [50, 75, 90];
/// What a node above each mark costs more than below, in times of the price.
const MORE_TIMES: [i64; 3] = [1, 2, 7];
const HOUR_MS: i128 = 3_600_000;

/// What the use of one pool costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// By what the pool is measured.
    pub(super) kind: Capacity,
    /// From which use on it costs something, and more: units of the kind.
    pub(super) above: [i64; 3],
    /// Units of a node.
    node: i64,
    micro_cny_per_node_hour: i64,
}

impl Marks {
    /// None where there is no price, or nothing to measure by.
    pub(super) fn of(policy: &Policy, pool: &Pool) -> Option<Marks> {
        let micro_cny_per_node_hour = policy.imbalance_micro_cny_per_node_hour;
        let kind = match pool.spec.node.accelerators {
            0 => Capacity::Cores,
            _ => Capacity::Accelerators,
        };
        let node = parts(pool.spec.node)[kind as usize];
        let usable = i128::from(parts(pool.usable)[kind as usize]);
        let mark = |percent: i64| (usable * i128::from(percent) / 100) as i64;
        (micro_cny_per_node_hour > 0 && node > 0).then_some(Marks {
            kind,
            above: MARKS_PERCENT.map(mark),
            node,
            micro_cny_per_node_hour,
        })
    }

    /// What a unit above each mark costs more than below for so long, in micro-yuan times `grid`.
    pub(super) fn more(&self, length_ms: i64, grid: i128) -> [i128; 3] {
        let price = i128::from(self.micro_cny_per_node_hour) * i128::from(length_ms);
        let of = |times| price.saturating_mul(i128::from(times) * grid);
        MORE_TIMES.map(|times| of(times) / (i128::from(self.node) * HOUR_MS))
    }

    /// What so many units more cost over a while beside what is reserved, in micro-yuan.
    fn added(&self, reserved: &Profile<crate::model::Resources>, slot: &GroupPlacement) -> i128 {
        let amount = parts(slot.total)[self.kind as usize];
        let mut weighted = 0;
        for (from_ms, until_ms, level) in reserved.pieces(slot.start_ms, slot.end_ms) {
            let used = parts(level)[self.kind as usize];
            let more = self.weighted(used.saturating_add(amount)) - self.weighted(used);
            weighted += more * i128::from(until_ms - from_ms);
        }
        let price = i128::from(self.micro_cny_per_node_hour);
        weighted.saturating_mul(price) / (i128::from(self.node) * HOUR_MS)
    }

    /// Units above the marks, each as often as it costs the price.
    fn weighted(&self, used: i64) -> i128 {
        let above = self.above.iter().zip(MORE_TIMES);
        let of = |(above, times): (&i64, i64)| i128::from((used - above).max(0) * times);
        above.map(of).sum()
    }
}

/// What a run in these slots adds to the imbalance of its pools beside what is reserved, in
/// micro-yuan.
pub(super) fn added(state: &State, reserved: &Reservations, groups: &[GroupPlacement]) -> i128 {
    let policy = state.policy();
    if policy.imbalance_micro_cny_per_node_hour <= 0 {
        return 0;
    }
    let mut sum = 0;
    for (at, slot) in groups.iter().enumerate() {
        let Some(marks) = Marks::of(policy, &state.pools()[slot.pool.index()]) else {
            continue;
        };
        // Groups in one pool are charged one after the other.
        let mut before = groups[..at].iter().filter(|other| other.pool == slot.pool);
        let reserved = reserved.pool(slot.pool);
        sum += match before.next() {
            None => marks.added(reserved, slot),
            Some(first) => {
                let mut reserved = reserved.clone();
                for other in std::iter::once(first).chain(before) {
                    reserved.add(other.start_ms, other.end_ms, other.total);
                }
                marks.added(&reserved, slot)
            }
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PoolId, PoolSpec, Resources, SiteId};

    const HOUR: i64 = 3_600_000;

    fn cores(cores: i64) -> Resources {
        Resources {
            cpu_millis: cores * 1000,
            ..Resources::ZERO
        }
    }

    /// Ten nodes of ten cores, each worth ten yuan an hour.
    fn marks() -> Marks {
        let policy = Policy {
            imbalance_micro_cny_per_node_hour: 10_000_000,
            ..Policy::default()
        };
        let spec = PoolSpec {
            name: String::new(),
            architecture: String::new(),
            accelerator_family: None,
            accelerator_model: String::new(),
            node: cores(10),
            nodes: 10,
            cpu_watts_milli: 0,
            accelerator_watts_milli: 0,
            price_micro_cny_per_core_hour: 0,
            price_micro_cny_per_accelerator_hour: 0,
        };
        let pool = Pool {
            site: SiteId(0),
            spec,
            usable: cores(100),
            free_shapes: Vec::new(),
        };
        Marks::of(&policy, &pool).unwrap()
    }

    fn slot(amount: i64, start_ms: i64, end_ms: i64) -> GroupPlacement {
        GroupPlacement {
            group: 0,
            pool: PoolId(0),
            total: cores(amount),
            start_ms,
            end_ms,
            count: 1,
        }
    }

    #[test]
    fn a_node_hour_costs_the_price_three_times_and_ten_times_as_much() {
        let mut reserved = Profile::default();
        let mut costs = Vec::new();
        for _ in 0..10 {
            let next = slot(10, 0, HOUR);
            costs.push(marks().added(&reserved, &next) / 1_000_000);
            reserved.add(next.start_ms, next.end_ms, next.total);
        }
        assert_eq!(costs, [0, 0, 0, 0, 0, 10, 10, 20, 30, 100]);
    }

    #[test]
    fn each_while_is_charged_at_its_own_use() {
        let mut reserved = Profile::default();
        reserved.add(HOUR, 3 * HOUR, cores(80));
        let over = |start_ms, end_ms| marks().added(&reserved, &slot(10, start_ms, end_ms));
        assert_eq!(over(0, HOUR), 0);
        assert_eq!(over(HOUR, 2 * HOUR), 30_000_000);
        assert_eq!(over(0, 4 * HOUR), 60_000_000);
        assert_eq!(over(HOUR, HOUR + HOUR / 2), 15_000_000);
    }

    #[test]
    fn what_the_parts_add_is_what_the_whole_adds() {
        let mut reserved = Profile::default();
        reserved.add(0, HOUR / 3, cores(33));
        let whole = marks().added(&reserved, &slot(67, 0, HOUR));
        let mut parts = 0;
        for amount in [17, 21, 29] {
            let part = slot(amount, 0, HOUR);
            parts += marks().added(&reserved, &part);
            reserved.add(part.start_ms, part.end_ms, part.total);
        }
        // Each is rounded down once.
        assert!((whole - 2..=whole).contains(&parts), "{parts} of {whole}");
    }
}
