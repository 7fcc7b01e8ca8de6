//! What draining sites would do, before it is done.

use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::model::{Job, JobId, SiteId};
use ewc_core::planner::{self, Leaving};
use ewc_proto::v1;
use tonic::Status;

use super::{status, view};

/// How long new places are looked for.
const TIME_MAX: Duration = Duration::from_secs(5);

/// The sites that a request names, one by one or by their hub.
///
/// # Errors
/// `INVALID_ARGUMENT` unless either is given, `NOT_FOUND` for what is not known.
pub(super) fn sites(
    state: &State,
    request: &v1::PreviewDrainRequest,
) -> Result<Vec<SiteId>, Status> {
    let all = (0..state.sites().len() as u32).map(SiteId);
    match (request.sites.as_slice(), request.hub.as_str()) {
        ([], "") => Err(status::invalid("sites", "name a site, or a hub")),
        (names, "") => {
            let find = |name: &String| {
                let site = state.site_named(name);
                site.ok_or_else(|| status::unknown("sites", "site", name))
            };
            names.iter().map(find).collect()
        }
        ([], hub) => {
            let of_hub = |site: &SiteId| state.sites()[site.index()].spec.hub == hub;
            let sites: Vec<SiteId> = all.filter(of_hub).collect();
            match sites.is_empty() {
                true => Err(Status::not_found(format!(
                    "hub: no site is of hub \"{hub}\""
                ))),
                false => Ok(sites),
            }
        }
        _ => Err(status::invalid("hub", "give either sites or a hub")),
    }
}

/// Plans anew what would leave `sites`, for a limited time.
pub(super) fn preview(state: &State, sites: &[SiteId]) -> v1::PreviewDrainResponse {
    let started = Instant::now();
    let drain = planner::drain(state, sites, |_| started.elapsed() < TIME_MAX);
    let staying = drain.staying.iter().map(|(id, until_ms)| {
        let (job_id, name, tenant) = words(state, *id);
        let until_ms = *until_ms;
        v1::StayingJob {
            job_id,
            name,
            tenant,
            until_ms,
        }
    });
    let name = |site: &SiteId| view::site_name(state, *site).to_owned();
    v1::PreviewDrainResponse {
        sites: sites.iter().map(name).collect(),
        leaving: drain
            .leaving
            .iter()
            .map(|known| leaving(state, known))
            .collect(),
        staying: staying.collect(),
        empty_ms: drain.empty_ms,
        now_ms: state.now_ms(),
    }
}

fn leaving(state: &State, known: &Leaving) -> v1::LeavingJob {
    let (job_id, name, tenant) = words(state, known.job);
    let there = known.to.as_ref().ok();
    let first = there.and_then(|placement| placement.groups.first());
    let pool = first.and_then(|slot| state.pool(slot.pool));
    let reason = known.to.as_ref().err();
    v1::LeavingJob {
        job_id,
        name,
        tenant,
        to_site: pool
            .map(|pool| view::site_name(state, pool.site).to_owned())
            .unwrap_or_default(),
        start_ms: there.map_or(0, |placement| placement.start_ms()),
        reason_code: reason
            .map(|reason| reason.code().to_owned())
            .unwrap_or_default(),
        misses_deadline: known.misses_deadline,
    }
}

fn words(state: &State, id: JobId) -> (String, String, String) {
    let job = state.job(id).map(AsRef::as_ref);
    let name = job.map(|job: &Job| job.spec.name.clone());
    let tenant = job.map(|job| job.tenant.to_string());
    (
        id.to_string(),
        name.unwrap_or_default(),
        tenant.unwrap_or_default(),
    )
}
