//! The queue of one machine: rigid jobs on equal processors, started by a queue discipline.
//!
//! A discrete-event engine. Events are submissions and ends of jobs; at the same time, submissions
//! come before ends, each in the order in which it became known, and each is handled by itself.
//! "EASY" alone means different things in different simulators; [`Discipline::tie_rule`] says in
//! full what it means here. Memory grows with the jobs that run or wait.
//!
//! Times are whole milliseconds of any clock. Nothing is drawn at random.

mod conservative;
mod discipline;
mod easy;
mod indicators;
mod job;
mod log;
mod machine;
mod numbers;
mod profile;
mod quantiles;
mod replay;
mod running;
#[cfg(test)]
mod tests;

pub use discipline::{Discipline, EVENT_RULE};
pub use indicators::{Indicators, bounded_slowdown};
pub use job::{Done, QueueError, QueuedJob, RUN_MS_MAX};
pub use log::{Estimate, LogCounts, LogError, LogJobs};
pub use machine::Machine;
pub use numbers::ProcessorRange;
pub use quantiles::Quantiles;
pub use replay::{ReplayError, replay};
