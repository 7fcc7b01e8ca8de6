//! The replicated scheduler of ewc.

pub mod log_store;
