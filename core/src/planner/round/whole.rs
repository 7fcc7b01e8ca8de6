//! All that waits as one model, over slots of one length: for who plans a network and knows the
//! jobs of the whole time beforehand. Nothing of it is ever placed.

use crate::model::JobId;
use crate::planner::model::Model;
use crate::planner::view::View;
use crate::state::State;

use super::build::build;
use super::grid::Grid;
use super::rows::{self, Row};

/// A model of everything that waits, and what it is about.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The model.
    pub model: Model,
    /// What each of its rows stands for.
    pub rows: Vec<Row>,
    /// For each class its jobs, in queue order.
    pub jobs: Vec<Vec<JobId>>,
    /// Length of a slot.
    pub slot_ms: i64,
}

/// Builds the model of these jobs, which wait, on slots from the state's time to `until_ms`; at
/// most 2048 slots are made. A job is known from its release on, whenever it was submitted.
pub fn whole(state: &State, jobs: &[JobId], slot_ms: i64, until_ms: i64) -> Whole {
    let mut view = View::new(state);
    let grid = Grid::even(state.now_ms(), slot_ms, until_ms);
    let mut built = build(&mut view, jobs, grid);
    // Nothing is fetched for a job that nobody knows yet.
    for (class, jobs) in built.model.classes.iter_mut().zip(&built.jobs) {
        let job = jobs.first().and_then(|id| state.job(*id));
        let release_ms = job.map_or(0, |job| job.spec.release_ms);
        let first = built.grid.slot_of(release_ms) as u32;
        let legs = class
            .choices
            .iter_mut()
            .flat_map(|choice| &mut choice.inbound);
        legs.for_each(|leg| leg.first = leg.first.max(first));
    }
    Whole {
        model: built.model,
        rows: rows::rows(state, &built.powers, &built.quotas).collect(),
        jobs: built.jobs,
        slot_ms: slot_ms.max(1),
    }
}
