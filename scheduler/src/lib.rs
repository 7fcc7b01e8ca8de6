//! The replicated scheduler of ewc.

pub mod config;
pub mod history;
pub mod http;
pub mod listen;
pub mod log_store;
pub mod metrics;
