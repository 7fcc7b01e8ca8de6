//! Sums over the jobs and the hours of a run. Memory does not grow with their number.

use std::collections::BTreeMap;

use ewc_core::State;
use ewc_core::model::{JobState, Resources};
use ewc_core::planner::Plan;
use serde_json::{Value, json};

use super::outcome::Outcome;
use super::work::ListPrices;
use crate::site::queue::Quantiles;

/// Resource times milliseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Volume {
    cpu_millis: i128,
    memory_mib: i128,
    accelerators: i128,
}

impl Volume {
    fn add(&mut self, amount: Resources, ms: i64) {
        self.cpu_millis += i128::from(amount.cpu_millis) * i128::from(ms);
        self.memory_mib += i128::from(amount.memory_mib) * i128::from(ms);
        self.accelerators += i128::from(amount.accelerators) * i128::from(ms);
    }

    /// Shares of another, by kind.
    fn of(self, all: Volume) -> [(&'static str, f64); 3] {
        let share = |part: i128, all: i128| match all {
            0 => 0.0,
            _ => part as f64 / all as f64,
        };
        [
            ("cores", share(self.cpu_millis, all.cpu_millis)),
            ("memory", share(self.memory_mib, all.memory_mib)),
            ("accelerators", share(self.accelerators, all.accelerators)),
        ]
    }
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    prices: ListPrices,
    /// What the jobs that succeeded are worth at list prices.
    work_cny: f64,
    /// Utilisation counts from the start until then.
    pub(super) span_ms: (i64, i64),
    jobs: u64,
    refused: u64,
    unplaced: u64,
    unfinished: u64,
    succeeded: u64,
    waits: Quantiles,
    wait_sum_ms: i128,
    wait_max_ms: i64,
    slowdown_sum: f64,
    slowdowns: u64,
    deadlines: u64,
    hits: u64,
    /// Jobs whose results have to stand in two hubs, and those whose results do.
    recovery_due: u64,
    recovery_kept: u64,
    wan_bytes: i128,
    money_micro_cny: i128,
    carbon_location_mg: i128,
    carbon_market_mg: i128,
    lost_attempts: u64,
    moves: u64,
    moved_bytes: i128,
    redone_ms: i128,
    lost_micro_cny: i128,
    lost_location_mg: i128,
    lost_market_mg: i128,
    energy_mwh: i128,
    renewable: i128,
    /// Sum of speeds and jobs, by tenant.
    speeds: BTreeMap<String, (f64, u64)>,
    held: Volume,
    usable: Volume,
    asked: Volume,
    queued_ms: i128,
    /// The same with those that have a place and have not begun.
    waiting_ms: i128,
    rounds: u64,
    certified: u64,
    gap_sum: i128,
    gap_max: i64,
    checkpoints: u64,
}

impl Tally {
    /// Of a scenario from one instant to another.
    pub(super) fn over(start_ms: i64, end_ms: i64, prices: ListPrices) -> Tally {
        Tally {
            prices,
            span_ms: (start_ms, end_ms),
            ..Tally::default()
        }
    }

    pub(super) fn jobs(&self) -> u64 {
        self.jobs
    }

    pub(super) fn refused(&mut self) {
        self.jobs += 1;
        self.refused += 1;
        self.unplaced += 1;
    }

    pub(super) fn add(&mut self, outcome: &Outcome<'_>) {
        let job = outcome.job;
        self.jobs += 1;
        self.unplaced += u64::from(outcome.start_ms.is_none());
        self.unfinished += u64::from(!job.state.is_terminal());
        self.succeeded += u64::from(job.state == JobState::Succeeded);
        if let Some(wait_ms) = outcome.wait_ms {
            self.waits.add(wait_ms);
            self.wait_sum_ms += i128::from(wait_ms);
            self.wait_max_ms = self.wait_max_ms.max(wait_ms);
        }
        if let Some(slowdown) = outcome.bounded_slowdown() {
            self.slowdown_sum += slowdown;
            self.slowdowns += 1;
        }
        self.deadlines += u64::from(job.spec.deadline_ms.is_some());
        self.hits += u64::from(outcome.in_time() == Some(true));
        let cost = &outcome.cost;
        self.wan_bytes += i128::from(outcome.wan_bytes);
        self.money_micro_cny += i128::from(cost.money_micro_cny());
        self.carbon_location_mg += i128::from(cost.carbon_location_mg);
        self.carbon_market_mg += i128::from(cost.carbon_market_mg);
        for moved in &job.moves {
            self.moves += 1;
            self.moved_bytes += i128::from(moved.bytes);
            self.redone_ms += i128::from(moved.lost_ms);
        }
        let lost = &outcome.lost;
        self.lost_attempts += outcome.attempts.iter().filter(|ran| ran.lost).count() as u64;
        self.lost_micro_cny += i128::from(lost.money_micro_cny());
        self.lost_location_mg += i128::from(lost.carbon_location_mg);
        self.lost_market_mg += i128::from(lost.carbon_market_mg);
        self.energy_mwh += i128::from(cost.energy_mwh);
        self.renewable += i128::from(cost.energy_mwh) * i128::from(cost.renewable_permille);
        let speed = match (outcome.wait_ms, outcome.run_ms) {
            (Some(wait_ms), Some(run_ms)) => {
                run_ms.max(1) as f64 / (run_ms.max(1) + wait_ms.max(0)) as f64
            }
            _ => 0.0,
        };
        let tenant = self.speeds.entry(job.tenant.to_string()).or_default();
        *tenant = (tenant.0 + speed, tenant.1 + 1);
        self.hold(outcome);
    }

    /// Whether the results of a job stand in two hubs; `None` where they need not.
    pub(super) fn recovers(&mut self, kept: Option<bool>) {
        self.recovery_due += u64::from(kept.is_some());
        self.recovery_kept += u64::from(kept == Some(true));
    }

    fn hold(&mut self, outcome: &Outcome<'_>) {
        let (from_ms, until_ms) = self.span_ms;
        for ran in &outcome.attempts {
            let within_ms = ran.until_ms.min(until_ms) - ran.from_ms.max(from_ms);
            self.held.add(ran.held, within_ms.max(0));
        }
        let job = outcome.job;
        for group in &job.spec.groups {
            let run_ms = outcome.run_ms.unwrap_or(group.estimate_ms);
            self.asked.add(group.total(), run_ms);
            if job.state == JobState::Succeeded {
                self.work_cny += self.prices.worth_cny(group.total(), run_ms);
            }
        }
    }

    /// Time went by with the network like this.
    pub(super) fn pass(&mut self, state: &State, from_ms: i64, until_ms: i64) {
        let until_ms = until_ms.min(self.span_ms.1);
        let ms = (until_ms - from_ms.max(self.span_ms.0)).max(0);
        let (pending, planned) = (
            state.count(JobState::Pending),
            state.count(JobState::Planned),
        );
        self.queued_ms += i128::from(pending) * i128::from(ms);
        self.waiting_ms += i128::from(pending + planned) * i128::from(ms);
    }

    /// An hour, or what is left of it, with what the network may use.
    pub(super) fn usable(&mut self, usable: Resources, ms: i64) {
        self.usable.add(usable, ms);
    }

    pub(super) fn planned(&mut self, plan: &Plan, round: bool) {
        self.rounds += u64::from(round);
        self.checkpoints += u64::from(plan.stopped_at);
        if let Some(certificate) = plan.certificate.as_ref().filter(|_| round) {
            let gap = certificate.gap_millipercent();
            self.certified += 1;
            self.gap_sum += i128::from(gap);
            self.gap_max = self.gap_max.max(gap);
        }
    }

    /// All of it, by name.
    pub(super) fn indicators(&self) -> Value {
        let started = self.jobs - self.unplaced;
        let load = self.asked.of(self.usable);
        let load_pct = load
            .iter()
            .map(|(_, share)| 100.0 * share)
            .fold(0.0, f64::max);
        let span_ms = (self.span_ms.1 - self.span_ms.0).max(1) as f64;
        let shares = |shares: [(&'static str, f64); 3]| {
            let shares = shares
                .into_iter()
                .map(|(kind, share)| (kind.to_owned(), json!(share)));
            Value::Object(shares.collect())
        };
        let per_work = |amount: i128, units: f64| match self.work_cny > 0.0 {
            true => json!(amount as f64 / 1e6 / self.work_cny * units),
            false => Value::Null,
        };
        let gap = |millipercent: f64| (self.certified > 0).then_some(millipercent / 1000.0);
        json!({
            "jobs": self.jobs,
            "succeeded": self.succeeded,
            "unplaced": self.unplaced,
            "refused": self.refused,
            "unfinished": self.unfinished,
            "wait_s": {
                "mean": mean(self.wait_sum_ms as f64 / 1e3, started),
                "p50": self.waits.at_permille(500) as f64 / 1e3,
                "p90": self.waits.at_permille(900) as f64 / 1e3,
                "max": self.wait_max_ms as f64 / 1e3,
            },
            "bsld_mean": mean(self.slowdown_sum, self.slowdowns),
            "deadlines": self.deadlines,
            "deadline_hits": self.hits,
            "recovery": { "due": self.recovery_due, "kept": self.recovery_kept },
            "utilisation": shares(self.held.of(self.usable)),
            "load": shares(load),
            "load_pct": load_pct,
            "wan_bytes": self.wan_bytes as f64,
            "cost_cny": self.money_micro_cny as f64 / 1e6,
            "energy_kwh": self.energy_mwh as f64 / 1e6,
            "carbon_location_kg": self.carbon_location_mg as f64 / 1e6,
            "carbon_market_kg": self.carbon_market_mg as f64 / 1e6,
            "work_cny": self.work_cny,
            "per_work": {
                "cost_cny": per_work(self.money_micro_cny, 1.0),
                "carbon_location_g": per_work(self.carbon_location_mg, 1e3),
                "carbon_market_g": per_work(self.carbon_market_mg, 1e3),
            },
            "moved": {
                "moves": self.moves,
                "checkpoint_gb": self.moved_bytes as f64 / 1e9,
                "redone_hours": self.redone_ms as f64 / 3.6e6,
            },
            "lost": {
                "attempts": self.lost_attempts,
                "cost_cny": self.lost_micro_cny as f64 / 1e6,
                "carbon_location_kg": self.lost_location_mg as f64 / 1e6,
                "carbon_market_kg": self.lost_market_mg as f64 / 1e6,
            },
            "renewable_share": self.renewable as f64 / (self.energy_mwh.max(1) as f64) / 1000.0,
            "jain_tenants": self.jain(),
            "rounds_committed": self.rounds,
            "checkpoints": self.checkpoints,
            "mean_gap_pct": gap(mean(self.gap_sum as f64, self.certified)),
            "worst_gap_pct": gap(self.gap_max as f64),
            "mean_queue": self.queued_ms as f64 / span_ms,
            "mean_waiting": self.waiting_ms as f64 / span_ms,
        })
    }

    /// Jain's fairness index of the tenants' mean speeds: run time as a share of wait and run (R.
    /// Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984).
    fn jain(&self) -> f64 {
        let means = self.speeds.values().map(|(sum, jobs)| sum / *jobs as f64);
        let (sum, squares) = means.fold((0.0, 0.0), |(sum, squares), mean| {
            (sum + mean, squares + mean * mean)
        });
        match squares > 0.0 {
            true => sum * sum / (self.speeds.len() as f64 * squares),
            false => 1.0,
        }
    }
}

fn mean(sum: f64, count: u64) -> f64 {
    match count {
        0 => 0.0,
        _ => sum / count as f64,
    }
}
