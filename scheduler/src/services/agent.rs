//! What agents say, and what they are told to do.

use std::pin::Pin;
use std::sync::Arc;

use ewc_core::State;
use ewc_core::command::{
    Command, LinkReport, OutputFact, PoolReport, RunPhase, RunReport, SiteReport,
};
use ewc_core::model::{Job, JobId, Outcome, PowerCap, Resources, Site, SiteId};
use ewc_proto::convert;
use ewc_proto::v1;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use super::{Context, desired, status};

/// An energy series enters the log at most this often, in network time: an hour, less what two
/// reports may be apart.
const ENERGY_EVERY_MS: i64 = 3_540_000;
/// A round trip enters the log when it changed by more than one part in this many.
const RTT_CHANGE_PARTS: i64 = 5;
/// Replicas that a site is told to drop at once.
const DROPS_MAX: usize = 256;

/// The service.
pub(super) struct Agents(pub(super) Context);

type DownStream = Pin<Box<dyn Stream<Item = Result<v1::AttachDown, Status>> + Send>>;

#[tonic::async_trait]
impl v1::agent_service_server::AgentService for Agents {
    type AttachStream = DownStream;

    async fn register(
        &self,
        request: Request<v1::RegisterRequest>,
    ) -> Result<Response<v1::RegisterResponse>, Status> {
        self.0.leading()?;
        let caller = crate::listen::caller(&request);
        let request = request.into_inner();
        let wire = request
            .site
            .ok_or_else(|| status::invalid("site", "is missing"))?;
        caller.may_speak_for_site(&wire.id)?;
        let power_cap_steps = wire.power_cap.clone();
        let spec = convert::site_spec_from_wire(wire)
            .map_err(|error| status::invalid(&format!("site.{}", error.field), &error.problem))?;
        let power_cap = power_cap(power_cap_steps, "site.")?;
        let command = Command::RegisterSite {
            spec,
            incarnation: request.incarnation,
            data_address: request.data_address,
        };
        let answer = self.0.handle.propose(command).await;
        if let ewc_core::state::Answer::Site(site) =
            answer.map_err(|error| status::proposal(&self.0, error))?
        {
            self.0.leases.renew(site, request.incarnation);
            // An agent that does not know the time yet may leave it to its first report.
            if !power_cap.is_empty() {
                self.tell_power_cap(site, power_cap).await?;
            }
        }
        Ok(Response::new(v1::RegisterResponse {
            clock: Some(self.0.clock_reading()),
            lease_ms: self.0.leases.length().as_millis() as i64,
        }))
    }

    async fn sync(
        &self,
        request: Request<v1::SyncRequest>,
    ) -> Result<Response<v1::SyncResponse>, Status> {
        self.0.leading()?;
        crate::listen::caller(&request).may_speak_for_site(&request.get_ref().site)?;
        let request = request.into_inner();
        let state = self.0.handle.state();
        let (id, site) = find(&state, &request.site)?;
        if request.incarnation < site.incarnation {
            return Ok(Response::new(v1::SyncResponse {
                superseded: true,
                ..Default::default()
            }));
        }
        let report = news(&state, id, &request)?;
        let power_cap = power_cap(request.power_cap.clone(), "")?;
        self.0.leases.renew(id, request.incarnation);
        self.tell_power_cap(id, power_cap).await?;
        let links = link_news(&state, &request.links);
        if !links.is_empty() {
            self.propose(Command::ReportLinks(links)).await?;
        }
        if is_news(&report) || site.silent {
            self.propose(Command::ReportSites(vec![report])).await?;
        }
        let replicas = dropped(&state, id, &request.dropped)?;
        if !replicas.is_empty() {
            self.propose(Command::ReplicasDropped { site: id, replicas })
                .await?;
        }
        Ok(Response::new(self.reply(id, request.desired_version)))
    }

    async fn attach(
        &self,
        request: Request<Streaming<v1::AttachUp>>,
    ) -> Result<Response<DownStream>, Status> {
        self.0.leading()?;
        let caller = crate::listen::caller(&request);
        let mut up = request.into_inner();
        let first = up
            .next()
            .await
            .transpose()?
            .and_then(|message| message.what);
        let Some(v1::attach_up::What::Hello(hello)) = first else {
            return Err(status::invalid("what", "the first message must be hello"));
        };
        caller.may_speak_for_site(&hello.site)?;
        let (number, down) = self.0.attach.attach(&hello.site);
        let hub = self.0.attach.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = up.next().await {
                if let Some(v1::attach_up::What::Log(data)) = message.what {
                    hub.log_data(&hello.site, data).await;
                }
            }
            hub.detach(&hello.site, number);
        });
        let down = tokio_stream::wrappers::ReceiverStream::new(down);
        Ok(Response::new(Box::pin(down)))
    }
}

impl Agents {
    async fn propose(&self, command: Command) -> Result<(), Status> {
        let proposed = self.0.handle.propose(command).await;
        proposed
            .map(drop)
            .map_err(|error| status::proposal(&self.0, error))
    }

    /// Only another cap enters the log.
    async fn tell_power_cap(&self, site: SiteId, cap: PowerCap) -> Result<(), Status> {
        let state = self.0.handle.state();
        let none = PowerCap::default();
        let known = state.power_cap(site).unwrap_or(&none);
        if known.is_same_from(&cap, state.now_ms()) {
            return Ok(());
        }
        let steps = cap.steps().to_vec();
        self.propose(Command::SetPowerCap { site, steps }).await
    }

    fn reply(&self, id: SiteId, known_version: i64) -> v1::SyncResponse {
        let state = self.0.handle.state();
        let version = state.site(id).map_or(0, |site| site.desired_at as i64);
        let unchanged = version == known_version;
        let lease = self.0.leases.length();
        v1::SyncResponse {
            clock: Some(self.0.clock_reading()),
            lease_ms: lease.as_millis() as i64,
            desired_version: version,
            unchanged,
            desired: if unchanged {
                Vec::new()
            } else {
                desired::of_site(&state, id)
            },
            superseded: false,
            next_sync_ms: (lease.as_millis() as i64 / 5).clamp(50, 2000),
            drop: to_drop(&state, id),
        }
    }
}

/// What the site is to drop, some of it if it is much.
fn to_drop(state: &State, id: SiteId) -> Vec<v1::HeldData> {
    let leaving = state.leaving(id).take(DROPS_MAX);
    let leaving = leaving.map(|(name, sha256)| v1::HeldData {
        name: name.to_owned(),
        sha256: convert::sha256_to_hex(sha256),
        size_bytes: 0,
    });
    leaving.collect()
}

/// What it says that it dropped and was told to.
fn dropped(
    state: &State,
    id: SiteId,
    told: &[v1::HeldData],
) -> Result<Vec<(String, [u8; 32])>, Status> {
    let mut dropped = Vec::new();
    for replica in told {
        let sha256 = convert::sha256_from_hex("dropped.sha256", &replica.sha256);
        let sha256 = sha256.map_err(status::wire)?;
        if state.is_leaving(&replica.name, &sha256, id) {
            dropped.push((replica.name.clone(), sha256));
        }
    }
    Ok(dropped)
}

fn power_cap(wire: Vec<v1::PowerCapStep>, within: &str) -> Result<PowerCap, Status> {
    convert::power_cap_from_wire(wire)
        .map_err(|error| status::invalid(&format!("{within}{}", error.field), &error.problem))
}

fn find<'s>(state: &'s State, name: &str) -> Result<(SiteId, &'s Arc<Site>), Status> {
    let id = state.site_named(name);
    let found = id.and_then(|id| state.site(id).map(|site| (id, site)));
    found.ok_or_else(|| Status::not_found(format!("site \"{name}\" is not registered")))
}

/// What in a report differs from the state.
fn news(state: &State, id: SiteId, request: &v1::SyncRequest) -> Result<SiteReport, Status> {
    let site = &state.sites()[id.index()];
    let mut report = SiteReport {
        site: id,
        incarnation: request.incarnation,
        pools: Vec::new(),
        energy: None,
        held: Vec::new(),
        runs: Vec::new(),
    };
    for (at, pool) in request.pools.iter().enumerate() {
        report
            .pools
            .extend(pool_news(state, site, pool).map_err(|error| {
                status::invalid(&format!("pools[{at}].{}", error.field), &error.problem)
            })?);
    }
    if let Some(wire) = &request.energy {
        let due = site.energy.points.is_empty()
            || wire.issued_at_ms >= site.energy.issued_at_ms + ENERGY_EVERY_MS;
        if due {
            report.energy = Some(convert::energy_series_from_wire(wire.clone()).map_err(
                |error| status::invalid(&format!("energy.{}", error.field), &error.problem),
            )?);
        }
    }
    for held in &request.data {
        let sha256 = convert::sha256_from_hex("data.sha256", &held.sha256).map_err(status::wire)?;
        let dataset = state.datasets().get(&held.name);
        let image = state.images().get(&held.name);
        let new = dataset.is_some_and(|known| known.sha256 == sha256 && !known.sites.contains(&id))
            || image.is_some_and(|known| known.sha256 == sha256 && !known.sites.contains(&id));
        if new && !state.is_leaving(&held.name, &sha256, id) {
            report.held.push((held.name.clone(), sha256));
        }
    }
    for observed in &request.attempts {
        let run = run_report(observed)?;
        let news = |run: &RunReport| {
            state.is_news(id, run) && knows_its_data(&state.jobs()[&run.job], run, request)
        };
        report.runs.extend(run.filter(news));
    }
    Ok(report)
}

/// Where a job that moves is staged early, all data is there before its checkpoint is known: what
/// the site says of staging then counts only once it has heard of the job's last change.
fn knows_its_data(job: &Job, run: &RunReport, request: &v1::SyncRequest) -> bool {
    let staging = matches!(run.phase, RunPhase::Staged | RunPhase::StageFailed);
    !staging || job.saved.is_none() || request.desired_version >= job.changed_at as i64
}

fn is_news(report: &SiteReport) -> bool {
    !report.pools.is_empty()
        || report.energy.is_some()
        || !report.held.is_empty()
        || !report.runs.is_empty()
}

fn pool_news(
    state: &State,
    site: &Site,
    wire: &v1::PoolReport,
) -> Result<Option<PoolReport>, convert::WireError> {
    let named = |id: &&ewc_core::model::PoolId| {
        state
            .pool(**id)
            .is_some_and(|pool| pool.spec.name == wire.pool)
    };
    let Some(id) = site.pools.iter().find(named) else {
        return Err(convert::WireError::new(
            "pool",
            format!("\"{}\" is not known", wire.pool),
        ));
    };
    let usable: Resources = convert::resources_from_wire(wire.usable.unwrap_or_default())?;
    let free_shapes = wire
        .free_shapes
        .iter()
        .map(|shape| convert::node_shape_from_wire(*shape))
        .collect::<Result<_, _>>()?;
    let report = PoolReport {
        pool: *id,
        usable,
        free_shapes,
    };
    let known = &state.pools()[id.index()];
    let same = known.usable == report.usable && known.free_shapes == report.free_shapes;
    Ok((!same).then_some(report))
}

/// Measured round trips that changed enough to matter.
fn link_news(state: &State, samples: &[v1::LinkSample]) -> Vec<LinkReport> {
    let news = samples.iter().filter_map(|sample| {
        let link = state.link_named(&sample.link)?;
        let known = state.link(link)?;
        let new = match known.measured_rtt_us {
            None => true,
            Some(rtt_us) => (rtt_us - sample.rtt_us).abs() > rtt_us / RTT_CHANGE_PARTS,
        };
        let report = LinkReport {
            link,
            rtt_us: sample.rtt_us,
            declared: sample.declared,
        };
        new.then_some(report)
    });
    news.collect()
}

fn run_report(observed: &v1::ObservedAttempt) -> Result<Option<RunReport>, Status> {
    use v1::AttemptPhase;
    let job = observed.job_id.parse().map(JobId);
    let job = job.map_err(|_| status::invalid("attempts.job_id", "is not a job's id"))?;
    let phase = match observed.phase() {
        AttemptPhase::Unspecified | AttemptPhase::Staging => return Ok(None),
        AttemptPhase::Staged => RunPhase::Staged,
        // After the grant it is an attempt that failed, though nothing was started.
        AttemptPhase::StageFailed if observed.fence > 0 => ended(observed, Outcome::Failed)?,
        AttemptPhase::StageFailed => RunPhase::StageFailed,
        AttemptPhase::Started => RunPhase::Started,
        AttemptPhase::Delivered => RunPhase::Delivered,
        AttemptPhase::Succeeded => ended(observed, Outcome::Succeeded)?,
        AttemptPhase::Failed => ended(observed, Outcome::Failed)?,
        AttemptPhase::Stopped => ended(observed, Outcome::Stopped)?,
        AttemptPhase::TimedOut => ended(observed, Outcome::TimedOut)?,
        AttemptPhase::Lost => ended(observed, Outcome::Lost)?,
    };
    let fence = u64::try_from(observed.fence).unwrap_or(0);
    Ok(Some(RunReport {
        job,
        fence,
        phase,
        detail: observed.detail.clone(),
    }))
}

fn ended(observed: &v1::ObservedAttempt, outcome: Outcome) -> Result<RunPhase, Status> {
    let output = |fact: &v1::OutputFact| {
        Ok(OutputFact {
            dataset: fact.dataset.clone(),
            sha256: convert::sha256_from_hex("attempts.outputs.sha256", &fact.sha256)?,
            size_bytes: fact.size_bytes,
        })
    };
    let outputs: Result<_, convert::WireError> = observed.outputs.iter().map(output).collect();
    let usage = convert::usage_from_wire(observed.usage.unwrap_or_default());
    Ok(RunPhase::Ended {
        outcome,
        exit_code: observed.exit_code,
        usage: usage.map_err(status::wire)?,
        outputs: outputs.map_err(status::wire)?,
    })
}

#[cfg(test)]
mod tests {
    use ewc_core::command::LinkDefinition;
    use ewc_core::model::{DataGrade, Dataset, Layer, NetworkNode, NodeKind};
    use ewc_core::state::Limits;
    use ewc_scenario::national_small;

    use super::*;

    const NOW_MS: i64 = 500_000 * 3_600_000;

    /// Two sites with a link between them.
    fn network() -> State {
        let mut state = State::new(Limits::default());
        let sites = national_small().sites;
        let node = |site: &ewc_scenario::SiteDef| NetworkNode {
            name: site.spec.name.clone(),
            name_zh: String::new(),
            kind: NodeKind::Site,
            latitude_udeg: 0,
            longitude_udeg: 0,
        };
        let define = Command::DefineNetwork {
            nodes: sites.iter().map(node).collect(),
            links: vec![LinkDefinition {
                name: "link".into(),
                a: sites[0].spec.name.clone(),
                b: sites[1].spec.name.clone(),
                carrier: "t".into(),
                layer: Layer::PrivateIp,
                one_way_us: 5_000,
                capacity_bps: 1_000_000_000,
                usable_permille: 1000,
                price_micro_cny_per_gb: 0,
                up: true,
                encrypted: true,
            }],
            regions: Vec::new(),
        };
        apply(&mut state, define);
        for site in sites {
            let register = Command::RegisterSite {
                spec: site.spec,
                incarnation: 1,
                data_address: String::new(),
            };
            apply(&mut state, register);
        }
        state
    }

    fn apply(state: &mut State, command: Command) {
        let applied = state.apply(state.index() + 1, NOW_MS, &command);
        applied.result.expect("the command is taken");
    }

    /// A report of the first site: its pool has so many cores, its energy was issued then.
    fn request(state: &State, cpu_millis: i64, issued_at_ms: i64) -> v1::SyncRequest {
        let pool = &state.pools()[0].spec;
        v1::SyncRequest {
            site: state.sites()[0].spec.name.clone(),
            incarnation: 1,
            pools: vec![v1::PoolReport {
                pool: pool.name.clone(),
                usable: Some(v1::Resources {
                    cpu_millis,
                    memory_mib: 1024,
                    accelerators: 0,
                }),
                free_shapes: Vec::new(),
            }],
            energy: Some(v1::EnergySeries {
                issued_at_ms,
                start_ms: NOW_MS,
                step_ms: 3_600_000,
                source: "test".into(),
                points: vec![v1::EnergyPoint {
                    pue_permille: 1200,
                    ..v1::EnergyPoint::default()
                }],
            }),
            ..v1::SyncRequest::default()
        }
    }

    /// What is new in a report; afterwards it is known.
    fn told(state: &mut State, cpu_millis: i64, issued_at_ms: i64) -> (bool, bool) {
        let report = news(state, SiteId(0), &request(state, cpu_millis, issued_at_ms)).unwrap();
        let new = (!report.pools.is_empty(), report.energy.is_some());
        assert_eq!(is_news(&report), new.0 || new.1);
        apply(state, Command::ReportSites(vec![report]));
        new
    }

    #[test]
    fn only_what_differs_is_news_and_energy_at_most_once_an_hour() {
        let mut state = network();
        let hour_ms = 3_600_000;
        for (cpu_millis, issued_at_ms, new) in [
            (4_000, NOW_MS, (true, true)),
            (4_000, NOW_MS, (false, false)),
            (3_000, NOW_MS, (true, false)),
            (3_000, NOW_MS + hour_ms / 2, (false, false)),
            (3_000, NOW_MS + hour_ms, (false, true)),
            (3_000, NOW_MS + hour_ms + hour_ms / 2, (false, false)),
        ] {
            let found = told(&mut state, cpu_millis, issued_at_ms);
            assert_eq!(found, new, "{cpu_millis} {issued_at_ms}");
        }
    }

    #[test]
    fn round_trips_are_news_when_they_changed_by_a_fifth() {
        let mut state = network();
        for (rtt_us, new) in [
            (10_000, 1),
            (11_900, 0),
            (12_100, 1),
            (10_000, 0),
            (9_000, 1),
        ] {
            let sample = v1::LinkSample {
                link: "link".into(),
                rtt_us,
                ..v1::LinkSample::default()
            };
            let found = link_news(&state, &[sample]);
            assert_eq!(found.len(), new, "{rtt_us}");
            apply(&mut state, Command::ReportLinks(found));
        }
    }

    #[test]
    fn what_a_site_has_yet_to_drop_is_no_news() {
        let mut state = network();
        let dataset = |sites: &[u32]| Dataset {
            name: "d".into(),
            sha256: [7; 32],
            size_bytes: 1,
            grade: DataGrade::General,
            tenant: "t".into(),
            sites: sites.iter().map(|site| SiteId(*site)).collect(),
            lowered: Vec::new(),
        };
        apply(&mut state, Command::RegisterDataset(dataset(&[1])));
        let mut request = request(&state, 1, 0);
        request.data = vec![v1::HeldData {
            name: "d".into(),
            sha256: convert::sha256_to_hex(&[7; 32]),
            size_bytes: 1,
        }];
        let told = |state: &State| news(state, SiteId(0), &request).unwrap().held.len();
        assert_eq!(told(&state), 1);
        apply(&mut state, Command::RegisterDataset(dataset(&[0])));
        let (name, sites) = ("d".to_owned(), vec![SiteId(0)]);
        apply(&mut state, Command::RemoveDataset { name, sites });
        assert_eq!(told(&state), 0);
    }
}
