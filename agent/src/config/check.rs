//! What a configuration must satisfy before anything is started with it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use ewc_scenario::energy::presets;

use super::{Config, EnergyConfig, PoolConfig, PowerConfig};
use crate::capacity;
use crate::wire::is_file_name;

/// A PUE over 5 is a typing error.
const PUE_BASE_PERMILLE: RangeInclusive<u32> = 1000..=5000;

/// A gigawatt: no site has more.
const WATTS_MAX: i64 = 1_000_000_000;
/// So that no more steps are told than a cap may have: each changes it twice a day, or twice.
const POWER_HOURS_MAX: usize = 12;
const POWER_WINDOWS_MAX: usize = 96;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not TOML, or a field is unknown, missing or of the wrong type.
    #[error("{0}")]
    Syntax(String),
    /// A value cannot be used.
    #[error("{field}: {detail}")]
    Value {
        /// The field.
        field: String,
        /// What is wrong with it.
        detail: String,
    },
}

fn value<T>(field: impl Into<String>, detail: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError::Value {
        field: field.into(),
        detail: detail.into(),
    })
}

pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    if !is_file_name(&config.site.id) {
        return value(
            "site.id",
            "must be 1 to 128 letters, digits, '-', '_' or '.'",
        );
    }
    if !(1..=4).contains(&config.site.mlps_level) {
        return value("site.mlps_level", "must be 1 to 4");
    }
    check_schedulers(config)?;
    check_plaintext(config)?;
    if config.data_listen.ip().is_unspecified() && config.data_address.is_none() {
        return value(
            "data_address",
            "is needed, as data_listen names no address to dial",
        );
    }
    check_pools(&config.pools)?;
    config.energy.as_ref().map_or(Ok(()), check_energy)?;
    check_power(&config.power)?;
    check_names(config)?;
    let limits = [
        ("limits.pulls", config.limits.pulls),
        ("limits.streams", config.limits.streams),
        ("limits.log_streams", config.limits.log_streams),
    ];
    match limits.iter().find(|(_, limit)| *limit == 0) {
        Some((field, _)) => value(*field, "must be at least 1"),
        None => Ok(()),
    }
}

fn check_schedulers(config: &Config) -> Result<(), ConfigError> {
    if config.schedulers.is_empty() {
        return value("schedulers", "at least one is needed");
    }
    for url in &config.schedulers {
        match (url.split_once("://"), &config.tls) {
            (Some(("http", _)), None) | (Some(("https", _)), Some(_)) => {}
            (Some(("http", _)), Some(_)) => {
                return value(
                    "schedulers",
                    format!("{url} is plaintext and [tls] is given"),
                );
            }
            (Some(("https", _)), None) => {
                return value("tls", format!("is needed for {url}"));
            }
            _ => {
                return value(
                    "schedulers",
                    format!("{url:?} is not an http:// or https:// URL"),
                );
            }
        }
    }
    Ok(())
}

/// Without certificates nothing may leave the machine, unless the operator says so.
fn check_plaintext(config: &Config) -> Result<(), ConfigError> {
    if config.tls.is_some() || config.insecure {
        return Ok(());
    }
    if let Some(url) = config.schedulers.iter().find(|url| !is_loopback_url(url)) {
        return value(
            "tls",
            format!("is needed, as {url} is not on loopback (or --insecure)"),
        );
    }
    if !config.data_listen.ip().is_loopback() {
        let listen = config.data_listen;
        return value(
            "tls",
            format!("is needed, as data_listen {listen} is not on loopback (or --insecure)"),
        );
    }
    Ok(())
}

fn is_loopback_url(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn check_pools(pools: &[PoolConfig]) -> Result<(), ConfigError> {
    let mut ids = BTreeSet::new();
    for pool in pools {
        let field = |name: &str| format!("pools.{}.{name}", pool.id);
        if !is_file_name(&pool.id) || !ids.insert(&pool.id) {
            return value(
                "pools.id",
                format!("{:?} is empty, unusable or not unique", pool.id),
            );
        }
        if pool.from_machine && pool.node != super::Amounts::default() {
            return value(
                field("node"),
                "is taken from the machine, as from_machine is set",
            );
        }
        if !pool.from_machine && pool.node.cpu_millis <= 0 {
            return value(field("node"), "cpu_millis must be given (or from_machine)");
        }
        if pool.nodes == 0 {
            return value(field("nodes"), "must be at least 1");
        }
        let amounts = [
            pool.node.memory_mib,
            pool.node.accelerators,
            pool.reserve.cpu_millis,
        ]
        .into_iter()
        .chain([pool.reserve.memory_mib, pool.reserve.accelerators]);
        if amounts.min().is_some_and(|least| least < 0) {
            return value(field("node"), "amounts cannot be negative");
        }
        if let Some(family) = pool.accelerator_family.as_deref()
            && capacity::family(family).is_none()
        {
            return value(
                field("accelerator_family"),
                format!("{family:?} is unknown"),
            );
        }
    }
    Ok(())
}

fn check_energy(energy: &EnergyConfig) -> Result<(), ConfigError> {
    let given = [
        energy.preset.is_some(),
        energy.file.is_some(),
        energy.profile.is_some(),
    ];
    if given.into_iter().filter(|is| *is).count() != 1 {
        return value(
            "energy",
            "exactly one of preset, file and profile is needed",
        );
    }
    if let Some(preset) = energy.preset.as_deref()
        && presets::by_name(preset).is_none()
    {
        let known = presets::names().join(", ");
        return value(
            "energy.preset",
            format!("{preset:?} is unknown; known: {known}"),
        );
    }
    if energy.contracted_permille.is_some_and(|share| share > 1000) {
        return value("energy.contracted_permille", "must be at most 1000");
    }
    let pue = energy.pue_base_permille;
    if pue.is_some_and(|pue| !PUE_BASE_PERMILLE.contains(&pue)) {
        return value("energy.pue_base_permille", "must be 1000 to 5000");
    }
    if energy.wue_ml_per_kwh.is_some_and(|wue| wue < 0) {
        return value("energy.wue_ml_per_kwh", "cannot be negative");
    }
    let checked = energy
        .profile
        .as_ref()
        .map_or(Ok(()), |profile| profile.check());
    checked.or_else(|detail| value("energy.profile", detail))
}

fn check_power(power: &PowerConfig) -> Result<(), ConfigError> {
    let cap = |field: String, watts: i64| match (0..=WATTS_MAX).contains(&watts) {
        true => Ok(()),
        false => value(field, format!("must be 0 to {WATTS_MAX}")),
    };
    if let Some(watts) = power.cap_watts {
        cap("power.cap_watts".to_owned(), watts)?;
    }
    if power.hours.len() > POWER_HOURS_MAX {
        return value("power.hours", format!("must be at most {POWER_HOURS_MAX}"));
    }
    for (at, hours) in power.hours.iter().enumerate() {
        let field = |name: &str| format!("power.hours[{at}].{name}");
        cap(field("cap_watts"), hours.cap_watts)?;
        if hours.from_hour > 23 {
            return value(field("from_hour"), "must be an hour of the day, 0 to 23");
        }
        if hours.until_hour > 24 || hours.until_hour == hours.from_hour {
            let detail = "must be an hour of the day, 0 to 24, and not from_hour";
            return value(field("until_hour"), detail);
        }
    }
    if power.windows.len() > POWER_WINDOWS_MAX {
        let detail = format!("must be at most {POWER_WINDOWS_MAX}; leave out what is past");
        return value("power.windows", detail);
    }
    for (at, window) in power.windows.iter().enumerate() {
        let field = |name: &str| format!("power.windows[{at}].{name}");
        cap(field("cap_watts"), window.cap_watts)?;
        if window.until_ms <= window.from_ms {
            return value(field("until"), "must be after from");
        }
    }
    Ok(())
}

fn check_names(config: &Config) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    if let Some(dataset) = config
        .datasets
        .iter()
        .find(|dataset| !names.insert(&dataset.name))
    {
        return value(
            "datasets.name",
            format!("{:?} is given twice", dataset.name),
        );
    }
    let aimless =
        |probe: &&super::ProbeConfig| probe.address.is_empty() && probe.declared_rtt_us.is_none();
    if let Some(probe) = config.probes.iter().find(aimless) {
        return value(
            format!("probes.{}", probe.link),
            "needs address or declared_rtt_us",
        );
    }
    Ok(())
}
