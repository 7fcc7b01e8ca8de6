//! What the numbers mean, and the documents behind them.

use crate::report::data::RunReport;
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::words::{self, DOCUMENTS};

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    markup.tag("ul").body(|list| {
        if report.time_scale > 1 || report.data_scale > 1 {
            list.tag("li").body(|item| scaling(item, report));
        }
        list.tag("li").words(words::MODELLED);
        for note in &report.notes {
            list.tag("li").body(|item| item.written(note));
        }
    });
    documents(markup);
}

fn scaling(markup: &mut Markup, report: &RunReport) {
    let filled = |text: &str| {
        let time = format::count(u64::from(report.time_scale.max(1)));
        let data = format::count(report.data_scale.max(1));
        text.replace("{time}", &time).replace("{data}", &data)
    };
    markup.both(&filled(words::SCALED.en), &filled(words::SCALED.zh));
}

fn documents(markup: &mut Markup) {
    markup
        .tag("div")
        .class("scroll")
        .attr("tabindex", 0)
        .body(|scroll| {
            scroll.tag("table").body(|table| {
                table.tag("thead").body(|head| {
                    head.tag("tr").body(|row| {
                        row.tag("th").attr("scope", "col").words(words::INDICATOR);
                        row.tag("th").attr("scope", "col").words(words::DOCUMENT);
                    });
                });
                table.tag("tbody").body(|body| {
                    for (indicator, document) in DOCUMENTS {
                        body.tag("tr").body(|row| {
                            row.tag("td").class("wide").words(*indicator);
                            row.tag("td").class("wide").words(*document);
                        });
                    }
                });
            });
        });
}
