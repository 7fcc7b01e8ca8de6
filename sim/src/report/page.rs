//! The page around the sections.

use super::data::RunReport;
use super::format;
use super::markup::Markup;
use super::sections::{self, Section};
use super::words;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The page may load nothing, from anywhere.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The whole page.
pub(super) fn page(report: &RunReport) -> String {
    let mut markup = Markup::default();
    markup.verbatim("<!DOCTYPE html>\n");
    // English is shown where scripts are not run.
    markup
        .tag("html")
        .attr("lang", "en")
        .attr("data-lang", "en")
        .body(|html| {
            html.tag("head").body(|head| write_head(head, report));
            html.tag("body").body(|body| {
                body.tag("header")
                    .body(|header| write_header(header, report));
                body.tag("main").body(|main| {
                    for section in sections::ALL {
                        write_section(main, report, section);
                    }
                });
                body.tag("footer").body(|footer| {
                    let text = format!("ewc {} · report.json", report.version);
                    footer.text(&text);
                });
                body.tag("script").body(|script| script.verbatim(SCRIPT));
            });
        });
    markup.finish()
}

fn write_head(head: &mut Markup, report: &RunReport) {
    head.tag("meta").attr("charset", "utf-8").empty();
    let policy = head
        .tag("meta")
        .attr("http-equiv", "Content-Security-Policy");
    policy.attr("content", CONTENT_POLICY).empty();
    let viewport = head.tag("meta").attr("name", "viewport");
    viewport
        .attr("content", "width=device-width, initial-scale=1")
        .empty();
    head.tag("title").text(&report.title.en);
    head.tag("style").body(|style| style.verbatim(STYLE));
}

fn write_header(header: &mut Markup, report: &RunReport) {
    header.tag("div").class("top").body(|top| {
        top.tag("h1").body(|h1| h1.written(&report.title));
        top.tag("div")
            .class("switch")
            .attr("role", "group")
            .body(|switch| {
                for (lang, name) in [("en", "English"), ("zh", "中文")] {
                    let button = switch
                        .tag("button")
                        .attr("type", "button")
                        .attr("data-set", lang);
                    button.attr("aria-pressed", lang == "en").text(name);
                }
            });
    });
    header.tag("p").class("muted").body(|line| {
        line.words(words::MADE_AT);
        line.text(&format!(" {} · ", report.made_at));
        line.words(words::COVERS);
        let span_ms = report.end_ms.saturating_sub(report.start_ms);
        line.text(&format!(" {} ", format::duration(span_ms)));
        line.words(words::NETWORK_TIME);
        line.text(" · ");
        line.words(words::SEED);
        line.text(&format!(" {}", report.seed));
    });
}

fn write_section(main: &mut Markup, report: &RunReport, section: &Section) {
    main.tag("section").attr("id", section.id).body(|body| {
        body.tag("h2").words(section.title);
        (section.write)(body, report);
    });
}
