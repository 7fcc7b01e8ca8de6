//! What the agent knows of one attempt.

use crate::model::{Desired, Outcome, Phase, StartOrder, TaskStatus};

use super::Mono;

/// One attempt, wanted or not yet let go.
#[derive(Debug)]
pub(super) struct Record {
    pub state: State,
    /// Sequence number of the first report that carried its end.
    pub end_reported: Option<u64>,
    /// Whether the journal has its intent.
    pub journalled: bool,
}

#[derive(Debug)]
pub(super) enum State {
    /// Inputs are missing.
    Staging,
    /// Inputs are here. Not asked again before this time.
    Staged { not_before: Mono },
    /// On its way through the journal, or running.
    Active(Active),
    /// All tasks succeeded; outputs are being put into the store.
    Collecting(Active),
    /// All tasks were stopped; the checkpoint is being put into the store.
    Saving { active: Active, outcome: Outcome },
    /// Over.
    Ended {
        outcome: Outcome,
        scale_permille: u64,
    },
}

/// Tasks that may run.
#[derive(Debug)]
pub(super) struct Active {
    pub order: StartOrder,
    pub ends: Vec<Option<TaskStatus>>,
    /// Why the tasks were told to stop.
    pub stop: Option<StopReason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopReason {
    Requested,
    LeaseExpired,
    Gang,
}

impl Active {
    pub fn new(order: StartOrder) -> Self {
        let ends = vec![None; order.tasks.len()];
        Self {
            order,
            ends,
            stop: None,
        }
    }
}

impl Record {
    /// What this site cannot run is told when a start is granted: until then there is nothing to
    /// fail, and staging can go on.
    pub fn new(desired: &Desired) -> Self {
        let state = match &desired.refused {
            Some(detail) if desired.key.fence > 0 => State::Ended {
                outcome: Outcome::bare(Phase::Failed, 0, detail.clone()),
                scale_permille: 1000,
            },
            _ => State::Staging,
        };
        Self {
            state,
            end_reported: None,
            journalled: false,
        }
    }

    pub fn ended(outcome: Outcome, scale_permille: u64) -> Self {
        let state = State::Ended {
            outcome,
            scale_permille,
        };
        Self {
            state,
            end_reported: None,
            journalled: true,
        }
    }

    pub fn active(order: StartOrder) -> Self {
        let state = State::Active(Active::new(order));
        Self {
            state,
            end_reported: None,
            journalled: true,
        }
    }

    /// Whether a data set of that name is, or may become, a result of it that is not let go.
    pub fn leaves(&self, name: &str) -> bool {
        let wanted = |active: &Active| {
            let mut names = active.order.outputs.iter().chain(&active.order.checkpoint);
            names.any(|output| output.dataset == name)
        };
        match &self.state {
            State::Staging | State::Staged { .. } => false,
            State::Active(active) | State::Collecting(active) | State::Saving { active, .. } => {
                wanted(active)
            }
            State::Ended { outcome, .. } => outcome.outputs.iter().any(|fact| fact.name == name),
        }
    }

    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Staging => Phase::Staging,
            State::Staged { .. } => Phase::Staged,
            State::Active(_) | State::Collecting(_) | State::Saving { .. } => Phase::Started,
            State::Ended { outcome, .. } => outcome.phase,
        }
    }

    /// Whether it is still about bringing data here: always, as long as no start is granted.
    pub fn is_staging(&self, desired: &Desired) -> bool {
        match self.phase() {
            Phase::Staging | Phase::StageFailed => true,
            Phase::Staged | Phase::Delivered => desired.key.fence == 0,
            _ => false,
        }
    }

    /// Whether processes of it may be alive.
    pub fn may_be_alive(&self) -> bool {
        matches!(
            self.state,
            State::Active(_) | State::Collecting(_) | State::Saving { .. }
        )
    }
}
