//! One tree for both formats: what a TOML or YAML file holds, before anybody asks what it means.
//!
//! Reading through a tree instead of into derived types lets every error name its field and say
//! what to write instead, in the same words for both formats.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::FileError;

/// Format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// The format that a file's extension tells.
    pub fn of(path: &Path) -> Result<Format, FileError> {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("");
        match extension.to_ascii_lowercase().as_str() {
            "toml" => Ok(Format::Toml),
            "yaml" | "yml" => Ok(Format::Yaml),
            _ => Err(FileError::UnknownFormat {
                path: path.to_owned(),
            }),
        }
    }
}

/// A value of either format.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Flag(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Table(BTreeMap<String, Value>),
}

impl Value {
    /// What it is, with its article.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Flag(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a decimal number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Reads a file of at most `limit_bytes`.
pub(crate) fn read(path: &Path, limit_bytes: u64) -> Result<String, FileError> {
    use std::io::Read as _;
    let failed = |source| FileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(limit_bytes + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    check_size(&text, limit_bytes)?;
    Ok(text)
}

pub(crate) fn check_size(text: &str, limit_bytes: u64) -> Result<(), FileError> {
    let bytes = text.len() as u64;
    if bytes > limit_bytes {
        return Err(FileError::TooLarge { bytes, limit_bytes });
    }
    Ok(())
}

/// The fields of a file's root table.
pub(crate) fn parse(text: &str, format: Format) -> Result<BTreeMap<String, Value>, FileError> {
    match format {
        Format::Toml => {
            let table: toml::Table = toml::from_str(text).map_err(|error| syntax("TOML", error))?;
            Ok(table
                .into_iter()
                .map(|(name, value)| (name, from_toml(value)))
                .collect())
        }
        Format::Yaml => {
            check_yaml_depth(text)?;
            let value: serde_norway::Value =
                serde_norway::from_str(text).map_err(|error| syntax("YAML", error))?;
            match from_yaml(value)? {
                Some(Value::Table(fields)) => Ok(fields),
                None => Ok(BTreeMap::new()),
                Some(other) => {
                    let message = format!("the file holds {}, not named fields", other.kind());
                    Err(FileError::Syntax {
                        format: "YAML",
                        message,
                    })
                }
            }
        }
    }
}

/// Refuses absurd nesting beforehand: the time the YAML scanner takes grows with its square.
fn check_yaml_depth(text: &str) -> Result<(), FileError> {
    const DEPTH_MAX: i64 = 1000;
    let mut depth = 0_i64;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(syntax("YAML", "brackets are nested too deeply"));
        }
    }
    Ok(())
}

fn syntax(format: &'static str, error: impl std::fmt::Display) -> FileError {
    FileError::Syntax {
        format,
        message: error.to_string().trim_end().to_owned(),
    }
}

pub(crate) fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::Boolean(flag) => Value::Flag(flag),
        toml::Value::Integer(number) => Value::Integer(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::String(text) => Value::Text(text),
        // A bare date of TOML reads like its quoted form.
        toml::Value::Datetime(datetime) => Value::Text(datetime.to_string()),
        toml::Value::Array(values) => Value::List(values.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => Value::Table(
            table
                .into_iter()
                .map(|(name, value)| (name, from_toml(value)))
                .collect(),
        ),
    }
}

/// `None` for YAML's null, which stands for a field that is left out.
fn from_yaml(value: serde_norway::Value) -> Result<Option<Value>, FileError> {
    Ok(Some(match value {
        serde_norway::Value::Null => return Ok(None),
        serde_norway::Value::Bool(flag) => Value::Flag(flag),
        serde_norway::Value::Number(number) => yaml_number(&number),
        serde_norway::Value::String(text) => Value::Text(text),
        serde_norway::Value::Sequence(values) => {
            let mut list = Vec::with_capacity(values.len());
            for value in values {
                list.push(from_yaml(value)?.ok_or_else(|| syntax("YAML", "a list holds null"))?);
            }
            Value::List(list)
        }
        serde_norway::Value::Mapping(mapping) => Value::Table(yaml_fields(mapping)?),
        serde_norway::Value::Tagged(tagged) => {
            return Err(syntax(
                "YAML",
                format!("tags such as {} are not used here", tagged.tag),
            ));
        }
    }))
}

fn yaml_number(number: &serde_norway::Number) -> Value {
    match number.as_i64() {
        Some(whole) => Value::Integer(whole),
        None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
    }
}

fn yaml_fields(mapping: serde_norway::Mapping) -> Result<BTreeMap<String, Value>, FileError> {
    let mut fields = BTreeMap::new();
    for (name, value) in mapping {
        let name = match name {
            serde_norway::Value::String(name) => name,
            other => {
                let message = format!("field names are text, {other:?} is not; quote it");
                return Err(syntax("YAML", message));
            }
        };
        if let Some(value) = from_yaml(value)? {
            fields.insert(name, value);
        }
    }
    Ok(fields)
}
