//! The runs of the figure, as files of `ewc-sim run`.

use ewc_core::model::PolicyKind;

/// Days of the year that is simulated.
pub(super) const DAYS: u64 = 365;
/// Days of a quick run: as many as fit in three minutes with both policies.
pub(super) const DAYS_QUICK: u64 = 4;
/// Ten times as many jobs come on one of these.
pub(super) const DAYS_QUICK_GREEDY: u64 = 1;

/// A network and the work it is asked to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) policy: PolicyKind,
    /// Clusters have one node in so many; edge sites and links stay whole.
    pub(super) one_node_in: u32,
    pub(super) jobs_per_day: u64,
    /// Tasks of a job at most: what makes the load.
    pub(super) tasks_max: u32,
    /// Data sets are so many times smaller: the links are asked as much as the clusters.
    pub(super) data_scale: u32,
    /// `rounds` of `[planning]`.
    pub(super) rounds: &'static str,
    pub(super) jobs_per_round: u32,
}

/// A million jobs decided together by prices, every 15 minutes.
pub(super) const PRICED: Load = Load {
    policy: PolicyKind::Price,
    one_node_in: 7,
    jobs_per_day: 2_740,
    tasks_max: 8,
    data_scale: 16,
    rounds: "15m",
    jobs_per_round: 2_048,
};

/// Ten million jobs, each placed at its arrival; those that found no place are tried again every 15
/// minutes, like those of the others.
pub(super) const GREEDY: Load = Load {
    policy: PolicyKind::Greedy,
    one_node_in: 1,
    jobs_per_day: 27_398,
    tasks_max: 3,
    // Ten times as many jobs use the same links.
    data_scale: 160,
    rounds: "15m",
    jobs_per_round: 256,
};

impl Load {
    /// The scenario of so many days.
    pub(super) fn text(self, days: u64) -> String {
        format!(
            "name = \"national-{policy}\"\nnetwork = \"national\"\none_node_in = {one_node_in}\n\
             start = \"2025-01-01T00:00:00+08:00\"\nduration = \"{days}d\"\nseed = 1\n\
             [workload]\njobs_per_day = {jobs_per_day}\ndata_scale = {data_scale}\n\
             tasks_max = {tasks_max}\n\
             [policy]\nkind = \"{policy}\"\n\
             [planning]\nrounds = \"{rounds}\"\njobs_per_round = {jobs_per_round}\n\
             latency_per_checkpoint = \"1ms\"\n\
             [energy]\nforecast = \"gaussian\"\nerror = \"10%\"\n\
             [output]\nparquet = false\nswf = false\ndecisions_one_in = 0\n",
            policy = self.policy.name(),
            one_node_in = self.one_node_in,
            jobs_per_day = self.jobs_per_day,
            data_scale = self.data_scale,
            tasks_max = self.tasks_max,
            rounds = self.rounds,
            jobs_per_round = self.jobs_per_round,
        )
    }
}
