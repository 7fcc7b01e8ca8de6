//! What operators can see of an agent. Plain counters, registered once and passed down.

use prometheus::{Encoder as _, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::model::Phase;

/// The phase as labels and logs name it.
#[must_use]
pub fn phase_label(phase: Phase) -> &'static str {
    match phase {
        Phase::Staging => "staging",
        Phase::Staged => "staged",
        Phase::Started => "started",
        Phase::Succeeded => "succeeded",
        Phase::Failed => "failed",
        Phase::Stopped => "stopped",
        Phase::TimedOut => "timed_out",
        Phase::StageFailed => "stage_failed",
        Phase::Lost => "lost",
        Phase::Delivered => "delivered",
    }
}

/// All metrics of one agent.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Reports that a scheduler answered.
    pub syncs: IntCounter,
    /// Reports that none answered.
    pub sync_failures: IntCounter,
    /// Milliseconds the lease still lasts; negative when it ran out.
    pub lease_left_ms: IntGauge,
    /// Attempts whose processes may be alive.
    pub active_attempts: IntGauge,
    /// Attempts that ended, by [`phase_label`].
    pub ended_attempts: IntCounterVec,
    /// Attempts handed to the executor.
    pub starts: IntCounter,
    /// Bytes pulled from other sites.
    pub received_bytes: IntCounter,
    /// Bytes streamed to other sites.
    pub sent_bytes: IntCounter,
    /// Pulls under way.
    pub pulls: IntGauge,
}

impl Metrics {
    /// Metrics of a site.
    ///
    /// # Errors
    /// When two metrics have one name, which a test rules out.
    pub fn new(site: &str) -> Result<Self, prometheus::Error> {
        let labels = [("site".to_owned(), site.to_owned())].into_iter().collect();
        let registry = Registry::new_custom(Some("ewc_agent".into()), Some(labels))?;
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let ended = Opts::new("ended_attempts_total", "Attempts that ended, by phase");
        let ended_attempts = IntCounterVec::new(ended, &["phase"])?;
        registry.register(Box::new(ended_attempts.clone()))?;
        Ok(Self {
            syncs: counter("syncs_total", "Reports that a scheduler answered")?,
            sync_failures: counter("sync_failures_total", "Reports that no scheduler answered")?,
            lease_left_ms: gauge("lease_left_ms", "Milliseconds until the lease runs out")?,
            active_attempts: gauge("active_attempts", "Attempts that may have processes")?,
            starts: counter("starts_total", "Attempts handed to the executor")?,
            received_bytes: counter("received_bytes_total", "Bytes pulled from other sites")?,
            sent_bytes: counter("sent_bytes_total", "Bytes streamed to other sites")?,
            pulls: gauge("pulls", "Pulls under way")?,
            ended_attempts,
            registry,
        })
    }

    /// All of them in the Prometheus text format.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::warn!(%error, "metrics cannot be rendered");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_carry_the_site() {
        let metrics = Metrics::new("gz-guian").unwrap();
        metrics.starts.inc();
        let text = String::from_utf8(metrics.render()).unwrap();
        assert!(
            text.contains("ewc_agent_starts_total{site=\"gz-guian\"} 1"),
            "{text}"
        );
    }

    /// Rules and dashboards are written against these words; they are the wire's, shortened.
    #[test]
    fn phases_are_short_and_those_of_the_wire() {
        let metrics = Metrics::new("gz-guian").unwrap();
        for (phase, label) in [
            (Phase::Succeeded, "succeeded"),
            (Phase::TimedOut, "timed_out"),
            (Phase::StageFailed, "stage_failed"),
            (Phase::Lost, "lost"),
        ] {
            assert_eq!(phase_label(phase), label);
            let wire = crate::wire::phase(phase).as_str_name();
            assert_eq!(wire, format!("ATTEMPT_PHASE_{}", label.to_uppercase()));
            metrics.ended_attempts.with_label_values(&[label]).inc();
        }
        let text = String::from_utf8(metrics.render()).unwrap();
        let line = "ewc_agent_ended_attempts_total{phase=\"timed_out\",site=\"gz-guian\"} 1";
        assert!(text.contains(line), "{text}");
    }
}
