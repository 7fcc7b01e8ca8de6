//! Workload readers and generators, and the planners' simulator of ewc.

pub mod replan;
pub mod report;
pub mod workload;
