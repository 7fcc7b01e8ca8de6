//! Replicas that would pay for themselves.

use ewc_core::State;
use ewc_core::planner::{self, Proposal};
use ewc_proto::v1;
use tonic::Status;

use super::{status, view};

/// Proposals of one answer: unless told otherwise, and at most.
const COUNT: (usize, usize) = (50, 1000);
/// Highest price of storage.
const PRICE_MAX: i64 = 1_000_000_000_000;

/// What to replicate where, by falling gain.
///
/// # Errors
/// `INVALID_ARGUMENT` for a price or count out of range.
pub(super) fn propose(
    state: &State,
    request: &v1::ProposeReplicasRequest,
) -> Result<Vec<v1::ReplicaProposal>, Status> {
    let price = request.storage_micro_cny_per_gb_day;
    if !(0..=PRICE_MAX).contains(&price) {
        let problem = format!("{price} is out of range; give 0 to {PRICE_MAX}");
        return Err(status::invalid("storage_micro_cny_per_gb_day", &problem));
    }
    let count = match request.count as usize {
        0 => COUNT.0,
        count if count <= COUNT.1 => count,
        count => {
            let problem = format!("{count} is too large; at most {}", COUNT.1);
            return Err(status::invalid("count", &problem));
        }
    };
    let found = planner::propose_replicas(state, price, count);
    Ok(found.iter().map(|found| to_wire(state, found)).collect())
}

fn to_wire(state: &State, found: &Proposal) -> v1::ReplicaProposal {
    let dataset = state.datasets().get(&found.dataset);
    v1::ReplicaProposal {
        dataset: found.dataset.clone(),
        site: view::site_name(state, found.site).to_owned(),
        gain_micro_cny_per_day: found.gain_micro_cny_per_day,
        transport_saved_micro_cny_per_day: found.transport_saved_micro_cny_per_day,
        waiting_saved_micro_cny_per_day: found.waiting_saved_micro_cny_per_day,
        copy_micro_cny: found.copy_micro_cny,
        storage_micro_cny_per_day: found.storage_micro_cny_per_day,
        reads_permille_per_day: found.reads_permille_per_day,
        reads_seen: found.reads_seen,
        seen_for_ms: found.seen_for_ms,
        planned: found.planned,
        mlps_level: found.mlps_level,
        size_bytes: dataset.map_or(0, |dataset| dataset.size_bytes),
    }
}
