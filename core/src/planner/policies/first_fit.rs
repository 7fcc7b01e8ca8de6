//! `first_fit`: the first site in order of identity that can start the job, as early as it can.

use crate::model::{Job, SiteId};
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

/// The first site that can start the job, then those before it. None behind it is looked at; if
/// there is none, all of them are ruled out.
pub(super) fn until_found(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    let mut options = Vec::new();
    for site in (0..view.state().sites().len() as u32).map(SiteId) {
        let outcome = best_at(view, job, site, Starts::Earliest);
        let found = outcome.is_ok();
        options.push(SiteOption { site, outcome });
        if found {
            options.rotate_right(1);
            break;
        }
    }
    options
}
