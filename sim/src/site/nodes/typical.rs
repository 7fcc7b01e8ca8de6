//! The typical tasks of a workload, by which fragmentation is measured.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::task::Task;

/// Share of a workload that its typical tasks make up at least, in percent.
const SHARE_PCT: u64 = 95;

/// The most frequent kinds of tasks until they make up 95 % of a workload, each with how often it
/// occurs. Memory is not looked at. Of equally frequent kinds the smaller comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypicalTasks {
    pub(super) kinds: Vec<(Task, u64)>,
}

impl TypicalTasks {
    /// The typical tasks of a workload.
    pub fn of<'t>(tasks: impl Iterator<Item = &'t Task>) -> TypicalTasks {
        let mut counts: BTreeMap<Task, u64> = BTreeMap::new();
        let mut all = 0;
        for task in tasks {
            let kind = Task {
                memory_mib: 0,
                ..*task
            };
            *counts.entry(kind).or_default() += 1;
            all += 1;
        }
        let mut kinds: Vec<(Task, u64)> = counts.into_iter().collect();
        kinds.sort_by_key(|(_, count)| Reverse(*count));
        let mut covered = 0;
        let taken = kinds.iter().take_while(|(_, count)| {
            let wanted = covered * 100 < all * SHARE_PCT;
            covered += count;
            wanted
        });
        let taken = taken.count();
        kinds.truncate(taken);
        TypicalTasks { kinds }
    }

    /// How many tasks of the workload are typical: what sums over them are divided by.
    pub fn weight(&self) -> u64 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }
}
