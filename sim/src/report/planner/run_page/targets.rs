//! The national targets: value, target, verdict, and the document behind each.

use crate::report::markup::Markup;
use crate::report::planner::targets::{self, Target, Verdict};
use crate::report::planner::words;

use super::RunPage;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    markup.tag("p").words(words::TARGETS_INTRO);
    markup
        .tag("div")
        .class("targets")
        .attr("role", "table")
        .body(|table| {
            table
                .tag("div")
                .class("target head")
                .attr("role", "row")
                .body(|row| {
                    let heads = [
                        words::TARGET,
                        words::VALUE,
                        words::WANTED,
                        words::VERDICT,
                        words::DOCUMENT,
                    ];
                    for head in heads {
                        row.tag("span").attr("role", "columnheader").words(head);
                    }
                });
            for target in targets::all(page.run) {
                table
                    .tag("div")
                    .class("target")
                    .attr("role", "row")
                    .body(|row| write_row(row, &target));
            }
        });
}

fn write_row(row: &mut Markup, target: &Target) {
    row.tag("div")
        .attr("role", "cell")
        .class("target-name")
        .body(|cell| {
            cell.tag("b").words(target.name);
            cell.tag("small").body(|note| note.written(&target.note));
        });
    row.tag("div").attr("role", "cell").body(|cell| {
        cell.tag("small").class("label").words(words::VALUE);
        cell.written(&target.value);
    });
    row.tag("div").attr("role", "cell").body(|cell| {
        cell.tag("small").class("label").words(words::WANTED);
        cell.text(&target.wanted);
    });
    let (class, sign, verdict) = match target.verdict {
        Verdict::Met => ("verdict good", "✓", words::MET),
        Verdict::NotMet => ("verdict bad", "✗", words::NOT_MET),
        Verdict::NotMeasurable => ("verdict muted", "○", words::NOT_MEASURABLE),
    };
    row.tag("div")
        .attr("role", "cell")
        .class(class)
        .body(|cell| {
            cell.text(&format!("{sign} "));
            cell.words(verdict);
        });
    row.tag("div")
        .attr("role", "cell")
        .class("muted")
        .body(|cell| {
            cell.tag("small").class("label").words(words::DOCUMENT);
            cell.words(target.document);
        });
}
