//! Instances and plans as JSON files.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::{FORMAT, Instance, PLAIN, PlanFile, VERSION, limits, plan};
use crate::error::{FieldError, FileError};

const HINT: &str = "see docs/instance-format.md";

/// What both files begin with.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

impl Instance {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<Instance, FileError> {
        Instance::parse(&read(path)?)
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// As [`Instance::load`].
    pub fn parse(bytes: &[u8]) -> Result<Instance, FileError> {
        head(bytes, FORMAT)?;
        let instance: Instance = typed(bytes)?;
        instance.check()?;
        Ok(instance)
    }

    /// The file, without a needless space; the same instance gives the same bytes.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

impl PlanFile {
    /// Reads a file. Whether the plan holds is the checker's matter.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<PlanFile, FileError> {
        PlanFile::parse(&read(path)?)
    }

    /// The same for the bytes of a file.
    ///
    /// # Errors
    /// As [`PlanFile::load`].
    pub fn parse(bytes: &[u8]) -> Result<PlanFile, FileError> {
        head(bytes, plan::FORMAT)?;
        typed(bytes)
    }

    /// The file.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

fn to_json(value: &impl Serialize) -> String {
    // Names are strings and numbers are whole: nothing of these types can fail.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    text
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let failed = |source| FileError::Read {
        path: path.to_path_buf(),
        source,
    };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > limits::FILE_BYTES {
        return Err(FileError::TooLarge {
            bytes,
            limit_bytes: limits::FILE_BYTES,
        });
    }
    fs::read(path).map_err(failed)
}

fn head(bytes: &[u8], format: &str) -> Result<(), FileError> {
    let head: Head = typed(bytes)?;
    if head.format.as_deref() != Some(format) {
        let problem = format!("is not \"{format}\"");
        return Err(FieldError::new("format", problem, HINT).into());
    }
    let known = |version: &u32| (PLAIN..=VERSION).contains(version);
    if head.version.filter(known).is_none() {
        let problem = format!("is not {PLAIN} to {VERSION}, the versions that are known here");
        return Err(FieldError::new("version", problem, HINT).into());
    }
    Ok(())
}

fn typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FileError> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => FieldError::new(field, inner.to_string(), HINT).into(),
            Category::Syntax | Category::Eof | Category::Io => syntax(&inner),
        }
    })?;
    from.end().map_err(|error| syntax(&error))?;
    Ok(value)
}

fn syntax(error: &serde_json::Error) -> FileError {
    FileError::Syntax {
        format: "JSON",
        message: error.to_string(),
    }
}
