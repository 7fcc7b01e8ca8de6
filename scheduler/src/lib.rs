//! The replicated scheduler of ewc.
//!
//! A job's way through it: a service decodes a request and proposes a command to the driver; the
//! driver's thread owns the [`replica`], which commits it to the log and applies it to the state;
//! the planner's thread works on a snapshot of the state and proposes a plan; agents hear in their
//! next report what they are to do.

#[cfg(test)]
extern crate self as ewc_scheduler;

pub mod archive;
pub mod attach;
pub mod clock;
pub mod config;
pub mod driver;
pub mod dump;
pub mod history;
pub mod http;
pub mod leases;
pub mod listen;
pub mod log_store;
pub mod metrics;
mod paced;
pub mod planning;
pub mod replay;
pub mod replica;
pub mod server;
pub mod services;
pub mod snapshots;
pub mod transport;
