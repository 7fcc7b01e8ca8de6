//! The axes of a grid.

use ewc_scenario::{FieldError, Setting};

/// A field and the values that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Path of the field.
    pub field: String,
    /// The values as they were written.
    pub values: Vec<String>,
}

impl Axis {
    /// `FIELD=V1,V2,…`. Commas within brackets and quotes belong to a value.
    ///
    /// # Errors
    /// There is no field or no value, or a value stands there twice.
    pub fn parse(text: &str) -> Result<Axis, FieldError> {
        let wrong = |field: &str, problem: &str| FieldError {
            field: field.to_owned(),
            problem: problem.to_owned(),
            hint: String::from("write e.g. workload.jobs_per_day=100,200,400"),
        };
        let (field, values) = text
            .split_once('=')
            .ok_or_else(|| wrong(text, "has no values"))?;
        Setting::new(field, "0")?;
        let values = split(values);
        if values.iter().any(String::is_empty) {
            return Err(wrong(field, "has an empty value"));
        }
        let repeats = |(at, value): (usize, &String)| values[..at].contains(value);
        if values.iter().enumerate().any(repeats) {
            return Err(wrong(field, "has a value twice"));
        }
        Ok(Axis {
            field: field.trim().to_owned(),
            values,
        })
    }

    /// The setting of one of its values.
    pub(super) fn setting(&self, at: usize) -> Result<Setting, FieldError> {
        Setting::new(&self.field, &self.values[at])
    }
}

fn split(values: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0, false);
    let mut parts = vec![String::new()];
    for letter in values.chars() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// No field stands there twice.
pub(super) fn check(axes: &[Axis]) -> Result<(), FieldError> {
    for (at, axis) in axes.iter().enumerate() {
        if axes[..at].iter().any(|before| before.field == axis.field) {
            return Err(FieldError {
                field: axis.field.clone(),
                problem: String::from("is set twice"),
                hint: String::from("write all its values behind one --set, with commas"),
            });
        }
    }
    Ok(())
}

/// Every combination, as positions of values; the last axis changes fastest.
pub(super) fn combinations(axes: &[Axis]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        let longer = |start: Vec<usize>| {
            let values = 0..axis.values.len();
            values.map(move |at| [start.as_slice(), &[at]].concat())
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}
