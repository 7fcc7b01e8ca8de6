//! `data_weight`: the site that holds most bytes of the job's inputs and images, and the cheapest
//! there.

use std::cmp::Reverse;

use crate::model::{Job, SiteId};
use crate::planner::site::{Starts, best_at, worth};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_at(view, job, site, Starts::All),
        |site, placement| (Reverse(held_bytes(view, job, site)), worth(view, placement)),
    )
}

fn held_bytes(view: &View<'_>, job: &Job, site: SiteId) -> i128 {
    let needed = view.state().needed_data(job);
    let here = needed.filter(|(_, holders, _)| holders.is_some_and(|it| it.contains(&site)));
    here.map(|(_, _, size_bytes)| i128::from(size_bytes)).sum()
}
