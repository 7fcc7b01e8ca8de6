//! The queue disciplines by name, with their exact rules.

use std::fmt;
use std::str::FromStr;

/// In which order events are handled, whatever the discipline.
pub const EVENT_RULE: &str = "at equal time submissions come before ends, each is handled alone, \
    and a job whose estimate is over counts as ended";

/// How the jobs of a queue get their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Discipline {
    /// First come, first served.
    Fcfs,
    /// EASY backfilling in the order of the queue (D. Lifka, "The ANL/IBM SP scheduling system",
    /// JSSPP 1995; this variant: E. Gaussier and others, SC 2015).
    Easy,
    /// EASY backfilling, the shortest estimate first (SC 2015).
    EasySjbf,
    /// Conservative backfilling: every job has a reservation (A. W. Mu'alem, D. G. Feitelson,
    /// IEEE TPDS 12(6), 2001).
    Conservative,
}

impl Discipline {
    /// All of them.
    pub const ALL: [Discipline; 4] = [
        Discipline::Fcfs,
        Discipline::Easy,
        Discipline::EasySjbf,
        Discipline::Conservative,
    ];

    /// Its name in files, flags and results.
    pub fn name(self) -> &'static str {
        match self {
            Discipline::Fcfs => "fcfs",
            Discipline::Easy => "easy",
            Discipline::EasySjbf => "easy_sjbf",
            Discipline::Conservative => "conservative",
        }
    }

    /// What it does, to the last tie, beside [`EVENT_RULE`]. Every result carries these words.
    pub fn tie_rule(self) -> &'static str {
        match self {
            Discipline::Fcfs => "the head of the queue starts while it fits",
            Discipline::Easy => {
                "a submission looks at the queue only when the new job fits; heads start while \
                 they fit; shadow time is the first estimated end at which the head fits, with all \
                 jobs that end then; the others are scanned once in queue order and start when \
                 they end by the shadow time or fit in what is extra then"
            }
            Discipline::EasySjbf => {
                "heads start while they fit; shadow time is the first estimated end at which the \
                 head fits, with all jobs that end then; the others are scanned once by estimate, \
                 equal ones in queue order, and start when they end by the shadow time or fit in \
                 what is extra then"
            }
            Discipline::Conservative => {
                "a new job reserves the earliest time at which it fits for its whole estimate \
                 beside all reservations; after every end each waiting job in queue order gives \
                 its reservation up and takes the earliest one; it starts when that time has come"
            }
        }
    }
}

impl fmt::Display for Discipline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of no discipline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("queue {0:?} is not known; choose of fcfs, easy, easy_sjbf, conservative")]
pub struct UnknownDiscipline(String);

impl FromStr for Discipline {
    type Err = UnknownDiscipline;

    fn from_str(name: &str) -> Result<Discipline, UnknownDiscipline> {
        let found = Discipline::ALL.into_iter().find(|d| d.name() == name);
        found.ok_or_else(|| UnknownDiscipline(name.to_owned()))
    }
}
