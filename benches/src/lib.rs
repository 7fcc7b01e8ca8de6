//! Measurements of ewc, each with a name, a target and, where there is one, a peer run beside it.
//!
//! A figure measures anew every time and keeps nothing. It compares within one run only, takes
//! medians over interleaved rounds, and says what it left out. Nothing here decides whether a
//! build is good: that is a test's work, and no test here is timed.

pub mod conflict;
pub mod connect;
pub mod draws;
pub mod eta;
pub mod expand;
pub mod figure;
mod interruptible;
pub mod load;
pub mod machine;
pub mod members;
pub mod plan_latency;
pub mod planner;
pub mod process;
pub mod replay;
pub mod sim_determinism;
pub mod sim_national;
pub mod sim_speed;
pub mod snapshot;
pub mod statistics;
pub mod submit;
pub mod traces;
pub mod unary;
