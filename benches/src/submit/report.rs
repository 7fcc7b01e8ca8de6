//! Collects the rounds, shows them, and judges their medians.

use std::ops::Range;

use super::spent::Spent;
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

/// What one peer did under one load in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub measured: Measured,
    /// Processor time for each acknowledged item, in microseconds.
    pub spent: Spent<f64>,
}

/// One load in one round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub ewc: Side,
    /// Durable writes of the leader's log for each acknowledged job.
    pub fsyncs: f64,
    pub peer: Option<Side>,
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
    pub(super) fn add(&mut self, load: usize, sample: Sample) {
        self.samples[load].push(sample);
    }

    /// Rates of the newest round of these loads.
    pub(super) fn last_round(&self, loads: Range<usize>) -> String {
        let rates = LOADS[loads.clone()]
            .iter()
            .zip(&self.samples[loads])
            .filter_map(|((name, _, _), samples)| {
                let sample = samples.last()?;
                let rate = |side: Side| side.measured.per_s;
                let peer = sample
                    .peer
                    .map_or(String::new(), |peer| format!(" / {:.0}", rate(peer)));
                Some(format!("{name} {:.0}{peer}", rate(sample.ewc)))
            });
        rates.collect::<Vec<_>>().join(", ") + " per second"
    }

    fn ewc(&self, load: usize, value: fn(&Side) -> f64) -> f64 {
        median(self.samples[load].iter().map(|sample| value(&sample.ewc)))
    }

    fn peer(&self, load: usize, value: fn(&Side) -> f64) -> f64 {
        let peers = self.samples[load].iter().filter_map(|sample| sample.peer);
        median(peers.map(|peer| value(&peer)))
    }

    fn fsyncs(&self, load: usize) -> f64 {
        median(self.samples[load].iter().map(|sample| sample.fsyncs))
    }

    /// Ratios are taken round by round, so that a slow minute of the machine hits both.
    fn ratio(&self, load: usize, value: fn(&Side) -> f64) -> f64 {
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
        println!("medians; processor time in us per item: generator, leader, the others together");
        println!("                       per second    p50 ms    p99 ms  processor  fsyncs/item");
        for (load, (name, _, _)) in LOADS.iter().enumerate() {
            let fsyncs = format!("{:>12.4}", self.fsyncs(load));
            print_row(name, "ewc", |value| self.ewc(load, value), &fsyncs);
            if self.with_peer {
                print_row(name, "etcd", |value| self.peer(load, value), "");
            }
        }
    }

    /// The last line.
    pub(super) fn outcome(&self) -> Outcome {
        let ratio = self.ratio(MANY, |it| it.measured.per_s);
        let latency_ratio = self.ratio(ONE, |it| it.measured.p50_ms);
        let batched = self.ewc(BATCHED, |it| it.measured.per_s);
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
                format!("{:.0}", self.ewc(MANY, |it| it.measured.per_s)),
            ),
            ("batched_per_s", format!("{batched:.0}")),
            (
                "etcd_per_s",
                of_peer(self.peer(MANY, |it| it.measured.per_s), 0),
            ),
            ("ratio", of_peer(ratio, 2)),
            (
                "p50_1_ms",
                format!("{:.2}", self.ewc(ONE, |it| it.measured.p50_ms)),
            ),
            (
                "etcd_p50_1_ms",
                of_peer(self.peer(ONE, |it| it.measured.p50_ms), 2),
            ),
            ("p50_ratio", of_peer(latency_ratio, 2)),
            (
                "p99_ms",
                format!("{:.2}", self.ewc(MANY, |it| it.measured.p99_ms)),
            ),
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

fn print_row(load: &str, who: &str, median: impl Fn(fn(&Side) -> f64) -> f64, end: &str) {
    println!(
        "{load:>12}  {who:<4}  {:>12.0} {:>9.2} {:>9.2}  {:>3.0} {:>3.0} {:>3.0} {end}",
        median(|it| it.measured.per_s),
        median(|it| it.measured.p50_ms),
        median(|it| it.measured.p99_ms),
        median(|it| it.spent.generator),
        median(|it| it.spent.leader),
        median(|it| it.spent.followers),
    );
}
