//! Published results, reproduced: what was printed elsewhere beside what comes out here.
//!
//! Four tables: a batch queue, the placement of GPU tasks on nodes, work moved between cloud
//! regions, work moved in time. The figures of others are facts and stand in [`published`], each
//! table with its source. The cells are independent and run in parallel; which thread runs which
//! changes nothing.

mod error;
mod files;
mod gpu_cluster;
mod placement;
pub mod published;
mod queue;
mod regions;
mod result;
mod run;
mod shifting;

pub use error::CheckError;
pub use gpu_cluster::{Arrivals, GpuCluster};
pub use placement::{Filled, place_all};
pub use queue::{KTH_PROCESSORS, kth_sp2};
pub use result::{Cell, Planned, Report, TableReport};
pub use run::{TableName, run};
