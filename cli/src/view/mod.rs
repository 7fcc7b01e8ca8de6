//! Results in the stable form for programs (JSON and YAML).
//!
//! Field names are those of the wire format. Money is in yuan (`…_cny`); a time stands twice, as
//! milliseconds (`…_ms`, 0 when there is none) and as RFC 3339 without the suffix.

mod catalogue;
mod definition;
mod drain;
mod job;
mod job_spec;
mod network;
mod placement;
mod plan;
mod policy;
mod prices;
mod replicas;

pub use catalogue::{DatasetView, ImageView, RemovedView};
pub use definition::DefinitionView;
pub use drain::DrainView;
pub use job::{JobView, MoveView, SubmittedView};
pub use network::{
    LinkView, LinksView, MembersView, OverviewView, RegionView, SiteView, SitesView,
};
pub use placement::{PlacementView, VerdictView, total_micro_cny};
pub use plan::{ExplanationView, PlanView, StartView};
pub use policy::{PolicyView, ProfileView, TenantView};
pub use prices::{PlannerView, PricesView};
pub use replicas::ReplicaProposalView;

/// The last part of an enumeration's name in lower case: `JOB_STATE_RUNNING` is `running`.
fn short(full: &str, prefix: &str) -> String {
    full.strip_prefix(prefix)
        .unwrap_or(full)
        .trim_start_matches('_')
        .to_lowercase()
}

/// Yuan.
fn cny(micro_cny: i64) -> f64 {
    micro_cny as f64 / 1_000_000.0
}
