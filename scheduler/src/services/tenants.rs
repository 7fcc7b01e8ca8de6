//! What tenants hold, and what they may.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::planner::shares::Measure;
use ewc_proto::{convert, v1};

use crate::listen::Caller;

/// The tenants that the caller may see, by name.
pub(super) fn list(state: &State, caller: &Caller) -> Vec<v1::Tenant> {
    let measure = Measure::of(state);
    let live = state.tenants().keys().map(|name| &**name);
    let named = state.policy().tenants.keys().map(String::as_str);
    let names: BTreeSet<&str> = live.chain(named).collect();
    let seen = names.into_iter().filter(|name| caller.may_act_for(name));
    seen.map(|name| tenant(state, measure, name)).collect()
}

fn tenant(state: &State, measure: Measure, name: &str) -> v1::Tenant {
    let has = state.tenant(name);
    let granted = state.policy().tenant(name);
    v1::Tenant {
        name: name.to_owned(),
        granted: Some(convert::tenant_to_wire(granted)),
        queued: has.queued,
        placed: has.placed,
        held: Some(convert::resources_to_wire(has.held)),
        dominant_share_millionths: measure.dominant_millionths(has.held),
        weighted_share_millionths: measure.weighted_millionths(has.held, granted.share_permille),
    }
}
