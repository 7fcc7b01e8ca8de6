//! Why a job is where it is: from the breakdown and the verdicts that its placement keeps.

use ewc_core::model::{
    Attempt, Job, JobState, Placement, SiteVerdict, Transfer, TransferKind, Verdict,
};
use ewc_core::planner::{self, Capacity, Scarce};
use ewc_core::{Reason, State, trust};
use ewc_proto::v1;

use super::view;

/// The explanation of one job.
pub(super) fn explain(state: &State, job: &Job) -> v1::Explanation {
    let placement = job.placement.as_deref();
    let mut alternatives: Vec<SiteVerdict> = match placement {
        Some(known) => known.verdicts.clone(),
        None if job.state == JobState::Pending => verdicts_now(state, job),
        None => Vec::new(),
    };
    alternatives.sort_by_key(|known| match known.verdict {
        Verdict::Dearer { extra_micro_cny } => (false, extra_micro_cny),
        Verdict::RuledOut(_) => (true, 0),
    });
    v1::Explanation {
        job_id: job.id.to_string(),
        sentence: explain_sentence(state, job, &alternatives),
        placement: placement.map(|known| view::placement(state, &job.spec, known)),
        alternatives: alternatives
            .iter()
            .map(|known| view::verdict(state, known))
            .collect(),
        notes: notes(state, job),
        policy: state.policy().kind.name().to_owned(),
        base_index: job.planned_base as i64,
        why_not: None,
        moves: view::moves(state, job),
        prices_met: placement
            .map(|known| prices_met(state, known))
            .unwrap_or_default(),
    }
}

/// What the placement holds of what is scarce.
fn prices_met(state: &State, placement: &Placement) -> Vec<v1::PriceMet> {
    let met = planner::prices_met(state, placement).into_iter();
    let name = |site| view::site_name(state, site).to_owned();
    met.filter_map(|(what, micro_cny)| {
        let (site, pool, capacity, link) = match what {
            Scarce::Pool(pool, kind) => {
                let pool = state.pool(pool)?;
                let (site, pool) = (name(pool.site), pool.spec.name.clone());
                (site, pool, kind.name(), String::new())
            }
            Scarce::Power(site) => {
                let power = Capacity::Power.name();
                (name(site), String::new(), power, String::new())
            }
            Scarce::Link(link) => {
                let link = state.link(link)?.name.clone();
                (String::new(), String::new(), "bandwidth", link)
            }
        };
        Some(v1::PriceMet {
            site,
            pool,
            capacity: capacity.to_owned(),
            link,
            micro_cny,
        })
    })
    .collect()
}

/// What is in a waiting job's way at each site, as things are now. Takes a while.
fn verdicts_now(state: &State, job: &Job) -> Vec<SiteVerdict> {
    let options = planner::options(state, state.policy().kind, job);
    let objective = |placement: &Placement| placement.cost.objective_micro_cny;
    let found = options
        .iter()
        .filter_map(|option| option.outcome.as_ref().ok());
    let least = found.map(objective).min().unwrap_or_default();
    let verdicts = options.iter().map(|option| SiteVerdict {
        site: option.site,
        verdict: match &option.outcome {
            Ok(placement) => Verdict::Dearer {
                extra_micro_cny: objective(placement) - least,
            },
            Err(reason) => Verdict::RuledOut(*reason),
        },
    });
    verdicts.collect()
}

fn explain_sentence(state: &State, job: &Job, alternatives: &[SiteVerdict]) -> String {
    let Some(placement) = &job.placement else {
        let reason = job.reason.unwrap_or(Reason::NotReached);
        return format!("Job {} is {}: {reason}.", job.id, job.state.name());
    };
    let site = sites(state, placement);
    let cost = &placement.cost;
    let money = cost.money_micro_cny() as f64 / 1e6;
    let carbon = cost.carbon_market_mg as f64 / 1e6;
    let chosen = format!(
        "Job {} goes to {site} for {money:.4} CNY and {carbon:.4} kg CO2 (market-based), at {} % \
         renewables",
        job.id,
        (cost.renewable_permille + 5) / 10,
    );
    let ruled_out = alternatives
        .iter()
        .filter(|a| matches!(a.verdict, Verdict::RuledOut(_)));
    let ruled_out = ruled_out.count();
    match alternatives.first().map(|best| (best.site, best.verdict)) {
        Some((next, Verdict::Dearer { extra_micro_cny })) => format!(
            "{chosen}; the next best of {} other sites, {}, would cost {:.4} CNY more in the \
             objective, and {ruled_out} are ruled out.",
            alternatives.len(),
            view::site_name(state, next),
            extra_micro_cny as f64 / 1e6,
        ),
        _ if alternatives.is_empty() && state.sites().len() > 1 => {
            format!("{chosen}; no other site was looked at.")
        }
        _ if alternatives.is_empty() => format!("{chosen}; there is no other site."),
        // A policy that takes the first site that fits does not look further.
        _ if alternatives.len() + 1 < state.sites().len() => {
            format!("{chosen}; {ruled_out} other sites are ruled out.")
        }
        _ => format!("{chosen}; every other site is ruled out ({ruled_out})."),
    }
}

/// The sites of a placement, the first group's first.
fn sites(state: &State, placement: &Placement) -> String {
    let mut names: Vec<&str> = Vec::new();
    for slot in &placement.groups {
        let site = state.pool(slot.pool).map(|pool| pool.site);
        let name = site.map(|site| view::site_name(state, site));
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names.join(" and ")
}

/// Why data goes by a third site.
fn waits(state: &State, first: &Transfer) -> String {
    format!(
        "{} goes by {} and waits there for its second leg: both together are cheaper, or in time, \
         where no direct way is",
        first.what,
        view::site_name(state, first.to),
    )
}

/// Signals the decision had to do without, or that are old.
fn notes(state: &State, job: &Job) -> Vec<String> {
    let mut notes = Vec::new();
    for slot in job.placement.iter().flat_map(|placement| &placement.groups) {
        let Some(id) = state.pool(slot.pool).map(|pool| pool.site) else {
            continue;
        };
        let Some(site) = state.site(id) else {
            continue;
        };
        let name = &site.spec.name;
        if site.energy.points.is_empty() {
            notes.push(format!(
                "{name} has issued no energy series; its energy counts as free"
            ));
        }
        let age_ms = trust::age_ms(state, id);
        let extra = trust::dearer_by_age(state.policy(), age_ms);
        if age_ms > trust::FRESH_MS {
            notes.push(format!(
                "{name} was last heard of {} min ago: +{:.4} CNY in the objective",
                age_ms / 60_000,
                extra as f64 / 1e6,
            ));
        }
    }
    for transfer in job
        .placement
        .iter()
        .flat_map(|placement| &placement.transfers)
    {
        if transfer.kind == TransferKind::ToDepot {
            notes.push(waits(state, transfer));
        }
        if view::is_replica(state, &job.spec, transfer) {
            notes.push(format!(
                "{} is also copied to {}, in another hub: its data is important or core",
                transfer.what,
                view::site_name(state, transfer.to),
            ));
        }
    }
    if job.state == JobState::Pending {
        notes.extend(job.attempt().map(|attempt: &Attempt| {
            format!("attempt {} ended: {}", attempt.number, attempt.detail)
        }));
    }
    notes
}
