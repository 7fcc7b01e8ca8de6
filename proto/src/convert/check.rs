//! Checks of single values, each of which names the field it refuses.
//!
//! The upper limits keep every later sum and product of the planner inside 64 bits.

use super::error::{WireError, Within as _};

/// Longest name, in characters.
pub(super) const NAME_CHARS_MAX: usize = 256;
/// Longest list inside one message.
pub(super) const LIST_ITEMS_MAX: usize = 1000;
/// Longest argument, environment value or label, in bytes.
const TEXT_BYTES_MAX: usize = 128 << 10;
/// Largest amount of anything; eight times it (bytes to bits) still fits.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000_000;
/// Longest length of time: a hundred years.
const LENGTH_MS_MAX: i64 = 100 * 366 * 24 * 3_600_000;
/// Latest moment: the end of the year 9999.
const MOMENT_MS_MAX: i64 = 253_402_300_799_999;

/// A name: not empty, not too long, without control characters.
pub(super) fn name(field: &str, value: String) -> Result<String, WireError> {
    if value.is_empty() {
        return Err(WireError::new(field, "must not be empty"));
    }
    optional_name(field, value)
}

/// A name or nothing.
pub(super) fn optional_name(field: &str, value: String) -> Result<String, WireError> {
    if value.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(WireError::new(
            field,
            format!("is longer than {NAME_CHARS_MAX} characters"),
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(WireError::new(field, "must not hold control characters"));
    }
    Ok(value)
}

/// A list of names.
pub(super) fn names(field: &str, values: Vec<String>) -> Result<Vec<String>, WireError> {
    list_length(field, values.len())?;
    let check = |(index, value)| name(&format!("{field}[{index}]"), value);
    values.into_iter().enumerate().map(check).collect()
}

/// A path that stays below the directory it is joined to.
pub(super) fn relative_path(field: &str, value: String) -> Result<String, WireError> {
    let value = optional_name(field, value)?;
    if value.starts_with('/') || value.split('/').any(|part| part == "..") {
        return Err(WireError::new(
            field,
            "must stay below the working directory",
        ));
    }
    Ok(value)
}

/// Text handed to a program: bounded, without NUL.
pub(super) fn text(field: &str, value: String) -> Result<String, WireError> {
    if value.len() > TEXT_BYTES_MAX {
        return Err(WireError::new(
            field,
            format!("is longer than {TEXT_BYTES_MAX} bytes"),
        ));
    }
    if value.contains('\0') {
        return Err(WireError::new(field, "must not hold a NUL character"));
    }
    Ok(value)
}

/// A list that is not too long.
pub(super) fn list_length(field: &str, length: usize) -> Result<(), WireError> {
    if length > LIST_ITEMS_MAX {
        return Err(WireError::new(
            field,
            format!("has more than {LIST_ITEMS_MAX} items"),
        ));
    }
    Ok(())
}

/// Every item of a list, with its position in the path of an error.
pub(super) fn each<W, M>(
    field: &str,
    items: Vec<W>,
    parse: impl Fn(W) -> Result<M, WireError>,
) -> Result<Vec<M>, WireError> {
    list_length(field, items.len())?;
    // A job may be kept for long: not in more room than it takes.
    let mut parsed = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        parsed.push(parse(item).within_item(field, index)?);
    }
    Ok(parsed)
}

/// An amount: not negative, not absurd.
pub(super) fn amount(field: &str, value: i64) -> Result<i64, WireError> {
    bounded(field, value, AMOUNT_MAX)
}

/// A length of time in milliseconds.
pub(super) fn length_ms(field: &str, value: i64) -> Result<i64, WireError> {
    bounded(field, value, LENGTH_MS_MAX)
}

/// A latency in microseconds.
pub(super) fn length_us(field: &str, value: i64) -> Result<i64, WireError> {
    bounded(field, value, LENGTH_MS_MAX)
}

/// A moment in milliseconds since the epoch.
pub(super) fn moment_ms(field: &str, value: i64) -> Result<i64, WireError> {
    bounded(field, value, MOMENT_MS_MAX)
}

/// A share in thousandths.
pub(super) fn permille(field: &str, value: u32) -> Result<u32, WireError> {
    if value > 1000 {
        return Err(WireError::new(field, "must be at most 1000"));
    }
    Ok(value)
}

/// A message that must be there.
pub(super) fn present<T>(field: &str, value: Option<T>) -> Result<T, WireError> {
    value.ok_or_else(|| WireError::new(field, "must be given"))
}

fn bounded(field: &str, value: i64, max: i64) -> Result<i64, WireError> {
    if value < 0 {
        return Err(WireError::new(field, "must not be negative"));
    }
    if value > max {
        return Err(WireError::new(field, format!("must be at most {max}")));
    }
    Ok(value)
}
