//! Workload readers and generators, and the planners' simulator of ewc.

mod dice;
pub mod instance;
pub mod replan;
pub mod report;
pub mod workload;
