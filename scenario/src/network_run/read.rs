//! The fields of a network run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ewc_core::model::WorkloadClass;

use super::{Forecast, NetworkRun, PlanningDef, TraceDef, WorkloadDef, fault, output};
use crate::error::{FieldError, FileError, Problem};
use crate::national::{national_with, tutorial_of};
use crate::network::{self, Scenario};
use crate::reader::{Table, amount, flag, one_of, text, whole};
use crate::setting::Setting;
use crate::tree::Value;
use crate::validate::check_name;
use crate::{time, units};

/// Longest time in which jobs are submitted: ten years.
const DURATION_MS_MAX: i64 = 3660 * 86_400_000;
const ERROR_PERMILLE_MAX: u32 = 1000;
/// Of the machine that the parameters of the model are for.
const PROCESSORS: u32 = 128;
const PROCESSORS_MAX: u32 = 1_000_000;
const START_DELAY_MS_MAX: i64 = 3_600_000;
const JOBS_PER_DAY_MAX: u32 = 10_000_000;

pub(super) fn both_kinds() -> FieldError {
    let hint = "leave out [site] for a run on a whole network, or network for one of one site";
    FieldError::new("network", "stands beside [site]", hint)
}

pub(super) fn no_kind() -> FieldError {
    let hint = "write network = \"national\" for a run on a whole network, or a table [site] for \
                one of one site";
    FieldError::new("network", "is missing, and so is [site]", hint)
}

pub(super) fn of_a_site(setting: &Setting) -> FieldError {
    let hint = "choose a scenario with a field network";
    FieldError::new(
        setting.path(),
        "cannot be set in a scenario of one site",
        hint,
    )
}

/// Sets fields of a scenario. Returns what is to be set in its network.
pub(super) fn apply(
    settings: &[Setting],
    fields: &mut BTreeMap<String, Value>,
) -> Result<Vec<Setting>, FieldError> {
    let own_policy = fields.contains_key("policy");
    let mut of_network = Vec::new();
    for setting in settings {
        let inherited = !own_policy && setting.below("policy").is_some();
        match setting.below("network") {
            Some(below) => of_network.push(below),
            None if inherited => of_network.push(setting.clone()),
            None => setting.apply(fields)?,
        }
    }
    Ok(of_network)
}

/// The national network with these fields, whose paths begin with `network.` here.
fn built_in(settings: &[Setting]) -> Result<Scenario, FileError> {
    national_with(settings).map_err(|error| match error {
        FileError::Field(error) => {
            let field = format!("network.{}", error.field);
            FieldError { field, ..error }.into()
        }
        other => other,
    })
}

/// Sites that are left out of a network have no fields that count.
fn check_sites(network: &Scenario, settings: &[Setting]) -> Result<(), FieldError> {
    for setting in settings {
        let mut names = setting.path().split('.');
        let (list, name) = (names.next(), names.next().unwrap_or(""));
        let by_name = name.parse::<usize>().is_err();
        if list == Some("sites") && by_name && network.site(name).is_none() {
            let sites = network.sites.iter().map(|site| site.spec.name.as_str());
            let hint = format!("write one of {}", sites.collect::<Vec<_>>().join(", "));
            let path = format!("network.{}", setting.path());
            return Err(FieldError::new(path, "is of a site that is left out", hint));
        }
    }
    Ok(())
}

/// Reads a scenario and its network, of which some fields have other values.
pub(super) fn read(
    mut root: Table,
    beside: &Path,
    settings: &[Setting],
) -> Result<NetworkRun, FileError> {
    let name = root.require("name", "name the scenario", text)?;
    check_name("name", &name)?;
    let hint = "write national, tutorial, or the name of a network file";
    let network_name = root.require("network", hint, text)?;
    let (mut network, network_file) = match network_name.as_str() {
        "national" => (built_in(settings)?, None),
        "tutorial" => (tutorial_of(built_in(settings)?), None),
        file => {
            let path = beside.join(file);
            let network = Scenario::load_with(&path, settings)
                .map_err(|error| FieldError::new("network", format!("{file:?}: {error}"), hint))?;
            (network, Some(path))
        }
    };
    check_sites(&network, settings)?;
    network.check_reach()?;
    if let Some(one_in) = root.take("one_node_in", at_least_one)? {
        network = network.thinned(one_in);
    }
    if let Some(table) = root.table("policy")? {
        network.policy = network::read_policy(table)?;
    }
    let start_hint = "write e.g. \"2025-06-01T00:00:00+08:00\"";
    let start_ms = root.require("start", start_hint, |value| time::rfc3339_ms(&text(value)?))?;
    let duration_hint = "write e.g. \"7d\"";
    let duration_ms = root.require("duration", duration_hint, duration)?;
    let seed = root.take("seed", whole)?.unwrap_or(1);
    let workload = root.table("workload")?;
    let workload = workload.ok_or_else(|| root.missing("workload", "add a table [workload]"))?;
    let workload = read_workload(workload, beside)?;
    let planning = read_planning(root.table("planning")?)?;
    let start_delay_ms = read_agents(root.table("agents")?)?;
    let (forecast, forecast_file) = read_forecast(root.table("energy")?, beside)?;
    let faults = root.tables("faults")?.into_iter();
    let faults = faults.map(|table| fault::read(table, &network, start_ms));
    let faults = faults.collect::<Result<_, _>>()?;
    let output = output::read(root.table("output")?)?;
    root.finish()?;
    Ok(NetworkRun {
        name,
        network,
        network_file,
        start_ms,
        duration_ms,
        seed,
        workload,
        planning,
        start_delay_ms,
        forecast,
        forecast_file,
        faults,
        jobs_of: None,
        output,
    })
}

fn read_workload(mut table: Table, beside: &Path) -> Result<WorkloadDef, FieldError> {
    let source = read_source(&mut table, beside)?;
    let tasks_max = table.take("tasks_max", at_least_one)?;
    let workload = match source {
        Some(source) => WorkloadDef::Trace {
            source,
            load_permille: share(&mut table, "load", 1_000_000)?,
            keep_permille: share(&mut table, "keep", 1000)?,
            jobs_max: table.take("jobs", whole)?.unwrap_or(u64::MAX),
            tasks_max: tasks_max.unwrap_or(1024),
            class: table.take("class", class)?.unwrap_or_default(),
            classes: read_classes(&mut table)?,
        },
        None => {
            let hint = "write jobs_per_day = 600 for the national mix, or name a trace or a model";
            let jobs_per_day = table.require("jobs_per_day", hint, at_least_one)?;
            if jobs_per_day > JOBS_PER_DAY_MAX {
                let hint = "write at most 10000000";
                let path = table.path_of("jobs_per_day");
                return Err(FieldError::new(path, "is too many", hint));
            }
            WorkloadDef::National {
                jobs_per_day,
                data_scale: table.take("data_scale", at_least_one)?.unwrap_or(1),
                tasks_max: tasks_max.unwrap_or(8),
                datasets_max: table.take("datasets_max", at_least_one)?.unwrap_or(20_000),
            }
        }
    };
    table.finish()?;
    Ok(workload)
}

/// A file or a model; `None`: the national mix.
fn read_source(table: &mut Table, beside: &Path) -> Result<Option<TraceDef>, FieldError> {
    let trace = table.take("trace", text)?;
    let model = table.take("model", one_of(&[("lublin", ())]))?;
    match (trace, model) {
        (Some(_), Some(())) => {
            let hint = "write one of trace and model";
            Err(FieldError::new(
                table.path_of("model"),
                "stands beside trace",
                hint,
            ))
        }
        (Some(file), None) => {
            let mapping = table.take("mapping", text)?.map(|name| found(beside, name));
            if mapping.is_none() && file.ends_with(".parquet") {
                let hint = "name a mapping, e.g. \"ewc\"";
                return Err(table.missing("mapping", hint));
            }
            Ok(Some(TraceDef::File {
                path: beside.join(file),
                mapping,
                repair: table.take("repair", flag)?.unwrap_or(false),
            }))
        }
        (None, Some(())) => {
            let processors = table.take("processors", whole)?.unwrap_or(PROCESSORS);
            match (2..=PROCESSORS_MAX).contains(&processors) {
                true => Ok(Some(TraceDef::Lublin { processors })),
                false => {
                    let path = table.path_of("processors");
                    let hint = "write from 2 to 1000000";
                    Err(FieldError::new(path, "is out of range", hint))
                }
            }
        }
        (None, None) => Ok(None),
    }
}

/// A mapping beside the scenario; otherwise the name of a ready one.
fn found(beside: &Path, name: String) -> String {
    let path = beside.join(&name);
    match path.is_file() {
        true => path.display().to_string(),
        false => name,
    }
}

/// A share of at least a thousandth, and all of it unless given.
fn share(table: &mut Table, name: &'static str, most: u32) -> Result<u32, FieldError> {
    let permille = table.take(name, amount(units::permille))?.unwrap_or(1000);
    match (1..=most).contains(&permille) {
        true => Ok(permille),
        false => Err(FieldError::new(
            table.path_of(name),
            "is out of range",
            format!("write from \"0.1%\" to \"{}%\"", most / 10),
        )),
    }
}

fn class(value: &Value) -> Result<WorkloadClass, Problem> {
    one_of(&WorkloadClass::ALL.map(|class| (class.name(), class)))(value)
}

/// Classes by the run time that is asked for.
fn read_classes(workload: &mut Table) -> Result<Vec<(i64, WorkloadClass)>, FieldError> {
    let mut classes: Vec<(i64, WorkloadClass)> = Vec::new();
    for mut table in workload.tables("classes")? {
        let hint = "write the longest run time of the class, e.g. \"1h\"";
        let up_to_ms = table.require("up_to", hint, amount(units::duration_ms))?;
        if classes
            .last()
            .is_some_and(|(last_ms, _)| *last_ms >= up_to_ms)
        {
            let path = table.path_of("up_to");
            let hint = "write the shortest first";
            return Err(FieldError::new(
                path,
                "is not longer than the one before",
                hint,
            ));
        }
        let class = table.require("class", "name the class, e.g. \"render\"", class)?;
        table.finish()?;
        classes.push((up_to_ms, class));
    }
    Ok(classes)
}

fn read_planning(table: Option<Table>) -> Result<PlanningDef, FieldError> {
    let mut planning = PlanningDef {
        every_ms: Some(900_000),
        jobs_per_round: 256,
        arrivals: true,
        latency_ms: 0,
        checkpoint_us: 0,
    };
    let Some(mut table) = table else {
        return Ok(planning);
    };
    if let Some(every_ms) = table.take("rounds", rounds)? {
        planning.every_ms = every_ms;
    }
    if let Some(jobs) = table.take("jobs_per_round", at_least_one)? {
        planning.jobs_per_round = jobs;
    }
    if let Some(arrivals) = table.take("arrivals", flag)? {
        planning.arrivals = arrivals;
    }
    if let Some(ms) = table.take("latency", amount(units::duration_ms))? {
        planning.latency_ms = ms;
    }
    let per_checkpoint = table.take("latency_per_checkpoint", amount(units::latency_us))?;
    planning.checkpoint_us = per_checkpoint.unwrap_or(0);
    table.finish()?;
    Ok(planning)
}

/// The mean time from a job's grant to its start.
fn read_agents(table: Option<Table>) -> Result<i64, FieldError> {
    let Some(mut table) = table else {
        return Ok(0);
    };
    let delay_ms: i64 = table
        .take("start_delay", amount(units::duration_ms))?
        .unwrap_or(0);
    if delay_ms > START_DELAY_MS_MAX {
        let path = table.path_of("start_delay");
        return Err(FieldError::new(path, "is too long", "write at most \"1h\""));
    }
    table.finish()?;
    Ok(delay_ms)
}

fn read_forecast(
    table: Option<Table>,
    beside: &Path,
) -> Result<(Forecast, Option<PathBuf>), FieldError> {
    let Some(mut table) = table else {
        return Ok((Forecast::Perfect, None));
    };
    let kinds = [
        ("none", 0_u8),
        ("gaussian", 1),
        ("persistence", 2),
        ("file", 3),
    ];
    let kind = table.take("forecast", one_of(&kinds))?.unwrap_or(0);
    let forecast = match kind {
        0 => Forecast::Perfect,
        1 => {
            let hint = "write the standard deviation, e.g. error = \"10%\"";
            let error_permille: u32 = table.require("error", hint, amount(units::permille))?;
            if error_permille > ERROR_PERMILLE_MAX {
                let hint = "write at most \"100%\"";
                let path = table.path_of("error");
                return Err(FieldError::new(path, "is out of range", hint));
            }
            Forecast::Gaussian { error_permille }
        }
        2 => Forecast::Persistence,
        _ => Forecast::File,
    };
    let file = match forecast {
        Forecast::File => {
            let hint = "name a table beside the scenario, with columns as in sites.csv";
            Some(beside.join(table.require("file", hint, text)?))
        }
        _ => None,
    };
    table.finish()?;
    Ok((forecast, file))
}

fn duration(value: &Value) -> Result<i64, Problem> {
    let ms = amount(units::duration_ms)(value)?;
    match (60_000..=DURATION_MS_MAX).contains(&ms) {
        true => Ok(ms),
        false => Err(Problem::new(
            "is out of range",
            "write from \"1m\" to \"3660d\"",
        )),
    }
}

/// `None`: as needed.
fn rounds(value: &Value) -> Result<Option<i64>, Problem> {
    if text(value).is_ok_and(|text| text == "as_needed") {
        return Ok(None);
    }
    let hint = "write as_needed or a distance, e.g. \"15m\"";
    let ms: i64 =
        amount(units::duration_ms)(value).map_err(|problem| Problem::new(problem.problem, hint))?;
    match ms >= 1000 {
        true => Ok(Some(ms)),
        false => Err(Problem::new("is shorter than a second", hint)),
    }
}

fn at_least_one(value: &Value) -> Result<u32, Problem> {
    match whole(value)? {
        0 => Err(Problem::new("is 0", "write at least 1")),
        number => Ok(number),
    }
}
