//! Groups of tasks: from a `[[groups]]` table, or from the top of a short form.

use std::collections::BTreeMap;

use ewc_core::model::{AcceleratorFamily, Payload, Resources, TaskGroup};

use crate::error::FieldError;
use crate::reader::{Table, amount, flag, one_of, text, whole};
use crate::units;

/// Names of the accelerator families in files.
pub(crate) const FAMILIES: [(&str, AcceleratorFamily); 4] = [
    ("cuda", AcceleratorFamily::Cuda),
    ("cann", AcceleratorFamily::Cann),
    ("dtk", AcceleratorFamily::Dtk),
    ("neuware", AcceleratorFamily::Neuware),
];

/// The one group's name in a short form.
const SHORT_FORM_NAME: &str = "main";

/// Reads all groups. `run_for_ms` is what a service or storage job promises to run, or 0.
pub(super) fn read_all(root: &mut Table, run_for_ms: i64) -> Result<Vec<TaskGroup>, FieldError> {
    if !root.has("groups") {
        let resources = read_resources(root)?;
        let name = SHORT_FORM_NAME.to_owned();
        return Ok(vec![read(root, name, resources, run_for_ms)?]);
    }
    let groups = root.tables("groups")?;
    groups
        .into_iter()
        .map(|group| read_group(group, run_for_ms))
        .collect()
}

fn read_group(mut table: Table, run_for_ms: i64) -> Result<TaskGroup, FieldError> {
    let name = table.require("name", "name the group, e.g. name = \"workers\"", text)?;
    let resources = match table.table("resources")? {
        None => default_resources(),
        Some(mut inner) => {
            let resources = read_resources(&mut inner)?;
            inner.finish()?;
            resources
        }
    };
    let group = read(&mut table, name, resources, run_for_ms)?;
    table.finish()?;
    Ok(group)
}

fn read(
    table: &mut Table,
    name: String,
    resources: Resources,
    run_for_ms: i64,
) -> Result<TaskGroup, FieldError> {
    let estimate_ms = read_estimate(table, run_for_ms)?;
    let time_limit_ms = table.take("time_limit", amount(units::duration_ms))?;
    Ok(TaskGroup {
        name,
        count: table.take("count", whole)?.unwrap_or(1),
        gang: table.take("gang", flag)?.unwrap_or(false),
        resources,
        accelerator_families: table.list("accelerator_families", one_of(&FAMILIES))?,
        accelerator_models: table.list("accelerator_models", text)?,
        architecture: table.take("architecture", text)?.unwrap_or_default(),
        payload: read_payload(table)?,
        throughput_permille: read_throughput(table)?,
        estimate_ms,
        time_limit_ms: time_limit_ms.unwrap_or(estimate_ms.saturating_mul(2)),
    })
}

fn read_estimate(table: &mut Table, run_for_ms: i64) -> Result<i64, FieldError> {
    match table.take("estimate", amount(units::duration_ms))? {
        Some(estimate_ms) => Ok(estimate_ms),
        None if run_for_ms > 0 => Ok(run_for_ms),
        None => Err(table.missing(
            "estimate",
            "write how long you expect it to run, e.g. estimate = \"45m\"",
        )),
    }
}

/// `throughput = { "A800-80G" = "100%", "Ascend-910B" = "57%" }`
fn read_throughput(table: &mut Table) -> Result<BTreeMap<String, u32>, FieldError> {
    let path = table.path_of("throughput");
    let read = |(model, text): (String, String)| {
        let field = || format!("{path}.{model}");
        let permille = units::permille(&text).map_err(|problem| problem.at(field()))?;
        let permille = u32::try_from(permille);
        let permille =
            permille.map_err(|_| FieldError::new(field(), "is too large", "write e.g. \"57%\""))?;
        Ok((model, permille))
    };
    table.texts("throughput")?.into_iter().map(read).collect()
}

fn default_resources() -> Resources {
    Resources {
        cpu_millis: 1000,
        memory_mib: 1024,
        accelerators: 0,
    }
}

fn read_resources(table: &mut Table) -> Result<Resources, FieldError> {
    let default = default_resources();
    Ok(Resources {
        cpu_millis: table
            .take("cpu", amount(units::cpu_millis))?
            .unwrap_or(default.cpu_millis),
        memory_mib: table
            .take("memory", amount(units::memory_mib))?
            .unwrap_or(default.memory_mib),
        accelerators: table
            .take("accelerators", whole)?
            .unwrap_or(default.accelerators),
    })
}

fn read_payload(table: &mut Table) -> Result<Payload, FieldError> {
    let argv = table.list("command", text)?;
    let script = table.take("script", text)?;
    let interpreter = table.take("interpreter", text)?;
    let image = table.take("image", text)?;
    let environment = table.texts("environment")?;
    let clash = |name: &str, problem: &str, hint: &str| {
        Err(FieldError::new(table.path_of(name), problem, hint))
    };
    if interpreter.is_some() && script.is_none() {
        return clash(
            "interpreter",
            "has no script to run",
            "add script, or leave it out",
        );
    }
    match (script, image) {
        (Some(_), Some(_)) => clash("script", "stands beside image", "keep one of the two"),
        (Some(_), None) if !argv.is_empty() => {
            clash("script", "stands beside command", "keep one of the two")
        }
        (Some(text), None) => {
            let interpreter = interpreter.unwrap_or_default();
            Ok(Payload::Script {
                interpreter,
                text,
                environment,
            })
        }
        (None, Some(image)) => Ok(Payload::Container {
            image,
            argv,
            environment,
        }),
        (None, None) if argv.is_empty() => {
            let hint = "write what to start: command = [\"program\", \"argument\"], \
                        script = \"...\", or image = \"name\"";
            Err(table.missing("command", hint))
        }
        (None, None) => Ok(Payload::Process { argv, environment }),
    }
}
