//! The two passes over the entries: which states are needed, and the plans on them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ewc_core::State;
use ewc_core::command::{Command, Stamped};
use ewc_core::planner::Plan;
use raft::eraftpb::Entry;

use super::answer::{Answer, Replayed, Report};
use super::progress::Progress;
use super::source::Source;
use super::workers::{self, Task};
use super::{Options, ReplayError};
use crate::replica;

/// Recomputes the plans of a member's directory.
///
/// # Errors
/// The directory is not one of a member, or cannot be read at all. What is wrong with parts of it
/// stands in the report.
pub fn replay(data_dir: &Path, options: &Options) -> Result<Report, ReplayError> {
    let source = Source::open(data_dir)?;
    let mut survey = Survey::default();
    survey.read(&source, options);
    let mut walk = Walk::new(&survey);
    let answers = workers::run(options.threads, |tasks| walk.run(&source, &survey, tasks));
    for (position, answer) in answers {
        survey.plans[position].answer = answer;
    }
    survey.problems.extend(walk.problems);
    Ok(Report::new(
        survey.plans,
        survey.problems,
        source.is_in_use(),
    ))
}

/// The plans there are. A plan counts as archived away until it was recomputed.
#[derive(Default)]
struct Survey {
    plans: Vec<Replayed>,
    problems: BTreeSet<String>,
}

impl Survey {
    fn read(&mut self, source: &Source, options: &Options) {
        let mut progress = Progress::start("looking for plans");
        for entry in source.entries(options.from.saturating_sub(1)) {
            let read = entry.and_then(|entry| Ok((plan_of(&entry)?, entry)));
            match read {
                Err(error) => drop(self.problems.insert(error.to_string())),
                Ok((_, entry)) if entry.index > options.to => break,
                Ok((plan, entry)) => {
                    progress.at(entry.index, 0);
                    self.plans.extend(plan.map(|plan| found(&plan, &entry)));
                }
            }
        }
    }

    /// The plans that can be recomputed.
    fn ours(&self) -> impl Iterator<Item = &Replayed> {
        let ours = |plan: &&Replayed| plan.answer == Answer::ArchivedAway;
        self.plans.iter().filter(ours)
    }
}

fn found(plan: &Plan, entry: &Entry) -> Replayed {
    Replayed {
        index: entry.index,
        term: entry.term,
        base_index: plan.base_index,
        repair_index: plan.repair.map(|repair| repair.index),
        stopped_at: plan.stopped_at,
        answer: Answer::by_version(plan).unwrap_or(Answer::ArchivedAway),
    }
}

pub(crate) fn plan_of(entry: &Entry) -> Result<Option<Plan>, ReplayError> {
    let mut commands = commands_of(entry)?.into_iter();
    Ok(commands.find_map(|stamped| match stamped.command {
        Command::CommitPlan(plan) => Some(plan),
        _ => None,
    }))
}

pub(crate) fn commands_of(entry: &Entry) -> Result<Vec<Stamped>, ReplayError> {
    let index = entry.index;
    replica::commands_of(entry).map_err(|source| ReplayError::Entry { index, source })
}

/// The state on its way through the entries.
struct Walk {
    /// Absent while the entries between the last state and here are missing.
    state: Option<State>,
    /// How many plans that are still to come were made, or repaired, on the state of an index.
    awaited: BTreeMap<u64, usize>,
    held: BTreeMap<u64, Arc<State>>,
    problems: BTreeSet<String>,
}

impl Walk {
    fn new(survey: &Survey) -> Walk {
        let mut awaited = BTreeMap::new();
        for plan in survey.ours() {
            for index in [Some(plan.base_index), plan.repair_index]
                .into_iter()
                .flatten()
            {
                *awaited.entry(index).or_default() += 1;
            }
        }
        Walk {
            state: None,
            awaited,
            held: BTreeMap::new(),
            problems: BTreeSet::new(),
        }
    }

    /// Rebuilds the states and hands over every plan with the one it was made on, until `tasks`
    /// takes no more.
    fn run(&mut self, source: &Source, survey: &Survey, tasks: &mut dyn FnMut(Task) -> bool) {
        let first_base = self.awaited.first_key_value().map(|(index, _)| *index);
        let last_plan = survey.ours().last().map(|plan| plan.index);
        let (Some(first_base), Some(last_plan)) = (first_base, last_plan) else {
            return;
        };
        let Some(start) = source.start_for(first_base) else {
            return;
        };
        let mut progress = Progress::start("planning again");
        for entry in source.entries(start) {
            let commands = entry.and_then(|entry| Ok((commands_of(&entry)?, entry)));
            let (commands, entry) = match commands {
                Ok(read) => read,
                Err(error) => {
                    // What it would have changed is unknown: a gap in the indices.
                    self.problems.insert(error.to_string());
                    self.state = None;
                    continue;
                }
            };
            if entry.index > last_plan {
                return;
            }
            self.arrive(source, entry.index - 1);
            if let Some(task) = self.task(survey, &entry, &commands)
                && !tasks(task)
            {
                return;
            }
            self.apply(entry.index, &commands);
            progress.at(entry.index.saturating_sub(start), last_plan - start);
        }
    }

    /// Makes sure that the state is the one of `index`, if it can be had.
    fn arrive(&mut self, source: &Source, index: u64) {
        if self
            .state
            .as_ref()
            .is_some_and(|state| state.index() == index)
        {
            return;
        }
        self.state = match source.state_at(index) {
            Some(Ok(state)) => Some(state),
            Some(Err(error)) => {
                self.problems.insert(error.to_string());
                None
            }
            None => None,
        };
        self.hold();
    }

    fn apply(&mut self, index: u64, commands: &[Stamped]) {
        let Some(state) = &mut self.state else {
            return;
        };
        if commands.is_empty() {
            state.skip(index);
        }
        for Stamped { time_ms, command } in commands {
            state.apply(index, *time_ms, command);
        }
        self.hold();
    }

    /// Keeps the state if a plan that is still to come was made on it.
    fn hold(&mut self) {
        if let Some(state) = &self.state
            && self.awaited.contains_key(&state.index())
        {
            self.held.insert(state.index(), Arc::new(state.clone()));
        }
    }

    /// The plan of an entry with its state, if it is one to recompute and the state is there.
    fn task(&mut self, survey: &Survey, entry: &Entry, commands: &[Stamped]) -> Option<Task> {
        // A plan stands in an entry of its own.
        let [Stamped { command, .. }] = commands else {
            return None;
        };
        let Command::CommitPlan(plan) = command else {
            return None;
        };
        let position = survey
            .plans
            .binary_search_by_key(&entry.index, |plan| plan.index);
        let position = position.ok()?;
        let known = survey.plans[position].answer != Answer::ArchivedAway;
        if known {
            return None;
        }
        let base = self.take(plan.base_index);
        let newer = plan.repair.map(|repair| self.take(repair.index));
        Some(Task {
            position,
            base: base?,
            newer: match newer {
                Some(newer) => Some(newer?),
                None => None,
            },
            plan: plan.clone(),
        })
    }

    /// The state of an index for one plan; it is held until the last one has it.
    fn take(&mut self, index: u64) -> Option<Arc<State>> {
        let awaited = self.awaited.get_mut(&index)?;
        *awaited = awaited.saturating_sub(1);
        if *awaited > 0 {
            return self.held.get(&index).cloned();
        }
        self.awaited.remove(&index);
        self.held.remove(&index)
    }
}
