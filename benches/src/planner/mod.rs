//! How near the planner comes to the optimum: beside an exact solver on instances that it can
//! finish, and beside its best in a minute on instances that it cannot.

mod arrival;
mod exact;
mod highs;
mod medium;
mod national;
mod ours;
mod program;
mod scale;
mod stored;

pub use arrival::FIGURE as ARRIVAL;
pub use exact::FIGURE as EXACT;
pub use medium::FIGURE as MEDIUM;
pub use medium::FIGURE_LINKS as MEDIUM_LINKS;
pub use national::FIGURE as NATIONAL;
pub use scale::FIGURE as SCALE;
