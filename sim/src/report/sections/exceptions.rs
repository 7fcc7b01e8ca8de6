//! Jobs that somebody should look at.

use crate::report::data::RunReport;
use crate::report::markup::Markup;
use crate::report::{facts, format, words};

use super::table::{self, numeric, text};

/// Most rows.
const ROWS_MAX: usize = 200;

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    let jobs = facts::exceptions(report);
    if jobs.is_empty() {
        markup.tag("p").words(words::NONE_FAILED);
        return;
    }
    let columns = [
        numeric(words::JOB),
        text(words::JOB),
        text(words::TENANT),
        text(words::CLASS),
        text(words::SITE),
        text(words::STATE),
        text(words::REASON),
        text(words::UNEXPECTED),
    ];
    let rows = jobs.iter().take(ROWS_MAX).map(|job| {
        vec![
            job.id.to_string().into(),
            job.key.as_str().into(),
            job.tenant.as_str().into(),
            words::lookup(words::CLASSES, &job.class).into(),
            job.site.as_str().into(),
            words::lookup(words::STATES, &job.state).into(),
            job.reason.as_str().into(),
            if job.expected { "" } else { "✗" }.into(),
        ]
    });
    table::write(markup, &columns, rows);
    if jobs.len() > ROWS_MAX {
        markup.tag("p").class("note").body(|note| {
            note.text(&format!(
                "{} ",
                format::count((jobs.len() - ROWS_MAX) as u64)
            ));
            note.words(words::MORE_ROWS);
        });
    }
}
