//! Latency of configured links: measured by a call to the data mover at the other end, or as
//! declared.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ewc_proto::v1;
use ewc_proto::v1::data_service_client::DataServiceClient;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::transport::Channel;

use super::Event;
use super::dial::Dialer;
use crate::config::ProbeConfig;
use crate::logic::Mono;

const CALLS: usize = 5;
const CALL_TIMEOUT: Duration = Duration::from_secs(3);
const TELL_EVERY_MS: i64 = 60_000;
const CHANGE_PERMILLE: i64 = 100;

/// A figure for one link.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub link: String,
    pub peer_site: String,
    pub rtt_us: i64,
    pub declared: bool,
}

/// Measures one link for ever.
pub(super) async fn measure(
    site: String,
    probe: ProbeConfig,
    every: Duration,
    dialer: Dialer,
    events: mpsc::Sender<Event>,
) {
    loop {
        let measured = match probe.declared_rtt_us {
            Some(rtt_us) => Ok(rtt_us),
            None => best_of_several(&site, &probe, &dialer).await,
        };
        match measured {
            Ok(rtt_us) => {
                let (link, peer_site) = (probe.link.clone(), probe.peer_site.clone());
                let declared = probe.declared_rtt_us.is_some();
                let measured = Measured {
                    link,
                    peer_site,
                    rtt_us,
                    declared,
                };
                if events.send(Event::Link(measured)).await.is_err() {
                    return;
                }
            }
            Err(status) => tracing::debug!(link = probe.link, %status, "no probe"),
        }
        tokio::time::sleep(every).await;
    }
}

/// The least of several round trips: what is above it is queueing and scheduling, not distance.
async fn best_of_several(site: &str, probe: &ProbeConfig, dialer: &Dialer) -> Result<i64, Status> {
    let mut client = DataServiceClient::new(dialer.connect(&probe.address).await?);
    let mut best = i64::MAX;
    for _ in 0..CALLS {
        best = best.min(one_call(&mut client, site, &probe.peer_site).await?);
    }
    Ok(best.max(1))
}

async fn one_call(
    client: &mut DataServiceClient<Channel>,
    site: &str,
    peer: &str,
) -> Result<i64, Status> {
    let sent = Instant::now();
    let call = client.probe(v1::ProbeRequest {
        from_site: site.to_owned(),
    });
    let late = |_| Status::deadline_exceeded("the other end is silent");
    let answer = tokio::time::timeout(CALL_TIMEOUT, call)
        .await
        .map_err(late)??
        .into_inner();
    let elapsed_us = i64::try_from(sent.elapsed().as_micros()).unwrap_or(i64::MAX);
    if answer.site == peer {
        return Ok(elapsed_us);
    }
    Err(Status::failed_precondition(format!(
        "{} answered instead of {peer}",
        answer.site
    )))
}

/// Decides which figures are worth telling: changes of more than a tenth, all once a minute.
#[derive(Debug, Default)]
pub(super) struct Samples {
    links: BTreeMap<String, Sample>,
}

#[derive(Debug)]
struct Sample {
    latest: Measured,
    told: Option<(i64, Mono)>,
}

impl Samples {
    pub fn note(&mut self, measured: Measured) {
        let told = self
            .links
            .get(&measured.link)
            .and_then(|sample| sample.told);
        self.links.insert(
            measured.link.clone(),
            Sample {
                latest: measured,
                told,
            },
        );
    }

    /// What to tell now. It counts as told: a lost report is made good within a minute.
    pub fn tell(&mut self, now: Mono) -> Vec<v1::LinkSample> {
        let worth = |sample: &&mut Sample| match sample.told {
            None => true,
            Some((rtt_us, at)) => {
                let change = (sample.latest.rtt_us - rtt_us).abs();
                change.saturating_mul(1000) > rtt_us.saturating_mul(CHANGE_PERMILLE)
                    || now.0 - at.0 >= TELL_EVERY_MS
            }
        };
        let telling = self.links.values_mut().filter(worth);
        telling
            .map(|sample| {
                sample.told = Some((sample.latest.rtt_us, now));
                v1::LinkSample {
                    link: sample.latest.link.clone(),
                    peer_site: sample.latest.peer_site.clone(),
                    rtt_us: sample.latest.rtt_us,
                    declared: sample.latest.declared,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_at_once_and_constancy_once_a_minute() {
        let mut samples = Samples::default();
        let steps = [
            (0, 1000, true),
            (1, 1090, false),
            (2, 1101, true),
            (3, 1101, false),
            (60_001, 1101, false),
            (60_002, 1101, true),
        ];
        for (at_ms, rtt_us, told) in steps {
            let (link, peer_site) = ("l".to_owned(), "p".to_owned());
            samples.note(Measured {
                link,
                peer_site,
                rtt_us,
                declared: false,
            });
            assert_eq!(!samples.tell(Mono(at_ms)).is_empty(), told, "at {at_ms}");
        }
    }
}
