//! What the scheduler counts, as one struct that is registered once and passed down.
//!
//! Every value that a label can take comes from a closed set of the program, never from a request,
//! so that nobody can fill the registry. Counters start at zero with the process and count entries
//! again that are applied again after a restart.

use std::collections::BTreeMap;
use std::time::Duration;

use ewc_core::model::JobState;
use ewc_core::planner::Plan;
use ewc_core::{Command, Event, State};
use prometheus::core::Collector;
use prometheus::{
    Encoder, Error, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec,
    IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

/// Bounds in seconds for what ends within a disk write or a network round trip.
const SHORT_SECONDS: &[f64] = &[
    0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];
/// Bounds in seconds for planning rounds and snapshots.
const LONG_SECONDS: &[f64] = &[
    0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Where a member stands in raft.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RaftPosition {
    /// Its term.
    pub term: u64,
    /// Raft id of the leader it knows; 0: none.
    pub leader: u64,
    /// It leads itself.
    pub is_leader: bool,
    /// Last index known to be committed.
    pub commit: u64,
    /// Last index applied to the state.
    pub applied: u64,
}

/// Every metric of the scheduler. Fields without a method here are set by their owners.
pub struct Metrics {
    registry: Registry,
    commands: IntCounterVec,
    events: IntCounterVec,
    transitions: IntCounterVec,
    placements_accepted: IntCounter,
    placements_rejected: IntCounterVec,
    transferred_bytes: IntCounter,
    moved_bytes: IntCounter,
    jobs: IntGaugeVec,
    round_seconds: HistogramVec,
    round_considered: IntCounter,
    round_placed: IntCounter,
    round_gap: Gauge,
    round_unplaced: IntGauge,
    plan_placements: IntCounterVec,
    repaired_placements: IntCounterVec,
    repair_seconds: Histogram,
    arrival_seconds: Histogram,
    raft_term: IntGauge,
    raft_leader: IntGauge,
    raft_is_leader: IntGauge,
    raft_commit: IntGauge,
    raft_applied: IntGauge,
    peer_match: IntGaugeVec,
    fsyncs: IntCounter,
    log_write_seconds: Histogram,
    snapshot_seconds: Histogram,
    snapshot_bytes: IntGauge,
    rpcs: IntCounterVec,
    rpc_seconds: HistogramVec,
    commit_seconds: Histogram,
    lease_expiries: IntCounter,
    clock_suspect: IntGauge,
    /// Proposals that wait for their commit.
    pub proposals_in_flight: IntGauge,
    /// Entries in the log.
    pub log_entries: IntGauge,
    /// Sites whose lease holds; the leader's knowledge.
    pub sites_connected: IntGauge,
    /// Jobs in the history store.
    pub history_jobs: IntGauge,
}

impl Metrics {
    /// Registers every metric on a registry of its own.
    ///
    /// # Errors
    /// Two metrics have the same name, which the tests exclude.
    pub fn new() -> Result<Metrics, Error> {
        let registry = Registry::new();
        let r = Registrar(&registry);
        Ok(Metrics {
            commands: r.counters("commands_applied_total", "Commands applied", &["command"])?,
            events: r.counters("events_total", "Events that commands caused", &["event"])?,
            transitions: r.counters("job_transitions_total", "Jobs by state entered", &["to"])?,
            placements_accepted: r.counter(
                "placements_accepted_total",
                "Placements that apply accepted",
            )?,
            placements_rejected: r.counters(
                "placements_rejected_total",
                "Placements of a plan that no longer fitted, by reason code",
                &["reason"],
            )?,
            moved_bytes: r.counter(
                "moved_checkpoint_bytes_total",
                "Checkpoints of running jobs that went to another site",
            )?,
            transferred_bytes: r.counter(
                "transferred_bytes_total",
                "Bytes that arrived at sites for jobs",
            )?,
            jobs: r.gauges("jobs", "Jobs in the replicated state", &["state"])?,
            round_seconds: r.histograms(
                "planner_round_seconds",
                "Plans, of arrivals and of rounds",
                LONG_SECONDS,
                &["by"],
            )?,
            round_considered: r.counter(
                "planner_jobs_considered_total",
                "Jobs that rounds looked at",
            )?,
            round_placed: r.counter("planner_jobs_placed_total", "Jobs that rounds placed")?,
            round_gap: r.ratio(
                "planner_gap_ratio",
                "How much of the cost of the last certified round the best plan might save at most",
            )?,
            round_unplaced: r.gauge(
                "planner_unplaced_jobs",
                "Jobs that the last certified round leaves out",
            )?,
            plan_placements: r.counters(
                "planner_placements_total",
                "Placements of plans, by who made the plan and whether apply accepted them",
                &["by", "outcome"],
            )?,
            repaired_placements: r.counters(
                "planner_repaired_total",
                "Placements of rounds on the newest state: kept, moved elsewhere, or dropped",
                &["outcome"],
            )?,
            repair_seconds: r.histogram(
                "planner_repair_seconds",
                "Repairs of rounds on the newest state",
                SHORT_SECONDS,
            )?,
            arrival_seconds: r.histogram(
                "planner_arrival_seconds",
                "From when the planner saw jobs arrive until what it decided was applied",
                SHORT_SECONDS,
            )?,
            raft_term: r.gauge("raft_term", "Raft term")?,
            raft_leader: r.gauge("raft_leader_id", "Raft id of the known leader, 0 for none")?,
            raft_is_leader: r.gauge("raft_is_leader", "1 while this member leads")?,
            raft_commit: r.gauge("raft_commit_index", "Last index known to be committed")?,
            raft_applied: r.gauge("raft_applied_index", "Last index applied")?,
            peer_match: r.gauges(
                "raft_peer_match_index",
                "Last index known to be stored by a member; on the leader only",
                &["member"],
            )?,
            fsyncs: r.counter("log_fsyncs_total", "Durable writes of the log")?,
            log_write_seconds: r.histogram(
                "log_write_seconds",
                "Rounds of raft that wrote the log, fsyncs included",
                SHORT_SECONDS,
            )?,
            snapshot_seconds: r.histogram(
                "snapshot_seconds",
                "Time to write a snapshot",
                LONG_SECONDS,
            )?,
            snapshot_bytes: r.gauge("snapshot_bytes", "Size of the newest snapshot")?,
            rpcs: r.counters("rpcs_total", "gRPC requests ended", &["method", "code"])?,
            rpc_seconds: r.histograms(
                "rpc_seconds",
                "gRPC requests, streams until their end",
                SHORT_SECONDS,
                &["method"],
            )?,
            clock_suspect: r.gauge(
                "clock_suspect",
                "1 while wall clock and log time differ too far to be slewed",
            )?,
            proposals_in_flight: r.gauge(
                "proposals_in_flight",
                "Proposals that wait for their commit",
            )?,
            commit_seconds: r.histogram(
                "commit_seconds",
                "Time from a proposal to its answer",
                SHORT_SECONDS,
            )?,
            log_entries: r.gauge("log_entries", "Entries in the log")?,
            sites_connected: r.gauge("sites_connected", "Sites whose lease holds")?,
            lease_expiries: r.counter("lease_expiries_total", "Leases of sites that ran out")?,
            history_jobs: r.gauge("history_jobs", "Jobs in the history store")?,
            registry,
        })
    }

    /// Counts an applied command and its events.
    pub fn applied(&self, command: &Command, events: &[Event]) {
        self.commands.with_label_values(&[command.name()]).inc();
        for event in events {
            self.event(event);
        }
    }

    fn event(&self, event: &Event) {
        let kind = match event {
            Event::Submitted(_) => "submitted",
            Event::Held(_) => "held",
            Event::Changed { to, .. } => {
                self.transitions.with_label_values(&[to.name()]).inc();
                if *to == JobState::Planned {
                    self.placements_accepted.inc();
                }
                "changed"
            }
            Event::Rejected { reason, .. } => {
                let rejected = &self.placements_rejected;
                rejected.with_label_values(&[reason.code()]).inc();
                "rejected"
            }
            Event::Desired(_) => "desired",
            Event::Transferred { bytes, .. } => {
                self.transferred_bytes.inc_by((*bytes).max(0) as u64);
                "transferred"
            }
            Event::Retired(_) => "retired",
            Event::Moving { .. } => "moving",
            Event::Moved { bytes, .. } => {
                self.moved_bytes.inc_by((*bytes).max(0) as u64);
                "moved"
            }
        };
        self.events.with_label_values(&[kind]).inc();
    }

    /// Shows the queue as a state has it.
    pub fn state(&self, state: &State) {
        for job_state in JobState::ALL {
            let jobs = self.jobs.with_label_values(&[job_state.name()]);
            jobs.set(gauge(state.count(job_state)));
        }
    }

    /// Counts a plan; `by` is who planned, `arrival` or `round`.
    pub fn planned(&self, by: &str, plan: &Plan, took: Duration) {
        let seconds = self.round_seconds.with_label_values(&[by]);
        seconds.observe(took.as_secs_f64());
        let placed = (plan.placements.len() + plan.moves.len()) as u64;
        let considered = placed + plan.unplaced.len() as u64;
        self.round_considered.inc_by(considered);
        self.round_placed.inc_by(placed);
        if let Some(known) = &plan.certificate {
            self.round_gap
                .set(known.gap_millipercent() as f64 / 100_000.0);
            self.round_unplaced.set(known.unplaced.into());
        }
    }

    /// Counts what apply made of a plan; `by` is who planned, `arrival` or `round`.
    pub fn plan_applied(&self, by: &str, accepted: u64, rejected: u64) {
        for (outcome, count) in [("accepted", accepted), ("rejected", rejected)] {
            let placements = self.plan_placements.with_label_values(&[by, outcome]);
            placements.inc_by(count);
        }
    }

    /// Counts what a repair made of a plan.
    pub fn repaired(&self, found: &Plan, repaired: &Plan, took: Duration) {
        self.repair_seconds.observe(took.as_secs_f64());
        let by_job = |plan: &Plan| plan.placements.iter().cloned().collect::<BTreeMap<_, _>>();
        let (before, after) = (by_job(found), by_job(repaired));
        for (job, placement) in &before {
            let outcome = match after.get(job) {
                Some(now) if now == placement => "kept",
                Some(_) => "moved",
                None => "dropped",
            };
            self.repaired_placements.with_label_values(&[outcome]).inc();
        }
    }

    /// Counts arrivals that were decided together.
    pub fn arrivals_decided(&self, took: Duration) {
        self.arrival_seconds.observe(took.as_secs_f64());
    }

    /// Shows where this member stands.
    pub fn raft(&self, position: RaftPosition) {
        self.raft_term.set(gauge(position.term));
        self.raft_leader.set(gauge(position.leader));
        self.raft_is_leader.set(position.is_leader.into());
        self.raft_commit.set(gauge(position.commit));
        self.raft_applied.set(gauge(position.applied));
    }

    /// Shows how far members are, as the leader knows it; empty on a member that does not lead.
    pub fn peers(&self, peers: impl IntoIterator<Item = (u64, u64)>) {
        self.peer_match.reset();
        for (member, index) in peers {
            let shown = self.peer_match.with_label_values(&[member.to_string()]);
            shown.set(gauge(index));
        }
    }

    /// Counts a round of raft and the durable writes it made.
    pub fn log_written(&self, writes: u32, took: Duration) {
        if writes > 0 {
            self.fsyncs.inc_by(u64::from(writes));
            self.log_write_seconds.observe(took.as_secs_f64());
        }
    }

    /// Counts a proposal that was answered.
    pub fn committed(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Counts a lease that ran out.
    pub fn lease_expired(&self) {
        self.lease_expiries.inc();
    }

    /// Counts a snapshot.
    pub fn snapshot(&self, took: Duration, bytes: u64) {
        self.snapshot_seconds.observe(took.as_secs_f64());
        self.snapshot_bytes.set(gauge(bytes));
    }

    /// Counts a request. `method` is a path of ours, such as `/ewc.v1.JobService/Submit`.
    pub fn observe_rpc(&self, method: &str, code: tonic::Code, took: Duration) {
        self.rpcs
            .with_label_values(&[method, code_name(code)])
            .inc();
        self.rpc_seconds
            .with_label_values(&[method])
            .observe(took.as_secs_f64());
    }

    /// Shows whether the clock is trusted.
    pub fn clock_suspect(&self, suspect: bool) {
        self.clock_suspect.set(suspect.into());
    }

    /// Everything, in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        let families = self.registry.gather();
        // Writing to memory fails for a family without metrics only, and gather leaves those out.
        if let Err(error) = TextEncoder::new().encode(&families, &mut text) {
            tracing::error!(%error, "metrics cannot be written");
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Prometheus' gauges are signed; no index or size of ours comes near the difference.
fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The name in gRPC's own list of codes.
fn code_name(code: tonic::Code) -> &'static str {
    use tonic::Code;
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Makes metrics of the prefix `ewc_` known to a registry.
struct Registrar<'a>(&'a Registry);

impl Registrar<'_> {
    fn add<M: Collector + Clone + 'static>(&self, metric: Result<M, Error>) -> Result<M, Error> {
        let metric = metric?;
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        self.add(IntCounter::with_opts(opts(name, help)))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
        self.add(IntCounterVec::new(opts(name, help), labels))
    }

    fn ratio(&self, name: &str, help: &str) -> Result<Gauge, Error> {
        self.add(Gauge::with_opts(opts(name, help)))
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, Error> {
        self.add(IntGauge::with_opts(opts(name, help)))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, Error> {
        self.add(IntGaugeVec::new(opts(name, help), labels))
    }

    fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Result<Histogram, Error> {
        let options = HistogramOpts::from(opts(name, help)).buckets(bounds.to_vec());
        self.add(Histogram::with_opts(options))
    }

    fn histograms(
        &self,
        name: &str,
        help: &str,
        bounds: &[f64],
        labels: &[&str],
    ) -> Result<HistogramVec, Error> {
        let options = HistogramOpts::from(opts(name, help)).buckets(bounds.to_vec());
        self.add(HistogramVec::new(options, labels))
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("ewc")
}

#[cfg(test)]
mod tests {
    use ewc_core::Reason;
    use ewc_core::model::JobId;
    use ewc_core::planner::Certificate;

    use super::*;

    fn plan() -> Plan {
        Plan {
            base_index: 0,
            planner_version: 1,
            policy_version: 1,
            policy: "greedy".to_owned(),
            scope: ewc_core::planner::Scope::All,
            jobs_max: 10,
            seed: 0,
            stopped_at: 2,
            placements: vec![],
            unplaced: vec![(JobId(1), Reason::PoolBusy), (JobId(2), Reason::PoolBusy)],
            prices: None,
            preempted: Vec::new(),
            certificate: Some(Certificate {
                model_digest: [0; 32],
                objective_micro_cny: 200,
                bound_micro_cny: 195,
                unplaced: 3,
                penalty_micro_cny: 10,
            }),
            repair: None,
            moves: Vec::new(),
        }
    }

    #[test]
    fn everything_is_counted_under_its_name() {
        let metrics = Metrics::new().unwrap();
        let job = JobId(1);
        let events = [
            Event::Submitted(job),
            Event::Changed {
                job,
                from: JobState::Pending,
                to: JobState::Planned,
                reason: None,
            },
            Event::Rejected {
                job,
                reason: Reason::PoolBusy,
            },
            Event::Transferred { job, bytes: 1024 },
        ];
        metrics.applied(&Command::Tick, &events);
        metrics.state(&State::default());
        metrics.planned("round", &plan(), Duration::from_millis(200));
        metrics.plan_applied("round", 7, 2);
        metrics.repaired(&plan(), &plan(), Duration::from_millis(3));
        metrics.arrivals_decided(Duration::from_millis(3));
        metrics.raft(RaftPosition {
            term: 3,
            leader: 2,
            is_leader: true,
            commit: 9,
            applied: 8,
        });
        metrics.peers([(1, 5), (3, 9)]);
        metrics.peers([(1, 6)]);
        metrics.log_written(2, Duration::from_millis(1));
        metrics.log_written(0, Duration::from_millis(1));
        metrics.committed(Duration::from_millis(1));
        metrics.lease_expired();
        metrics.snapshot(Duration::from_millis(500), 4096);
        metrics.observe_rpc(
            "/ewc.v1.JobService/Get",
            tonic::Code::NotFound,
            Duration::from_millis(1),
        );
        metrics.clock_suspect(true);
        let text = metrics.text();
        for line in [
            "ewc_commands_applied_total{command=\"tick\"} 1",
            "ewc_events_total{event=\"rejected\"} 1",
            "ewc_job_transitions_total{to=\"planned\"} 1",
            "ewc_placements_accepted_total 1",
            "ewc_placements_rejected_total{reason=\"pool_busy\"} 1",
            "ewc_transferred_bytes_total 1024",
            "ewc_jobs{state=\"running\"} 0",
            "ewc_planner_round_seconds_count{by=\"round\"} 1",
            "ewc_planner_jobs_considered_total 2",
            "ewc_planner_jobs_placed_total 0",
            "ewc_planner_gap_ratio 0.025",
            "ewc_planner_unplaced_jobs 3",
            "ewc_planner_placements_total{by=\"round\",outcome=\"accepted\"} 7",
            "ewc_planner_placements_total{by=\"round\",outcome=\"rejected\"} 2",
            "ewc_planner_repair_seconds_count 1",
            "ewc_planner_arrival_seconds_count 1",
            "ewc_raft_term 3",
            "ewc_raft_leader_id 2",
            "ewc_raft_is_leader 1",
            "ewc_raft_applied_index 8",
            "ewc_raft_commit_index 9",
            "ewc_raft_peer_match_index{member=\"1\"} 6",
            "ewc_log_fsyncs_total 2",
            "ewc_log_write_seconds_count 1",
            "ewc_commit_seconds_count 1",
            "ewc_snapshot_seconds_count 1",
            "ewc_snapshot_bytes 4096",
            "ewc_rpcs_total{code=\"NOT_FOUND\",method=\"/ewc.v1.JobService/Get\"} 1",
            "ewc_rpc_seconds_count{method=\"/ewc.v1.JobService/Get\"} 1",
            "ewc_clock_suspect 1",
            "ewc_proposals_in_flight 0",
            "ewc_lease_expiries_total 1",
        ] {
            assert!(text.lines().any(|it| it == line), "lacks {line}:\n{text}");
        }
        assert!(
            !text.contains("member=\"3\""),
            "peers of an earlier leadership stay"
        );
    }
}
