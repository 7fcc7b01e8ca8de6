//! Names, keys, labels and paths.

use std::collections::BTreeSet;

use ewc_core::model::StringMap;

use super::limits;
use crate::error::FieldError;

/// A name: letters, digits and `. _ -`, at most 64 of them.
pub(crate) fn check_name(field: impl Into<String>, name: &str) -> Result<(), FieldError> {
    check_word(field, name, limits::NAME_CHARS_MAX)
}

/// An idempotency key or job id: as a name, but longer.
pub(crate) fn check_key(field: impl Into<String>, key: &str) -> Result<(), FieldError> {
    check_word(field, key, limits::KEY_CHARS_MAX)
}

fn check_word(field: impl Into<String>, word: &str, chars_max: usize) -> Result<(), FieldError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let stands_for_a_directory = word == "." || word == "..";
    let fits = !word.is_empty() && word.len() <= chars_max;
    if fits && !stands_for_a_directory && word.chars().all(allowed) {
        return Ok(());
    }
    let problem = format!("{:?} is not a name", shortened(word));
    let hint = format!("use 1 to {chars_max} letters, digits, dots, dashes or underscores");
    Err(FieldError::new(field, problem, hint))
}

/// A list of different names.
pub(crate) fn check_names(field: &str, names: &[String]) -> Result<(), FieldError> {
    check_distinct(field, names, check_name)
}

/// A list of different keys.
pub(crate) fn check_keys(field: &str, keys: &[String]) -> Result<(), FieldError> {
    check_distinct(field, keys, check_key)
}

fn check_distinct(
    field: &str,
    words: &[String],
    check: impl Fn(String, &str) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    check_length(field, words.len(), limits::LIST_MAX)?;
    let mut seen = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        let element = format!("{field}[{index}]");
        if !seen.insert(word) {
            let problem = format!("{:?} is named twice", shortened(word));
            return Err(FieldError::new(element, problem, "leave one out"));
        }
        check(element, word)?;
    }
    Ok(())
}

pub(super) fn check_length(field: &str, length: usize, max: usize) -> Result<(), FieldError> {
    if length <= max {
        return Ok(());
    }
    let hint = format!("the limit is {max}; split the job");
    Err(FieldError::new(
        field,
        format!("has {length} entries"),
        hint,
    ))
}

pub(super) fn check_labels(labels: &StringMap) -> Result<(), FieldError> {
    check_length("labels", labels.len(), limits::LABELS_MAX)?;
    for (key, value) in labels.iter() {
        let field = format!("labels.{}", shortened(key));
        check_name(&field, key)?;
        if value.len() > limits::LABEL_BYTES_MAX || value.contains(char::is_control) {
            let hint = "use at most 256 bytes and no control characters";
            return Err(FieldError::new(
                field,
                "is too long or not plain text",
                hint,
            ));
        }
    }
    Ok(())
}

/// A path that stays below the working directory.
pub(super) fn check_path(field: String, path: &str) -> Result<(), FieldError> {
    let plain_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let short = path.len() <= limits::PATH_BYTES_MAX;
    let printable = !path.contains(char::is_control) && !path.contains('\\');
    if short && printable && path.split('/').all(plain_part) {
        return Ok(());
    }
    let problem = format!(
        "{:?} is not a plain path below the working directory",
        shortened(path)
    );
    let hint = "write a relative path without \"..\", e.g. \"results/table.csv\"";
    Err(FieldError::new(field, problem, hint))
}

/// So much of a text as an error should quote.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}
