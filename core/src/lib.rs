//! Model, planner and replicated state machine of ewc.
//!
//! This crate is pure: it holds no clock, no randomness, no input or output, no logging and no
//! thread. Time arrives as data in log entries, effects leave as data in [`Event`]s, and the same
//! log gives the same bytes on every replica. `cargo xtask tidy` checks the dependency list, and
//! `clippy.toml` beside this crate forbids the types that would break it.

pub mod apart;
pub mod command;
pub mod demand;
mod digest;
mod energy;
pub mod estimate;
pub mod event;
pub mod model;
pub mod planner;
mod power;
mod quotient;
pub mod reason;
pub mod recovery;
pub mod reservation;
pub mod rules;
pub mod state;
mod steering;
pub mod topology;
pub mod trust;
pub mod users;

// What tests of several targets build their networks with speaks of the crate by its name.
#[cfg(test)]
extern crate self as ewc_core;

pub use command::{Command, Refusal};
pub use event::Event;
pub use reason::Reason;
pub use state::State;
