//! Answers to "where would it go" and "why is it there".

use ewc_proto::v1;
use serde::Serialize;

use super::placement::CostView;
use super::{MoveView, PlacementView, VerdictView, short};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldView>,
}

/// When a job would start.
#[derive(Debug, Serialize)]
pub struct StartView {
    pub planned_ms: i64,
    pub planned: Option<String>,
    pub p50_ms: i64,
    pub p50: Option<String>,
    pub p90_ms: i64,
    pub p90: Option<String>,
    pub starts_seen: i64,
    pub basis: String,
}

/// A place that is held.
#[derive(Debug, Serialize)]
pub struct HoldView {
    pub token: String,
    pub until_ms: i64,
    pub until: Option<String>,
}

impl From<&v1::StartEstimate> for StartView {
    fn from(wire: &v1::StartEstimate) -> StartView {
        StartView {
            planned_ms: wire.planned_ms,
            planned: rfc3339(wire.planned_ms),
            p50_ms: wire.p50_ms,
            p50: rfc3339(wire.p50_ms),
            p90_ms: wire.p90_ms,
            p90: rfc3339(wire.p90_ms),
            starts_seen: wire.starts_seen,
            basis: short(wire.basis().as_str_name(), "ESTIMATE_BASIS"),
        }
    }
}

impl From<&v1::Hold> for HoldView {
    fn from(wire: &v1::Hold) -> HoldView {
        HoldView {
            token: wire.token.clone(),
            until_ms: wire.until_ms,
            until: rfc3339(wire.until_ms),
        }
    }
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prices_met: Vec<PriceMetView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNotView>,
}

/// What a placement holds of something scarce; names that do not apply are empty.
#[derive(Debug, Serialize)]
pub struct PriceMetView {
    pub site: String,
    pub pool: String,
    pub capacity: String,
    pub link: String,
    pub cny: f64,
}

impl From<&v1::PriceMet> for PriceMetView {
    fn from(wire: &v1::PriceMet) -> PriceMetView {
        PriceMetView {
            site: wire.site.clone(),
            pool: wire.pool.clone(),
            capacity: wire.capacity.clone(),
            link: wire.link.clone(),
            cny: super::cny(wire.micro_cny),
        }
    }
}

/// What is in a job's way at a site.
#[derive(Debug, Serialize)]
pub struct WhyNotView {
    pub site: String,
    pub reason_code: String,
    pub reason: String,
    pub changes: Vec<ChangeView>,
    pub left_code: String,
    pub placement: Option<PlacementView>,
    pub extra: Option<CostView>,
}

/// One change to a job or to the network; `from` and `to` as the wire format says for `what`.
#[derive(Debug, Serialize)]
pub struct ChangeView {
    pub what: String,
    pub name: String,
    pub group: String,
    pub site: String,
    pub from: i64,
    pub to: i64,
}

impl From<&v1::WhyNot> for WhyNotView {
    fn from(wire: &v1::WhyNot) -> WhyNotView {
        let change = |wire: &v1::Change| ChangeView {
            what: wire.what.clone(),
            name: wire.name.clone(),
            group: wire.group.clone(),
            site: wire.site.clone(),
            from: wire.from,
            to: wire.to,
        };
        WhyNotView {
            site: wire.site.clone(),
            reason_code: wire.reason_code.clone(),
            reason: wire.reason.clone(),
            changes: wire.changes.iter().map(change).collect(),
            left_code: wire.left_code.clone(),
            placement: wire.placement.as_ref().map(PlacementView::from),
            extra: wire.extra.as_ref().map(CostView::from),
        }
    }
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
            start: wire.start.as_ref().map(StartView::from),
            hold: wire.hold.as_ref().map(HoldView::from),
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
            moves: wire.moves.iter().map(MoveView::from).collect(),
            prices_met: wire.prices_met.iter().map(PriceMetView::from).collect(),
            why_not: wire.why_not.as_ref().map(WhyNotView::from),
        }
    }
}
