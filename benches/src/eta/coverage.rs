//! How many jobs had started by their P90.

use std::collections::BTreeMap;

use ewc_core::model::WorkloadClass;
use ewc_sim::network_run::Start;

/// Jobs of a trace, all of them and by class.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    all: Count,
    classes: BTreeMap<WorkloadClass, Count>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    /// Jobs with an estimate.
    pub(super) told: u64,
    /// Jobs without one: no site had room for them when they were asked about.
    untold: u64,
    /// Jobs that had started by their P50.
    half: u64,
    /// Jobs that had started by their P90; one that never starts has not.
    kept: u64,
}

impl Coverage {
    pub(super) fn add(&mut self, start: &Start) {
        self.all.add(start);
        self.classes.entry(start.class).or_default().add(start);
    }

    /// All jobs, then the classes with so many of them.
    pub(super) fn rows(&self, jobs_min: u64) -> impl Iterator<Item = (&'static str, Count)> {
        let classes = self
            .classes
            .iter()
            .map(|(class, count)| (class.name(), *count));
        let many = classes.filter(move |(_, count)| count.told >= jobs_min);
        std::iter::once(("all", self.all)).chain(many)
    }
}

impl Count {
    fn add(&mut self, start: &Start) {
        let Some(told) = start.told else {
            self.untold += 1;
            return;
        };
        let by = |wait_ms: i64| {
            let started = start.started_ms;
            u64::from(started.is_some_and(|at_ms| at_ms <= told.at_ms + wait_ms))
        };
        self.told += 1;
        self.half += by(told.estimate.p50_wait_ms);
        self.kept += by(told.estimate.p90_wait_ms);
    }

    pub(super) fn kept_pct(self) -> f64 {
        self.pct(self.kept)
    }

    pub(super) fn half_pct(self) -> f64 {
        self.pct(self.half)
    }

    /// Jobs without an estimate, of all.
    pub(super) fn untold_pct(self) -> f64 {
        100.0 * self.untold as f64 / (self.told + self.untold).max(1) as f64
    }

    fn pct(self, jobs: u64) -> f64 {
        100.0 * jobs as f64 / self.told.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use ewc_core::estimate::{Basis, Estimate};
    use ewc_sim::network_run::Told;

    use super::*;

    fn start(class: WorkloadClass, started_ms: Option<i64>) -> Start {
        let estimate = Estimate {
            p50_wait_ms: 50,
            p90_wait_ms: 90,
            seen: 20,
            basis: Basis::Class,
        };
        Start {
            number: 1,
            class,
            told: Some(Told {
                at_ms: 1_000,
                planned_wait_ms: 10,
                estimate,
            }),
            started_ms,
        }
    }

    #[test]
    fn what_never_starts_or_starts_late_is_not_kept() {
        let mut coverage = Coverage::default();
        for started_ms in [Some(1_050), Some(1_090), Some(1_091), None] {
            coverage.add(&start(WorkloadClass::Train, started_ms));
        }
        coverage.add(&Start {
            told: None,
            ..start(WorkloadClass::Render, Some(1_000))
        });
        let rows: Vec<_> = coverage.rows(4).collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
        let (name, train) = rows[1];
        assert_eq!(
            (name, train.kept_pct(), train.half_pct()),
            ("train", 50.0, 25.0)
        );
        assert_eq!((rows[0].1.kept_pct(), rows[0].1.untold_pct()), (50.0, 20.0));
    }
}
