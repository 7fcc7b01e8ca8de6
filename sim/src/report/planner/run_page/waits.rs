//! How long jobs wait, by class.

use crate::report::draw::axis;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::chart::{Chart, Layer, Tip};
use crate::report::planner::read::Waits;
use crate::report::planner::words;
use crate::report::sections;
use crate::report::sections::table::{self, numeric, text};

use super::{RunPage, class_legend, class_name};

/// Columns of the curves, each a step of the logarithmic scale.
const COLUMNS: usize = 160;

/// Waits with the number of their colour and their name.
type Named<'w> = (usize, (&'w str, &'w str), &'w Waits);

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    let waits = page.run.jobs.waits.iter().enumerate();
    let known = waits.filter(|(_, waits)| waits.count > 0);
    let named: Vec<Named<'_>> = known
        .map(|(class, waits)| (class, class_name(class), waits))
        .collect();
    if named.is_empty() {
        return sections::empty(markup);
    }
    class_legend(
        markup,
        &named.iter().map(|(class, ..)| *class).collect::<Vec<_>>(),
    );
    curves(markup, &named);
    numbers(markup, &named);
}

/// What share waited no longer.
pub(in crate::report::planner) fn curves(markup: &mut Markup, waits: &[Named<'_>]) {
    let longest_s = waits
        .iter()
        .map(|(_, _, waits)| waits.max_s)
        .fold(60.0, f64::max);
    let longest_ms = (longest_s * 1e3).min(9e15) as i64;
    let at = |column: usize| axis::wait_at((column as f64 + 0.5) / COLUMNS as f64, longest_ms);
    let upto: Vec<i64> = (0..COLUMNS).map(at).collect();
    let curves: Vec<Vec<f64>> = waits
        .iter()
        .map(|(_, _, waits)| shares(waits, &upto))
        .collect();
    let layers = waits
        .iter()
        .zip(&curves)
        .map(|((class, ..), shares)| Layer {
            class: format!("stroke{class}"),
            area: false,
            values: shares.iter().copied().map(Some).collect(),
        });
    let tips = waits.iter().zip(&curves).map(|((_, name, _), shares)| Tip {
        name: *name,
        values: shares.iter().map(|share| format::share(*share)).collect(),
    });
    let chart = Chart {
        height: 230,
        top: 1.0,
        written: format::percent,
        marks: &[],
        layers: layers.collect(),
        tips: tips.collect(),
        columns: upto
            .iter()
            .map(|ms| format!("≤ {}", format::duration(*ms)))
            .collect(),
    };
    chart.draw(markup, |axis| axis::waits(axis, longest_ms));
    sections::note(markup, words::WAITS_NOTE);
}

/// Shares of the jobs that waited no longer, in thousandths of them.
fn shares(waits: &Waits, upto_ms: &[i64]) -> Vec<f64> {
    let quantiles: Vec<f64> = (1..=1000)
        .map(|permille| waits.at_permille(permille))
        .collect();
    let share = |ms: &i64| {
        let within = quantiles.partition_point(|seconds| seconds * 1e3 <= *ms as f64);
        within as f64 / 1e3
    };
    upto_ms.iter().map(share).collect()
}

/// The same as a table.
pub(in crate::report::planner) fn numbers(markup: &mut Markup, waits: &[Named<'_>]) {
    let columns = [
        text(words::CLASS),
        numeric(words::STARTED),
        numeric(words::MEAN),
        numeric(words::MEDIAN),
        numeric(words::P90),
        numeric(words::P99),
        numeric(words::LONGEST),
    ];
    let rows = waits.iter().map(|(_, name, waits)| {
        let duration = |seconds: f64| format::duration((seconds * 1e3) as i64);
        vec![
            (*name).into(),
            format::count(waits.count).into(),
            duration(waits.mean_s()).into(),
            duration(waits.at_permille(500)).into(),
            duration(waits.at_permille(900)).into(),
            duration(waits.at_permille(990)).into(),
            duration(waits.max_s).into(),
        ]
    });
    table::write(markup, &columns, rows);
}
