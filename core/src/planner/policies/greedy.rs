//! `greedy`: the cheapest of all sites, pools, starts, sources and routes. Under `price`, for a job
//! that is planned alone, what it holds has its price as well.

use crate::model::Job;
use crate::planner::site::{Starts, best_at, worth};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_at(view, job, site, Starts::All),
        |_, placement| worth(view, placement),
    )
}
