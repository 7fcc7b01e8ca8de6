//! An area and a curve over time, both shares, that stretch with the page.

use std::fmt::Write;

use crate::report::markup::{Markup, px};

const HEIGHT: f64 = 100.0;

/// The area of one share under the curve of another; parts of the width, each from one share of
/// it to another, are marked.
pub(in crate::report) fn area_and_curve(
    markup: &mut Markup,
    area: &[Option<f64>],
    curve: &[Option<f64>],
    marks: &[(f64, f64)],
) {
    let columns = area.len().max(curve.len()).max(2);
    let view = format!("0 0 {} {HEIGHT}", columns - 1);
    let svg = markup.tag("svg").attr("height", 92).attr("viewBox", view);
    svg.attr("preserveAspectRatio", "none")
        .attr("aria-hidden", true)
        .body(|svg| {
            let width = (columns - 1) as f64;
            for (from, until) in marks {
                let rect = svg.tag("rect").class("mark").attr("height", HEIGHT);
                let rect = rect.attr("x", format!("{:.3}", from * width));
                let wide = ((until - from) * width).max(0.002 * width);
                rect.attr("width", format!("{wide:.3}")).empty();
            }
            for y in [0, 25, 50, 75] {
                let line = svg.tag("line").class("grid-line").attr("x2", columns - 1);
                line.attr("y1", y).attr("y2", y).empty();
            }
            svg.tag("path")
                .class("area")
                .attr("d", path(area, true))
                .empty();
            svg.tag("path")
                .class("curve")
                .attr("d", path(curve, false))
                .empty();
        });
}

/// A line through what is known, closed down to the axis for an area.
fn path(shares: &[Option<f64>], closed: bool) -> String {
    let mut path = String::new();
    let mut begun: Option<usize> = None;
    for (at, share) in shares.iter().chain([&None]).enumerate() {
        match (share, begun) {
            (Some(share), _) => {
                let y = px(HEIGHT * (1.0 - share.clamp(0.0, 1.0)));
                let letter = if begun.is_some() { 'L' } else { 'M' };
                let _ = write!(path, "{letter}{at} {y}");
                begun = begun.or(Some(at));
            }
            (None, Some(from)) => {
                if closed {
                    let _ = write!(path, "V{HEIGHT}H{from}z");
                }
                begun = None;
            }
            (None, None) => {}
        }
    }
    path
}
