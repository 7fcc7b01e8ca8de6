//! Takes named fields out of a table of the tree, keeping the path for errors.
//!
//! A field that nobody took is unknown, and [`Table::finish`] says so.

use std::collections::BTreeMap;

use ewc_core::model::StringMap;

use crate::error::{FieldError, Problem};
use crate::tree::Value;

/// A table being read.
pub(crate) struct Table {
    path: String,
    fields: BTreeMap<String, Value>,
    known: Vec<&'static str>,
}

impl Table {
    pub(crate) fn root(fields: BTreeMap<String, Value>) -> Table {
        Table {
            path: String::new(),
            fields,
            known: Vec::new(),
        }
    }

    /// An element of a list or field that must be a table.
    pub(crate) fn of(path: String, value: Value) -> Result<Table, FieldError> {
        match value {
            Value::Table(fields) => Ok(Table {
                path,
                fields,
                known: Vec::new(),
            }),
            other => {
                let problem = format!("is {}, not a table of named fields", other.kind());
                Err(FieldError::new(
                    path,
                    problem,
                    "see the examples beside the documentation",
                ))
            }
        }
    }

    /// Path of a field of this table.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// True when the file names the field.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(crate) fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Result<Option<T>, FieldError> {
        match self.raw(name) {
            None => Ok(None),
            Some(value) => read(&value)
                .map(Some)
                .map_err(|problem| problem.at(self.path_of(name))),
        }
    }

    pub(crate) fn require<T>(
        &mut self,
        name: &'static str,
        hint: &str,
        read: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Result<T, FieldError> {
        self.take(name, read)?
            .ok_or_else(|| self.missing(name, hint))
    }

    pub(crate) fn missing(&self, name: &str, hint: &str) -> FieldError {
        FieldError::new(self.path_of(name), "is missing", hint)
    }

    /// A list, each element read alike; empty when the field is absent.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, Problem>,
    ) -> Result<Vec<T>, FieldError> {
        self.elements(name)?
            .into_iter()
            .map(|(path, value)| read(&value).map_err(|problem| problem.at(path)))
            .collect()
    }

    /// A list of tables; empty when the field is absent.
    pub(crate) fn tables(&mut self, name: &'static str) -> Result<Vec<Table>, FieldError> {
        self.elements(name)?
            .into_iter()
            .map(|(path, value)| Table::of(path, value))
            .collect()
    }

    /// A table, if the field is there.
    pub(crate) fn table(&mut self, name: &'static str) -> Result<Option<Table>, FieldError> {
        let path = self.path_of(name);
        self.raw(name)
            .map(|value| Table::of(path, value))
            .transpose()
    }

    /// Free names with tables; empty when the field is absent.
    pub(crate) fn named_tables(
        &mut self,
        name: &'static str,
    ) -> Result<Vec<(String, Table)>, FieldError> {
        let Some(table) = self.table(name)? else {
            return Ok(Vec::new());
        };
        let path = table.path;
        let fields = table.fields.into_iter();
        fields
            .map(|(key, value)| Ok((key.clone(), Table::of(format!("{path}.{key}"), value)?)))
            .collect()
    }

    /// Free names with texts, such as labels; empty when the field is absent.
    pub(crate) fn texts(&mut self, name: &'static str) -> Result<StringMap, FieldError> {
        let Some(table) = self.table(name)? else {
            return Ok(StringMap::default());
        };
        let read = |(key, value): (String, Value)| match scalar(&value) {
            Ok(text) => Ok((key, text)),
            Err(problem) => Err(problem.at(format!("{}.{key}", table.path))),
        };
        table.fields.into_iter().map(read).collect()
    }

    /// The elements of a list with their paths.
    pub(crate) fn elements(
        &mut self,
        name: &'static str,
    ) -> Result<Vec<(String, Value)>, FieldError> {
        let path = self.path_of(name);
        match self.raw(name) {
            None => Ok(Vec::new()),
            Some(Value::List(values)) => Ok(values
                .into_iter()
                .enumerate()
                .map(|(index, value)| (format!("{path}[{index}]"), value))
                .collect()),
            Some(other) => {
                let problem = format!("is {}, not a list", other.kind());
                Err(FieldError::new(path, problem, "put it in [ ]"))
            }
        }
    }

    /// The fields that nobody took.
    pub(crate) fn into_rest(self) -> impl Iterator<Item = (String, Value)> {
        self.fields.into_iter()
    }

    /// Refuses what nobody took.
    pub(crate) fn finish(mut self) -> Result<(), FieldError> {
        let Some(unknown) = self.fields.keys().next() else {
            return Ok(());
        };
        self.known.sort_unstable();
        let hint = match closest(unknown, &self.known) {
            Some(name) => format!("did you mean {name}?"),
            None => format!("the fields here are {}", self.known.join(", ")),
        };
        Err(FieldError::new(
            self.path_of(unknown),
            "is not a field that is known here",
            hint,
        ))
    }

    fn raw(&mut self, name: &'static str) -> Option<Value> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.fields.remove(name)
    }
}

/// Text as it stands.
pub(crate) fn text(value: &Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        other => Err(Problem::new(
            format!("is {}, not text", other.kind()),
            "put it in quotes",
        )),
    }
}

/// Text, or a number or flag written without quotes.
pub(crate) fn scalar(value: &Value) -> Result<String, Problem> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Flag(flag) => Ok(flag.to_string()),
        other => Err(Problem::new(
            format!("is {}, not text", other.kind()),
            "put it in quotes",
        )),
    }
}

pub(crate) fn flag(value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Flag(flag) => Ok(*flag),
        other => {
            let problem = format!("is {}, not true or false", other.kind());
            Err(Problem::new(problem, "write true or false, without quotes"))
        }
    }
}

/// A whole number that fits `T`.
pub(crate) fn whole<T: TryFrom<i64>>(value: &Value) -> Result<T, Problem> {
    let hint = "write a whole number without quotes, e.g. 8";
    match value {
        Value::Integer(number) => T::try_from(*number)
            .map_err(|_| Problem::new(format!("{number} is negative or too large"), hint)),
        other => Err(Problem::new(
            format!("is {}, not a whole number", other.kind()),
            hint,
        )),
    }
}

/// A human amount, read by one of [`crate::units`].
pub(crate) fn amount<T: TryFrom<i64>>(
    read: fn(&str) -> Result<i64, Problem>,
) -> impl Fn(&Value) -> Result<T, Problem> {
    move |value| {
        let text = scalar(value)?;
        let amount = read(&text)?;
        T::try_from(amount)
            .map_err(|_| Problem::new(format!("{text:?} is too large"), "write a smaller amount"))
    }
}

/// One of a closed set of names.
pub(crate) fn one_of<T: Copy>(names: &[(&str, T)]) -> impl Fn(&Value) -> Result<T, Problem> {
    move |value| {
        let text = text(value)?;
        match names.iter().find(|(name, _)| *name == text) {
            Some((_, meaning)) => Ok(*meaning),
            None => {
                let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                let hint = format!("write one of {}", known.join(", "));
                Err(Problem::new(format!("{text:?} is not known"), hint))
            }
        }
    }
}

/// A known name at most two edits away.
fn closest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|name| (edits(unknown, name), *name));
    near.filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .min()
        .map(|(_, n)| n)
}

/// Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
