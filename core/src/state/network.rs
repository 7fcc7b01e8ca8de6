//! Sites, pools, links and regions enter and change.

use std::sync::Arc;

use crate::command::{LinkDefinition, LinkReport, Refusal, RegionDefinition};
use crate::model::{
    DemandRegion, Link, NetworkNode, NodeId, NodeKind, Pool, PoolId, PoolSpec, Resources, Site,
    SiteId, SiteMode, SiteSpec,
};
use crate::reason::Reason;
use crate::topology::Topology;

use super::State;
use super::apply::{Answer, Apply};
use super::submit::unknown;

impl Apply<'_> {
    pub(super) fn define_network(
        &mut self,
        nodes: &[NetworkNode],
        links: &[LinkDefinition],
        regions: &[RegionDefinition],
    ) -> Result<Answer, Refusal> {
        check_definitions(links, regions)?;
        let mut all_nodes = Vec::clone(&self.state.nodes);
        for node in nodes {
            upsert(&mut all_nodes, node.clone(), |known| {
                known.name == node.name
            });
        }
        let find = |field, name: &str| {
            let position = all_nodes.iter().position(|node| node.name == name);
            position
                .map(|at| NodeId(at as u32))
                .ok_or_else(|| unknown(field, "node", name))
        };
        let mut all_links = Vec::clone(&self.state.links);
        for link in links {
            let ends = (find("links.a", &link.a)?, find("links.b", &link.b)?);
            let known = all_links.iter().find(|known| known.name == link.name);
            let new = make_link(link, ends, known);
            upsert(&mut all_links, new, |known| known.name == link.name);
        }
        let mut all_regions = Vec::clone(&self.state.regions);
        for region in regions {
            let new = make_region(region, find("regions.node", &region.node)?);
            upsert(&mut all_regions, new, |known| known.name == region.name);
        }
        self.state.nodes = Arc::new(all_nodes);
        self.state.links = Arc::new(all_links);
        self.state.regions = Arc::new(all_regions);
        self.network_changed();
        Ok(Answer::Done)
    }

    /// Routes follow the links, and reservations what the links still carry.
    fn network_changed(&mut self) {
        self.state.rebuild_topology();
        let (pools, links) = (self.state.pools.len(), self.state.links.len());
        self.state.reservations.grow(pools, links);
        self.settle_links();
    }

    pub(super) fn register_site(
        &mut self,
        spec: &SiteSpec,
        incarnation: u64,
        data_address: &str,
    ) -> Result<Answer, Refusal> {
        check_site(spec)?;
        let known = self.state.site_named(&spec.name);
        let id = match known {
            Some(id) => id,
            None => self.add_site(spec),
        };
        let newest = self.state.sites[id.index()].incarnation;
        if incarnation < newest {
            let site = spec.name.clone();
            return Err(Refusal::Superseded {
                site,
                got: incarnation,
                newest,
            });
        }
        for pool in &spec.pools {
            self.put_pool(id, pool);
        }
        let index = self.state.index;
        let site = Arc::make_mut(&mut self.state.sites[id.index()]);
        site.spec = SiteSpec {
            pools: Vec::new(),
            ..spec.clone()
        };
        site.incarnation = incarnation;
        site.data_address = data_address.to_owned();
        site.refreshed_ms = self.state.now_ms;
        site.silent = false;
        site.desired_at = index;
        if known.is_none() {
            self.network_changed();
        }
        self.settle_pools_of(id);
        self.settle_power(id);
        Ok(Answer::Site(id))
    }

    fn add_site(&mut self, spec: &SiteSpec) -> SiteId {
        let node = self
            .state
            .node_named(&spec.name)
            .unwrap_or_else(|| self.add_node(spec));
        let id = SiteId(self.state.sites.len() as u32);
        self.state.energy.push(Default::default());
        self.state.sites.push(Arc::new(Site {
            spec: spec.clone(),
            node,
            pools: Vec::new(),
            mode: SiteMode::Open,
            incarnation: 0,
            data_address: String::new(),
            energy: Default::default(),
            refreshed_ms: self.state.now_ms,
            silent: false,
            desired_at: self.state.index,
        }));
        id
    }

    /// A site that no link names yet stands alone in the graph.
    fn add_node(&mut self, spec: &SiteSpec) -> NodeId {
        let nodes = Arc::make_mut(&mut self.state.nodes);
        nodes.push(NetworkNode {
            name: spec.name.clone(),
            name_zh: spec.title_zh.clone(),
            kind: NodeKind::Site,
            latitude_udeg: spec.latitude_udeg,
            longitude_udeg: spec.longitude_udeg,
        });
        NodeId(nodes.len() as u32 - 1)
    }

    fn put_pool(&mut self, site: SiteId, spec: &PoolSpec) {
        let pools = self.state.sites[site.index()].pools.clone();
        let known = pools
            .into_iter()
            .find(|id| self.state.pools[id.index()].spec.name == spec.name);
        if let Some(id) = known {
            let pool = Arc::make_mut(&mut self.state.pools[id.index()]);
            if pool.spec != *spec {
                pool.spec = spec.clone();
                pool.usable = spec.node.times(spec.nodes);
            }
            return;
        }
        let id = PoolId(self.state.pools.len() as u32);
        let usable = spec.node.times(spec.nodes);
        let pool = Pool {
            site,
            spec: spec.clone(),
            usable,
            free_shapes: Vec::new(),
        };
        self.state.pools.push(Arc::new(pool));
        Arc::make_mut(&mut self.state.sites[site.index()])
            .pools
            .push(id);
        let (pools, links) = (self.state.pools.len(), self.state.links.len());
        self.state.reservations.grow(pools, links);
    }

    pub(super) fn report_links(&mut self, samples: &[LinkReport]) -> Result<Answer, Refusal> {
        let links = Arc::make_mut(&mut self.state.links);
        for sample in samples {
            let Some(link) = links.get_mut(sample.link.index()) else {
                continue;
            };
            link.measured_rtt_us = Some(sample.rtt_us.max(0));
            link.latency_declared = sample.declared;
        }
        Ok(Answer::Done)
    }

    pub(super) fn set_site_mode(
        &mut self,
        site: SiteId,
        mode: SiteMode,
    ) -> Result<Answer, Refusal> {
        let Some(entry) = self.state.sites.get_mut(site.index()) else {
            return Err(unknown("site", "site", &site.to_string()));
        };
        Arc::make_mut(entry).mode = mode;
        if mode == SiteMode::Draining {
            for job in self.state.not_started_at(site) {
                self.requeue(job, Reason::Drained);
            }
            self.call_off_moves_to(site);
        }
        Ok(Answer::Site(site))
    }
}

impl State {
    pub(super) fn rebuild_topology(&mut self) {
        let sites: Vec<NodeId> = self.sites.iter().map(|site| site.node).collect();
        let regions: Vec<NodeId> = self.regions.iter().map(|region| region.node).collect();
        let links = Vec::clone(&self.links);
        self.topology = Arc::new(Topology::new(self.nodes.len(), links, &sites, &regions));
    }
}

fn upsert<T>(table: &mut Vec<T>, new: T, is_same: impl Fn(&T) -> bool) {
    match table.iter_mut().find(|known| is_same(known)) {
        Some(known) => *known = new,
        None => table.push(new),
    }
}

fn make_link(link: &LinkDefinition, (a, b): (NodeId, NodeId), known: Option<&Link>) -> Link {
    Link {
        name: link.name.clone(),
        a,
        b,
        carrier: link.carrier.clone(),
        layer: link.layer,
        one_way_us: link.one_way_us,
        capacity_bps: link.capacity_bps,
        usable_permille: link.usable_permille,
        price_micro_cny_per_gb: link.price_micro_cny_per_gb,
        up: link.up,
        encrypted: link.encrypted,
        measured_rtt_us: known.and_then(|known| known.measured_rtt_us),
        latency_declared: known.is_none_or(|known| known.latency_declared),
    }
}

fn make_region(region: &RegionDefinition, node: NodeId) -> DemandRegion {
    DemandRegion {
        name: region.name.clone(),
        name_zh: region.name_zh.clone(),
        node,
        access_us: region.access_us,
        traffic_weight: region.traffic_weight,
        latitude_udeg: region.latitude_udeg,
        longitude_udeg: region.longitude_udeg,
    }
}

fn check_definitions(
    links: &[LinkDefinition],
    regions: &[RegionDefinition],
) -> Result<(), Refusal> {
    for link in links {
        let bad = |field: &str, problem: &str| {
            Err(Refusal::invalid(
                format!("links[{}].{field}", link.name),
                problem,
            ))
        };
        if link.a == link.b {
            return bad("b", "a link joins two different nodes");
        }
        if link.one_way_us < 0 {
            return bad("one_way_us", "a latency is not negative");
        }
        if link.capacity_bps < 0 {
            return bad("capacity_bps", "a capacity is not negative");
        }
        if link.usable_permille > 1000 {
            return bad("usable_permille", "a share is at most 1000");
        }
        if link.price_micro_cny_per_gb < 0 {
            return bad("price_micro_cny_per_gb", "a price is not negative");
        }
    }
    match regions.iter().find(|region| region.access_us < 0) {
        Some(region) => {
            let field = format!("regions[{}].access_us", region.name);
            Err(Refusal::invalid(field, "a latency is not negative"))
        }
        None => Ok(()),
    }
}

fn check_site(spec: &SiteSpec) -> Result<(), Refusal> {
    for (position, pool) in spec.pools.iter().enumerate() {
        let field = |name: &str| format!("site.pools[{}].{name}", pool.name);
        if spec.pools[..position]
            .iter()
            .any(|other| other.name == pool.name)
        {
            return Err(Refusal::invalid(field("id"), "two pools have this name"));
        }
        if !pool.node.is_valid() || pool.node == Resources::ZERO {
            return Err(Refusal::invalid(
                field("node"),
                "a node has some positive capacity",
            ));
        }
        let prices = [
            pool.cpu_watts_milli,
            pool.accelerator_watts_milli,
            pool.price_micro_cny_per_core_hour,
            pool.price_micro_cny_per_accelerator_hour,
        ];
        if prices.into_iter().any(|value| value < 0) {
            return Err(Refusal::invalid(
                field("price"),
                "power and prices are not negative",
            ));
        }
    }
    Ok(())
}
