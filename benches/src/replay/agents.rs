//! Sites that say what agents say: capacity that varies, energy, and runs that start and end.
//! Nothing runs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ewc_core::model::EnergySeries;
use ewc_proto::v1::agent_service_client::AgentServiceClient;
use ewc_proto::{convert, v1};
use ewc_scenario::{SiteDef, energy};
use v1::AttemptPhase;

use crate::members::Addresses;

/// Pause between two reports of a site.
const SYNC_EVERY: Duration = Duration::from_millis(250);
/// A pool loses or regains a node after so many reports.
const VARY_EVERY: u64 = 12;

/// How the sites behave.
#[derive(Debug, Clone, Copy)]
pub struct Conduct {
    /// How long a run takes, in real time.
    pub run: Duration,
    /// Their capacity varies.
    pub varies: bool,
}

/// Reports for a site as long as the task lives.
pub async fn act(members: Addresses, site: SiteDef, conduct: Conduct) {
    let mut agent = Agent {
        site,
        conduct,
        incarnation: 0,
        runs: BTreeMap::new(),
        sequence: 0,
    };
    loop {
        // A leader that is gone has a successor soon; there the agent begins anew.
        agent.incarnation += 1;
        let _ = agent.report(&members).await;
        tokio::time::sleep(SYNC_EVERY).await;
    }
}

struct Agent {
    site: SiteDef,
    conduct: Conduct,
    incarnation: u64,
    /// What is to be done here: since when, by job and fence.
    runs: BTreeMap<(String, i64), (Instant, v1::DesiredAttempt)>,
    sequence: u64,
}

impl Agent {
    async fn report(&mut self, members: &Addresses) -> anyhow::Result<()> {
        let channel = members.dial_leader().await?;
        let mut client = AgentServiceClient::new(channel).max_decoding_message_size(64 << 20);
        let register = v1::RegisterRequest {
            site: Some(convert::site_spec_to_wire(&self.site.spec)),
            incarnation: self.incarnation,
            data_address: String::new(),
        };
        let clock = client.register(register).await?.into_inner().clock;
        let now_ms = clock.map_or(0, |clock| clock.now_ms);
        let mut energy = Some(self.energy(now_ms));
        let mut desired_version = 0;
        loop {
            self.sequence += 1;
            let request = v1::SyncRequest {
                site: self.site.spec.name.clone(),
                incarnation: self.incarnation,
                sequence: self.sequence,
                attempts: self.attempts(),
                pools: self.pools(),
                energy: energy
                    .take()
                    .map(|series| convert::energy_series_to_wire(&series)),
                desired_version,
                ..Default::default()
            };
            let answer = client.sync(request).await?.into_inner();
            desired_version = answer.desired_version;
            if !answer.unchanged {
                self.adopt(answer.desired);
            }
            tokio::time::sleep(SYNC_EVERY).await;
        }
    }

    fn energy(&self, now_ms: i64) -> EnergySeries {
        energy::series(&self.site.energy.profile(), "figure", now_ms)
    }

    fn adopt(&mut self, desired: Vec<v1::DesiredAttempt>) {
        let mut runs = BTreeMap::new();
        for attempt in desired {
            let key = (attempt.job_id.clone(), attempt.fence);
            let since = self.runs.get(&key).map_or(Instant::now(), |known| known.0);
            runs.insert(key, (since, attempt));
        }
        self.runs = runs;
    }

    fn attempts(&self) -> Vec<v1::ObservedAttempt> {
        self.runs
            .values()
            .map(|(since, run)| observed(since.elapsed() >= self.conduct.run, run))
            .collect()
    }

    /// A node less now and then.
    fn pools(&self) -> Vec<v1::PoolReport> {
        let less = self.conduct.varies && (self.sequence / VARY_EVERY) % 2 == 1;
        let pools = self.site.spec.pools.iter().map(|pool| {
            let nodes = i64::from(pool.nodes) - i64::from(less && pool.nodes > 1);
            let usable = v1::Resources {
                cpu_millis: pool.node.cpu_millis * nodes,
                memory_mib: pool.node.memory_mib * nodes,
                accelerators: pool.node.accelerators * nodes,
            };
            v1::PoolReport {
                pool: pool.name.clone(),
                usable: Some(usable),
                free_shapes: Vec::new(),
            }
        });
        pools.collect()
    }
}

fn observed(over: bool, run: &v1::DesiredAttempt) -> v1::ObservedAttempt {
    let phase = match (run.fence > 0, run.stop, over) {
        (false, ..) => AttemptPhase::Staged,
        (true, true, _) => AttemptPhase::Stopped,
        (true, false, false) => AttemptPhase::Started,
        (true, false, true) => AttemptPhase::Succeeded,
    };
    let output = |output: &v1::Output| v1::OutputFact {
        dataset: output.dataset.clone(),
        sha256: "ab".repeat(32),
        size_bytes: output.size_bytes,
    };
    let ended = phase == AttemptPhase::Succeeded;
    v1::ObservedAttempt {
        job_id: run.job_id.clone(),
        attempt: run.attempt,
        fence: run.fence,
        phase: phase.into(),
        outputs: run.outputs.iter().filter(|_| ended).map(output).collect(),
        ..Default::default()
    }
}
