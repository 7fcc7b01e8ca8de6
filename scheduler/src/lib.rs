//! The replicated scheduler of ewc.

pub mod config;
pub mod listen;
pub mod log_store;
pub mod metrics;
