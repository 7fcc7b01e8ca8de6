//! Which node of a site gets a task: processors, memory, and parts of accelerators (GPUs).
//!
//! [`Placer`] scores nodes again only when they have changed since it last saw a task of that
//! kind; [`full_scan`] does the same from nothing, by the definitions as they are written down, and
//! both decide alike. All scores are whole numbers and equal ones go to the node of lowest rank, so
//! a result depends on nothing but the nodes, their ranks, the order of the tasks and, for
//! [`NodeChoice::Random`], a seed. Amounts are thousandths: of a core, of a GPU.

mod choice;
mod cluster;
mod fragmentation;
pub mod full_scan;
mod node;
mod placer;
mod scores;
mod task;
#[cfg(test)]
mod tests;
mod typical;

pub use choice::NodeChoice;
pub use cluster::Cluster;
pub use fragmentation::Fragmentation;
pub use node::{GPUS_MAX, GpuMask, Node, WHOLE_GPU};
pub use placer::{Placement, Placer};
pub use task::{Models, Task, TaskError};
pub use typical::TypicalTasks;
