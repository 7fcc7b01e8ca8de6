//! Replicas that would pay for themselves.

use ewc_proto::v1;
use serde::Serialize;

use super::cny;

/// A replica that would pay for itself: what it would save and cost in a day, and what that rests
/// on.
#[derive(Debug, Serialize)]
pub struct ReplicaProposalView {
    pub dataset: String,
    pub site: String,
    pub size_bytes: i64,
    pub gain_cny_per_day: f64,
    pub transport_saved_cny_per_day: f64,
    pub waiting_saved_cny_per_day: f64,
    pub copy_cny: f64,
    pub storage_cny_per_day: f64,
    pub reads_permille_per_day: i64,
    pub reads_seen: u64,
    pub seen_for_ms: i64,
    pub planned: u32,
    pub mlps_level: u32,
}

impl From<&v1::ReplicaProposal> for ReplicaProposalView {
    fn from(wire: &v1::ReplicaProposal) -> ReplicaProposalView {
        ReplicaProposalView {
            dataset: wire.dataset.clone(),
            site: wire.site.clone(),
            size_bytes: wire.size_bytes,
            gain_cny_per_day: cny(wire.gain_micro_cny_per_day),
            transport_saved_cny_per_day: cny(wire.transport_saved_micro_cny_per_day),
            waiting_saved_cny_per_day: cny(wire.waiting_saved_micro_cny_per_day),
            copy_cny: cny(wire.copy_micro_cny),
            storage_cny_per_day: cny(wire.storage_micro_cny_per_day),
            reads_permille_per_day: wire.reads_permille_per_day,
            reads_seen: wire.reads_seen,
            seen_for_ms: wire.seen_for_ms,
            planned: wire.planned,
            mlps_level: wire.mlps_level,
        }
    }
}
