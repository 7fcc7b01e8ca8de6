//! What the rest of the program holds of the driver's thread.

use std::sync::Arc;
use std::time::Instant;

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::state::Answer;
use tokio::sync::{broadcast, oneshot, watch};

use super::inbox::{NotTaken, Sender};
use super::{Done, Input, ProposeError, Standing};
use crate::replica::Dropped;

/// A handle on the thread; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(super) inbox: Sender,
    pub(super) state: watch::Receiver<Arc<State>>,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) matches: watch::Receiver<Vec<(u64, u64)>>,
    pub(super) done: broadcast::Sender<Done>,
    pub(super) alive: watch::Receiver<Instant>,
}

impl Handle {
    /// Proposes a command and waits until it is applied.
    pub async fn propose(&self, command: Command) -> Result<Answer, ProposeError> {
        let (answer, answered) = oneshot::channel();
        match self.inbox.try_propose((command, answer)) {
            Ok(()) => answered.await.unwrap_or(Err(ProposeError::Stopping)),
            Err(NotTaken::Full(_)) => Err(ProposeError::Overloaded),
            Err(NotTaken::Closed(_)) => Err(ProposeError::Stopping),
        }
    }

    /// Like [`Handle::propose`], for threads.
    pub fn propose_blocking(&self, command: Command) -> Result<Answer, ProposeError> {
        let (answer, answered) = oneshot::channel();
        match self.inbox.propose((command, answer)) {
            true => answered
                .blocking_recv()
                .unwrap_or(Err(ProposeError::Stopping)),
            false => Err(ProposeError::Stopping),
        }
    }

    /// The state, at least as new as this call.
    pub async fn read(&self) -> Result<Arc<State>, Dropped> {
        let (answer, answered) = oneshot::channel();
        if !self.inbox.try_send(Input::Read(answer)) {
            return Err(Dropped::Busy);
        }
        answered.await.unwrap_or(Err(Dropped::NotLeader))?;
        Ok(self.state())
    }

    /// The state as this member last saw it.
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// Follows the state.
    pub fn watch_state(&self) -> watch::Receiver<Arc<State>> {
        self.state.clone()
    }

    /// Who leads.
    pub fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Follows who leads.
    pub fn watch_standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// How far each member's log matches; empty unless this member leads.
    pub fn matches(&self) -> Vec<(u64, u64)> {
        self.matches.borrow().clone()
    }

    /// Follows what applied entries do.
    pub fn events(&self) -> broadcast::Receiver<Done> {
        self.done.subscribe()
    }

    /// Hands something over; dropped when the inbox is full, as a network would.
    pub fn send(&self, input: Input) -> bool {
        self.inbox.try_send(input)
    }

    /// False when the thread has ended.
    pub fn is_running(&self) -> bool {
        self.state.has_changed().is_ok()
    }

    /// When the thread last went round.
    pub fn last_alive(&self) -> Instant {
        *self.alive.borrow()
    }
}
