//! Why a job is not at a site, and the smallest change that would make it fit there.
//!
//! The first rule in the way says what kind of change helps ([`candidates`]); the size of a change
//! is found by trying it, on a copy of the state and of the job, with the planner's own search for
//! the best chain at the site. What is answered was therefore seen to help, and one unit less was
//! seen not to. Where the first rule hides another one, its change is added; all of them together
//! make the job fit.

mod candidates;
mod change;

use crate::model::{Job, Placement, SiteId};
use crate::reason::Reason;
use crate::state::State;

use super::site::{Starts, best_at};
use super::view::View;

pub use change::{Change, Lever};

/// Rules in the way, one behind the other, that are looked at.
const RULES_MAX: usize = 8;

/// What stands between a job and a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// The best chain at the site as things are, or the first rule in the way.
    pub outcome: Result<Placement, Reason>,
    /// What would make it fit, to be done together. Empty when it fits, and when no change of
    /// what is looked at removes the first rule.
    pub changes: Vec<Change>,
    /// The best chain with these changes, or the rule that is still in the way.
    pub with_changes: Result<Placement, Reason>,
}

/// What stands between `job` and `site`. A job that has a placement is looked at as if it had none
/// and were planned now. Dependencies of the job are not looked at.
pub fn why_not(state: &State, job: &Job, site: SiteId) -> WhyNot {
    let mut trial = Trial::new(state, job, site);
    let outcome = trial.outcome();
    let mut with_changes = outcome.clone();
    let mut changes = Vec::new();
    let mut met: Vec<Reason> = Vec::new();
    while let Err(reason) = with_changes {
        met.push(reason);
        let Some((found, next)) = candidates::best(&trial, reason, &met) else {
            break;
        };
        with_changes = next.outcome();
        trial = next;
        changes.extend(found);
        if met.len() == RULES_MAX {
            break;
        }
    }
    WhyNot {
        outcome,
        changes,
        with_changes,
    }
}

/// A job at a site, in a world that may be changed.
#[derive(Clone)]
struct Trial {
    state: State,
    job: Job,
    site: SiteId,
}

impl Trial {
    fn new(state: &State, job: &Job, site: SiteId) -> Trial {
        Trial {
            state: state.clone(),
            job: job.clone(),
            site,
        }
    }

    fn with(&self, changes: &[Change]) -> Trial {
        let mut trial = self.clone();
        for change in changes {
            change.apply(&mut trial.state, &mut trial.job);
        }
        trial
    }

    /// The best chain at the site, or the first rule in the way.
    fn outcome(&self) -> Result<Placement, Reason> {
        self.search(Starts::All)
    }

    /// The rule that is in the way with these changes, if any is.
    fn obstacle(&self, changes: &[Change]) -> Option<Reason> {
        let trial = self.with(changes);
        let found = trial.search(Starts::Earliest);
        found.or_else(|_| trial.search(Starts::All)).err()
    }

    fn search(&self, starts: Starts) -> Result<Placement, Reason> {
        let view = View::without(&self.state, &self.job);
        best_at(&view, &self.job, self.site, starts)
    }
}
