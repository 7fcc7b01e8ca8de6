//! What draining sites would do, before it is done: on a copy of the state.

use crate::command::Command;
use crate::model::{JobId, Placement, SiteId, SiteMode};
use crate::reason::Reason;
use crate::state::State;

use super::plan::{Plan, Round, Scope};
use super::view::View;

/// A job that has to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The job.
    pub job: JobId,
    /// Where it would go, or why nowhere.
    pub to: Result<Placement, Reason>,
    /// It has a deadline that no other place keeps.
    pub misses_deadline: bool,
}

/// What draining sites would do now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drain {
    /// What has not started and is placed elsewhere, in queue order.
    pub leaving: Vec<Leaving>,
    /// What has started and stays, and until when it may: the end of its reservation.
    pub staying: Vec<(JobId, i64)>,
    /// When the last of them is gone; now, if nothing stays.
    pub empty_ms: i64,
}

/// Says what draining `sites` together would do. Jobs that leave are placed one by one beside what
/// is reserved by then; jobs that wait already are not looked at, and may come before them when it
/// is done. `proceed` is asked before each with its number from 0; those after the first `false`
/// are left with [`Reason::NotReached`].
pub fn drain(state: &State, sites: &[SiteId], mut proceed: impl FnMut(u32) -> bool) -> Drain {
    let mut drained = state.clone();
    for site in sites {
        let mode = SiteMode::Draining;
        let command = Command::SetSiteMode { site: *site, mode };
        drained.apply(state.index(), state.now_ms(), &command);
    }
    let here: std::collections::BTreeSet<JobId> = sites
        .iter()
        .flat_map(|site| state.jobs_at(*site).map(|job| job.id))
        .collect();
    // What only was to move there does neither: it runs on where it is.
    let loses_place = |id: &JobId| drained.job(*id).is_some_and(|job| job.placement.is_none());
    let leaving = here.into_iter().filter(loses_place).collect();
    let stays = sites.iter().flat_map(|site| drained.jobs_at(*site));
    let staying: std::collections::BTreeSet<JobId> = stays.map(|job| job.id).collect();
    let staying: Vec<(JobId, i64)> = staying
        .iter()
        .filter_map(|id| Some((*id, drained.job(*id)?.placement.as_ref()?.end_ms())))
        .collect();
    let ends = staying.iter().map(|(_, end_ms)| *end_ms);
    Drain {
        empty_ms: ends.fold(state.now_ms(), i64::max),
        leaving: place(&drained, leaving, &mut proceed),
        staying,
    }
}

fn place(
    state: &State,
    mut leaving: Vec<JobId>,
    proceed: &mut impl FnMut(u32) -> bool,
) -> Vec<Leaving> {
    let priority = |id: &JobId| state.job(*id).map_or(0, |job| job.spec.priority);
    leaving.sort_by_key(|id| (std::cmp::Reverse(priority(id)), *id));
    let round = Round {
        policy: state.policy().kind,
        scope: Scope::All,
        jobs_max: u32::MAX,
        seed: 0,
    };
    let mut view = View::under(state, round.policy);
    let mut plan = Plan::empty(state, &round);
    super::one_by_one(&mut view, &mut plan, &leaving, (&round).into(), proceed);
    let reached = plan.stopped_at as usize;
    let mut places: std::collections::BTreeMap<JobId, Placement> =
        plan.placements.into_iter().collect();
    let reasons: std::collections::BTreeMap<JobId, Reason> = plan.unplaced.into_iter().collect();
    let outcome = |(at, id): (usize, JobId)| {
        let job = state.job(id);
        let known = || job.and_then(|job| job.reason);
        let to = places.remove(&id).ok_or_else(|| match at < reached {
            true => reasons
                .get(&id)
                .copied()
                .or_else(known)
                .unwrap_or(Reason::Drained),
            false => Reason::NotReached,
        });
        let deadline = job.and_then(|job| job.spec.deadline_ms);
        Leaving {
            job: id,
            misses_deadline: deadline.is_some() && at < reached && to.is_err(),
            to,
        }
    };
    leaving.into_iter().enumerate().map(outcome).collect()
}
