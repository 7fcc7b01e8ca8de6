//! Caps on the power of a site's work, both ways.

use ewc_core::model::{PowerCap, PowerStep};

use super::error::WireError;
use crate::v1;

/// The cap of these steps; none of them: there is no cap.
pub fn power_cap_from_wire(wire: Vec<v1::PowerCapStep>) -> Result<PowerCap, WireError> {
    let steps = wire.into_iter().map(|step| PowerStep {
        from_ms: step.from_ms,
        watts: step.watts,
    });
    PowerCap::new(steps).map_err(|error| WireError::new("power_cap", error.to_string()))
}

/// The steps of a cap.
pub fn power_cap_to_wire(cap: &PowerCap) -> Vec<v1::PowerCapStep> {
    let steps = cap.steps().iter().map(|step| v1::PowerCapStep {
        from_ms: step.from_ms,
        watts: step.watts,
    });
    steps.collect()
}
