//! What the numbers of a table count.

use ewc_scenario::time::rfc3339_ms;
use serde::Deserialize;

/// What the numbers of a table count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Units {
    /// From when submissions and deadlines count.
    pub clock: Clock,
    /// Offset of ISO times that name none, as `+08:00`.
    pub utc_offset: String,
    /// Of submissions and deadlines.
    pub submit: TimeUnit,
    /// Of run times and requested run times.
    pub run: TimeUnit,
    /// Of cores.
    pub cores: CoresUnit,
    /// Of memory.
    pub memory: MemoryUnit,
}

impl Default for Units {
    fn default() -> Units {
        Units {
            clock: Clock::Start,
            utc_offset: String::from("+00:00"),
            submit: TimeUnit::Seconds,
            run: TimeUnit::Seconds,
            cores: CoresUnit::Cores,
            memory: MemoryUnit::Mebibytes,
        }
    }
}

/// From when submissions and deadlines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// From the trace's start; never negative.
    Start,
    /// From 1970, as Unix time.
    Epoch,
    /// They are written as dates.
    Iso,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TimeUnit {
    /// `ms`.
    #[serde(rename = "ms")]
    Milliseconds,
    /// `s`.
    #[serde(rename = "s")]
    Seconds,
    /// `m`.
    #[serde(rename = "m")]
    Minutes,
    /// `h`.
    #[serde(rename = "h")]
    Hours,
    /// `d`.
    #[serde(rename = "d")]
    Days,
}

/// A unit of computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoresUnit {
    /// Whole cores or parts of them.
    Cores,
    /// Thousandths.
    Millicores,
}

/// A unit of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum MemoryUnit {
    /// `B`.
    #[serde(rename = "B")]
    Bytes,
    /// `KiB`.
    #[serde(rename = "KiB")]
    Kibibytes,
    /// `MiB`.
    #[serde(rename = "MiB")]
    Mebibytes,
    /// `GiB`.
    #[serde(rename = "GiB")]
    Gibibytes,
}

impl TimeUnit {
    /// Its length in milliseconds.
    pub(super) fn ms(self) -> f64 {
        match self {
            TimeUnit::Milliseconds => 1.0,
            TimeUnit::Seconds => 1e3,
            TimeUnit::Minutes => 60e3,
            TimeUnit::Hours => 3600e3,
            TimeUnit::Days => 86_400e3,
        }
    }
}

impl CoresUnit {
    /// Its size in thousandths of a core.
    pub(super) fn millis(self) -> f64 {
        match self {
            CoresUnit::Cores => 1000.0,
            CoresUnit::Millicores => 1.0,
        }
    }
}

impl MemoryUnit {
    /// Its size in MiB.
    pub(super) fn mib(self) -> f64 {
        match self {
            MemoryUnit::Bytes => 1.0 / f64::from(1 << 20),
            MemoryUnit::Kibibytes => 1.0 / f64::from(1 << 10),
            MemoryUnit::Mebibytes => 1.0,
            MemoryUnit::Gibibytes => f64::from(1 << 10),
        }
    }
}

pub(super) fn check_offset(offset: &str) -> Result<(), String> {
    match rfc3339_ms(&format!("2000-01-01T00:00:00{offset}")) {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("{offset:?} is no offset; write e.g. \"+08:00\"")),
    }
}

/// Unix milliseconds of an ISO time; `offset` holds where it names none.
pub(super) fn iso_ms(text: &str, offset: &str) -> Option<i64> {
    let text = text.trim();
    rfc3339_ms(text)
        .or_else(|_| rfc3339_ms(&format!("{text}{offset}")))
        .ok()
}
