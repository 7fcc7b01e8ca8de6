//! The task that owns the logic: feeds it events, carries out its effects, keeps the turns.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use ewc_core::model::EnergySeries;
use ewc_proto::convert::{energy_point_to_wire, energy_series_to_wire, power_cap_to_wire};
use ewc_proto::v1;
use tokio::sync::mpsc;
use tonic::Code;

use super::prober::Samples;
use super::pulls::Pulls;
use super::uplink::{Answer, Call, Reply};
use super::work::{Work, Worker};
use super::{Clock, Event, identity, jittered_ms};
use crate::capacity;
use crate::config::{PowerConfig, SiteConfig};
use crate::data::pull::Order;
use crate::data::store::Store;
use crate::energy::Issuer;
use crate::executor::lease_file;
use crate::logic::{Agent, ClockFact, Effect, Input, Mono};
use crate::metrics::{Metrics, phase_label};
use crate::power;
use crate::wire;

const SYNC_MS: i64 = 1_000;
const SYNC_MS_MIN: i64 = 20;
const SYNC_MS_MAX: i64 = 60_000;
const RETRY_MS: u64 = 200;
const RETRY_MS_MAX: u64 = 3_000;
/// Changes that come together are told together.
const SOON_MS: i64 = 15;
/// Nothing waits for a timer longer than this.
const TICK_MS: i64 = 1_000;

pub(super) struct Core {
    pub clock: Clock,
    pub agent: Agent,
    pub site: SiteConfig,
    pub incarnation: u64,
    pub data_address: String,
    pub pools: Vec<v1::Pool>,
    pub energy: Option<Issuer>,
    pub power: PowerConfig,
    pub samples: Samples,
    pub store: Store,
    pub pulls: Pulls,
    pub worker: Worker,
    pub calls: mpsc::Sender<Call>,
    pub lease_file: PathBuf,
    pub metrics: Arc<Metrics>,
    pub ready: Arc<AtomicBool>,
    pub turn: Turn,
}

/// When the schedulers are called next.
#[derive(Debug, Default)]
pub(super) struct Turn {
    registered: bool,
    calling: bool,
    next: Mono,
    retry_ms: u64,
    /// Something changed while a call was under way.
    again: bool,
}

impl Core {
    /// Runs until `shutdown` (then all is well) or until the agent must end.
    pub async fn serve(
        &mut self,
        events: &mut mpsc::Receiver<Event>,
        shutdown: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        tokio::pin!(shutdown);
        loop {
            self.call_when_due();
            let now = self.clock.now();
            let wake = self.agent.next_wake(now).unwrap_or(now.plus(TICK_MS));
            let next = if self.turn.calling {
                wake
            } else {
                wake.min(self.turn.next)
            };
            let at = self
                .clock
                .instant(next.min(now.plus(TICK_MS)).max(now.plus(1)));
            tokio::select! {
                biased;
                () = &mut shutdown => return Ok(()),
                event = events.recv() => match event {
                    Some(event) => self.take(event)?,
                    None => bail!("all tasks of the agent are gone"),
                },
                () = tokio::time::sleep_until(at.into()) => self.input(Input::Tick)?,
            }
            self.show();
        }
    }

    fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Input(input) => self.input(input),
            Event::Uplink(reply) => self.answered(*reply),
            Event::Wake => {
                self.sync_soon();
                Ok(())
            }
            Event::Link(measured) => {
                self.samples.note(measured);
                Ok(())
            }
            Event::Fatal(error) => bail!(error),
        }
    }

    fn input(&mut self, input: Input) -> anyhow::Result<()> {
        let effects = self.agent.handle(self.clock.now(), input);
        effects
            .into_iter()
            .try_for_each(|effect| self.carry_out(effect))
    }

    fn carry_out(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::StartPull {
                name,
                sha256,
                size_bytes,
                from_address,
                rate_bps,
                lent,
            } => {
                let order = Order {
                    name,
                    sha256,
                    size_bytes,
                    from_address,
                    rate_bps,
                    lent,
                };
                self.pulls.start(order);
            }
            Effect::CancelPull { sha256 } => self.pulls.cancel(&sha256),
            Effect::NameData(fact) => self.store.name(&fact)?,
            Effect::KeepLent(fact) => self.store.keep_lent(&fact)?,
            Effect::DropLent { sha256 } => self.store.drop_lent(&sha256)?,
            Effect::DropData(facts) => self.store.forget(&facts)?,
            Effect::StartAttempt(order) => {
                self.metrics.starts.inc();
                self.order(Work::Start(order))?;
            }
            Effect::StopAttempt(key) => self.order(Work::Stop(key))?,
            Effect::CollectOutputs(key) => self.order(Work::Collect(key))?,
            Effect::CollectCheckpoint(key) => self.order(Work::CollectCheckpoint(key))?,
            Effect::RecordEnd(key, outcome) => {
                let phase = phase_label(outcome.phase);
                self.metrics
                    .ended_attempts
                    .with_label_values(&[phase])
                    .inc();
                tracing::info!(attempt = %key, phase, detail = outcome.detail, "attempt ended");
                self.order(Work::RecordEnd(key, outcome))?;
            }
            Effect::Release(key) => self.order(Work::Release(key))?,
            Effect::SyncSoon => self.sync_soon(),
            Effect::ExitSuperseded => {
                bail!(
                    "a newer agent speaks for site {}; this one ends",
                    self.site.id
                );
            }
        }
        Ok(())
    }

    fn order(&self, work: Work) -> anyhow::Result<()> {
        self.worker
            .orders
            .send(work)
            .map_err(|_| anyhow::anyhow!("the executor is gone"))
    }

    fn sync_soon(&mut self) {
        self.turn.again |= self.turn.calling;
        self.turn.next = self.turn.next.min(self.clock.now().plus(SOON_MS));
    }

    fn call_when_due(&mut self) {
        let now = self.clock.now();
        if self.turn.calling || now < self.turn.next {
            return;
        }
        let call = if self.turn.registered {
            Call::Sync(self.report(now))
        } else {
            Call::Register(self.registration(now))
        };
        // One call at a time, so that there is room.
        self.turn.calling = self.calls.try_send(call).is_ok();
        self.turn.again = false;
        self.turn.next = now.plus(SYNC_MS);
    }

    fn registration(&mut self, now: Mono) -> v1::RegisterRequest {
        let energy = self.energy_due(now);
        let energy_now = energy.and_then(|series| series.points.first());
        let energy_now = energy_now.map(energy_point_to_wire);
        let site = identity::site(&self.site, self.pools.clone(), energy_now);
        v1::RegisterRequest {
            site: Some(v1::Site {
                power_cap: self.power_cap(now),
                ..site
            }),
            incarnation: self.incarnation,
            data_address: self.data_address.clone(),
        }
    }

    fn report(&mut self, now: Mono) -> v1::SyncRequest {
        let energy = self.energy_due(now).map(energy_series_to_wire);
        let report = self.agent.report();
        v1::SyncRequest {
            site: self.site.id.clone(),
            incarnation: self.incarnation,
            sequence: report.sequence,
            attempts: report.attempts,
            pools: capacity::reports(&self.pools),
            energy,
            links: self.samples.tell(now),
            data: report.data,
            desired_version: report.desired_version,
            power_cap: self.power_cap(now),
            dropped: report.dropped,
        }
    }

    fn power_cap(&self, now: Mono) -> Vec<v1::PowerCapStep> {
        let network_now_ms = self.agent.network_now_ms(now);
        power_cap_to_wire(&power::cap(&self.power, network_now_ms))
    }

    fn energy_due(&mut self, now: Mono) -> Option<&EnergySeries> {
        let network_now_ms = self.agent.network_now_ms(now)?;
        self.energy.as_mut()?.due(network_now_ms)
    }

    fn answered(&mut self, reply: Reply) -> anyhow::Result<()> {
        self.turn.calling = false;
        match reply.answer {
            Ok(answer) => {
                self.turn.retry_ms = 0;
                self.metrics.syncs.inc();
                self.note_answer(reply.sent, answer)
            }
            // How a registration older than a known one is refused.
            Err(status) if status.code() == Code::Aborted && !self.turn.registered => {
                self.carry_out(Effect::ExitSuperseded)
            }
            Err(status) => {
                self.note_failure(&status);
                Ok(())
            }
        }
    }

    fn note_answer(&mut self, sent: Mono, answer: Answer) -> anyhow::Result<()> {
        let now = self.clock.now();
        match answer {
            Answer::Registered(response) => {
                tracing::info!(incarnation = self.incarnation, "registered");
                self.turn.registered = true;
                self.turn.next = now;
                self.lease(sent, response.clock, response.lease_ms)
            }
            Answer::Synced(request, response) => {
                let pause = if response.next_sync_ms > 0 {
                    response.next_sync_ms
                } else {
                    SYNC_MS
                };
                let pause = pause.clamp(SYNC_MS_MIN, SYNC_MS_MAX);
                self.turn.next = now.plus(if self.turn.again { SOON_MS } else { pause });
                if let (Some(issuer), Some(series)) = (&mut self.energy, &request.energy) {
                    issuer.heard(series.issued_at_ms);
                }
                let superseded = response.superseded;
                if !superseded {
                    self.lease(sent, response.clock, response.lease_ms)?;
                }
                let desired = (!response.unchanged && !superseded).then(|| {
                    let items = response
                        .desired
                        .into_iter()
                        .filter_map(wire::desired)
                        .collect();
                    (response.desired_version, items)
                });
                self.input(Input::Synced {
                    sequence: request.sequence,
                    desired,
                    drop: response.drop.into_iter().map(wire::data_fact).collect(),
                    superseded,
                })
            }
        }
    }

    /// The supervisors hear of the lease before the logic can start anything under it.
    fn lease(
        &mut self,
        sent: Mono,
        clock: Option<v1::ClockReading>,
        lease_ms: i64,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let until = sent.plus(lease_ms);
        if Some(until) > self.agent.lease_until() {
            lease_file::write(&self.lease_file, until.0 - now.0)?;
        }
        let clock = clock.map(|reading| ClockFact {
            now_ms: reading.now_ms,
            scale_permille: reading.scale_permille,
        });
        self.input(Input::Lease {
            sent,
            clock,
            lease_ms,
        })
    }

    fn note_failure(&mut self, status: &tonic::Status) {
        self.metrics.sync_failures.inc();
        tracing::warn!(code = ?status.code(), message = status.message(), "no scheduler answered");
        if status.code() == Code::NotFound {
            self.turn.registered = false;
        }
        let retry_ms = (self.turn.retry_ms * 2).clamp(RETRY_MS, RETRY_MS_MAX);
        self.turn.retry_ms = retry_ms;
        let pause = i64::try_from(jittered_ms(retry_ms)).unwrap_or(SYNC_MS);
        self.turn.next = self.clock.now().plus(pause);
    }

    fn show(&self) {
        let now = self.clock.now();
        let left = self.agent.lease_until().map_or(0, |until| until.0 - now.0);
        self.metrics.lease_left_ms.set(left);
        self.metrics
            .active_attempts
            .set(self.agent.active_count() as i64);
        self.metrics.pulls.set(self.pulls.count() as i64);
        self.ready
            .store(self.agent.lease_is_live(now), Ordering::Relaxed);
    }
}
