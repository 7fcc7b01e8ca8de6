//! What a replay says: one answer for every plan, and the sum of them.

use std::collections::BTreeSet;
use std::fmt;

use ewc_core::State;
use ewc_core::planner::{PLANNER_VERSION, Plan, plan, repair};
use serde::Serialize;

use super::difference::{Difference, first_difference};

/// How a logged plan compares with what the planner gives now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The same plan, bit for bit.
    Identical {
        /// The round was stopped before it had considered all it was to.
        stopped_early: bool,
    },
    /// Another plan.
    Different {
        /// Where they differ first.
        difference: Difference,
    },
    /// Another planner made it; this one need not agree.
    OtherPlannerVersion {
        /// The planner's version.
        planner_version: u32,
        /// The planner's name.
        policy: String,
    },
    /// The state it was made on cannot be rebuilt any more.
    ArchivedAway,
}

impl Answer {
    /// The answer for a plan that this planner did not make, without looking further.
    pub fn by_version(logged: &Plan) -> Option<Answer> {
        let same = logged.planner_version == PLANNER_VERSION && logged.round().is_some();
        (!same).then(|| Answer::OtherPlannerVersion {
            planner_version: logged.planner_version,
            policy: logged.policy.clone(),
        })
    }

    /// Plans again on the state that the logged plan was made on, up to the same checkpoint, and
    /// repairs it on the state it was repaired on, if it was.
    pub fn of(base: &State, newer: Option<&State>, logged: &Plan) -> Answer {
        let round = match (Answer::by_version(logged), logged.round()) {
            (None, Some(round)) => round,
            (other, _) => return other.unwrap_or(Answer::ArchivedAway),
        };
        let mut stopped_early = false;
        let mut again = plan(base, &round, |reached| {
            let goes_on = reached < logged.stopped_at;
            stopped_early |= !goes_on;
            goes_on
        });
        if let Some(known) = logged.repair {
            let Some(newer) = newer else {
                return Answer::ArchivedAway;
            };
            again = repair(newer, again, |reached| {
                let goes_on = reached < known.stopped_at;
                stopped_early |= !goes_on;
                goes_on
            });
        }
        if again == *logged {
            return Answer::Identical { stopped_early };
        }
        let difference = first_difference(logged, &again);
        Answer::Different {
            difference: difference.unwrap_or_else(|| Difference {
                job: None,
                field: "plan".to_owned(),
                logged: "one value".to_owned(),
                recomputed: "another that looks the same".to_owned(),
            }),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Answer::Identical { .. } => "identical",
            Answer::Different { .. } => "different",
            Answer::OtherPlannerVersion { .. } => "other_planner_version",
            Answer::ArchivedAway => "archived_away",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Answer::Different { difference } => write!(f, ": {difference}"),
            Answer::OtherPlannerVersion {
                planner_version,
                policy,
            } => write!(
                f,
                ": made by {policy} {planner_version}, this is version {PLANNER_VERSION}"
            ),
            Answer::Identical { .. } | Answer::ArchivedAway => Ok(()),
        }
    }
}

/// A logged plan with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Index of its log entry.
    pub index: u64,
    /// Term of its log entry: it rises with every leader.
    pub term: u64,
    /// Index of the state it was made on.
    pub base_index: u64,
    /// Index of the state it was repaired on, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair_index: Option<u64>,
    /// Checkpoint it stopped at.
    pub stopped_at: u32,
    /// How it compares.
    #[serde(flatten)]
    pub answer: Answer,
}

/// All answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Version of the planner that recomputed.
    pub planner_version: u32,
    /// Every logged plan, in order.
    pub plans: Vec<Replayed>,
    /// Plans that came out bit for bit.
    pub identical: usize,
    /// Plans that did not.
    pub different: usize,
    /// Plans of other planners.
    pub other_planner_version: usize,
    /// Plans whose state is not kept any more.
    pub archived_away: usize,
    /// What could not be read; plans may be missing for it.
    pub problems: BTreeSet<String>,
    /// A member runs on the directory: its log was left out.
    pub in_use: bool,
}

impl Report {
    pub(super) fn new(plans: Vec<Replayed>, problems: BTreeSet<String>, in_use: bool) -> Report {
        let count = |name| {
            plans
                .iter()
                .filter(|plan| plan.answer.name() == name)
                .count()
        };
        Report {
            planner_version: PLANNER_VERSION,
            identical: count("identical"),
            different: count("different"),
            other_planner_version: count("other_planner_version"),
            archived_away: count("archived_away"),
            plans,
            problems,
            in_use,
        }
    }

    /// 0: no plan differs; 1: some do; 2: none does, and not everything could be read.
    pub fn exit_code(&self) -> u8 {
        match (self.different, self.problems.is_empty()) {
            (0, true) => 0,
            (0, false) => 2,
            _ => 1,
        }
    }
}

/// One line for plans that follow each other with the same answer, and a last line with the sum.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |a: &Replayed, b: &Replayed| {
            let alone = matches!(a.answer, Answer::Different { .. });
            !alone && a.answer.to_string() == b.answer.to_string()
        };
        for plans in self.plans.chunk_by(same) {
            let [first, .., last] = plans else {
                let Replayed { index, answer, .. } = &plans[0];
                writeln!(f, "{index}: {answer}")?;
                continue;
            };
            let (count, answer) = (plans.len(), &first.answer);
            writeln!(f, "{}..{}: {count} plans {answer}", first.index, last.index)?;
        }
        write!(
            f,
            "replay: plans={} identical={} different={} other_planner_version={} archived_away={}",
            self.plans.len(),
            self.identical,
            self.different,
            self.other_planner_version,
            self.archived_away
        )
    }
}
