//! The `[power]` table: what the site's work may draw.

use ewc_scenario::job_file::When;
use serde::{Deserialize, Deserializer};

/// The cap on what work draws at the IT load, without cooling: what the figures of the pools say.
/// Whose limit is at the meter divides it by the PUE of the worst hour. The lowest of all that hold
/// at an instant counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerConfig {
    /// At all times; default: none.
    pub cap_watts: Option<i64>,
    /// At the same hours of every day.
    #[serde(default)]
    pub hours: Vec<PowerHours>,
    /// Once: curtailment, demand response.
    #[serde(default)]
    pub windows: Vec<PowerWindow>,
}

/// Hours of every day, Beijing time, from one to before another; they may run over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerHours {
    /// First hour, 0 to 23.
    pub from_hour: u8,
    /// First hour that is none of them, 0 to 24.
    pub until_hour: u8,
    /// The cap in them.
    pub cap_watts: i64,
}

/// From one moment to another, as `2026-12-01T18:00:00+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerWindow {
    /// Start.
    #[serde(rename = "from", deserialize_with = "moment")]
    pub from_ms: i64,
    /// End, exclusive.
    #[serde(rename = "until", deserialize_with = "moment")]
    pub until_ms: i64,
    /// The cap in between.
    pub cap_watts: i64,
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    use serde::de::Error as _;

    let text = String::deserialize(from)?;
    match When::parse(&text) {
        Ok(When::At(ms)) => Ok(ms),
        Ok(When::In(_)) | Err(_) => Err(D::Error::custom(format!(
            "{text:?} is no moment; write e.g. \"2026-12-01T18:00:00+08:00\""
        ))),
    }
}
