//! The cap on the power that the site's work may draw, as it is known for the coming days.
//!
//! What is told runs from the beginning of the present day: it changes once a day, and not with
//! every report.

use ewc_core::model::{PowerCap, PowerStep};

use crate::config::PowerConfig;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const BEIJING_OFFSET_MS: i64 = 8 * HOUR_MS;
/// Days that are told ahead: today, and a week.
const DAYS: i64 = 8;

/// The cap from the beginning of the day of `now_ms` on, in the network's time. As long as that is
/// not known, nothing is told of a cap that depends on it.
#[must_use]
pub fn cap(config: &PowerConfig, now_ms: Option<i64>) -> PowerCap {
    if config.hours.is_empty() && config.windows.is_empty() {
        let always = config.cap_watts.map(PowerCap::always);
        return always.transpose().ok().flatten().unwrap_or_default();
    }
    now_ms.map_or_else(PowerCap::default, |now_ms| of_days(config, now_ms))
}

fn of_days(config: &PowerConfig, now_ms: i64) -> PowerCap {
    let start_ms = (now_ms + BEIJING_OFFSET_MS).div_euclid(DAY_MS) * DAY_MS - BEIJING_OFFSET_MS;
    let end_ms = start_ms + DAYS * DAY_MS;
    let mut times = vec![start_ms, end_ms];
    if !config.hours.is_empty() {
        times.extend((0..DAYS * 24).map(|hour| start_ms + hour * HOUR_MS));
    }
    let windows = config.windows.iter();
    let edges = windows.flat_map(|window| [window.from_ms, window.until_ms]);
    times.extend(edges.filter(|at_ms| *at_ms >= start_ms));
    times.sort_unstable();
    times.dedup();
    let steps = times.into_iter().map(|from_ms| PowerStep {
        from_ms,
        watts: watts_at(config, from_ms, from_ms < end_ms),
    });
    // `config::check` has seen to it that there is one.
    PowerCap::new(steps).unwrap_or_default()
}

/// The lowest of all that hold then; the hours of a day are not told beyond the last day.
fn watts_at(config: &PowerConfig, at_ms: i64, in_hours: bool) -> Option<i64> {
    let hour = (at_ms + BEIJING_OFFSET_MS).rem_euclid(DAY_MS) / HOUR_MS;
    let hours = config.hours.iter().filter(|hours| {
        let (from, until) = (i64::from(hours.from_hour), i64::from(hours.until_hour));
        in_hours
            && match from < until {
                true => (from..until).contains(&hour),
                false => hour >= from || hour < until,
            }
    });
    let windows = config.windows.iter();
    let windows = windows.filter(|window| (window.from_ms..window.until_ms).contains(&at_ms));
    let caps = hours.map(|hours| hours.cap_watts);
    let caps = caps.chain(windows.map(|window| window.cap_watts));
    caps.chain(config.cap_watts).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{PowerHours, PowerWindow};

    /// 2026-12-01 00:00 in Beijing.
    const DAY: i64 = 1_796_054_400_000;

    fn told(config: &PowerConfig, now_ms: i64) -> Vec<(i64, Option<i64>)> {
        let cap = cap(config, Some(now_ms));
        let hours = |step: &PowerStep| ((step.from_ms - DAY) / HOUR_MS, step.watts);
        cap.steps().iter().map(hours).collect()
    }

    #[test]
    fn a_cap_that_never_changes_is_one_step() {
        let config = PowerConfig {
            cap_watts: Some(8_000),
            ..PowerConfig::default()
        };
        for now_ms in [None, Some(DAY)] {
            assert_eq!(cap(&config, now_ms), PowerCap::always(8_000).unwrap());
            assert!(cap(&PowerConfig::default(), now_ms).is_empty());
        }
    }

    #[test]
    fn hours_and_windows_lower_it() {
        let config = PowerConfig {
            cap_watts: Some(8_000),
            hours: vec![PowerHours {
                from_hour: 18,
                until_hour: 20,
                cap_watts: 6_000,
            }],
            windows: vec![PowerWindow {
                from_ms: DAY + 19 * HOUR_MS,
                until_ms: DAY + 21 * HOUR_MS,
                cap_watts: 5_000,
            }],
        };
        let told_at = |at_ms| told(&config, at_ms);
        assert!(cap(&config, None).is_empty(), "which day is it?");
        let first = told_at(DAY + HOUR_MS);
        let expected = [
            (0, Some(8_000)),
            (18, Some(6_000)),
            (19, Some(5_000)),
            (21, Some(8_000)),
            (42, Some(6_000)),
            (44, Some(8_000)),
        ];
        assert_eq!(first[..6], expected);
        assert_eq!(first.last(), Some(&(7 * 24 + 20, Some(8_000))));
        assert_eq!(told_at(DAY + 23 * HOUR_MS), first, "the same all day");
        assert_ne!(told_at(DAY + 25 * HOUR_MS), first);
    }

    #[test]
    fn hours_may_run_over_midnight_and_stand_alone() {
        let config = PowerConfig {
            hours: vec![PowerHours {
                from_hour: 22,
                until_hour: 2,
                cap_watts: 6_000,
            }],
            ..PowerConfig::default()
        };
        let expected = [(0, Some(6_000)), (2, None), (22, Some(6_000)), (26, None)];
        assert_eq!(told(&config, DAY)[..4], expected);
    }
}
