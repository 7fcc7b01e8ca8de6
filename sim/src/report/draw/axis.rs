//! Axes that stretch with the page: ticks stand at shares of the width.

use crate::report::format;
use crate::report::markup::{Markup, percent};
use crate::report::words::{self, Words};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Most ticks of an axis of time.
const TICKS_MAX: i64 = 8;

/// Ticks of a span of time, and what they count.
pub(in crate::report) fn time(markup: &mut Markup, span_ms: i64) -> Words {
    let (unit_ms, unit) = match span_ms > 4 * DAY_MS {
        true => (DAY_MS, words::DAYS),
        false => (HOUR_MS, words::HOURS),
    };
    let whole = span_ms / unit_ms;
    let steps = [1, 2, 3, 6, 12, 24, 48, 96, 240, 960];
    let step = steps
        .into_iter()
        .find(|step| whole / step < TICKS_MAX)
        .unwrap_or(whole.max(1));
    let ticks = (0..=whole / step).map(|tick| {
        let share = (tick * step * unit_ms) as f64 / span_ms.max(1) as f64;
        (share, (tick * step).to_string())
    });
    ticks_at(markup, &ticks.collect::<Vec<_>>());
    unit
}

/// Ticks of waits on a logarithmic scale that ends at `longest_ms`.
pub(in crate::report) fn waits(markup: &mut Markup, longest_ms: i64) {
    let marks = [1, 10, 60, 360, 1_440, 4_320, 14_400].map(|minutes| minutes * 60_000);
    let mut ticks = vec![(0.0, "0".to_owned())];
    for mark_ms in marks.into_iter().filter(|mark_ms| *mark_ms <= longest_ms) {
        let share = wait_share(mark_ms, longest_ms);
        // The label of a tick needs some room beside the one before.
        if ticks.last().is_none_or(|(last, _)| share - last > 0.13) {
            ticks.push((share, format::duration(mark_ms)));
        }
    }
    ticks_at(markup, &ticks);
}

/// Place of a wait on that scale.
pub(in crate::report) fn wait_share(wait_ms: i64, longest_ms: i64) -> f64 {
    let log = |ms: i64| (1.0 + ms.max(0) as f64 / 60_000.0).ln();
    log(wait_ms) / log(longest_ms).max(f64::MIN_POSITIVE)
}

/// The wait at a place of that scale.
pub(in crate::report) fn wait_at(share: f64, longest_ms: i64) -> i64 {
    let longest = (1.0 + longest_ms.max(0) as f64 / 60_000.0).ln();
    (((share * longest).exp() - 1.0) * 60_000.0) as i64
}

/// Ticks of shares from none to all.
pub(in crate::report) fn shares(markup: &mut Markup) {
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format::percent(share)));
    ticks_at(markup, &ticks);
}

fn ticks_at(markup: &mut Markup, ticks: &[(f64, String)]) {
    markup
        .tag("svg")
        .attr("height", 18)
        .attr("aria-hidden", true)
        .body(|svg| {
            for (share, label) in ticks {
                let anchor = match *share {
                    share if share < 0.02 => "start",
                    share if share > 0.96 => "end",
                    _ => "middle",
                };
                svg.tag("text")
                    .attr("x", percent(*share))
                    .attr("y", 13)
                    .attr("text-anchor", anchor)
                    .text(label);
            }
        });
}
