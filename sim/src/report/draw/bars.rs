//! Horizontal bars that stretch with the page.

use crate::report::markup::{Markup, percent};

/// A part of a bar.
pub(in crate::report) struct Part {
    /// Class of its colour.
    pub(in crate::report) class: String,
    /// Share of the whole width.
    pub(in crate::report) share: f64,
    /// What it is, for whoever points at it.
    pub(in crate::report) title: String,
}

/// Parts one behind the other.
pub(in crate::report) fn stacked(markup: &mut Markup, parts: &[Part]) {
    markup
        .tag("svg")
        .attr("height", 20)
        .attr("role", "img")
        .body(|svg| {
            svg.tag("rect")
                .class("track")
                .attr("y", 2)
                .attr("width", "100%")
                .attr("height", 16)
                .empty();
            let mut from = 0.0;
            for part in parts.iter().filter(|part| part.share > 0.0) {
                svg.tag("rect")
                    .class(&part.class)
                    .attr("x", percent(from))
                    .attr("y", 2)
                    .attr("width", percent(part.share))
                    .attr("height", 16)
                    .body(|rect| rect.tag("title").text(&part.title));
                from += part.share;
            }
        });
}

/// A square of a colour, for legends.
pub(in crate::report) fn swatch(markup: &mut Markup, class: &str) {
    markup
        .tag("svg")
        .attr("viewBox", "0 0 12 12")
        .attr("aria-hidden", true)
        .body(|svg| {
            svg.tag("rect")
                .class(class)
                .attr("width", 12)
                .attr("height", 12)
                .attr("rx", 2)
                .empty();
        });
}
