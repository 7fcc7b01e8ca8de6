//! Groups: counts, resources, payloads and run times.

use std::collections::BTreeSet;

use ewc_core::apart;
use ewc_core::model::{JobSpec, Payload, Resources, StringMap, TaskGroup};

use super::limits;
use super::text::{check_length, check_name, check_names, shortened};
use crate::error::FieldError;

pub(super) fn check_all(groups: &[TaskGroup]) -> Result<(), FieldError> {
    if groups.is_empty() {
        let hint = "describe at least one group of tasks";
        return Err(FieldError::new("groups", "is empty", hint));
    }
    check_length("groups", groups.len(), limits::GROUPS_MAX)?;
    let mut names = BTreeSet::new();
    for (index, group) in groups.iter().enumerate() {
        let path = format!("groups[{index}]");
        check(&path, group)?;
        if !names.insert(&group.name) {
            let problem = format!("{:?} is the name of another group", group.name);
            return Err(FieldError::new(
                format!("{path}.name"),
                problem,
                "give each its own",
            ));
        }
    }
    check_task_count(groups)
}

/// A job that `field` puts at several sites has one group, which is split, or a group for each.
pub(super) fn check_parts(field: &str, spec: &JobSpec) -> Result<(), FieldError> {
    let groups = spec.groups.len() as u32;
    if groups == 1 || groups >= spec.sites_min() {
        return check_task_count(&apart::split(spec).groups);
    }
    let hint = "describe one group, which is then split, or at least one for each site";
    let problem = format!("is more than the job has groups ({groups})");
    Err(FieldError::new(field, problem, hint))
}

fn check_task_count(groups: &[TaskGroup]) -> Result<(), FieldError> {
    let tasks: u64 = groups.iter().map(|group| u64::from(group.count)).sum();
    if tasks <= limits::TASKS_MAX {
        return Ok(());
    }
    let hint = format!("the limit is {}; split the job", limits::TASKS_MAX);
    Err(FieldError::new(
        "groups",
        format!("ask for {tasks} tasks"),
        hint,
    ))
}

fn check(path: &str, group: &TaskGroup) -> Result<(), FieldError> {
    check_name(format!("{path}.name"), &group.name)?;
    if group.count == 0 {
        let hint = "write at least 1";
        return Err(FieldError::new(format!("{path}.count"), "is zero", hint));
    }
    check_resources(path, group.resources)?;
    check_accelerators(path, group)?;
    if !group.architecture.is_empty() {
        check_name(format!("{path}.architecture"), &group.architecture)?;
    }
    check_throughput(path, group)?;
    check_durations(path, group)?;
    check_payload(path, &group.payload)
}

fn check_resources(path: &str, resources: Resources) -> Result<(), FieldError> {
    let out_of_range = |name: &str, hint: &str| {
        Err(FieldError::new(
            format!("{path}.resources.{name}"),
            "is out of range",
            hint,
        ))
    };
    if !(1..=limits::CPU_MILLIS_MAX).contains(&resources.cpu_millis) {
        return out_of_range(
            "cpu",
            "write more than zero and at most 100000 cores, e.g. \"4\"",
        );
    }
    if !(1..=limits::MEMORY_MIB_MAX).contains(&resources.memory_mib) {
        return out_of_range(
            "memory",
            "write more than zero and at most 1 PiB, e.g. \"16GiB\"",
        );
    }
    if !(0..=limits::ACCELERATORS_MAX).contains(&resources.accelerators) {
        return out_of_range("accelerators", "write a number from 0 to 100000");
    }
    Ok(())
}

fn check_accelerators(path: &str, group: &TaskGroup) -> Result<(), FieldError> {
    check_names(
        &format!("{path}.accelerator_models"),
        &group.accelerator_models,
    )?;
    let families = format!("{path}.accelerator_families");
    let distinct: BTreeSet<_> = group.accelerator_families.iter().collect();
    if distinct.len() < group.accelerator_families.len() {
        return Err(FieldError::new(
            families,
            "names a family twice",
            "leave one out",
        ));
    }
    let named = !distinct.is_empty() || !group.accelerator_models.is_empty();
    if named && group.resources.accelerators == 0 {
        let hint = "write how many one task needs, e.g. accelerators = 8";
        let problem = "is zero although families or models are named";
        return Err(FieldError::new(
            format!("{path}.resources.accelerators"),
            problem,
            hint,
        ));
    }
    Ok(())
}

/// Only a gang does the same work with more or fewer tasks.
fn check_throughput(path: &str, group: &TaskGroup) -> Result<(), FieldError> {
    let field = format!("{path}.throughput");
    let table = &group.throughput_permille;
    if table.is_empty() {
        return Ok(());
    }
    check_length(&field, table.len(), limits::LIST_MAX)?;
    if !group.gang || group.resources.accelerators == 0 {
        let hint =
            "it scales the number of tasks: write gang = true and accelerators, or leave it out";
        let problem = "is for a gang on accelerators only";
        return Err(FieldError::new(field, problem, hint));
    }
    for (model, permille) in table {
        check_name(format!("{field}.{model}"), model)?;
        if !(1..=limits::THROUGHPUT_PERMILLE_MAX).contains(permille) {
            let hint = "write more than zero and at most \"10000%\", e.g. \"57%\"";
            return Err(FieldError::new(
                format!("{field}.{model}"),
                "is out of range",
                hint,
            ));
        }
        let tasks = group.count_on(model).unwrap_or(0);
        if u64::from(tasks) > limits::TASKS_MAX {
            let hint = format!("the limit is {}; leave the model out", limits::TASKS_MAX);
            let problem = format!("makes {tasks} tasks");
            return Err(FieldError::new(format!("{field}.{model}"), problem, hint));
        }
    }
    Ok(())
}

fn check_durations(path: &str, group: &TaskGroup) -> Result<(), FieldError> {
    if !(1..=limits::DURATION_MS_MAX).contains(&group.estimate_ms) {
        let hint = "write more than zero and at most 10 years, e.g. \"45m\"";
        return Err(FieldError::new(
            format!("{path}.estimate"),
            "is out of range",
            hint,
        ));
    }
    if group.time_limit_ms < group.estimate_ms {
        let hint = "write at least the estimate, or leave it out for twice as much";
        let problem = "is shorter than the estimate";
        return Err(FieldError::new(format!("{path}.time_limit"), problem, hint));
    }
    if group.time_limit_ms > 2 * limits::DURATION_MS_MAX {
        let hint = "write at most 20 years";
        return Err(FieldError::new(
            format!("{path}.time_limit"),
            "is out of range",
            hint,
        ));
    }
    Ok(())
}

fn check_payload(path: &str, payload: &Payload) -> Result<(), FieldError> {
    match payload {
        Payload::Process { argv, environment } => {
            if argv.first().is_none_or(String::is_empty) {
                let hint = "write the program first, e.g. [\"python3\", \"report.py\"]";
                return Err(FieldError::new(format!("{path}.command"), "is empty", hint));
            }
            check_arguments(path, argv, environment)
        }
        Payload::Script {
            interpreter,
            text,
            environment,
        } => {
            check_script(path, interpreter, text)?;
            check_arguments(path, &[], environment)
        }
        Payload::Container {
            image,
            argv,
            environment,
        } => {
            check_name(format!("{path}.image"), image)?;
            check_arguments(path, argv, environment)
        }
    }
}

fn check_script(path: &str, interpreter: &str, text: &str) -> Result<(), FieldError> {
    let field = format!("{path}.script");
    if text.trim().is_empty() {
        return Err(FieldError::new(
            field,
            "is empty",
            "write the script between \"\"\"",
        ));
    }
    if text.len() > limits::SCRIPT_BYTES_MAX {
        let problem = format!("has {} bytes", text.len());
        let hint = "the limit is 64 KiB; put the program into an image or input";
        return Err(FieldError::new(field, problem, hint));
    }
    if text.contains('\0') {
        return Err(FieldError::new(
            field,
            "holds a NUL character",
            "leave it out",
        ));
    }
    if interpreter.len() > limits::PATH_BYTES_MAX || interpreter.contains(char::is_control) {
        let hint = "write a program's name, e.g. \"/usr/bin/python3\"";
        let problem = "is too long or not plain text";
        return Err(FieldError::new(
            format!("{path}.interpreter"),
            problem,
            hint,
        ));
    }
    Ok(())
}

fn check_arguments(path: &str, argv: &[String], environment: &StringMap) -> Result<(), FieldError> {
    let of_environment = environment
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let bytes: usize = argv.iter().map(String::len).chain(of_environment).sum();
    if bytes > limits::ARGUMENT_BYTES_MAX {
        let problem = format!("and the environment have {bytes} bytes together");
        let hint = "the limit is 64 KiB; put the rest into an input";
        return Err(FieldError::new(format!("{path}.command"), problem, hint));
    }
    if let Some(index) = argv.iter().position(|argument| argument.contains('\0')) {
        let field = format!("{path}.command[{index}]");
        return Err(FieldError::new(
            field,
            "holds a NUL character",
            "leave it out",
        ));
    }
    for (name, value) in environment.iter() {
        check_variable(path, name, value)?;
    }
    Ok(())
}

fn check_variable(path: &str, name: &str, value: &str) -> Result<(), FieldError> {
    let field = format!("{path}.environment.{}", shortened(name));
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !starts_well || !plain {
        let hint = "use letters, digits and underscores, and no digit first";
        return Err(FieldError::new(field, "is not a name of a variable", hint));
    }
    if value.contains('\0') {
        return Err(FieldError::new(
            field,
            "holds a NUL character",
            "leave it out",
        ));
    }
    Ok(())
}
