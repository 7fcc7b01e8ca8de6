//! Sites, links, demand regions, and the schedulers themselves.

use std::collections::BTreeMap;

use ewc_proto::v1;
use serde::Serialize;

use super::{cny, short};
use crate::format::rfc3339;

/// Amounts of capacity.
#[derive(Debug, Default, Serialize)]
pub struct ResourcesView {
    pub cpu_millis: i64,
    pub memory_mib: i64,
    pub accelerators: i64,
}

/// Every site.
#[derive(Debug, Serialize)]
pub struct SitesView {
    pub sites: Vec<SiteView>,
    pub now_ms: i64,
    pub now: Option<String>,
}

/// A site.
#[derive(Debug, Serialize)]
pub struct SiteView {
    pub id: String,
    pub name: String,
    pub name_zh: String,
    pub hub: String,
    pub region: String,
    pub mlps_level: u32,
    pub carriers: Vec<String>,
    pub pools: Vec<PoolView>,
    pub mode: String,
    pub energy_now: Option<EnergyView>,
    pub last_report_ms: i64,
    pub last_report: Option<String>,
    pub connected: bool,
    pub edge: bool,
    pub latitude: f64,
    pub longitude: f64,
    pub power_cap: Vec<PowerCapStepView>,
    pub power_cap_watts: Option<i64>,
    pub power_drawn_watts: i64,
}

/// A cap on the power of a site's work from a time on.
#[derive(Debug, Serialize)]
pub struct PowerCapStepView {
    pub from_ms: i64,
    pub from: Option<String>,
    pub watts: Option<i64>,
}

/// A pool.
#[derive(Debug, Serialize)]
pub struct PoolView {
    pub id: String,
    pub architecture: String,
    pub accelerator_family: String,
    pub accelerator_model: String,
    pub node: ResourcesView,
    pub nodes: u32,
    pub usable: ResourcesView,
    pub reserved_now: ResourcesView,
    pub cpu_watts_milli: i64,
    pub accelerator_watts_milli: i64,
    pub price_cny_per_core_hour: f64,
    pub price_cny_per_accelerator_hour: f64,
    pub overbooked: bool,
}

/// A site's energy at one moment.
#[derive(Debug, Serialize)]
pub struct EnergyView {
    pub renewable_permille: u32,
    pub contracted_permille: u32,
    pub grid_mg_per_wh: i64,
    pub price_cny_per_kwh: f64,
    pub pue_permille: u32,
    pub wue_ml_per_kwh: i64,
}

/// The link graph.
#[derive(Debug, Serialize)]
pub struct LinksView {
    pub links: Vec<LinkView>,
    pub nodes: Vec<NetworkNodeView>,
}

/// A link.
#[derive(Debug, Serialize)]
pub struct LinkView {
    pub id: String,
    pub a: String,
    pub b: String,
    pub carrier: String,
    pub layer: String,
    pub one_way_us: i64,
    pub capacity_bps: i64,
    pub usable_permille: u32,
    pub price_cny_per_gb: f64,
    pub reserved_now_bps: i64,
    pub up: bool,
    pub measured_rtt_us: i64,
    pub latency_declared: bool,
    pub encrypted: bool,
}

/// A vertex of the link graph.
#[derive(Debug, Serialize)]
pub struct NetworkNodeView {
    pub id: String,
    pub kind: String,
    pub latitude: f64,
    pub longitude: f64,
    pub name_zh: String,
}

/// Where users are.
#[derive(Debug, Serialize)]
pub struct RegionView {
    pub id: String,
    pub name_zh: String,
    pub node: String,
    pub access_us: i64,
    pub traffic_weight: u32,
    pub latitude: f64,
    pub longitude: f64,
}

/// Queue, sites and links at a glance.
#[derive(Debug, Serialize)]
pub struct OverviewView {
    pub now_ms: i64,
    pub now: Option<String>,
    pub applied_index: i64,
    pub jobs_by_state: BTreeMap<String, i64>,
    pub sites: Vec<SiteView>,
    pub links: Vec<LinkView>,
    pub transferred_bytes: i64,
    pub over_reserved: i64,
    pub leader: String,
}

/// The schedulers.
#[derive(Debug, Serialize)]
pub struct MembersView {
    pub members: Vec<MemberView>,
    pub term: u64,
    pub applied_index: u64,
    pub state_digest: String,
}

/// A scheduler.
#[derive(Debug, Serialize)]
pub struct MemberView {
    pub id: u64,
    pub address: String,
    pub leader: bool,
    pub match_index: u64,
}

impl From<&v1::Resources> for ResourcesView {
    fn from(wire: &v1::Resources) -> ResourcesView {
        ResourcesView {
            cpu_millis: wire.cpu_millis,
            memory_mib: wire.memory_mib,
            accelerators: wire.accelerators,
        }
    }
}

impl From<&v1::ListSitesResponse> for SitesView {
    fn from(wire: &v1::ListSitesResponse) -> SitesView {
        SitesView {
            sites: wire.sites.iter().map(SiteView::from).collect(),
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
        }
    }
}

impl From<&v1::Site> for SiteView {
    fn from(wire: &v1::Site) -> SiteView {
        SiteView {
            id: wire.id.clone(),
            name: wire.name.clone(),
            name_zh: wire.name_zh.clone(),
            hub: wire.hub.clone(),
            region: wire.region.clone(),
            mlps_level: wire.mlps_level,
            carriers: wire.carriers.clone(),
            pools: wire.pools.iter().map(PoolView::from).collect(),
            mode: short(wire.mode().as_str_name(), "SITE_MODE"),
            energy_now: wire.energy_now.as_ref().map(EnergyView::from),
            last_report_ms: wire.last_report_ms,
            last_report: rfc3339(wire.last_report_ms),
            connected: wire.connected,
            edge: wire.edge,
            latitude: wire.latitude,
            longitude: wire.longitude,
            power_cap: wire.power_cap.iter().map(PowerCapStepView::from).collect(),
            power_cap_watts: wire.power_cap_watts,
            power_drawn_watts: wire.power_drawn_watts,
        }
    }
}

impl From<&v1::PowerCapStep> for PowerCapStepView {
    fn from(wire: &v1::PowerCapStep) -> PowerCapStepView {
        PowerCapStepView {
            from_ms: wire.from_ms,
            from: rfc3339(wire.from_ms),
            watts: wire.watts,
        }
    }
}

impl From<&v1::Pool> for PoolView {
    fn from(wire: &v1::Pool) -> PoolView {
        let amounts = |amounts: &Option<v1::Resources>| {
            amounts
                .as_ref()
                .map(ResourcesView::from)
                .unwrap_or_default()
        };
        PoolView {
            id: wire.id.clone(),
            architecture: wire.architecture.clone(),
            accelerator_family: short(
                wire.accelerator_family().as_str_name(),
                "ACCELERATOR_FAMILY",
            ),
            accelerator_model: wire.accelerator_model.clone(),
            node: amounts(&wire.node),
            nodes: wire.nodes,
            usable: amounts(&wire.usable),
            reserved_now: amounts(&wire.reserved_now),
            cpu_watts_milli: wire.cpu_watts_milli,
            accelerator_watts_milli: wire.accelerator_watts_milli,
            price_cny_per_core_hour: cny(wire.price_micro_cny_per_core_hour),
            price_cny_per_accelerator_hour: cny(wire.price_micro_cny_per_accelerator_hour),
            overbooked: wire.overbooked,
        }
    }
}

impl From<&v1::EnergyPoint> for EnergyView {
    fn from(wire: &v1::EnergyPoint) -> EnergyView {
        EnergyView {
            renewable_permille: wire.renewable_permille,
            contracted_permille: wire.contracted_permille,
            grid_mg_per_wh: wire.grid_mg_per_wh,
            price_cny_per_kwh: cny(wire.price_micro_cny_per_kwh),
            pue_permille: wire.pue_permille,
            wue_ml_per_kwh: wire.wue_ml_per_kwh,
        }
    }
}

impl From<&v1::ListLinksResponse> for LinksView {
    fn from(wire: &v1::ListLinksResponse) -> LinksView {
        let node = |node: &v1::NetworkNode| NetworkNodeView {
            id: node.id.clone(),
            kind: short(node.kind().as_str_name(), "NODE_KIND"),
            latitude: node.latitude,
            longitude: node.longitude,
            name_zh: node.name_zh.clone(),
        };
        LinksView {
            links: wire.links.iter().map(LinkView::from).collect(),
            nodes: wire.nodes.iter().map(node).collect(),
        }
    }
}

impl From<&v1::Link> for LinkView {
    fn from(wire: &v1::Link) -> LinkView {
        LinkView {
            id: wire.id.clone(),
            a: wire.a.clone(),
            b: wire.b.clone(),
            carrier: wire.carrier.clone(),
            layer: short(wire.layer().as_str_name(), "LAYER"),
            one_way_us: wire.one_way_us,
            capacity_bps: wire.capacity_bps,
            usable_permille: wire.usable_permille,
            price_cny_per_gb: cny(wire.price_micro_cny_per_gb),
            reserved_now_bps: wire.reserved_now_bps,
            up: wire.up,
            measured_rtt_us: wire.measured_rtt_us,
            latency_declared: wire.latency_declared,
            encrypted: wire.encrypted,
        }
    }
}

impl From<&v1::DemandRegion> for RegionView {
    fn from(wire: &v1::DemandRegion) -> RegionView {
        RegionView {
            id: wire.id.clone(),
            name_zh: wire.name_zh.clone(),
            node: wire.node.clone(),
            access_us: wire.access_us,
            traffic_weight: wire.traffic_weight,
            latitude: wire.latitude,
            longitude: wire.longitude,
        }
    }
}

impl From<&v1::OverviewResponse> for OverviewView {
    fn from(wire: &v1::OverviewResponse) -> OverviewView {
        OverviewView {
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
            applied_index: wire.applied_index,
            jobs_by_state: wire.jobs_by_state.clone().into_iter().collect(),
            sites: wire.sites.iter().map(SiteView::from).collect(),
            links: wire.links.iter().map(LinkView::from).collect(),
            transferred_bytes: wire.transferred_bytes,
            over_reserved: wire.over_reserved,
            leader: wire.leader.clone(),
        }
    }
}

impl From<&v1::MembersResponse> for MembersView {
    fn from(wire: &v1::MembersResponse) -> MembersView {
        let member = |member: &v1::Member| MemberView {
            id: member.id,
            address: member.address.clone(),
            leader: member.leader,
            match_index: member.match_index,
        };
        MembersView {
            members: wire.members.iter().map(member).collect(),
            term: wire.term,
            applied_index: wire.applied_index,
            state_digest: wire.state_digest.clone(),
        }
    }
}
