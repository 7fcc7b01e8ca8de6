//! `race`: the site that can start the job earliest, as if all were asked and the first to admit it
//! won.

use crate::model::{Job, Placement};
use crate::planner::site::{Starts, best_by};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_by(view, job, site, Starts::Earliest, Placement::start_ms),
        |_, placement| placement.start_ms(),
    )
}
