//! Why a job is not at a site, and the smallest change that would make it fit there.

use ewc_core::State;
use ewc_core::model::{Cost, Job};
use ewc_core::planner::{self, Change};
use ewc_proto::convert;
use ewc_proto::v1;
use tonic::Status;

use super::{status, view};

/// What is in the way of `job` at the site of that name.
///
/// # Errors
/// `NOT_FOUND` for a site that is not known, `FAILED_PRECONDITION` for a job that has ended.
pub(super) fn why_not(state: &State, job: &Job, name: &str) -> Result<v1::WhyNot, Status> {
    let site = state.site_named(name);
    let site = site.ok_or_else(|| status::unknown("why_not_site", "site", name))?;
    if job.state.is_terminal() {
        let problem = format!("job {} has ended; ask about one that has not", job.id);
        return Err(Status::failed_precondition(problem));
    }
    let found = planner::why_not(state, job, site);
    let reason = found.outcome.as_ref().err();
    let there = found.outcome.as_ref().ok();
    let own = job.placement.as_deref();
    let extra = there
        .zip(own)
        .map(|(there, own)| difference(&there.cost, &own.cost));
    Ok(v1::WhyNot {
        site: name.to_owned(),
        reason_code: reason.map_or_else(String::new, |reason| reason.code().to_owned()),
        reason: reason.map_or_else(String::new, ToString::to_string),
        changes: found
            .changes
            .iter()
            .map(|known| change(state, job, known))
            .collect(),
        left_code: match &found.with_changes {
            Ok(_) => String::new(),
            Err(reason) => reason.code().to_owned(),
        },
        placement: there.map(|known| view::placement(state, &job.spec, known)),
        extra: extra.as_ref().map(convert::cost_to_wire),
    })
}

fn change(state: &State, job: &Job, change: &Change) -> v1::Change {
    let group = change.group.and_then(|at| job.spec.groups.get(at as usize));
    let site = change
        .site
        .map(|site| view::site_name(state, site).to_owned());
    v1::Change {
        what: change.lever.code().to_owned(),
        name: change.name.clone(),
        group: group.map(|group| group.name.clone()).unwrap_or_default(),
        site: site.unwrap_or_default(),
        from: change.from,
        to: change.to,
    }
}

/// `there` less `own`, part by part; the share of renewables is that of `there`.
fn difference(there: &Cost, own: &Cost) -> Cost {
    Cost {
        energy_micro_cny: there.energy_micro_cny - own.energy_micro_cny,
        pool_micro_cny: there.pool_micro_cny - own.pool_micro_cny,
        transport_micro_cny: there.transport_micro_cny - own.transport_micro_cny,
        energy_mwh: there.energy_mwh - own.energy_mwh,
        carbon_location_mg: there.carbon_location_mg - own.carbon_location_mg,
        carbon_market_mg: there.carbon_market_mg - own.carbon_market_mg,
        water_ml: there.water_ml - own.water_ml,
        renewable_permille: there.renewable_permille,
        steering_micro_cny: there.steering_micro_cny - own.steering_micro_cny,
        age_micro_cny: there.age_micro_cny - own.age_micro_cny,
        imbalance_micro_cny: there.imbalance_micro_cny - own.imbalance_micro_cny,
        delay_micro_cny: there.delay_micro_cny - own.delay_micro_cny,
        objective_micro_cny: there.objective_micro_cny - own.objective_micro_cny,
    }
}
