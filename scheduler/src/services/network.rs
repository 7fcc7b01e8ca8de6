//! Sites, links, regions, data sets, images: what there is, and who administers it.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{JobState, LinkId, SiteId};
use ewc_proto::convert;
use ewc_proto::v1;
use tonic::{Request, Response, Status};

use super::{Context, drain, prices, status, tenant, view};

/// Data sets in one page, by default and at most.
const PAGE: (usize, usize) = (100, 1000);

/// The service.
pub(super) struct Network(pub(super) Context);

#[tonic::async_trait]
impl v1::network_service_server::NetworkService for Network {
    async fn list_sites(
        &self,
        _: Request<v1::ListSitesRequest>,
    ) -> Result<Response<v1::ListSitesResponse>, Status> {
        self.0.leading()?;
        let state = self.0.read().await?;
        let now_ms = self.0.clock.now_ms();
        Ok(Response::new(v1::ListSitesResponse {
            sites: self.sites(&state, now_ms),
            now_ms,
        }))
    }

    async fn list_links(
        &self,
        _: Request<v1::ListLinksRequest>,
    ) -> Result<Response<v1::ListLinksResponse>, Status> {
        self.0.leading()?;
        let state = self.0.read().await?;
        let nodes = state
            .nodes()
            .iter()
            .map(convert::network_node_to_wire)
            .collect();
        let links = links(&state, self.0.clock.now_ms());
        Ok(Response::new(v1::ListLinksResponse { links, nodes }))
    }

    async fn list_regions(
        &self,
        _: Request<v1::ListRegionsRequest>,
    ) -> Result<Response<v1::ListRegionsResponse>, Status> {
        let state = self.0.read().await?;
        let regions = state.regions().iter().map(|region| {
            let node = state
                .nodes()
                .get(region.node.index())
                .map_or("", |node| &node.name);
            convert::demand_region_to_wire(region, node)
        });
        Ok(Response::new(v1::ListRegionsResponse {
            regions: regions.collect(),
        }))
    }

    async fn list_datasets(
        &self,
        request: Request<v1::ListDatasetsRequest>,
    ) -> Result<Response<v1::ListDatasetsResponse>, Status> {
        let page = request.into_inner().page.unwrap_or_default();
        let size = match page.size as usize {
            0 => PAGE.0,
            size if size <= PAGE.1 => size,
            size => {
                let problem = format!("{size} is too large; at most {}", PAGE.1);
                return Err(status::invalid("page.size", &problem));
            }
        };
        let state = self.0.read().await?;
        let after = (
            std::ops::Bound::Excluded(page.token),
            std::ops::Bound::Unbounded,
        );
        let datasets: Vec<v1::Dataset> = state
            .datasets()
            .range::<_, String>(after)
            .take(size)
            .map(|(_, dataset)| {
                convert::dataset_to_wire(dataset, site_names(&state, dataset.sites.iter()))
            })
            .collect();
        let next = datasets.last().filter(|_| datasets.len() == size);
        let next_page_token = next.map(|dataset| dataset.name.clone()).unwrap_or_default();
        Ok(Response::new(v1::ListDatasetsResponse {
            datasets,
            next_page_token,
        }))
    }

    async fn list_images(
        &self,
        _: Request<v1::ListImagesRequest>,
    ) -> Result<Response<v1::ListImagesResponse>, Status> {
        let state = self.0.read().await?;
        let images = state.images().values();
        let images = images
            .map(|image| convert::image_to_wire(image, site_names(&state, image.sites.iter())));
        Ok(Response::new(v1::ListImagesResponse {
            images: images.collect(),
        }))
    }

    async fn propose_replicas(
        &self,
        request: Request<v1::ProposeReplicasRequest>,
    ) -> Result<Response<v1::ProposeReplicasResponse>, Status> {
        crate::listen::caller(&request).may_administer()?;
        let state = self.0.read().await?;
        let proposals = super::replicas::propose(&state, request.get_ref())?;
        Ok(Response::new(v1::ProposeReplicasResponse { proposals }))
    }

    async fn define_network(
        &self,
        request: Request<v1::DefineNetworkRequest>,
    ) -> Result<Response<v1::DefineNetworkResponse>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let request = request.into_inner();
        let nodes = each("nodes", request.nodes, convert::network_node_from_wire)?;
        let links = each("links", request.links, convert::link_definition_from_wire)?;
        let regions = each(
            "regions",
            request.regions,
            convert::region_definition_from_wire,
        )?;
        self.propose(Command::DefineNetwork {
            nodes,
            links,
            regions,
        })
        .await?;
        Ok(Response::new(v1::DefineNetworkResponse {}))
    }

    async fn register_dataset(
        &self,
        request: Request<v1::RegisterDatasetRequest>,
    ) -> Result<Response<v1::Dataset>, Status> {
        self.0.leading()?;
        let owner = request
            .get_ref()
            .dataset
            .as_ref()
            .map(|wire| wire.tenant.clone());
        let owner = tenant(&request, &owner.unwrap_or_default())?;
        let wire = request.into_inner().dataset;
        let wire = wire.ok_or_else(|| status::invalid("dataset", "is missing"))?;
        let (mut dataset, sites) = convert::dataset_from_wire(wire).map_err(|error| {
            status::invalid(&format!("dataset.{}", error.field), &error.problem)
        })?;
        dataset.tenant = owner;
        dataset.sites = self
            .sites_named("dataset.sites", &sites)?
            .into_iter()
            .collect();
        let name = dataset.name.clone();
        self.propose(Command::RegisterDataset(dataset)).await?;
        self.stored_dataset(&name)
    }

    async fn lower_grade(
        &self,
        request: Request<v1::LowerGradeRequest>,
    ) -> Result<Response<v1::Dataset>, Status> {
        let caller = crate::listen::caller(&request);
        caller.may_administer()?;
        self.0.leading()?;
        let lowered = convert::lower_grade_from_wire(request.into_inner());
        let (dataset, grade, because) = lowered.map_err(status::wire)?;
        self.propose(Command::LowerGrade {
            dataset: dataset.clone(),
            grade,
            by: caller.to_string(),
            because,
        })
        .await?;
        self.stored_dataset(&dataset)
    }

    async fn register_image(
        &self,
        request: Request<v1::RegisterImageRequest>,
    ) -> Result<Response<v1::Image>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let wire = request.into_inner().image;
        let wire = wire.ok_or_else(|| status::invalid("image", "is missing"))?;
        let (mut image, sites) = convert::image_from_wire(wire)
            .map_err(|error| status::invalid(&format!("image.{}", error.field), &error.problem))?;
        image.sites = self
            .sites_named("image.sites", &sites)?
            .into_iter()
            .collect();
        let name = image.name.clone();
        self.propose(Command::RegisterImage(image)).await?;
        let state = self.0.handle.state();
        let stored = state.images().get(&name);
        let stored = stored.ok_or_else(|| Status::internal("the image was not stored"))?;
        let sites = site_names(&state, stored.sites.iter());
        Ok(Response::new(convert::image_to_wire(stored, sites)))
    }

    async fn remove_dataset(
        &self,
        request: Request<v1::RemoveRequest>,
    ) -> Result<Response<v1::RemoveResponse>, Status> {
        self.0.leading()?;
        let caller = crate::listen::caller(&request);
        let request = request.into_inner();
        let state = self.0.handle.state();
        let known = state.datasets().get(&request.name);
        let known = known.ok_or_else(|| status::unknown("name", "data set", &request.name))?;
        if !caller.may_act_for(&known.tenant) {
            caller.may_administer()?;
        }
        let remove = |name, sites| Command::RemoveDataset { name, sites };
        self.remove(&state, request, &known.sites, remove).await
    }

    async fn remove_image(
        &self,
        request: Request<v1::RemoveRequest>,
    ) -> Result<Response<v1::RemoveResponse>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let request = request.into_inner();
        let state = self.0.handle.state();
        let known = state.images().get(&request.name);
        let known = known.ok_or_else(|| status::unknown("name", "image", &request.name))?;
        let remove = |name, sites| Command::RemoveImage { name, sites };
        self.remove(&state, request, &known.sites, remove).await
    }

    async fn set_site_mode(
        &self,
        request: Request<v1::SetSiteModeRequest>,
    ) -> Result<Response<v1::Site>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let request = request.into_inner();
        let mode = convert::site_mode_from_wire("mode", request.mode).map_err(status::wire)?;
        let mode =
            mode.ok_or_else(|| status::invalid("mode", "give open, cordoned or draining"))?;
        let site = self.sites_named("site", &[request.site])?[0];
        self.propose(Command::SetSiteMode { site, mode }).await?;
        let state = self.0.handle.state();
        let connected = self.0.leases.is_connected(site);
        let site = view::site(&state, site, self.0.clock.now_ms(), connected);
        site.map(Response::new)
            .ok_or_else(|| Status::internal("the site is gone"))
    }

    async fn list_tenants(
        &self,
        request: Request<v1::ListTenantsRequest>,
    ) -> Result<Response<v1::ListTenantsResponse>, Status> {
        let caller = crate::listen::caller(&request);
        let state = self.0.read().await?;
        let tenants = super::tenants::list(&state, &caller);
        Ok(Response::new(v1::ListTenantsResponse { tenants }))
    }

    async fn get_policy(
        &self,
        request: Request<v1::GetPolicyRequest>,
    ) -> Result<Response<v1::Policy>, Status> {
        // It names all tenants.
        crate::listen::caller(&request).may_administer()?;
        let state = self.0.read().await?;
        Ok(Response::new(convert::policy_to_wire(state.policy())))
    }

    async fn set_policy(
        &self,
        request: Request<v1::SetPolicyRequest>,
    ) -> Result<Response<v1::Policy>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let request = request.into_inner();
        let wire = request.policy;
        let wire = wire.ok_or_else(|| status::invalid("policy", "is missing"))?;
        let policy = convert::policy_from_wire(wire)
            .map_err(|error| status::invalid(&format!("policy.{}", error.field), &error.problem))?;
        let replaces = Some(request.replaces).filter(|version| *version > 0);
        self.propose(Command::SetPolicy { policy, replaces })
            .await?;
        let state = self.0.handle.state();
        Ok(Response::new(convert::policy_to_wire(state.policy())))
    }

    async fn overview(
        &self,
        _: Request<v1::OverviewRequest>,
    ) -> Result<Response<v1::OverviewResponse>, Status> {
        self.0.leading()?;
        let state = self.0.handle.state();
        let now_ms = self.0.clock.now_ms();
        let jobs_by_state = JobState::ALL
            .into_iter()
            .map(|job_state| (job_state.name().to_owned(), state.count(job_state) as i64));
        let leader = self.0.members.get(&self.0.sender.member_id).cloned();
        Ok(Response::new(v1::OverviewResponse {
            now_ms,
            applied_index: state.index() as i64,
            jobs_by_state: jobs_by_state.collect(),
            sites: self.sites(&state, now_ms),
            links: links(&state, now_ms),
            transferred_bytes: state.transferred_bytes(),
            over_reserved: over_reserved(&state),
            leader: leader.unwrap_or_default(),
        }))
    }

    async fn preview_drain(
        &self,
        request: Request<v1::PreviewDrainRequest>,
    ) -> Result<Response<v1::PreviewDrainResponse>, Status> {
        crate::listen::caller(&request).may_administer()?;
        self.0.leading()?;
        let state = self.0.read().await?;
        let sites = drain::sites(&state, request.get_ref())?;
        // It may plan for seconds: not on this thread.
        let found = tokio::task::spawn_blocking(move || drain::preview(&state, &sites)).await;
        let found = found.map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(found))
    }

    async fn prices(
        &self,
        _: Request<v1::PricesRequest>,
    ) -> Result<Response<v1::PricesResponse>, Status> {
        self.0.leading()?;
        let state = self.0.read().await?;
        let now_ms = self.0.clock.now_ms();
        Ok(Response::new(prices::prices(&state, now_ms)))
    }

    async fn members(
        &self,
        _: Request<v1::MembersRequest>,
    ) -> Result<Response<v1::MembersResponse>, Status> {
        let standing = self.0.handle.standing();
        let matches = self.0.handle.matches();
        let member = |(id, address): (&u64, &String)| v1::Member {
            id: *id,
            address: address.clone(),
            leader: standing.leader == Some(*id),
            match_index: matches
                .iter()
                .find(|known| known.0 == *id)
                .map_or(0, |known| known.1),
        };
        let state = self.0.handle.state();
        // A digest reads the whole state: not on this thread.
        let hashed = state.clone();
        let digest = tokio::task::spawn_blocking(move || hashed.digest()).await;
        let digest = digest.map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(v1::MembersResponse {
            members: self.0.members.iter().map(member).collect(),
            term: standing.term,
            applied_index: state.index(),
            state_digest: convert::sha256_to_hex(&digest),
        }))
    }
}

impl Network {
    async fn propose(&self, command: Command) -> Result<(), Status> {
        let proposed = self.0.handle.propose(command).await;
        proposed
            .map(drop)
            .map_err(|error| status::proposal(&self.0, error))
    }

    /// Removes what `held` holds; answers with the sites that drop a replica.
    async fn remove(
        &self,
        state: &State,
        request: v1::RemoveRequest,
        held: &BTreeSet<SiteId>,
        command: impl FnOnce(String, Vec<SiteId>) -> Command,
    ) -> Result<Response<v1::RemoveResponse>, Status> {
        let asked = self.sites_named("sites", &request.sites)?;
        let told = held
            .iter()
            .filter(|site| asked.is_empty() || asked.contains(site));
        let sites = site_names(state, told);
        self.propose(command(request.name, asked)).await?;
        Ok(Response::new(v1::RemoveResponse { sites }))
    }

    fn stored_dataset(&self, name: &str) -> Result<Response<v1::Dataset>, Status> {
        let state = self.0.handle.state();
        let stored = state.datasets().get(name);
        let stored = stored.ok_or_else(|| Status::internal("the data set was not stored"))?;
        let sites = site_names(&state, stored.sites.iter());
        Ok(Response::new(convert::dataset_to_wire(stored, sites)))
    }

    fn sites(&self, state: &State, now_ms: i64) -> Vec<v1::Site> {
        let ids = (0..state.sites().len() as u32).map(SiteId);
        let site = |id| view::site(state, id, now_ms, self.0.leases.is_connected(id));
        ids.filter_map(site).collect()
    }

    fn sites_named(&self, field: &'static str, names: &[String]) -> Result<Vec<SiteId>, Status> {
        let state = self.0.handle.state();
        let find = |name: &String| {
            let site = state.site_named(name);
            site.ok_or_else(|| status::unknown(field, "site", name))
        };
        names.iter().map(find).collect()
    }
}

fn links(state: &State, now_ms: i64) -> Vec<v1::Link> {
    let ids = (0..state.links().len() as u32).map(LinkId);
    ids.filter_map(|id| view::link(state, id, now_ms)).collect()
}

/// Pools and links on which more is reserved than usable at some instant from now on, although
/// nothing that runs there explains it.
fn over_reserved(state: &State) -> i64 {
    state.over_reserved() as i64
}

fn site_names<'i>(state: &State, sites: impl Iterator<Item = &'i SiteId>) -> Vec<String> {
    sites
        .map(|site| view::site_name(state, *site).to_owned())
        .collect()
}

fn each<W, M>(
    field: &str,
    wire: Vec<W>,
    convert: impl Fn(W) -> Result<M, convert::WireError>,
) -> Result<Vec<M>, Status> {
    let convert = |(at, item)| {
        convert(item).map_err(|error| {
            status::invalid(&format!("{field}[{at}].{}", error.field), &error.problem)
        })
    };
    wire.into_iter().enumerate().map(convert).collect()
}
