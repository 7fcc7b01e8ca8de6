//! Inputs and outputs.

use std::collections::BTreeSet;

use ewc_core::model::{Input, Output};

use super::limits;
use super::text::{check_length, check_name, check_path};
use crate::error::FieldError;

pub(super) fn check_inputs(inputs: &[Input]) -> Result<(), FieldError> {
    check_length("inputs", inputs.len(), limits::DATA_MAX)?;
    let (mut datasets, mut mounts) = (BTreeSet::new(), BTreeSet::new());
    for (index, input) in inputs.iter().enumerate() {
        let field = |name: &str| format!("inputs[{index}].{name}");
        check_name(field("dataset"), &input.dataset)?;
        if !datasets.insert(&input.dataset) {
            return Err(twice(field("dataset"), &input.dataset));
        }
        let mount = mount_of(input);
        check_path(field("mount"), &mount)?;
        if !mounts.insert(mount) {
            return Err(twice(field("mount"), &mount_of(input)));
        }
    }
    Ok(())
}

pub(super) fn check_outputs(outputs: &[Output], inputs: &[Input]) -> Result<(), FieldError> {
    check_length("outputs", outputs.len(), limits::DATA_MAX)?;
    let read: BTreeSet<&String> = inputs.iter().map(|input| &input.dataset).collect();
    let (mut datasets, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for (index, output) in outputs.iter().enumerate() {
        let field = |name: &str| format!("outputs[{index}].{name}");
        check_output(&field, output)?;
        if read.contains(&output.dataset) {
            let problem = format!(
                "{:?} is also an input, and data sets do not change",
                output.dataset
            );
            return Err(FieldError::new(
                field("dataset"),
                problem,
                "give the result its own name",
            ));
        }
        if !datasets.insert(&output.dataset) {
            return Err(twice(field("dataset"), &output.dataset));
        }
        if !paths.insert(&output.path) {
            return Err(twice(field("path"), &output.path));
        }
    }
    Ok(())
}

/// A checkpoint is put where nothing else is.
pub(super) fn check_checkpoint(path: &str, inputs: &[Input]) -> Result<(), FieldError> {
    match inputs.iter().find(|input| mount_of(input) == path) {
        None => Ok(()),
        Some(input) => {
            let problem = format!("is where the input {:?} stands", input.dataset);
            let hint = "give the checkpoint its own file";
            Err(FieldError::new("checkpoint.path", problem, hint))
        }
    }
}

fn check_output(field: &dyn Fn(&str) -> String, output: &Output) -> Result<(), FieldError> {
    check_name(field("dataset"), &output.dataset)?;
    check_path(field("path"), &output.path)?;
    if !output.deliver_to.is_empty() {
        check_name(field("deliver_to"), &output.deliver_to)?;
    }
    if !(0..=limits::OUTPUT_BYTES_MAX).contains(&output.size_bytes) {
        let hint = "write at most 1000PB, e.g. \"20GB\"";
        return Err(FieldError::new(field("size"), "is out of range", hint));
    }
    Ok(())
}

/// Where an input stands below the working directory.
fn mount_of(input: &Input) -> String {
    match input.mount.as_str() {
        "" => format!("inputs/{}", input.dataset),
        mount => mount.to_owned(),
    }
}

fn twice(field: String, what: &str) -> FieldError {
    FieldError::new(field, format!("{what:?} is named twice"), "leave one out")
}
