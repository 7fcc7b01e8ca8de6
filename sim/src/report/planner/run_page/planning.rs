//! How it was planned and counted: certificates, forecast, files, and what the numbers are.

use crate::report::format;
use crate::report::markup::Markup;
use crate::report::planner::text::fill;
use crate::report::planner::words;
use crate::report::sections::table::{self, text};
use crate::report::words::lookup;

use super::RunPage;

pub(super) fn write(markup: &mut Markup, page: &RunPage<'_>) {
    let summary = &page.run.summary;
    let all = &summary.indicators;
    markup.tag("h3").words(words::CERTIFICATES);
    match (all.mean_gap_pct, all.worst_gap_pct) {
        (Some(mean), Some(worst)) => {
            let values = [
                ("{mean}", format!("{} %", format::number(mean))),
                ("{worst}", format!("{} %", format::number(worst))),
                ("{rounds}", format::count(all.rounds_committed)),
            ];
            markup
                .tag("p")
                .body(|line| line.written(&fill(words::CERTIFICATES_FOUND, &values)));
        }
        _ => markup.tag("p").words(words::NO_CERTIFICATES),
    }
    markup.tag("p").words(words::BOUND);
    markup.tag("h3").words(words::HOW);
    let (model_en, model_zh) = lookup(words::FORECASTS, &summary.forecast.model);
    let error = summary.forecast.error_permille;
    let error = error.map_or(String::new(), |permille| {
        format!(" {} %", permille as f64 / 10.0)
    });
    let mut line = fill(
        words::HOW_LINE,
        &[
            ("{planner}", summary.planner_version.to_string()),
            ("{error}", error),
        ],
    );
    line.en = line.en.replace("{forecast}", model_en);
    line.zh = line.zh.replace("{forecast}", model_zh);
    markup.tag("p").body(|paragraph| paragraph.written(&line));
    markup.tag("ul").class("reading").body(|list| {
        for words in [
            words::READ_MODEL,
            words::READ_ENERGY,
            words::READ_CARBON,
            words::READ_END,
        ] {
            list.tag("li").words(words);
        }
    });
    if !summary.inputs.is_empty() {
        let rows = summary.inputs.iter();
        let rows = rows.map(|input| vec![input.file.as_str().into(), input.sha256.as_str().into()]);
        table::write(markup, &[text(words::FILE), text(words::DIGEST)], rows);
    }
}
