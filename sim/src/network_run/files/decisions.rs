//! `decisions.jsonl`: of one job in so many, every placement as it was decided, one a line: where
//! and when, what each term adds to the objective, and of every other site how much dearer its best
//! would have been or the code of the rule in its way. It says what `ewc explain` says.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use ewc_core::State;
use ewc_core::model::{CarbonLedger, Cost, Job, Placement, SiteId, SiteVerdict, Verdict};
use serde_json::{Value, json};

pub(in crate::network_run) struct Decisions {
    out: BufWriter<File>,
    one_in: u64,
    start_ms: i64,
}

impl Decisions {
    pub(super) fn new(out: BufWriter<File>, one_in: u32, start_ms: i64) -> Decisions {
        Decisions {
            out,
            one_in: u64::from(one_in.max(1)),
            start_ms,
        }
    }

    /// The first job, and then one in so many.
    fn is_sampled(&self, number: u64) -> bool {
        number % self.one_in == 1 % self.one_in
    }

    /// A job has a place; `round` is false when it was decided at its arrival.
    pub(in crate::network_run) fn placed(
        &mut self,
        state: &State,
        number: u64,
        job: &Job,
        round: bool,
    ) -> io::Result<()> {
        let Some(placement) = job.placement.as_deref().filter(|_| self.is_sampled(number)) else {
            return Ok(());
        };
        let sites = placement.verdicts.iter().map(|found| verdict(state, found));
        let mut line = self.head(state, number, job);
        line["by"] = json!(if round { "round" } else { "arrival" });
        line["site"] = json!(name(state, site_of(state, placement)));
        line["start"] = self.since(placement.start_ms());
        line["objective_cny"] = yuan(placement.cost.objective_micro_cny);
        line["terms_cny"] = terms(state, job, &placement.cost);
        line["sites"] = Value::Array(sites.collect());
        writeln!(self.out, "{line}")
    }

    /// A job has left that never had a start: why.
    pub(super) fn left(&mut self, state: &State, number: u64, job: &Job) -> io::Result<()> {
        let never = job
            .attempts
            .iter()
            .all(|attempt| attempt.started_ms.is_none());
        let Some(reason) = job.reason.filter(|_| never && self.is_sampled(number)) else {
            return Ok(());
        };
        let mut line = self.head(state, number, job);
        line["site"] = Value::Null;
        line["reason"] = json!(reason.code());
        writeln!(self.out, "{line}")
    }

    fn head(&self, state: &State, number: u64, job: &Job) -> Value {
        json!({
            "job_id": number,
            "key": job.key,
            "class": job.spec.class.name(),
            "time": self.since(state.now_ms()),
        })
    }

    /// Seconds since the scenario's start.
    fn since(&self, at_ms: i64) -> Value {
        json!((at_ms - self.start_ms) as f64 / 1e3)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn site_of(state: &State, placement: &Placement) -> Option<SiteId> {
    let first = placement.groups.first()?;
    state.pool(first.pool).map(|pool| pool.site)
}

fn name(state: &State, site: Option<SiteId>) -> &str {
    let site = site.and_then(|site| state.site(site));
    site.map_or("", |site| site.spec.name.as_str())
}

fn verdict(state: &State, found: &SiteVerdict) -> Value {
    let site = name(state, Some(found.site));
    match found.verdict {
        Verdict::Dearer { extra_micro_cny } => {
            json!({ "site": site, "extra_cny": extra_micro_cny as f64 / 1e6 })
        }
        Verdict::RuledOut(reason) => json!({ "site": site, "reason": reason.code() }),
    }
}

/// What adds up to the objective, but for rounding.
fn terms(state: &State, job: &Job, cost: &Cost) -> Value {
    let policy = state.policy();
    let weights = policy.weights(job);
    let carbon_mg = match policy.ledger {
        CarbonLedger::Location => cost.carbon_location_mg,
        CarbonLedger::Market => cost.carbon_market_mg,
    };
    let weighted = |micro: f64, permille: u32| json!(micro * f64::from(permille) / 1e9);
    let carbon = carbon_mg as f64 * policy.carbon_micro_cny_per_kg as f64 / 1e6;
    let water = cost.water_ml as f64 * policy.water_micro_cny_per_litre as f64 / 1e3;
    json!({
        "money": weighted(cost.money_micro_cny() as f64, weights.money_permille),
        "carbon": weighted(carbon, weights.carbon_permille),
        "water": weighted(water, weights.water_permille),
        "delay": weighted(cost.delay_micro_cny as f64, weights.delay_permille),
        "steering": yuan(cost.steering_micro_cny),
        "age": yuan(cost.age_micro_cny),
        "imbalance": yuan(cost.imbalance_micro_cny),
    })
}

fn yuan(micro: i64) -> Value {
    json!(micro as f64 / 1e6)
}
