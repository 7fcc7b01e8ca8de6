//! What to grow first: which pools and links are short, what more of each is worth, and what to buy
//! under a budget.
//!
//! The values are prices of the offline plan: all jobs of the time placed together by the planner's
//! own model, which is a problem whose prices are slopes. The same problem is then planned again
//! with a step more; the run as time goes by is the second opinion. What is used most is named,
//! too: it is often not what is short.

mod demand;
mod offline;
pub mod planted;
mod print;
mod rank;
mod rolling;
#[cfg(test)]
mod tests;

use ewc_core::planner::Effort;

pub use demand::Demand;
pub use offline::{Kind, Offline, Planned, Resource};
pub use rank::{Asked, Purchase, Ranked, Ranking, Replanned};
pub use rolling::Rolling;

/// Passes of one climb; of few kinds of jobs it ends before.
const PASSES: u32 = 3_000;
/// Moves of the search for each plan.
const MOVES: u64 = 30_000;

/// As much work as an offline plan is given.
pub fn effort() -> Effort {
    Effort {
        seed: 1,
        passes: PASSES,
        moves: MOVES,
        near_permille: 0,
    }
}
