//! The inside of one site: what its own manager does with the jobs that it gets.
//!
//! [`queue`] decides when rigid jobs start on equal processors, as batch systems do. [`nodes`]
//! decides which node a task gets, by processors, memory and parts of accelerators. Neither knows
//! other sites, energy or prices; the planner of the network treats a site as pools.

pub mod nodes;
pub mod queue;
