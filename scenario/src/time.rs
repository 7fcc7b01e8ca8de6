//! Absolute times of files: RFC 3339 as Unix milliseconds.

use crate::error::Problem;

const HINT: &str = "write e.g. \"2025-06-01T08:00:00+08:00\" or \"2025-06-01T00:00:00Z\"";

/// Unix milliseconds of an RFC 3339 time; it must name its offset.
pub fn rfc3339_ms(text: &str) -> Result<i64, Problem> {
    let unreadable = || Problem::new(format!("{text:?} is not a time"), HINT);
    let parsed: toml::value::Datetime = text.trim().parse().map_err(|_| unreadable())?;
    let (date, time) = (
        parsed.date.ok_or_else(unreadable)?,
        parsed.time.ok_or_else(unreadable)?,
    );
    let offset_minutes = match parsed.offset {
        Some(toml::value::Offset::Z) => 0,
        Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes),
        None => {
            return Err(Problem::new(
                format!("{text:?} does not name its offset"),
                HINT,
            ));
        }
    };
    let days = days_since_1970(i64::from(date.year), date.month.into(), date.day.into());
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - offset_minutes;
    let seconds = i64::from(time.second.unwrap_or(0));
    let fraction_ms = i64::from(time.nanosecond.unwrap_or(0)) / 1_000_000;
    Ok(((days * 1440 + minutes) * 60 + seconds) * 1000 + fraction_ms)
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar, year 0 or later.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day at their end.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T08:00:00+08:00", 0),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2024-12-31T23:59:59.250Z", 1_735_689_599_250),
            ("1969-12-31T23:59:59Z", -1000),
        ] {
            assert_eq!(rfc3339_ms(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn refusals() {
        for text in [
            "",
            "tomorrow",
            "2025-06-01",
            "2025-06-01T08:00:00",
            "2025-02-30T08:00:00Z",
        ] {
            assert!(rfc3339_ms(text).is_err(), "{text:?}");
        }
    }
}
