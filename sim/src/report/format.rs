//! Numbers for people. Unit symbols are the same in both languages.

/// A whole number with thousands apart.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with three significant digits, or whole with thousands apart.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    let sign = if value < 0.0 { "−" } else { "" };
    match size {
        _ if size >= 100.0 => format!("{sign}{}", count(size.round() as u64)),
        _ if size >= 10.0 => format!("{sign}{size:.1}"),
        _ if size == 0.0 => "0".to_owned(),
        _ => format!("{sign}{size:.2}"),
    }
}

/// A round number beside an axis.
pub(super) fn tick(value: f64) -> String {
    match value.fract().abs() < 1e-9 && value.abs() < 1e15 {
        true if value < 0.0 => format!("−{}", count(value.abs() as u64)),
        true => count(value as u64),
        false => format!("{value}"),
    }
}

/// Thousandths as a percentage.
pub(super) fn permille(value: u32) -> String {
    format!("{} %", (value + 5) / 10)
}

/// A share as a whole percentage.
pub(super) fn percent(value: f64) -> String {
    match value.is_finite() {
        true => format!("{} %", tick((value * 100.0).round())),
        false => "– %".to_owned(),
    }
}

/// A share as a percentage.
pub(super) fn share(value: f64) -> String {
    format!("{} %", number((value * 1000.0).round() / 10.0))
}

/// Bytes in steps of a thousand.
pub(super) fn bytes(value: f64) -> String {
    scaled(value, &["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB"])
}

/// Kilograms, or tonnes.
pub(super) fn kilograms(value: f64) -> String {
    scaled(value, &["kg", "t", "kt", "Mt"])
}

/// Kilowatt-hours, or more.
pub(super) fn kilowatt_hours(value: f64) -> String {
    scaled(value, &["kWh", "MWh", "GWh", "TWh"])
}

/// Yuan; the currency is named by its code in both languages.
pub(super) fn yuan(value: f64) -> String {
    format!("{} CNY", number(value))
}

fn scaled(value: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    while value.abs() >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{} {}", number(value), units[unit])
}

/// A duration in its two largest units.
pub(super) fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match () {
        () if days > 0 && hours > 0 => format!("{days} d {hours} h"),
        () if days > 0 => format!("{days} d"),
        () if hours > 0 && minutes > 0 => format!("{hours} h {minutes} min"),
        () if hours > 0 => format!("{hours} h"),
        () if minutes > 0 && minutes < 10 && rest > 0 => format!("{minutes} min {rest} s"),
        () if minutes > 0 => format!("{minutes} min"),
        () => format!("{rest} s"),
    }
}
