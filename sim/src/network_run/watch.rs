//! Writes down what happens during a run.

use std::io;

use ewc_core::command::Submission;
use ewc_core::model::{Job, Transfer};
use ewc_core::planner::Plan;
use ewc_core::{Refusal, State};

use super::files::Files;
use super::ledger::{Ledger, Truth};
use super::outcome::Outcome;
use super::series::next_sample_ms;
use super::starts::{Asked, Start};
use super::tally::Tally;
use crate::engine::{Arrival, Left, Watch};

/// Instants between two questions whether to go on.
const INSTANTS_BETWEEN: u32 = 64;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// Jobs that have left the network.
    pub jobs: u64,
    /// Time of the scenario that has passed, and all of it.
    pub passed_ms: i64,
    /// Length of the scenario.
    pub of_ms: i64,
}

pub(super) struct Writer<'a> {
    pub(super) truth: Truth<'a>,
    pub(super) ledger: Ledger,
    pub(super) tally: Tally,
    /// None where only the indicators are wanted.
    pub(super) files: Option<Files>,
    /// What jobs were told of their start, if they are asked about.
    pub(super) asked: Option<Asked>,
    /// Is told of every job that was asked about, once it has left.
    pub(super) on_start: Option<&'a mut dyn FnMut(&Start)>,
    pub(super) go_on: &'a mut dyn FnMut(Far) -> bool,
    pub(super) next_sample_ms: i64,
    pub(super) instants: u32,
    pub(super) failed: Option<io::Error>,
}

impl Writer<'_> {
    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.failed.get_or_insert(error);
        }
    }

    /// The state as it is until `until_ms`, at every full hour before that.
    fn sample_until(&mut self, state: &State, until_ms: i64) {
        let (start_ms, end_ms) = self.tally.span_ms;
        while self.next_sample_ms <= until_ms {
            let at_ms = self.next_sample_ms;
            self.next_sample_ms = next_sample_ms(start_ms, at_ms);
            let usable = match &mut self.files {
                Some(files) => files.series.sample(state, self.truth.profiles, at_ms),
                None => Ok(state
                    .pools()
                    .iter()
                    .fold(Default::default(), |sum, pool| sum + pool.usable)),
            };
            match usable {
                Ok(usable) => {
                    let ms = (end_ms - at_ms).clamp(0, self.next_sample_ms - at_ms);
                    self.tally.usable(usable, ms);
                }
                Err(error) => self.note(Err(error)),
            }
        }
    }
}

impl Watch for Writer<'_> {
    fn left(&mut self, state: &State, left: Left<'_>) {
        let attempts = self.ledger.close(state, self.truth, left.number, left.job);
        let outcome = Outcome::of(&left, attempts);
        self.tally.add(&outcome);
        self.tally.recovers(outcome.in_two_hubs(state));
        let files = self.files.as_mut();
        let written = files.map_or(Ok(()), |files| files.left(state, &outcome));
        self.note(written);
        if let Some(asked) = &mut self.asked {
            let start = asked.left(left.number, left.job);
            if let Some(on_start) = &mut self.on_start {
                on_start(&start);
            }
            let starts = self.files.as_mut().and_then(|files| files.starts.as_mut());
            let written = starts.map_or(Ok(()), |starts| starts.add(&start));
            self.note(written);
        }
    }

    fn comes(&mut self, state: &State, at_ms: i64, number: u64, job: &Submission) {
        if let Some(asked) = &mut self.asked {
            asked.ask(state, at_ms, number, job);
        }
    }

    fn refused(&mut self, number: u64, arrival: &Arrival, _why: &Refusal) {
        self.tally.refused();
        if let Some(asked) = &mut self.asked {
            asked.refused(number);
        }
        let files = self.files.as_mut();
        let written = files.map_or(Ok(()), |files| files.refused(number, arrival));
        self.note(written);
    }

    fn granted(&mut self, number: u64, job: &Job) {
        self.ledger.granted(number, job);
    }

    fn placed(&mut self, state: &State, number: u64, job: &Job, round: bool) {
        let decisions = self.files.as_mut();
        let decisions = decisions.and_then(|files| files.decisions.as_mut());
        let written = decisions.map_or(Ok(()), |log| log.placed(state, number, job, round));
        self.note(written);
    }

    fn planned(&mut self, plan: &Plan, round: bool) {
        self.tally.planned(plan, round);
    }

    fn arrived(&mut self, transfer: &Transfer) {
        if let Some(files) = &mut self.files {
            files.series.arrived(transfer);
        }
    }

    fn goes_on(&mut self, state: &State, until_ms: i64) -> bool {
        self.tally.pass(state, state.now_ms(), until_ms);
        self.sample_until(state, until_ms);
        self.instants += 1;
        if self.failed.is_some() {
            return false;
        }
        if !self.instants.is_multiple_of(INSTANTS_BETWEEN) {
            return true;
        }
        let (start_ms, end_ms) = self.tally.span_ms;
        (self.go_on)(Far {
            jobs: self.tally.jobs(),
            passed_ms: until_ms - start_ms,
            of_ms: end_ms - start_ms,
        })
    }
}
