//! Collects the rounds, shows them, and judges their medians.

use std::ops::Range;

use super::{BATCHED, LOADS, MANY, ONE};
use crate::figure::{Outcome, Verdict};
use crate::load::Measured;
use crate::statistics::median;

/// Times etcd's rate that 64 clients must reach.
const RATIO_MIN: f64 = 2.0;
/// Times etcd's median latency that one client may wait.
const LATENCY_RATIO_MAX: f64 = 1.5;
/// Jobs per second that batches must reach.
const BATCHED_PER_S_MIN: f64 = 20_000.0;

/// One load in one round.
#[derive(Debug, Clone, Copy)]
struct Sample {
    ewc: Measured,
    /// Durable writes of the leader's log for each acknowledged job.
    fsyncs: f64,
    peer: Option<Measured>,
}

/// Everything measured so far.
pub(super) struct Report {
    samples: [Vec<Sample>; LOADS.len()],
    with_peer: bool,
}

impl Report {
    pub(super) fn new(with_peer: bool) -> Report {
        Report {
            samples: Default::default(),
            with_peer,
        }
    }

    /// Adds one load of one round.
    pub(super) fn add(&mut self, load: usize, ewc: Measured, fsyncs: f64, peer: Option<Measured>) {
        self.samples[load].push(Sample { ewc, fsyncs, peer });
    }

    /// Rates of the newest round of these loads.
    pub(super) fn last_round(&self, loads: Range<usize>) -> String {
        let rates = LOADS[loads.clone()]
            .iter()
            .zip(&self.samples[loads])
            .filter_map(|((name, _, _), samples)| {
                let sample = samples.last()?;
                let peer = sample
                    .peer
                    .map_or(String::new(), |peer| format!(" / {:.0}", peer.per_s));
                Some(format!("{name} {:.0}{peer}", sample.ewc.per_s))
            });
        rates.collect::<Vec<_>>().join(", ") + " per second"
    }

    fn ewc(&self, load: usize, value: fn(&Measured) -> f64) -> f64 {
        median(self.samples[load].iter().map(|sample| value(&sample.ewc)))
    }

    fn peer(&self, load: usize, value: fn(&Measured) -> f64) -> f64 {
        median(
            self.samples[load]
                .iter()
                .filter_map(|sample| sample.peer.as_ref().map(value)),
        )
    }

    fn fsyncs(&self, load: usize) -> f64 {
        median(self.samples[load].iter().map(|sample| sample.fsyncs))
    }

    /// Ratios are taken round by round, so that a slow minute of the machine hits both.
    fn ratio(&self, load: usize, value: fn(&Measured) -> f64) -> f64 {
        let ratios = self.samples[load].iter().filter_map(|sample| {
            sample
                .peer
                .as_ref()
                .map(|peer| value(&sample.ewc) / value(peer))
        });
        median(ratios)
    }

    /// Prints medians of every load.
    pub(super) fn print(&self) {
        println!("medians                per second    p50 ms    p99 ms   fsyncs/item");
        for (load, (name, _, _)) in LOADS.iter().enumerate() {
            println!(
                "{name:>12}  ewc   {:>12.0} {:>9.2} {:>9.2} {:>13.4}",
                self.ewc(load, |it| it.per_s),
                self.ewc(load, |it| it.p50_ms),
                self.ewc(load, |it| it.p99_ms),
                self.fsyncs(load),
            );
            if self.with_peer {
                println!(
                    "{name:>12}  etcd  {:>12.0} {:>9.2} {:>9.2}",
                    self.peer(load, |it| it.per_s),
                    self.peer(load, |it| it.p50_ms),
                    self.peer(load, |it| it.p99_ms),
                );
            }
        }
    }

    /// The last line.
    pub(super) fn outcome(&self) -> Outcome {
        let ratio = self.ratio(MANY, |it| it.per_s);
        let latency_ratio = self.ratio(ONE, |it| it.p50_ms);
        let batched = self.ewc(BATCHED, |it| it.per_s);
        let beside_peer = match self.with_peer {
            true => Verdict::of(ratio >= RATIO_MIN && latency_ratio <= LATENCY_RATIO_MAX),
            false => Verdict::Unknown,
        };
        let of_peer = |value: f64, digits: usize| match self.with_peer {
            true => format!("{value:.digits$}"),
            false => "unknown".to_owned(),
        };
        let values = vec![
            (
                "single_per_s",
                format!("{:.0}", self.ewc(MANY, |it| it.per_s)),
            ),
            ("batched_per_s", format!("{batched:.0}")),
            ("etcd_per_s", of_peer(self.peer(MANY, |it| it.per_s), 0)),
            ("ratio", of_peer(ratio, 2)),
            ("p50_1_ms", format!("{:.2}", self.ewc(ONE, |it| it.p50_ms))),
            ("etcd_p50_1_ms", of_peer(self.peer(ONE, |it| it.p50_ms), 2)),
            ("p50_ratio", of_peer(latency_ratio, 2)),
            ("p99_ms", format!("{:.2}", self.ewc(MANY, |it| it.p99_ms))),
            // Of the leader, for each job that one of 64 clients submits.
            ("fsyncs", format!("{:.3}", self.fsyncs(MANY))),
        ];
        let verdict = beside_peer.and(Verdict::of(batched >= BATCHED_PER_S_MIN));
        Outcome {
            values,
            verdict,
            left_out: Vec::new(),
        }
    }
}
