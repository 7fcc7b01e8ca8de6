//! A job by flags.
//!
//! Flags are turned into the text of a job file, so that both know the same units, defaults and
//! words for what is wrong.

use std::collections::BTreeMap;

use clap::Args;
use ewc_scenario::{FileError, Format, JobFile};
use serde::Serialize;

use super::flag_words::in_words_of_flags;
use crate::error::CliError;

/// A job of one group, by flags named like the fields of a job file.
#[derive(Debug, Default, PartialEq, Eq, Args, Serialize)]
#[command(next_help_heading = "Job by flags instead of files")]
pub struct JobFlags {
    /// Name for people; by default the program's
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,

    /// Workload class: realtime, near_realtime, batch_offline, storage_backup, render or train
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,

    /// Cores of one task, such as 4 or 500m [default: 1]
    #[arg(long, value_name = "CORES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<String>,

    /// Memory of one task, such as 16GiB [default: 1GiB]
    #[arg(long, value_name = "SIZE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<String>,

    /// Accelerators of one task
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerators: Option<u32>,

    /// Accelerator family it runs on: cuda, cann, dtk or neuware; may be repeated
    #[arg(long = "accelerator-family", value_name = "FAMILY")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accelerator_families: Vec<String>,

    /// Accelerator model it runs on; may be repeated
    #[arg(long = "accelerator-model", value_name = "MODEL")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accelerator_models: Vec<String>,

    /// Processor architecture it runs on, such as x86_64 or aarch64
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<String>,

    /// Number of tasks [default: 1]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,

    /// Start all tasks together or none
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    gang: bool,

    /// Expected run time, such as 10m
    #[arg(long, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<String>,

    /// Stop it after this long [default: twice the estimate]
    #[arg(long, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    time_limit: Option<String>,

    /// Not to start before: 2h from now, or an RFC 3339 time
    #[arg(long, value_name = "WHEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,

    /// Results are to be there by: 8h from now, or an RFC 3339 time
    #[arg(long, value_name = "WHEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,

    /// Job (id or key) that must have succeeded; may be repeated
    #[arg(long, value_name = "JOB")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    after_ok: Vec<String>,

    /// Run this image of the catalogue; what stands after -- are its arguments
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,

    /// Variable of the environment; may be repeated
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    #[serde(
        rename = "environment",
        serialize_with = "as_map",
        skip_serializing_if = "Vec::is_empty"
    )]
    environment: Vec<(String, String)>,

    /// Data set or model it reads, and where it stands below the working directory; may be repeated
    #[arg(long = "input", value_name = "DATASET[:MOUNT]", value_parser = input)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputFlag>,

    /// File it leaves, and the data set that becomes of it; may be repeated
    #[arg(long = "output-data", value_name = "DATASET=PATH[:SIZE]", value_parser = output)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputFlag>,

    /// Highest one-way latency to a demand region, such as beijing=5ms; may be repeated
    #[arg(long = "latency", value_name = "REGION=LATENCY", value_parser = latency)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latency_limits: Vec<LatencyFlag>,

    /// Grade of the data it carries: general, important or core
    #[arg(long, value_name = "GRADE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_grade: Option<String>,

    /// Lowest security level (MLPS) of the site, 1 to 4 [default: 2]
    #[arg(long, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mlps_level: Option<u32>,

    /// Region it may run in; may be repeated
    #[arg(long = "region", value_name = "REGION")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<String>,

    /// Carrier its data may use; may be repeated
    #[arg(long = "carrier", value_name = "CARRIER")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carriers: Vec<String>,

    /// Site it may run at; may be repeated
    #[arg(long = "site", value_name = "SITE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<String>,

    /// Higher goes first, -1000 to 1000
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,

    /// Starts after a failure [default: 0, at most one start ever]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,

    /// Lowest share of renewables, such as 40%
    #[arg(long, value_name = "PERCENT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    green_floor: Option<String>,

    /// It may be stopped for a job of higher priority
    #[arg(long)]
    #[serde(skip_serializing_if = "is_false")]
    preemptible: bool,

    /// Own mark; may be repeated
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    #[serde(serialize_with = "as_map", skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct InputFlag {
    dataset: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mount: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct OutputFlag {
    dataset: String,
    path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    size: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LatencyFlag {
    region: String,
    one_way_max: String,
}

/// The text of a job file that says what the flags say.
#[derive(Serialize)]
struct FlagFile<'a> {
    #[serde(flatten)]
    flags: &'a JobFlags,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    command: &'a [String],
}

impl JobFlags {
    /// The job that the flags and the program's arguments describe.
    pub fn job(mut self, command: Vec<String>) -> Result<JobFile, CliError> {
        if command.is_empty() && self.image.is_none() {
            return Err(CliError::usage("no job is given").hint(
                "name a job file, or write the program after --, e.g. ewc submit -- make all",
            ));
        }
        if self.name.is_none() {
            let program = command.first().or(self.image.as_ref());
            let last_part = |program: &String| program.rsplit('/').next().unwrap_or("").to_owned();
            self.name = program.map(last_part);
        }
        // JSON is YAML.
        let text = serde_json::to_string(&FlagFile {
            flags: &self,
            command: &command,
        })
        .map_err(|error| CliError::usage(format!("cannot read the flags: {error}")))?;
        JobFile::parse(&text, Format::Yaml).map_err(|error| match error {
            FileError::Field(error) => in_words_of_flags(error),
            other => CliError::usage(other.to_string()),
        })
    }
}

/// `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn input(text: &str) -> Result<InputFlag, String> {
    let (dataset, mount) = text.split_once(':').unwrap_or((text, ""));
    Ok(InputFlag {
        dataset: dataset.to_owned(),
        mount: mount.to_owned(),
    })
}

fn output(text: &str) -> Result<OutputFlag, String> {
    let (dataset, file) = text
        .split_once('=')
        .ok_or("write DATASET=PATH or DATASET=PATH:SIZE")?;
    let (path, size) = file.rsplit_once(':').unwrap_or((file, ""));
    Ok(OutputFlag {
        dataset: dataset.to_owned(),
        path: path.to_owned(),
        size: size.to_owned(),
    })
}

fn latency(text: &str) -> Result<LatencyFlag, String> {
    let (region, one_way_max) = text.split_once('=').ok_or("write REGION=LATENCY")?;
    Ok(LatencyFlag {
        region: region.to_owned(),
        one_way_max: one_way_max.to_owned(),
    })
}

fn is_false(value: &bool) -> bool {
    !value
}

fn as_map<S: serde::Serializer>(
    pairs: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    pairs
        .iter()
        .map(|(name, value)| (name, value))
        .collect::<BTreeMap<_, _>>()
        .serialize(serializer)
}
