//! `results.csv`, a row for each finished cell, and `results.json`, the same with means over seeds.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Axis;
use super::cell::Cell;
use crate::network_run::measures::Mean;
use crate::run::folder::at;
use crate::run::{ENGINE, RunError};

pub(super) fn write(
    folder: &Path,
    scenario: &str,
    axes: &[Axis],
    cells: &[Cell],
) -> Result<(), RunError> {
    for (name, text) in [
        ("results.csv", csv(axes, cells)),
        ("results.json", json(scenario, axes, cells)),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}

fn csv(axes: &[Axis], cells: &[Cell]) -> String {
    let finished = || {
        cells
            .iter()
            .filter_map(|cell| Some((cell, cell.indicators.as_ref()?)))
    };
    let names: Vec<String> = finished()
        .next()
        .map(|(_, indicators)| flat(indicators).into_iter().map(|(name, _)| name).collect())
        .unwrap_or_default();
    let fields = axes.iter().map(|axis| quoted(&axis.field));
    let header = fields
        .chain([String::from("seed")])
        .chain(names.iter().cloned());
    let mut text = header.collect::<Vec<_>>().join(",") + "\n";
    for (cell, indicators) in finished() {
        let values = axes.iter().zip(&cell.values);
        let values = values.map(|(axis, at)| quoted(&axis.values[*at]));
        let known = flat(indicators);
        let of_name = |name: &String| {
            let found = known.iter().find(|(known, _)| known == name);
            found.map_or(String::new(), |(_, value)| match value {
                Value::Null => String::new(),
                value => quoted(value.as_str().unwrap_or(&value.to_string())),
            })
        };
        let seed = cell.seed.to_string();
        let row = values.chain([seed]).chain(names.iter().map(of_name));
        text += &(row.collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// Numbers and texts by their names, with dots between tables; lists are left out.
fn flat(indicators: &Value) -> Vec<(String, Value)> {
    fn into(prefix: &str, value: &Value, all: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let name = match prefix {
                        "" => name.clone(),
                        prefix => format!("{prefix}.{name}"),
                    };
                    into(&name, value, all);
                }
            }
            Value::Array(_) => {}
            value => all.push((prefix.to_owned(), value.clone())),
        }
    }
    let mut all = Vec::new();
    into("", indicators, &mut all);
    all
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn json(scenario: &str, axes: &[Axis], cells: &[Cell]) -> String {
    let settings = |cell: &Cell| -> Value {
        let values = axes.iter().zip(&cell.values);
        let values = values.map(|(axis, at)| (axis.field.clone(), json!(axis.values[*at])));
        Value::Object(values.collect())
    };
    let row = |cell: &Cell| {
        let indicators = cell.indicators.as_ref()?;
        Some(json!({ "set": settings(cell), "seed": cell.seed, "indicators": indicators }))
    };
    let rows: Vec<Value> = cells.iter().filter_map(row).collect();
    let combinations = cells.chunk_by(|one, next| one.values == next.values);
    let means = combinations.filter_map(|cells| {
        let whole = cells.iter().all(Cell::is_finished);
        whole.then(|| json!({ "set": settings(&cells[0]), "means": means(cells) }))
    });
    let all = json!({
        "version": 1,
        "engine": ENGINE,
        "scenario": scenario,
        "complete": cells.iter().all(Cell::is_finished),
        "cells": rows,
        "means": means.collect::<Vec<Value>>(),
    });
    format!("{all:#}\n")
}

/// Means over the seeds of one combination.
fn means(cells: &[Cell]) -> Value {
    let by_seed: Vec<_> = cells
        .iter()
        .filter_map(|cell| cell.indicators.as_ref().map(flat))
        .collect();
    let mut means = Map::new();
    for (name, _) in by_seed.first().into_iter().flatten() {
        let of_seed = |known: &Vec<(String, Value)>| {
            let found = known.iter().find(|(other, _)| other == name);
            found.and_then(|(_, value)| value.as_f64())
        };
        let values: Option<Vec<f64>> = by_seed.iter().map(of_seed).collect();
        if let Some(values) = values {
            means.insert(name.clone(), Mean::of(&values).json());
        }
    }
    Value::Object(means)
}
