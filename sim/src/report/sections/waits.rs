//! How long jobs of each class waited.

use ewc_core::model::WorkloadClass;

use crate::report::data::RunReport;
use crate::report::draw::axis;
use crate::report::draw::spread::{self, Spread};
use crate::report::facts::{percentile, waits};
use crate::report::markup::Markup;
use crate::report::{format, words};

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    let longest_ms = waits(report.jobs.iter()).last().copied();
    let Some(longest_ms) = longest_ms.map(|longest_ms| longest_ms.max(60_000)) else {
        return super::empty(markup);
    };
    markup.tag("div").class("waits").body(|rows| {
        for class in WorkloadClass::ALL {
            let waits = waits(report.jobs.iter().filter(|job| job.class == class.name()));
            if !waits.is_empty() {
                write_class(rows, class, &waits, longest_ms);
            }
        }
        super::axis_row(rows, |row| axis::waits(row, longest_ms));
    });
    super::note(markup, words::WAIT_NOTE);
}

fn write_class(markup: &mut Markup, class: WorkloadClass, waits: &[i64], longest_ms: i64) {
    let at = |percent| axis::wait_share(percentile(waits, percent), longest_ms);
    let spread = Spread {
        low: at(0),
        first: at(25),
        median: at(50),
        third: at(75),
        high: at(100),
    };
    let name = words::lookup(words::CLASSES, class.name());
    super::row(
        markup,
        name,
        |row| spread::row(row, &spread),
        |figure| {
            figure.text("P50 ");
            figure.text(&format::duration(percentile(waits, 50)));
            figure.tag("br").empty();
            figure.text("P90 ");
            figure.text(&format::duration(percentile(waits, 90)));
        },
    );
}
