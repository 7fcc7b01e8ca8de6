//! The schedulers and who led them.

use crate::report::data::RunReport;
use crate::report::markup::Markup;
use crate::report::{format, words};

use super::table::{self, numeric, text};

/// Most elections listed.
const ROWS_MAX: usize = 100;

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    let cluster = &report.cluster;
    if cluster.members.is_empty() {
        super::empty(markup);
    } else {
        let rows = cluster.members.iter().map(|member| {
            vec![
                member.name.as_str().into(),
                super::hub_name(&member.hub).into(),
            ]
        });
        table::write(markup, &[text(words::MEMBER), text(words::HUB)], rows);
    }
    if cluster.leader_changes.is_empty() {
        return;
    }
    let columns = [
        text(words::WHEN),
        numeric(words::TERM),
        text(words::LEADER),
        text(words::CAUSE),
    ];
    let rows = cluster.leader_changes.iter().take(ROWS_MAX).map(|change| {
        let since_ms = change.at_ms.saturating_sub(report.start_ms);
        vec![
            format!("+ {}", format::duration(since_ms)).into(),
            change.term.to_string().into(),
            change.leader.as_str().into(),
            (change.cause.en.as_str(), change.cause.zh()).into(),
        ]
    });
    markup.tag("p").text("");
    table::write(markup, &columns, rows);
}
