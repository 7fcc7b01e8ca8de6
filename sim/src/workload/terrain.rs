//! What a generator has to know of a network: who is near whom, and which pools there are.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::command::RegionDefinition;
use ewc_core::model::{EnergySeries, Layer, PoolSpec};
use ewc_scenario::{Scenario, SiteDef};

use super::WorkloadError;
use super::network_state::state_of;

/// The hubs (国家枢纽节点) of the programme's west.
const WESTERN_HUBS: [&str; 5] = ["成渝", "贵州", "内蒙古", "甘肃", "宁夏"];

/// A scenario's regions and participating sites.
pub(super) struct Terrain<'a> {
    pub(super) regions: Vec<Region<'a>>,
    pub(super) sites: Vec<&'a SiteDef>,
}

/// A demand region with its one-way latencies to every site.
pub(super) struct Region<'a> {
    pub(super) def: &'a RegionDefinition,
    /// By layer in the order of [`Layer::ALL`], then by site; `None` without a route.
    latency_us: [Vec<Option<i64>>; Layer::ALL.len()],
}

/// A pool with its site.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) site: &'a SiteDef,
    pub(super) pool: &'a PoolSpec,
}

impl<'a> Terrain<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        sites: &[&'a SiteDef],
    ) -> Result<Terrain<'a>, WorkloadError> {
        if sites.is_empty() {
            return Err(WorkloadError::NoSites);
        }
        let state = state_of(scenario, sites, &[], 0, |_| EnergySeries::default())?;
        let with_traffic = scenario.regions.iter().filter(|def| def.traffic_weight > 0);
        let regions: Vec<Region<'a>> = with_traffic
            .map(|def| Region {
                def,
                latency_us: Layer::ALL.map(|layer| latencies(&state, def, sites, layer)),
            })
            .collect();
        if regions.is_empty() {
            return Err(WorkloadError::NoRegions);
        }
        Ok(Terrain {
            regions,
            sites: sites.to_vec(),
        })
    }

    /// The site that holds the data of a region's owners: the nearest one on private IP, an edge
    /// site only where there is nothing else.
    pub(super) fn home_of(&self, region: usize) -> &'a SiteDef {
        let layer = Layer::ALL.iter().position(|l| *l == Layer::PrivateIp);
        let latencies = &self.regions[region].latency_us[layer.unwrap_or(0)];
        let nearness = |position: &usize| {
            let site = self.sites[*position];
            let unreached = latencies[*position].is_none();
            (unreached, site.spec.edge, latencies[*position])
        };
        let nearest = (0..self.sites.len()).min_by_key(nearness);
        self.sites[nearest.unwrap_or(0)]
    }

    /// Every pool of the sites within that latency of the region.
    pub(super) fn pools_within(
        &self,
        region: usize,
        layer: Layer,
        one_way_us_max: i64,
    ) -> Vec<Place<'a>> {
        let layer = Layer::ALL.iter().position(|l| *l == layer).unwrap_or(0);
        let latencies = &self.regions[region].latency_us[layer];
        let near = |(_, latency): &(&&'a SiteDef, &Option<i64>)| {
            latency.is_some_and(|latency_us| latency_us <= one_way_us_max)
        };
        let sites = self.sites.iter().zip(latencies).filter(near);
        sites.flat_map(|(site, _)| places(site)).collect()
    }

    /// Every pool of the clusters, edge sites excepted, in the given administrative regions;
    /// without any: everywhere.
    pub(super) fn cluster_pools(&self, regions: &[String]) -> Vec<Place<'a>> {
        let allowed = |site: &&&SiteDef| regions.is_empty() || regions.contains(&site.spec.region);
        let clusters = self.sites.iter().filter(|site| !site.spec.edge);
        clusters
            .filter(allowed)
            .flat_map(|site| places(site))
            .collect()
    }

    /// Number of hubs with a cluster in the given administrative regions; without any: of all.
    pub(super) fn hubs_in(&self, regions: &[String]) -> usize {
        let allowed = |site: &&&SiteDef| regions.is_empty() || regions.contains(&site.spec.region);
        let clusters = self.sites.iter().filter(|site| !site.spec.edge);
        let hubs: BTreeSet<&str> = clusters
            .filter(allowed)
            .map(|site| site.spec.hub.as_str())
            .collect();
        hubs.len()
    }

    /// Administrative regions of the western clusters, without `except`; where that leaves none,
    /// all others. Empty when there is nothing else.
    pub(super) fn western_regions(&self, except: Option<&str>) -> Vec<String> {
        let of = |western: bool| -> BTreeSet<&str> {
            let sites = self.sites.iter().filter(|site| !site.spec.edge);
            let sites = sites.filter(|site| !western || is_western(site));
            let regions = sites.map(|site| site.spec.region.as_str());
            regions.filter(|region| Some(*region) != except).collect()
        };
        let west = of(true);
        let chosen = if west.is_empty() { of(false) } else { west };
        chosen.into_iter().map(str::to_owned).collect()
    }
}

fn is_western(site: &SiteDef) -> bool {
    WESTERN_HUBS.contains(&site.spec.hub.as_str())
}

fn places(site: &SiteDef) -> impl Iterator<Item = Place<'_>> {
    site.spec.pools.iter().map(move |pool| Place { site, pool })
}

fn latencies(
    state: &State,
    def: &RegionDefinition,
    sites: &[&SiteDef],
    layer: Layer,
) -> Vec<Option<i64>> {
    let latency_to = |site: &&SiteDef| {
        let (from, to) = (
            state.node_named(&def.node)?,
            state.node_named(&site.spec.name)?,
        );
        let path_us = state.topology().latency_us(from, to, layer)?;
        Some(path_us + def.access_us)
    };
    sites.iter().map(latency_to).collect()
}
