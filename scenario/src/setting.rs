//! A field of a file with another value: `workload.jobs_per_day=200`.
//!
//! A path goes from table to table by names with dots between them. An element of a list of tables
//! is named by its own `name` (a segment by its two ends, `beijing-tianjin`), or by its position
//! from 0. What is set is read and checked as if the file said so.

use std::collections::BTreeMap;

use crate::error::{FieldError, Problem};
use crate::tree::Value;

/// A field's path, and what it is set to.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    path: String,
    value: Value,
}

impl Setting {
    /// A path and a value as on a command line: a whole number, a decimal number, true, false or a
    /// list as in TOML, and otherwise text, with or without quotes.
    ///
    /// # Errors
    /// The path is none.
    pub fn new(path: &str, value: &str) -> Result<Setting, FieldError> {
        let value = value.trim();
        let read = toml::from_str::<toml::Table>(&format!("value = {value}"));
        let read = read.ok().filter(|table| table.len() == 1);
        let value = match read.and_then(|mut table| table.remove("value")) {
            Some(known) => crate::tree::from_toml(known),
            None => Value::Text(value.to_owned()),
        };
        Setting::of(path, value)
    }

    pub(crate) fn of(path: &str, value: Value) -> Result<Setting, FieldError> {
        let path = path.trim();
        if path.is_empty() || path.split('.').any(str::is_empty) {
            let hint = "write names with dots between them, e.g. workload.jobs_per_day";
            return Err(FieldError::new(path, "is not the path of a field", hint));
        }
        Ok(Setting {
            path: path.to_owned(),
            value,
        })
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same for the file that a table of this name stands for; `None` for other fields.
    pub(crate) fn below(&self, name: &str) -> Option<Setting> {
        let rest = self.path.strip_prefix(name)?.strip_prefix('.')?;
        Some(Setting {
            path: rest.to_owned(),
            value: self.value.clone(),
        })
    }

    /// Puts the value into a file's fields.
    pub(crate) fn apply(&self, fields: &mut BTreeMap<String, Value>) -> Result<(), FieldError> {
        let names: Vec<&str> = self.path.split('.').collect();
        set(fields, &names, &self.value).map_err(|problem| problem.at(&self.path))
    }
}

fn set(fields: &mut BTreeMap<String, Value>, names: &[&str], value: &Value) -> Result<(), Problem> {
    let [name, rest @ ..] = names else {
        return Ok(());
    };
    if rest.is_empty() {
        fields.insert((*name).to_owned(), value.clone());
        return Ok(());
    }
    let empty = || Value::Table(BTreeMap::new());
    let inner = fields.entry((*name).to_owned()).or_insert_with(empty);
    set_within(inner, name, rest, value)
}

fn set_within(inner: &mut Value, name: &str, rest: &[&str], value: &Value) -> Result<(), Problem> {
    match inner {
        Value::Table(fields) => set(fields, rest, value),
        Value::List(elements) => {
            let found = position(elements, rest[0]);
            let at = found.ok_or_else(|| unknown(elements, name, rest[0]))?;
            match &rest[1..] {
                [] => elements[at] = value.clone(),
                further => return set_within(&mut elements[at], rest[0], further, value),
            }
            Ok(())
        }
        other => Err(Problem::new(
            format!("{name} is {}, and has no fields", other.kind()),
            "set the field itself",
        )),
    }
}

fn position(elements: &[Value], name: &str) -> Option<usize> {
    let named = elements
        .iter()
        .position(|element| label(element).as_deref() == Some(name));
    let by_number = || name.parse().ok().filter(|at| *at < elements.len());
    named.or_else(by_number)
}

/// What an element of a list is called.
fn label(element: &Value) -> Option<String> {
    let Value::Table(fields) = element else {
        return None;
    };
    if let Some(Value::Text(name)) = fields.get("name") {
        return Some(name.clone());
    }
    match fields.get("between") {
        Some(Value::List(ends)) => {
            let ends = ends.iter().filter_map(|end| match end {
                Value::Text(end) => Some(end.as_str()),
                _ => None,
            });
            Some(ends.collect::<Vec<_>>().join("-"))
        }
        _ => None,
    }
}

fn unknown(elements: &[Value], list: &str, name: &str) -> Problem {
    let names: Vec<String> = elements.iter().filter_map(label).collect();
    let hint = match (names.is_empty(), elements.len()) {
        (_, 0) => format!("{list} is empty"),
        (true, count) => format!("write a position from 0 to {}", count - 1),
        (false, _) => format!("write one of {}", names.join(", ")),
    };
    Problem::new(format!("{name:?} is not an element of {list}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{self, Format};

    const TEXT: &str = "a = 1\n[t]\nb = \"x\"\n[[sites]]\nname = \"one\"\n[[sites.pools]]\n\
                        name = \"p\"\nnodes = 3\n[[segments]]\nbetween = [\"k\", \"l\"]\n\
                        optical = { capacity = \"1Gbps\" }\n";

    fn after(path: &str, value: &str) -> Result<String, FieldError> {
        let mut fields = tree::parse(TEXT, Format::Toml).unwrap();
        Setting::new(path, value)?.apply(&mut fields)?;
        Ok(format!("{:?}", Value::Table(fields)))
    }

    #[test]
    fn fields_are_found_through_tables_and_lists() {
        for (path, value, part) in [
            ("a", "7", "\"a\": Integer(7)"),
            ("t.b", "two words", "\"b\": Text(\"two words\")"),
            ("t.b", "\"5\"", "\"b\": Text(\"5\")"),
            ("t.new", "[1, 2]", "\"new\": List([Integer(1), Integer(2)])"),
            ("u.v", "true", "\"u\": Table({\"v\": Flag(true)})"),
            ("sites.one.pools.p.nodes", "9", "\"nodes\": Integer(9)"),
            ("sites.0.pools.0.nodes", "8", "\"nodes\": Integer(8)"),
            ("segments.k-l.optical.capacity", "2Gbps", "Text(\"2Gbps\")"),
        ] {
            let text = after(path, value).unwrap();
            assert!(text.contains(part), "{path}: {text}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_says_what_there_is() {
        for (path, part) in [
            ("sites.two.pools.p.nodes", "write one of one"),
            ("sites.one.pools.q.nodes", "write one of p"),
            ("a.b", "has no fields"),
            ("a..b", "is not the path of a field"),
            ("", "is not the path of a field"),
        ] {
            let error = after(path, "1").unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
