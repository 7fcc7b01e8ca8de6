//! Numbers and times as people read them. Units stand in the headers of tables.

/// A time as RFC 3339 in UTC; `None` for 0, which means "not yet".
pub fn rfc3339(ms: i64) -> Option<String> {
    if ms == 0 {
        return None;
    }
    let (date, ms_of_day) = (civil_date(ms.div_euclid(DAY_MS)), ms.rem_euclid(DAY_MS));
    let (year, month, day) = date;
    let (hour, minute) = (ms_of_day / 3_600_000, ms_of_day / 60_000 % 60);
    let (second, milli) = (ms_of_day / 1000 % 60, ms_of_day % 1000);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    ))
}

/// A time in tables: Beijing time (UTC+8, the only zone of the network) to the second.
pub fn beijing_time(ms: i64) -> String {
    match rfc3339(ms)
        .is_some()
        .then(|| rfc3339(ms + 8 * 3_600_000))
        .flatten()
    {
        Some(text) => text[..19].replace('T', " "),
        None => DASH.to_owned(),
    }
}

/// A length of time in its two largest units, such as `1h05m` or `2d03h`.
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if ms > 0 && seconds == 0 => format!("{ms}ms"),
        (0, 0, 0) => format!("{rest}s"),
        (0, 0, _) => format!("{minutes}m{rest:02}s"),
        (0, _, _) => format!("{hours}h{minutes:02}m"),
        _ => format!("{days}d{hours:02}h"),
    }
}

/// An integer of thousandths, millionths … as a decimal with `places` digits, rounded half away
/// from zero.
pub fn decimal(value: i64, per_unit: i64, places: usize) -> String {
    let scale = 10_i128.pow(u32::try_from(places).unwrap_or(0));
    let per_unit = i128::from(per_unit.max(1));
    let scaled = i128::from(value).abs() * scale;
    let rounded = (scaled + per_unit / 2) / per_unit;
    let sign = if value < 0 && rounded > 0 { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{rounded}");
    }
    format!("{sign}{}.{:0places$}", rounded / scale, rounded % scale)
}

/// Yuan with two digits, or four below ten fen so that small costs are not all zero.
pub fn cny(micro_cny: i64) -> String {
    let places = if micro_cny != 0 && micro_cny.abs() < 100_000 {
        4
    } else {
        2
    };
    decimal(micro_cny, 1_000_000, places)
}

/// A share in per cent, without the sign, rounded half up; tables and sentences all use this.
pub fn percent(permille: u32) -> String {
    decimal(i64::from(permille), 10, 0)
}

/// Gigabytes (10⁹ bytes).
pub fn gigabytes(bytes: i64) -> String {
    decimal(bytes, 1_000_000_000, 3)
}

/// Gigabits per second.
pub fn gigabits(bps: i64) -> String {
    decimal(bps, 1_000_000_000, 1)
}

/// Milliseconds of a latency in microseconds.
pub fn latency_ms(us: i64) -> String {
    decimal(us, 1000, 2)
}

/// What stands in a cell that has nothing to say.
pub const DASH: &str = "-";

/// The text, or a dash.
pub fn or_dash(text: &str) -> String {
    if text.is_empty() {
        DASH.to_owned()
    } else {
        text.to_owned()
    }
}

const DAY_MS: i64 = 86_400_000;

/// Year, month and day of a day since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (ms, expected) in [
            (951_825_600_000, "2000-02-29T12:00:00.000Z"),
            (1_735_689_599_250, "2024-12-31T23:59:59.250Z"),
            (1, "1970-01-01T00:00:00.001Z"),
        ] {
            assert_eq!(rfc3339(ms).as_deref(), Some(expected));
        }
        assert_eq!(rfc3339(0), None);
        assert_eq!(beijing_time(951_825_600_000), "2000-02-29 20:00:00");
        assert_eq!(beijing_time(0), "-");
    }

    #[test]
    fn lengths() {
        for (ms, expected) in [
            (0, "0s"),
            (7, "7ms"),
            (59_000, "59s"),
            (61_000, "1m01s"),
            (3_660_000, "1h01m"),
            (90_000_000, "1d01h"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(decimal(1_250, 1000, 2), "1.25");
        assert_eq!(decimal(-1_255, 1000, 2), "-1.26");
        assert_eq!(decimal(-1, 1000, 2), "0.00");
        assert_eq!(decimal(i64::MAX, 1, 0), i64::MAX.to_string());
        assert_eq!(cny(1_234_567), "1.23");
        assert_eq!(cny(12_345), "0.0123");
        assert_eq!(cny(0), "0.00");
        for (permille, expected) in [(4, "0"), (5, "1"), (424, "42"), (425, "43"), (995, "100")] {
            assert_eq!(percent(permille), expected, "{permille}");
        }
        assert_eq!(gigabytes(1_500_000_000), "1.500");
    }
}
