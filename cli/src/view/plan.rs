//! Answers to "where would it go" and "why is it there".

use ewc_proto::v1;
use serde::Serialize;

use super::{PlacementView, VerdictView};
use crate::format::rfc3339;

/// Where a job would go.
#[derive(Debug, Serialize)]
pub struct PlanView {
    pub candidates: Vec<CandidateView>,
    pub ruled_out: Vec<VerdictView>,
    pub now_ms: i64,
    pub now: Option<String>,
    pub base_index: i64,
    pub policy: String,
}

/// The best of one feasible site.
#[derive(Debug, Serialize)]
pub struct CandidateView {
    pub placement: Option<PlacementView>,
    pub chosen: bool,
}

/// Why a job is where it is.
#[derive(Debug, Serialize)]
pub struct ExplanationView {
    pub job_id: String,
    pub sentence: String,
    pub placement: Option<PlacementView>,
    pub alternatives: Vec<VerdictView>,
    pub notes: Vec<String>,
    pub policy: String,
    pub base_index: i64,
}

impl From<&v1::PlanResponse> for PlanView {
    fn from(wire: &v1::PlanResponse) -> PlanView {
        let candidate = |wire: &v1::Candidate| CandidateView {
            placement: wire.placement.as_ref().map(PlacementView::from),
            chosen: wire.chosen,
        };
        PlanView {
            candidates: wire.candidates.iter().map(candidate).collect(),
            ruled_out: wire.ruled_out.iter().map(VerdictView::from).collect(),
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
            base_index: wire.base_index,
            policy: wire.policy.clone(),
        }
    }
}

impl From<&v1::Explanation> for ExplanationView {
    fn from(wire: &v1::Explanation) -> ExplanationView {
        ExplanationView {
            job_id: wire.job_id.clone(),
            sentence: wire.sentence.clone(),
            placement: wire.placement.as_ref().map(PlacementView::from),
            alternatives: wire.alternatives.iter().map(VerdictView::from).collect(),
            notes: wire.notes.clone(),
            policy: wire.policy.clone(),
            base_index: wire.base_index,
        }
    }
}
