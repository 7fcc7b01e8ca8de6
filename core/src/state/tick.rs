//! Time goes by: slots come, reservations end, old jobs leave.

use crate::event::Event;
use crate::model::{JobId, JobState};
use crate::reason::Reason;

use super::State;
use super::apply::{Answer, Apply};

/// Jobs looked at, and jobs retired, by one tick; the rest waits for the next.
const JOBS_PER_TICK: usize = 1000;

impl Apply<'_> {
    pub(super) fn tick(&mut self) -> Answer {
        self.state.reservations.forget_before(self.state.now_ms);
        let now_ms = self.state.now_ms;
        let due: Vec<JobId> = self
            .state
            .due
            .iter()
            .take_while(|(due_ms, _)| *due_ms <= now_ms)
            .take(JOBS_PER_TICK)
            .map(|(_, job)| *job)
            .collect();
        for job in due {
            self.due(job);
        }
        self.count_overdue();
        self.age_demand();
        self.retire();
        Answer::Done
    }

    fn due(&mut self, id: JobId) {
        let Some(job) = self.state.jobs.get(&id) else {
            return;
        };
        // A job before it in the same tick may have displaced it.
        if job.due_ms.is_none_or(|due_ms| due_ms > self.state.now_ms) {
            return;
        }
        let state = job.state;
        match state {
            JobState::Pending if self.doubt_checkpoint(id) => {}
            JobState::Pending => {
                self.finish(id, JobState::Failed, Some(Reason::DeadlinePassed));
            }
            JobState::Held => self.end_hold(id, Reason::HoldExpired),
            JobState::Planned | JobState::Staging => self.advance(id),
            JobState::Dispatched | JobState::Running
                if self.order_stop(id) || self.order_move(id) => {}
            JobState::Dispatched | JobState::Running => self.overrun(id),
            _ => self.update_job(id, |job| job.due_ms = None),
        }
    }

    fn retire(&mut self) {
        let leaving: Vec<JobId> = {
            let over = self.state.terminal_over();
            let old_ms = self.state.now_ms - self.state.limits.terminal_keep_ms;
            let terminal = self.state.terminal.iter().take(JOBS_PER_TICK).enumerate();
            let leaves = |(position, (ended_ms, _)): &(usize, &(i64, JobId))| {
                (*position as u64) < over || *ended_ms <= old_ms
            };
            terminal
                .take_while(leaves)
                .map(|(_, (_, job))| *job)
                .collect()
        };
        for id in leaving {
            if let Some(job) = self.state.remove_job(id) {
                self.events.push(Event::Retired(job));
            }
        }
    }
}

impl State {
    /// Terminal jobs above the limit.
    fn terminal_over(&self) -> u64 {
        (self.terminal.len() as u64).saturating_sub(self.limits.terminal_max)
    }

    /// When the next terminal job leaves.
    pub(super) fn next_retirement_ms(&self) -> Option<i64> {
        let (ended_ms, _) = self.terminal.get_min()?;
        match self.terminal_over() {
            0 => Some(ended_ms + self.limits.terminal_keep_ms),
            _ => Some(self.now_ms),
        }
    }
}
