//! Data-center agent of ewc: reports a site, moves its data, runs its jobs.
//!
//! `logic` decides, `shell` does; `journal` and `executor` make a payload start at most once;
//! `data` keeps and moves data sets. The agent dials out to the schedulers; only its data mover
//! listens. It never picks where a job runs: the schedulers do.

pub mod capacity;
pub mod config;
pub mod data;
pub mod energy;
pub mod executor;
pub mod journal;
pub mod logic;
pub mod metrics;
pub mod model;
pub mod power;
pub mod shell;
pub mod wire;

pub use shell::run;
