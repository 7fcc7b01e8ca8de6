//! The replicated scheduler of ewc.

pub mod config;
pub mod log_store;
