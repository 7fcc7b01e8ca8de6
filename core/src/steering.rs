//! What the policy's steering says of a job at a site.

use crate::model::{
    GroupPlacement, JobSpec, Policy, SiteId, Steering, SteeringEffect, SteeringSites,
};
use crate::state::State;

/// True when steering rules the site out for such a job.
pub(crate) fn rules_out(state: &State, job: &JobSpec, site: SiteId) -> bool {
    let mut rules = state.policy().steering.iter();
    rules.any(|rule| rule.effect == SteeringEffect::RuleOut && speaks_of(state, rule, job, site))
}

/// The policy without what rules the site out for such a job.
pub(crate) fn without_rules(state: &State, job: &JobSpec, site: SiteId) -> Policy {
    let mut policy = Policy::clone(state.policy());
    policy.steering.retain(|rule| {
        rule.effect != SteeringEffect::RuleOut || !speaks_of(state, rule, job, site)
    });
    policy
}

/// What steering adds to the objective when a group of such a job runs at the site for `run_ms`,
/// in micro-yuan.
pub(crate) fn extra_micro_cny(
    state: &State,
    job: &JobSpec,
    site: SiteId,
    slot: &GroupPlacement,
    run_ms: i64,
) -> i128 {
    let (cpu_millis, accelerators) = (slot.total.cpu_millis, slot.total.accelerators);
    let extra = |rule: &Steering| match rule.effect {
        SteeringEffect::Extra {
            micro_cny_per_core_hour,
            micro_cny_per_accelerator_hour,
        } if speaks_of(state, rule, job, site) => {
            let cores = i128::from(cpu_millis) * i128::from(micro_cny_per_core_hour) / 1000;
            cores + i128::from(accelerators) * i128::from(micro_cny_per_accelerator_hour)
        }
        _ => 0,
    };
    let per_hour: i128 = state.policy().steering.iter().map(extra).sum();
    per_hour * i128::from(run_ms) / 3_600_000
}

fn speaks_of(state: &State, rule: &Steering, job: &JobSpec, site: SiteId) -> bool {
    if !rule.concerns(job) {
        return false;
    }
    let Some(site) = state.site(site) else {
        return false;
    };
    let spec = &site.spec;
    let here = |places: &[String]| {
        let mut names = [&spec.hub, &spec.region, &spec.name].into_iter();
        names.any(|name| !name.is_empty() && places.contains(name))
    };
    match &rule.sites {
        SteeringSites::At(places) => here(places),
        SteeringSites::Elsewhere(places) => !here(places),
        SteeringSites::Beyond { one_way_us, layer } => job.demand().any(|region| {
            let known = state.region_named(region);
            known.is_some_and(|known| {
                let region = &state.regions()[known.index()];
                let path_us = state.topology().latency_us(region.node, site.node, *layer);
                path_us.is_none_or(|path_us| path_us + region.access_us > *one_way_us)
            })
        }),
        SteeringSites::GreenPowerBelow { permille } => {
            let point = site.energy.at(state.now_ms());
            point.is_some_and(|point| point.contracted_permille < *permille)
        }
    }
}
