//! What the agent says of itself when it registers.

use ewc_proto::v1;

use crate::config::SiteConfig;

/// The site as it is registered.
pub(super) fn site(
    config: &SiteConfig,
    pools: Vec<v1::Pool>,
    energy_now: Option<v1::EnergyPoint>,
) -> v1::Site {
    v1::Site {
        id: config.id.clone(),
        name: config.name.clone(),
        name_zh: config.name_zh.clone(),
        hub: config.hub.clone(),
        region: config.region.clone(),
        mlps_level: config.mlps_level,
        carriers: config.carriers.clone(),
        pools,
        mode: v1::SiteMode::Open.into(),
        energy_now,
        edge: config.edge,
        latitude: config.latitude,
        longitude: config.longitude,
        ..Default::default()
    }
}
