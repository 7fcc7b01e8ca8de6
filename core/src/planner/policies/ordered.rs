//! `ordered`: the first site of a fixed list, by name, that can take the job within its deadline,
//! at the cheapest start there.

use crate::model::Job;
use crate::planner::site::{Starts, best_at};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_at(view, job, site, Starts::All),
        |site, _| &view.state().sites()[site.index()].spec.name,
    )
}
