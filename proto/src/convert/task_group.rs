//! Task groups and their payloads, both ways.

use std::collections::{BTreeMap, HashMap};

use ewc_core::model;

use super::check;
use super::enums;
use super::error::{WireError, Within as _};
use super::resources::{resources_from_wire, resources_to_wire};
use crate::v1;

/// Longest script, in bytes.
const SCRIPT_BYTES_MAX: usize = 1 << 20;

/// What a group takes from its job.
#[derive(Debug, Clone, Copy)]
pub(super) struct JobContext {
    /// Kind of the job.
    pub kind: model::JobKind,
    /// How long it runs before it is stopped as a success; 0: not at all.
    pub run_for_ms: i64,
}

/// A task group. No tasks means one; no estimate means the job's own run time, if it has one; no
/// time limit means twice the estimate.
pub(super) fn from_wire(
    wire: v1::TaskGroup,
    job: JobContext,
) -> Result<model::TaskGroup, WireError> {
    let estimate_ms = estimate(wire.estimate_ms, job)?;
    Ok(model::TaskGroup {
        name: check::name("name", wire.name)?,
        count: wire.count.max(1),
        gang: wire.gang,
        resources: resources_from_wire(wire.resources.unwrap_or_default()).within("resources")?,
        accelerator_families: families_from_wire(&wire.accelerator_families)?,
        accelerator_models: check::names("accelerator_models", wire.accelerator_models)?,
        architecture: check::optional_name("architecture", wire.architecture)?,
        payload: payload_from_wire(wire.payload, job.kind).within("payload")?,
        estimate_ms,
        time_limit_ms: time_limit(wire.time_limit_ms, estimate_ms)?,
        throughput_permille: throughput(wire.throughput_permille)?,
    })
}

/// A task group.
pub(super) fn to_wire(group: &model::TaskGroup) -> v1::TaskGroup {
    let family_number = |family: &model::AcceleratorFamily| -> i32 {
        enums::accelerator_family_to_wire(*family).into()
    };
    v1::TaskGroup {
        name: group.name.clone(),
        count: group.count,
        gang: group.gang,
        resources: Some(resources_to_wire(group.resources)),
        accelerator_families: group
            .accelerator_families
            .iter()
            .map(family_number)
            .collect(),
        accelerator_models: group.accelerator_models.clone(),
        payload: Some(payload_to_wire(&group.payload)),
        estimate_ms: group.estimate_ms,
        time_limit_ms: group.time_limit_ms,
        architecture: group.architecture.clone(),
        throughput_permille: group.throughput_permille.clone().into_iter().collect(),
    }
}

/// A payload. Jobs that only hold data may do without one.
pub fn payload_from_wire(
    wire: Option<v1::Payload>,
    kind: model::JobKind,
) -> Result<model::Payload, WireError> {
    use v1::payload::What;
    let wire = wire.unwrap_or_default();
    let environment = string_map("environment", wire.environment)?;
    match wire.what {
        Some(What::Process(process)) => {
            let argv = arguments(process.argv).within("process")?;
            if argv.is_empty() {
                return Err(WireError::new("process.argv", "must name a program"));
            }
            Ok(model::Payload::Process { argv, environment })
        }
        Some(What::Script(script)) => {
            let (interpreter, text) = script_from_wire(script).within("script")?;
            Ok(model::Payload::Script {
                interpreter,
                text,
                environment,
            })
        }
        Some(What::Container(container)) => {
            let image = check::name("container.image", container.image)?;
            let argv = arguments(container.argv).within("container")?;
            Ok(model::Payload::Container {
                image,
                argv,
                environment,
            })
        }
        None if kind == model::JobKind::Storage => Ok(model::Payload::Process {
            argv: Vec::new(),
            environment,
        }),
        None => Err(WireError::new("what", "must be given")),
    }
}

/// A payload.
pub fn payload_to_wire(payload: &model::Payload) -> v1::Payload {
    use v1::payload::What;
    let (what, environment) = match payload {
        model::Payload::Process { argv, environment } if argv.is_empty() => (None, environment),
        model::Payload::Process { argv, environment } => {
            let process = v1::ProcessPayload { argv: argv.clone() };
            (Some(What::Process(process)), environment)
        }
        model::Payload::Script {
            interpreter,
            text,
            environment,
        } => {
            let script = v1::ScriptPayload {
                interpreter: interpreter.clone(),
                text: text.clone(),
            };
            (Some(What::Script(script)), environment)
        }
        model::Payload::Container {
            image,
            argv,
            environment,
        } => {
            let container = v1::ContainerPayload {
                image: image.clone(),
                argv: argv.clone(),
            };
            (Some(What::Container(container)), environment)
        }
    };
    v1::Payload {
        what,
        environment: environment.clone().into_iter().collect(),
    }
}

/// Names with text, such as labels or an environment.
pub(super) fn string_map(
    field: &str,
    entries: HashMap<String, String>,
) -> Result<model::StringMap, WireError> {
    check::list_length(field, entries.len())?;
    let check = |(key, value)| {
        let key = check::name(field, key)?;
        if key.contains('=') {
            return Err(WireError::new(
                field,
                format!("has a name with an equals sign: {key:?}"),
            ));
        }
        let value = check::text(&format!("{field}[{key:?}]"), value)?;
        Ok((key, value))
    };
    entries.into_iter().map(check).collect()
}

fn estimate(estimate_ms: i64, job: JobContext) -> Result<i64, WireError> {
    match check::length_ms("estimate_ms", estimate_ms)? {
        0 if job.run_for_ms > 0 => Ok(job.run_for_ms),
        0 => Err(WireError::new("estimate_ms", "must be positive")),
        estimate_ms => Ok(estimate_ms),
    }
}

fn time_limit(time_limit_ms: i64, estimate_ms: i64) -> Result<i64, WireError> {
    match check::length_ms("time_limit_ms", time_limit_ms)? {
        0 => Ok(estimate_ms.saturating_mul(2)),
        limit if limit < estimate_ms => Err(WireError::new(
            "time_limit_ms",
            "must not be shorter than the estimate",
        )),
        limit => Ok(limit),
    }
}

fn families_from_wire(numbers: &[i32]) -> Result<Vec<model::AcceleratorFamily>, WireError> {
    const FIELD: &str = "accelerator_families";
    check::list_length(FIELD, numbers.len())?;
    let family = |(index, number): (usize, &i32)| {
        let field = format!("{FIELD}[{index}]");
        enums::given(&field, enums::accelerator_family_from_wire(&field, *number))
    };
    numbers.iter().enumerate().map(family).collect()
}

fn throughput(entries: HashMap<String, u32>) -> Result<BTreeMap<String, u32>, WireError> {
    const FIELD: &str = "throughput_permille";
    check::list_length(FIELD, entries.len())?;
    let entry = |(model, permille): (String, u32)| match permille {
        0 => Err(WireError::new(
            format!("{FIELD}[{model:?}]"),
            "must be positive",
        )),
        _ => Ok((check::name(FIELD, model)?, permille)),
    };
    entries.into_iter().map(entry).collect()
}

fn arguments(argv: Vec<String>) -> Result<Vec<String>, WireError> {
    check::list_length("argv", argv.len())?;
    let check = |(index, argument)| check::text(&format!("argv[{index}]"), argument);
    argv.into_iter().enumerate().map(check).collect()
}

fn script_from_wire(script: v1::ScriptPayload) -> Result<(String, String), WireError> {
    if script.text.is_empty() {
        return Err(WireError::new("text", "must not be empty"));
    }
    if script.text.len() > SCRIPT_BYTES_MAX {
        let problem = format!("is longer than {SCRIPT_BYTES_MAX} bytes");
        return Err(WireError::new("text", problem));
    }
    Ok((
        check::optional_name("interpreter", script.interpreter)?,
        script.text,
    ))
}
