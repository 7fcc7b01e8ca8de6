//! How values spread: a line from end to end, a box around the middle half, a mark at the median.

use crate::report::markup::{Markup, percent};

/// Places on the width, each a share of it.
pub(in crate::report) struct Spread {
    /// The lowest value.
    pub(in crate::report) low: f64,
    /// The first quartile.
    pub(in crate::report) first: f64,
    /// The median.
    pub(in crate::report) median: f64,
    /// The third quartile.
    pub(in crate::report) third: f64,
    /// The highest value.
    pub(in crate::report) high: f64,
}

/// One row.
pub(in crate::report) fn row(markup: &mut Markup, spread: &Spread) {
    markup
        .tag("svg")
        .attr("height", 20)
        .attr("aria-hidden", true)
        .body(|svg| {
            let track = svg
                .tag("rect")
                .class("track")
                .attr("y", 9.5)
                .attr("width", "100%");
            track.attr("height", 1).empty();
            line(svg, "whisker", (spread.low, spread.high), (10, 10));
            line(svg, "whisker", (spread.low, spread.low), (6, 14));
            line(svg, "whisker", (spread.high, spread.high), (6, 14));
            svg.tag("rect")
                .class("box")
                .attr("x", percent(spread.first))
                .attr("y", 3)
                .attr("width", percent(spread.third - spread.first))
                .attr("height", 14)
                .empty();
            line(svg, "median", (spread.median, spread.median), (2, 18));
        });
}

fn line(svg: &mut Markup, class: &str, (x1, x2): (f64, f64), (y1, y2): (i32, i32)) {
    svg.tag("line")
        .class(class)
        .attr("x1", percent(x1))
        .attr("x2", percent(x2))
        .attr("y1", y1)
        .attr("y2", y2)
        .empty();
}
