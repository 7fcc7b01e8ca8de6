//! Jobs and what became of them.

use ewc_proto::v1;
use serde::Serialize;

use super::job_spec::JobSpecView;
use super::{PlacementView, StartView, cny, short};
use crate::format::rfc3339;

/// A job that was stored.
#[derive(Debug, Serialize)]
pub struct SubmittedView {
    pub job_id: String,
    pub name: String,
    pub idempotency_key: String,
    pub duplicate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartView>,
}

/// A job.
#[derive(Debug, Serialize)]
pub struct JobView {
    pub job_id: String,
    pub tenant: String,
    pub idempotency_key: String,
    pub spec: Option<JobSpecView>,
    pub state: String,
    pub reason: String,
    pub reason_code: String,
    pub submitted_ms: i64,
    pub submitted: Option<String>,
    pub started_ms: i64,
    pub started: Option<String>,
    pub ended_ms: i64,
    pub ended: Option<String>,
    pub placement: Option<PlacementView>,
    pub attempts: Vec<AttemptView>,
    pub changed_index: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveView>,
}

/// A running job goes on at another site.
#[derive(Debug, Serialize)]
pub struct MoveView {
    pub from_site: String,
    pub to_site: String,
    pub at_ms: i64,
    pub at: Option<String>,
    pub made: bool,
    pub stop_ms: i64,
    pub stop: Option<String>,
    pub stay_cny: f64,
    pub gain_cny: f64,
    pub bytes: i64,
    pub lost_ms: i64,
}

impl From<&v1::Move> for MoveView {
    fn from(wire: &v1::Move) -> MoveView {
        MoveView {
            from_site: wire.from_site.clone(),
            to_site: wire.to_site.clone(),
            at_ms: wire.at_ms,
            at: rfc3339(wire.at_ms),
            made: wire.made,
            stop_ms: wire.stop_ms,
            stop: rfc3339(wire.stop_ms),
            stay_cny: cny(wire.stay_micro_cny),
            gain_cny: cny(wire.gain_micro_cny),
            bytes: wire.bytes,
            lost_ms: wire.lost_ms,
        }
    }
}

/// One start of a job.
#[derive(Debug, Serialize)]
pub struct AttemptView {
    pub number: u32,
    pub fence: i64,
    pub site: String,
    pub dispatched_ms: i64,
    pub dispatched: Option<String>,
    pub started_ms: i64,
    pub started: Option<String>,
    pub ended_ms: i64,
    pub ended: Option<String>,
    pub outcome: String,
    pub exit_code: i32,
    pub usage: Option<UsageView>,
}

/// What an attempt used.
#[derive(Debug, Serialize)]
pub struct UsageView {
    pub cpu_ms: i64,
    pub memory_peak_mib: i64,
    pub wall_ms: i64,
}

impl From<&v1::Job> for JobView {
    fn from(wire: &v1::Job) -> JobView {
        JobView {
            job_id: wire.job_id.clone(),
            tenant: wire.tenant.clone(),
            idempotency_key: wire.idempotency_key.clone(),
            spec: wire.spec.as_ref().map(JobSpecView::from),
            state: short(wire.state().as_str_name(), "JOB_STATE"),
            reason: wire.reason.clone(),
            reason_code: wire.reason_code.clone(),
            submitted_ms: wire.submitted_ms,
            submitted: rfc3339(wire.submitted_ms),
            started_ms: wire.started_ms,
            started: rfc3339(wire.started_ms),
            ended_ms: wire.ended_ms,
            ended: rfc3339(wire.ended_ms),
            placement: wire.placement.as_ref().map(PlacementView::from),
            attempts: wire.attempts.iter().map(AttemptView::from).collect(),
            changed_index: wire.changed_index,
            moves: wire.moves.iter().map(MoveView::from).collect(),
        }
    }
}

impl From<&v1::Attempt> for AttemptView {
    fn from(wire: &v1::Attempt) -> AttemptView {
        let usage = |usage: &v1::Usage| UsageView {
            cpu_ms: usage.cpu_ms,
            memory_peak_mib: usage.memory_peak_mib,
            wall_ms: usage.wall_ms,
        };
        AttemptView {
            number: wire.number,
            fence: wire.fence,
            site: wire.site.clone(),
            dispatched_ms: wire.dispatched_ms,
            dispatched: rfc3339(wire.dispatched_ms),
            started_ms: wire.started_ms,
            started: rfc3339(wire.started_ms),
            ended_ms: wire.ended_ms,
            ended: rfc3339(wire.ended_ms),
            outcome: wire.outcome.clone(),
            exit_code: wire.exit_code,
            usage: wire.usage.as_ref().map(usage),
        }
    }
}
