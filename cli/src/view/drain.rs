//! What draining sites would do.

use ewc_proto::v1;
use serde::Serialize;

use crate::format::rfc3339;

/// What draining sites would do.
#[derive(Debug, Serialize)]
pub struct DrainView {
    pub sites: Vec<String>,
    pub leaving: Vec<LeavingView>,
    pub staying: Vec<StayingView>,
    pub empty_ms: i64,
    pub empty: Option<String>,
    pub now_ms: i64,
    pub now: Option<String>,
}

/// A job that is placed elsewhere, or nowhere.
#[derive(Debug, Serialize)]
pub struct LeavingView {
    pub job_id: String,
    pub name: String,
    pub tenant: String,
    pub to_site: String,
    pub start_ms: i64,
    pub start: Option<String>,
    pub reason_code: String,
    pub misses_deadline: bool,
}

/// A job that runs on.
#[derive(Debug, Serialize)]
pub struct StayingView {
    pub job_id: String,
    pub name: String,
    pub tenant: String,
    pub until_ms: i64,
    pub until: Option<String>,
}

impl From<&v1::PreviewDrainResponse> for DrainView {
    fn from(wire: &v1::PreviewDrainResponse) -> DrainView {
        let leaving = |wire: &v1::LeavingJob| LeavingView {
            job_id: wire.job_id.clone(),
            name: wire.name.clone(),
            tenant: wire.tenant.clone(),
            to_site: wire.to_site.clone(),
            start_ms: wire.start_ms,
            start: Some(wire.start_ms).filter(|ms| *ms > 0).and_then(rfc3339),
            reason_code: wire.reason_code.clone(),
            misses_deadline: wire.misses_deadline,
        };
        let staying = |wire: &v1::StayingJob| StayingView {
            job_id: wire.job_id.clone(),
            name: wire.name.clone(),
            tenant: wire.tenant.clone(),
            until_ms: wire.until_ms,
            until: rfc3339(wire.until_ms),
        };
        DrainView {
            sites: wire.sites.clone(),
            leaving: wire.leaving.iter().map(leaving).collect(),
            staying: wire.staying.iter().map(staying).collect(),
            empty_ms: wire.empty_ms,
            empty: rfc3339(wire.empty_ms),
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
        }
    }
}
