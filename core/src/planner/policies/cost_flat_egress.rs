//! `cost_flat_egress`: the least money, with every gigabyte carried at one price whatever its way,
//! at the earliest start.
//!
//! It sees no carbon, no water, no cheaper hour, and no difference between links.

use crate::model::{Job, Placement};
use crate::planner::cost;
use crate::planner::site::{Starts, best_by};
use crate::planner::view::View;

use super::{SiteOption, ranked};

/// What public clouds in China charge for a gigabyte that leaves them, about 0.8 CNY (A).
const MICRO_CNY_PER_GB: i128 = 800_000;
const BYTES_PER_GB: i128 = 1_000_000_000;

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_by(view, job, site, Starts::Earliest, rank),
        |_, placement| rank(placement),
    )
}

fn rank(placement: &Placement) -> (i128, i64) {
    let bytes: i128 = placement.transfers.iter().map(cost::carried_bytes).sum();
    let egress = bytes * MICRO_CNY_PER_GB / BYTES_PER_GB;
    let run = i128::from(placement.cost.energy_micro_cny);
    let rent = i128::from(placement.cost.pool_micro_cny);
    (run + rent + egress, placement.start_ms())
}
