//! Trust in a site that has not been heard of lately: what is planned there gets dearer with the
//! age of its last sign of life. A site that is silent, its lease lost, is ruled out altogether.

use crate::model::{Policy, SiteId};
use crate::state::State;

const HOUR_MS: i128 = 3_600_000;
/// Up to this age a sign of life is as good as a new one: agents are noted once a minute.
pub const FRESH_MS: i64 = 5 * 60_000;

/// What a placement at a site costs more by the age of what is known of it, in micro-yuan.
pub fn dearer_by_age(policy: &Policy, age_ms: i64) -> i64 {
    if age_ms <= FRESH_MS {
        return 0;
    }
    let extra = i128::from(age_ms) * i128::from(policy.age_micro_cny_per_hour) / HOUR_MS;
    i64::try_from(extra).unwrap_or(i64::MAX)
}

/// Time since the site was last heard of.
pub fn age_ms(state: &State, site: SiteId) -> i64 {
    let heard_ms = state.site(site).map(|site| site.refreshed_ms);
    heard_ms.map_or(0, |heard_ms| state.now_ms().saturating_sub(heard_ms))
}
