//! `first_fit`: the first site in order of identity that can start the job, as early as it can.

use crate::model::Job;
use crate::planner::site::{Starts, best_at};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_at(view, job, site, Starts::Earliest),
        |site, _| site,
    )
}
