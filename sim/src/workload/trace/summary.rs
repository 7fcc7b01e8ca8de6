//! What a trace looks like, in little memory.

use super::TraceJob;
use crate::site::queue::Quantiles;

/// Sums and quantiles over the jobs of a trace; memory does not grow with their number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Number of jobs.
    pub jobs: u64,
    /// Submission of the first, on the trace's clock.
    pub first_ms: Option<i64>,
    /// Submission of the last.
    pub last_ms: i64,
    /// End of the last to end, if each started when it was submitted.
    pub end_ms: i64,
    /// Run times, in milliseconds.
    pub run_ms: Spread,
    /// Sizes, in processors (or accelerators, where no processors are known).
    pub size: Spread,
    /// Distances between submissions, in milliseconds.
    pub distance_ms: Spread,
    /// Requested times over run times, in thousandths, of the jobs that asked for a time.
    pub request_permille: Spread,
    /// Jobs of one processor.
    pub serial: u64,
    /// Jobs of two or more processors whose number is a power of two.
    pub power_of_two: u64,
    /// Jobs with accelerators.
    pub with_accelerators: u64,
    /// Jobs with a deadline.
    pub with_deadline: u64,
    /// Σ size × run time, in processor milliseconds.
    pub work_ms: u128,
    /// The same of accelerators.
    pub accelerator_work_ms: u128,
}

/// Values: their mean, extremes and quantiles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    count: u64,
    sum: i128,
    min: i64,
    max: i64,
    quantiles: Quantiles,
}

impl Spread {
    fn add(&mut self, value: i64) {
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += i128::from(value);
        self.quantiles.add(value);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// 0 without values.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count.max(1) as f64
    }

    /// The smallest; 0 without values.
    pub fn min(&self) -> i64 {
        self.min
    }

    /// The largest; 0 without values.
    pub fn max(&self) -> i64 {
        self.max
    }

    /// A value that so many thousandths do not exceed, at most 1/64 above the true one.
    pub fn at_permille(&self, permille: u64) -> i64 {
        self.quantiles.at_permille(permille).min(self.max)
    }
}

impl Summary {
    /// Adds the next job.
    pub fn add(&mut self, job: &TraceJob) {
        let size = job.processors();
        if self.first_ms.is_some() {
            self.distance_ms
                .add(job.submit_ms.saturating_sub(self.last_ms));
        }
        self.first_ms.get_or_insert(job.submit_ms);
        self.last_ms = job.submit_ms;
        let end_ms = job.submit_ms.saturating_add(job.run_ms);
        self.end_ms = if self.jobs == 0 {
            end_ms
        } else {
            self.end_ms.max(end_ms)
        };
        self.jobs += 1;
        self.run_ms.add(job.run_ms);
        self.size.add(size);
        if let Some(requested_ms) = job.requested_ms {
            let permille = i128::from(requested_ms) * 1000 / i128::from(job.run_ms.max(1));
            self.request_permille
                .add(i64::try_from(permille).unwrap_or(i64::MAX));
        }
        self.serial += u64::from(size == 1);
        self.power_of_two += u64::from(size > 1 && size.count_ones() == 1);
        self.with_accelerators += u64::from(job.accelerators > 0);
        self.with_deadline += u64::from(job.deadline_ms.is_some());
        let work = |size: i64| size.max(0) as u128 * job.run_ms.max(0) as u128;
        self.work_ms += work(size);
        self.accelerator_work_ms += work(job.accelerators);
    }

    /// From the first submission to the last, in milliseconds.
    pub fn span_ms(&self) -> i64 {
        let first_ms = self.first_ms.unwrap_or(self.last_ms);
        self.last_ms.saturating_sub(first_ms)
    }

    /// Work that arrives a processor and time: Σ size × run ÷ (processors × span). `None` without a
    /// span or processors.
    pub fn offered_load(&self, processors: i64) -> Option<f64> {
        let capacity = self.span_ms() as f64 * processors as f64;
        (capacity > 0.0).then(|| self.work_ms as f64 / capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_jobs() {
        let mut summary = Summary::default();
        for (submit_ms, run_ms, cpu_millis, requested_ms) in [
            (-1_000, 4_000, 1_000, None),
            (1_000, 2_000, 4_000, Some(3_000)),
            (3_000, 1_000, 3_000, Some(1_000)),
            (9_000, 5_000, 2_500, None),
        ] {
            summary.add(&TraceJob {
                submit_ms,
                run_ms,
                cpu_millis,
                requested_ms,
                ..TraceJob::default()
            });
        }
        assert_eq!(
            (summary.jobs, summary.span_ms(), summary.end_ms),
            (4, 10_000, 14_000)
        );
        assert_eq!(
            (
                summary.run_ms.mean(),
                summary.run_ms.min(),
                summary.run_ms.max()
            ),
            (3_000.0, 1_000, 5_000)
        );
        assert_eq!(summary.size.mean(), 11.0 / 4.0);
        assert_eq!((summary.serial, summary.power_of_two), (1, 1));
        let distances = &summary.distance_ms;
        assert_eq!(
            (distances.count(), distances.min(), distances.max()),
            (3, 2_000, 6_000)
        );
        assert_eq!(summary.request_permille.mean(), 1_250.0);
        assert_eq!(summary.work_ms, 4_000 + 8_000 + 3_000 + 15_000);
        assert_eq!(summary.offered_load(6), Some(0.5));
        assert_eq!(Summary::default().offered_load(6), None);
        let median = summary.run_ms.at_permille(500);
        assert!((2_000..=2_032).contains(&median), "{median}");
        assert_eq!(summary.run_ms.at_permille(1000), 5_000);
    }
}
