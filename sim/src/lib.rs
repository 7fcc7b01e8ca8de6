//! Workload readers and generators, and the planners' simulator of ewc.

pub mod check;
mod dice;
pub mod engine;
pub mod input;
pub mod instance;
pub mod network_run;
pub mod parallel;
pub mod replan;
pub mod report;
pub mod run;
pub mod site;
pub mod workload;
