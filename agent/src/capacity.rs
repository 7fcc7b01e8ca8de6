//! Capacity of the site: pools as declared, or as this machine is.
//!
//! Usable is what was declared less the operator's reserve. Runs of ours are not subtracted: the
//! schedulers know them. Load of strangers is not measured; the reserve stands for it.

use ewc_proto::v1;

use crate::config::{Amounts, PoolConfig};

/// The pools as they are registered.
#[must_use]
pub fn pools(configs: &[PoolConfig]) -> Vec<v1::Pool> {
    configs
        .iter()
        .map(|config| pool(config, node(config, machine)))
        .collect()
}

/// The pools as they are reported at every turn.
#[must_use]
pub fn reports(pools: &[v1::Pool]) -> Vec<v1::PoolReport> {
    let report = |pool: &v1::Pool| v1::PoolReport {
        pool: pool.id.clone(),
        usable: pool.usable,
        free_shapes: pool.free_shapes.clone(),
    };
    pools.iter().map(report).collect()
}

/// Accelerator family by the name it has in the configuration.
#[must_use]
pub fn family(name: &str) -> Option<v1::AcceleratorFamily> {
    match name {
        "cuda" => Some(v1::AcceleratorFamily::Cuda),
        "cann" => Some(v1::AcceleratorFamily::Cann),
        "dtk" => Some(v1::AcceleratorFamily::Dtk),
        "neuware" => Some(v1::AcceleratorFamily::Neuware),
        _ => None,
    }
}

fn pool(config: &PoolConfig, node: Amounts) -> v1::Pool {
    let architecture = config
        .architecture
        .clone()
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let family = config
        .accelerator_family
        .as_deref()
        .and_then(family)
        .unwrap_or_default();
    v1::Pool {
        id: config.id.clone(),
        architecture,
        accelerator_family: family.into(),
        accelerator_model: config.accelerator_model.clone(),
        node: Some(resources(node)),
        nodes: config.nodes,
        usable: Some(resources(usable(node, config.nodes, config.reserve))),
        cpu_watts_milli: config.cpu_watts_milli,
        accelerator_watts_milli: config.accelerator_watts_milli,
        price_micro_cny_per_core_hour: config.price_micro_cny_per_core_hour,
        price_micro_cny_per_accelerator_hour: config.price_micro_cny_per_accelerator_hour,
        free_shapes: vec![v1::NodeShape {
            free: Some(resources(node)),
            nodes: config.nodes,
        }],
        ..Default::default()
    }
}

fn node(config: &PoolConfig, machine: impl FnOnce() -> Amounts) -> Amounts {
    if config.from_machine {
        machine()
    } else {
        config.node
    }
}

fn usable(node: Amounts, nodes: u32, reserve: Amounts) -> Amounts {
    let left = |each: i64, reserve: i64| {
        each.saturating_mul(i64::from(nodes))
            .saturating_sub(reserve)
            .max(0)
    };
    Amounts {
        cpu_millis: left(node.cpu_millis, reserve.cpu_millis),
        memory_mib: left(node.memory_mib, reserve.memory_mib),
        accelerators: left(node.accelerators, reserve.accelerators),
    }
}

fn resources(amounts: Amounts) -> v1::Resources {
    v1::Resources {
        cpu_millis: amounts.cpu_millis,
        memory_mib: amounts.memory_mib,
        accelerators: amounts.accelerators,
    }
}

fn machine() -> Amounts {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    Amounts {
        cpu_millis: i64::try_from(cores).unwrap_or(1) * 1000,
        memory_mib: memory_mib(&text).unwrap_or(0),
        accelerators: 0,
    }
}

fn memory_mib(meminfo: &str) -> Option<i64> {
    let total = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: i64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_is_total_less_reserve_and_never_negative() {
        let config = PoolConfig {
            id: "p".into(),
            nodes: 2,
            node: Amounts {
                cpu_millis: 4000,
                memory_mib: 100,
                accelerators: 8,
            },
            reserve: Amounts {
                cpu_millis: 500,
                memory_mib: 1000,
                accelerators: 0,
            },
            ..Default::default()
        };
        let pools = pools(&[config]);
        let expected = v1::Resources {
            cpu_millis: 7500,
            memory_mib: 0,
            accelerators: 16,
        };
        assert_eq!(pools[0].usable, Some(expected));
        assert_eq!(reports(&pools)[0].usable, Some(expected));
    }

    #[test]
    fn the_machine_is_a_node() {
        let config = PoolConfig {
            from_machine: true,
            nodes: 1,
            ..Default::default()
        };
        let node = pools(&[config])[0].node.unwrap();
        assert!(node.cpu_millis >= 1000 && node.memory_mib > 0, "{node:?}");
        assert_eq!(memory_mib("MemTotal:       2048 kB\n"), Some(2));
    }
}
