//! What the agent says of its attempts in one turn.

use ewc_proto::v1;

use super::Agent;
use super::clock::network_ms;
use super::record::{Record, State};
use crate::model::{AttemptKey, Outcome, Usage};
use crate::wire;

/// The part of a report that the logic knows.
#[derive(Clone, Debug)]
pub struct Report {
    /// Counts the reports of this incarnation.
    pub sequence: u64,
    /// All attempts known and not let go.
    pub attempts: Vec<v1::ObservedAttempt>,
    /// Every replica, when that is news.
    pub data: Vec<v1::HeldData>,
    /// Of what was to be dropped, what is not here any more.
    pub dropped: Vec<v1::HeldData>,
    /// Of the last desired set received.
    pub desired_version: i64,
}

impl Agent {
    /// The next report. Each call counts as one sent.
    pub fn report(&mut self) -> Report {
        self.sequence += 1;
        let sequence = self.sequence;
        let mut attempts = Vec::with_capacity(self.records.len());
        for (key, record) in &mut self.records {
            if let State::Ended { .. } = record.state {
                record.end_reported.get_or_insert(sequence);
            }
            let staged_bytes = self
                .desired
                .get(key)
                .map(|item| self.staging.staged_bytes(item));
            attempts.push(observed(key, record, staged_bytes.unwrap_or(0)));
        }
        let data = self
            .staging
            .report(sequence)
            .iter()
            .map(wire::held)
            .collect();
        Report {
            sequence,
            attempts,
            data,
            dropped: self.staging.dropped().map(wire::held).collect(),
            desired_version: self.desired_version,
        }
    }
}

fn observed(key: &AttemptKey, record: &Record, staged_bytes: u64) -> v1::ObservedAttempt {
    let mut observed = v1::ObservedAttempt {
        job_id: key.job.clone(),
        attempt: key.attempt,
        fence: key.fence,
        phase: wire::phase(record.phase()).into(),
        staged_bytes: i64::try_from(staged_bytes).unwrap_or(i64::MAX),
        ..Default::default()
    };
    if let State::Ended {
        outcome,
        scale_permille,
    } = &record.state
    {
        add_outcome(&mut observed, outcome, *scale_permille);
    }
    observed
}

fn add_outcome(observed: &mut v1::ObservedAttempt, outcome: &Outcome, scale_permille: u64) {
    observed.exit_code = outcome.exit_code;
    observed.detail = outcome.detail.clone();
    observed.usage = Some(usage(outcome.usage, scale_permille));
    observed.outputs = outcome.outputs.iter().map(wire::output_fact).collect();
}

/// Times on the wire are the network's.
fn usage(usage: Usage, scale_permille: u64) -> v1::Usage {
    v1::Usage {
        cpu_ms: network_ms(usage.cpu_ms, scale_permille),
        memory_peak_mib: i64::try_from(usage.memory_peak_mib).unwrap_or(i64::MAX),
        wall_ms: network_ms(usage.wall_ms, scale_permille),
    }
}
