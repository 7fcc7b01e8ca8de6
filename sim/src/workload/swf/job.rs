//! One row of a log.

use std::fmt;

/// How a job of a log ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwfStatus {
    /// 0: it failed.
    Failed,
    /// 1: it completed.
    Completed,
    /// 2 to 4: a part of a job between two checkpoints. The reader leaves such rows out.
    Burst,
    /// 5: it was cancelled, before its start or later.
    Cancelled,
}

/// One job of a log, by the 18 fields of the format; `None` is unknown (−1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwfJob {
    /// Field 1.
    pub number: i64,
    /// Field 2: seconds after the log's start.
    pub submit_seconds: i64,
    /// Field 3: seconds from submission to start.
    pub wait_seconds: Option<i64>,
    /// Field 4: seconds from start to end.
    pub run_time_seconds: Option<i64>,
    /// Field 5: processors it got.
    pub processors_allocated: Option<i64>,
    /// Field 6: mean processor time of a processor, in milliseconds.
    pub cpu_ms: Option<i64>,
    /// Field 7: mean memory of a processor, in kilobytes.
    pub memory_kb: Option<i64>,
    /// Field 8: processors it asked for.
    pub processors_requested: Option<i64>,
    /// Field 9: run time it asked for, in seconds.
    pub time_requested_seconds: Option<i64>,
    /// Field 10: memory it asked for, in kilobytes a processor.
    pub memory_requested_kb: Option<i64>,
    /// Field 11.
    pub status: Option<SwfStatus>,
    /// Field 12.
    pub user: Option<i64>,
    /// Field 13.
    pub group: Option<i64>,
    /// Field 14: number of the program.
    pub executable: Option<i64>,
    /// Field 15; by convention 0 is interactive.
    pub queue: Option<i64>,
    /// Field 16.
    pub partition: Option<i64>,
    /// Field 17: the job whose end it waited for.
    pub preceding_job: Option<i64>,
    /// Field 18: seconds from that end to its submission.
    pub think_seconds: Option<i64>,
}

/// The 18 fields as a line of a log.
impl fmt::Display for SwfJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |value: Option<i64>| value.unwrap_or(-1);
        let status = match self.status {
            None => -1,
            Some(SwfStatus::Failed) => 0,
            Some(SwfStatus::Completed) => 1,
            Some(SwfStatus::Burst) => 2,
            Some(SwfStatus::Cancelled) => 5,
        };
        write!(f, "{} {}", self.number, self.submit_seconds)?;
        let before = [
            self.wait_seconds,
            self.run_time_seconds,
            self.processors_allocated,
        ];
        before
            .iter()
            .try_for_each(|value| write!(f, " {}", known(*value)))?;
        match self.cpu_ms.map(|ms| (ms / 1000, ms % 1000)) {
            None => f.write_str(" -1")?,
            Some((seconds, 0)) => write!(f, " {seconds}")?,
            Some((seconds, ms)) => write!(f, " {seconds}.{ms:03}")?,
        }
        let asked = [
            self.memory_kb,
            self.processors_requested,
            self.time_requested_seconds,
            self.memory_requested_kb,
            Some(status),
            self.user,
            self.group,
            self.executable,
            self.queue,
            self.partition,
            self.preceding_job,
            self.think_seconds,
        ];
        asked
            .iter()
            .try_for_each(|value| write!(f, " {}", known(*value)))
    }
}

impl SwfJob {
    /// Processors it asked for, or else got. Absent for what was cancelled before it got any.
    pub fn processors(&self) -> Option<i64> {
        let positive = |count: &i64| *count > 0;
        let requested = self.processors_requested.filter(positive);
        requested.or(self.processors_allocated.filter(positive))
    }

    /// How long it ran, if it ran at all.
    pub fn run_seconds(&self) -> Option<i64> {
        self.run_time_seconds.filter(|seconds| *seconds > 0)
    }
}
