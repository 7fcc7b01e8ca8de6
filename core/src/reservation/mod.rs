//! Capacity and bandwidth reserved over exact future intervals.
//!
//! Slots are only the planner's view; what counts is here, to the millisecond.

mod profile;
mod reservations;

pub use profile::{Amount, Profile};
pub use reservations::Reservations;
