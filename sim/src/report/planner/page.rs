//! The page around the sections of whatever is shown.

use crate::report::data::Text;
use crate::report::markup::Markup;

use super::words::{self, Words};

/// Colours and shapes that all our pages share.
const STYLE: &str = include_str!("../style.css");
const PLANNER_STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The page may load nothing, from anywhere.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
/// Beijing time is eight hours ahead of Universal Time all year.
const BEIJING_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// The language that a page opens in; both are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh",
        }
    }
}

/// What stands above the sections.
pub(super) struct Head {
    pub(super) title: Text,
    pub(super) lines: Vec<Text>,
    /// What is wrong with the whole of it.
    pub(super) warning: Option<Text>,
    /// Start in Unix time, hours of a frame, frames: for what a script says about time.
    pub(super) frames: Option<(i64, u64, usize)>,
    pub(super) engine: String,
    pub(super) lang: Lang,
}

/// Writes a section of a page about something.
type Write<T> = dyn Fn(&mut Markup, &T);

/// A section of a page about something.
pub(super) struct Section<T: ?Sized> {
    pub(super) id: &'static str,
    pub(super) title: Words,
    pub(super) write: Box<Write<T>>,
}

/// The whole page.
pub(super) fn page<T: ?Sized>(head: &Head, sections: &[Section<T>], of: &T) -> String {
    let mut markup = Markup::default();
    markup.verbatim("<!DOCTYPE html>\n");
    let lang = head.lang.code();
    let html = markup
        .tag("html")
        .attr("lang", if lang == "zh" { "zh-CN" } else { "en" });
    html.attr("data-lang", lang).body(|html| {
        html.tag("head").body(|markup| write_head(markup, head));
        html.tag("body").body(|body| {
            body.tag("header").body(|header| write_header(header, head));
            body.tag("nav").body(|nav| {
                for section in sections {
                    let link = nav.tag("a").attr("href", format!("#{}", section.id));
                    link.words(section.title);
                }
            });
            let main = body.tag("main");
            let main = match head.frames {
                None => main,
                Some((start_ms, hours, count)) => main
                    .attr("data-start", start_ms)
                    .attr("data-hours", hours)
                    .attr("data-frames", count),
            };
            main.body(|main| {
                for section in sections {
                    main.tag("section").attr("id", section.id).body(|body| {
                        body.tag("h2").words(section.title);
                        (section.write)(body, of);
                    });
                }
            });
            body.tag("footer").body(|footer| {
                footer.text(&head.engine);
                footer.text(" · ");
                footer.words(words::FROM_FILES);
            });
            body.tag("div")
                .attr("id", "tip")
                .attr("hidden", "")
                .text("");
            body.tag("script").body(|script| script.verbatim(SCRIPT));
        });
    });
    markup.finish()
}

fn write_head(markup: &mut Markup, head: &Head) {
    markup.tag("meta").attr("charset", "utf-8").empty();
    let policy = markup
        .tag("meta")
        .attr("http-equiv", "Content-Security-Policy");
    policy.attr("content", CONTENT_POLICY).empty();
    let viewport = markup.tag("meta").attr("name", "viewport");
    viewport
        .attr("content", "width=device-width, initial-scale=1")
        .empty();
    markup.tag("title").text(match head.lang {
        Lang::En => &head.title.en,
        Lang::Zh => head.title.zh(),
    });
    markup.tag("style").body(|style| {
        style.verbatim(STYLE);
        style.verbatim(PLANNER_STYLE);
    });
}

fn write_header(header: &mut Markup, head: &Head) {
    header.tag("div").class("top").body(|top| {
        top.tag("h1").body(|h1| h1.written(&head.title));
        let switch = top.tag("div").class("switch").attr("role", "group");
        switch.body(|switch| {
            for (lang, name) in [(Lang::En, "English"), (Lang::Zh, "中文")] {
                let button = switch.tag("button").attr("type", "button");
                let button = button.attr("data-set", lang.code());
                button.attr("aria-pressed", lang == head.lang).text(name);
            }
        });
    });
    if let Some(warning) = &head.warning {
        let banner = header.tag("p").class("warning").attr("role", "alert");
        banner.body(|banner| banner.written(warning));
    }
    for line in &head.lines {
        header
            .tag("p")
            .class("muted")
            .body(|paragraph| paragraph.written(line));
    }
}

/// A moment in Beijing time, as `2025-06-01 08:00`.
pub(super) fn beijing(at_ms: i64) -> String {
    let at_ms = at_ms.saturating_add(BEIJING_MS);
    let (day, of_day_ms) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
    let (hour, minute) = (of_day_ms / 3_600_000, of_day_ms / 60_000 % 60);
    let (year, month, day) = civil(day);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// Year, month and day of a day since 1970 (H. Hinnant, chrono-compatible low-level date
/// algorithms, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let since = days + 719_468;
    let era = since.div_euclid(146_097);
    let of_era = since.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::beijing;

    #[test]
    fn moments_are_those_of_beijing() {
        assert_eq!(beijing(0), "1970-01-01 08:00");
        // 2025-06-01T00:00:00+08:00.
        assert_eq!(beijing(1_748_707_200_000), "2025-06-01 00:00");
        assert_eq!(beijing(1_709_136_000_000), "2024-02-29 00:00");
        beijing(i64::MAX);
        beijing(i64::MIN);
    }
}
