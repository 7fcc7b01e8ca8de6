//! What is to be generated.

use ewc_core::model::WorkloadClass;

const HOUR_MS: i64 = 3_600_000;
const TB: i64 = 1_000_000_000_000;

/// Parameters of the generator. The defaults are those of the demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// Decides every draw.
    pub seed: u64,
    /// Number of jobs.
    pub jobs: u32,
    /// When the first may be submitted, as Unix time; decides the hour of the day.
    pub start_ms: i64,
    /// All are submitted within this time.
    pub span_ms: i64,
    /// Data and bandwidth are so many times smaller than what they stand for. Give links of
    /// [`Scenario::scaled_data`](ewc_scenario::Scenario::scaled_data) the same factor.
    pub data_scale: u32,
    /// Relative numbers of jobs, by class in the order of [`WorkloadClass::ALL`].
    pub shares: [u32; WorkloadClass::ALL.len()],
    /// Batch jobs that fail on purpose; at most as many as there are.
    pub fail_jobs: u32,
    /// Their exit code.
    pub fail_exit_code: i32,
    /// Most tasks of a group: each may become a process.
    pub tasks_max: u32,
    /// Largest data set, before scaling: each becomes a file.
    pub dataset_bytes_max: i64,
    /// Once there are so many data sets, jobs read those that there are, where any suits.
    pub datasets_max: u32,
    /// Shortest and longest run that an owner expects.
    pub run_ms: (i64, i64),
    /// Time limits are twice the estimate and so much more.
    pub limit_slack_ms: i64,
}

impl Default for Mix {
    fn default() -> Mix {
        Mix {
            seed: 1,
            jobs: 240,
            // 2025-06-01, midnight in Beijing.
            start_ms: 1_748_707_200_000,
            span_ms: 24 * HOUR_MS,
            data_scale: 1_000_000,
            // A: what serves people comes often, what computes long comes seldom.
            shares: [16, 14, 24, 14, 16, 16],
            fail_jobs: 6,
            fail_exit_code: 7,
            tasks_max: 8,
            dataset_bytes_max: 24 * TB,
            datasets_max: u32::MAX,
            run_ms: (HOUR_MS / 4, 6 * HOUR_MS),
            limit_slack_ms: HOUR_MS / 2,
        }
    }
}

impl Mix {
    /// Class of a job: shares are kept exactly, up to rounding.
    pub(super) fn class_of(&self, number: u32) -> WorkloadClass {
        let total: u64 = self.shares.iter().map(|share| u64::from(*share)).sum();
        let mut place = u64::from(number) * total / u64::from(self.jobs.max(1));
        for (class, share) in WorkloadClass::ALL.into_iter().zip(self.shares) {
            match place.checked_sub(u64::from(share)) {
                Some(rest) => place = rest,
                None => return class,
            }
        }
        WorkloadClass::default()
    }

    /// Bytes, or bits per second, after scaling; at least 1.
    pub(super) fn scaled(&self, amount: i64) -> i64 {
        (amount / i64::from(self.data_scale.max(1))).max(1)
    }
}
