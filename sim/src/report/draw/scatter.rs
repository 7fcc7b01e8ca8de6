//! Points over two measures. Text stands beside the drawing, so that it can be read at any width.

use crate::report::markup::{Markup, percent, px};

const HEIGHT: f64 = 210.0;
/// Room beyond the outermost points, as a share of the span.
const MARGIN: f64 = 0.08;

/// One point.
pub(in crate::report) struct Point {
    pub(in crate::report) at: (f64, f64),
    pub(in crate::report) class: String,
    /// For whoever points at it.
    pub(in crate::report) said: String,
}

/// How values of both axes are written.
type Written = (fn(f64) -> String, fn(f64) -> String);

/// Draws them; the axes go from the least to the greatest value and not from zero.
pub(in crate::report) fn draw(markup: &mut Markup, points: &[Point], written: Written) {
    let x = Range::of(points.iter().map(|point| point.at.0));
    let y = Range::of(points.iter().map(|point| point.at.1));
    markup.tag("div").class("chart scatter").body(|chart| {
        chart.tag("div").class("scale").body(|scale| {
            for share in [0.0, 0.5, 1.0] {
                let label = scale
                    .tag("span")
                    .attr("style", format!("top:{}", percent(1.0 - share)));
                label.text(&written.1(y.value(share)));
            }
        });
        chart.tag("div").class("field").body(|field| {
            let svg = field
                .tag("svg")
                .attr("style", format!("height:{}px", px(HEIGHT)));
            svg.attr("role", "img").body(|svg| {
                for share in [0.0, 0.5] {
                    let line = svg.tag("line").class("grid-line").attr("x2", "100%");
                    line.attr("y1", percent(share))
                        .attr("y2", percent(share))
                        .empty();
                }
                for point in points {
                    let (cx, cy) = (x.share(point.at.0), 1.0 - y.share(point.at.1));
                    let radius = if point.class.starts_with("mean") {
                        7
                    } else {
                        3
                    };
                    let circle = svg.tag("circle").class(&point.class).attr("r", radius);
                    let circle = circle.attr("cx", percent(cx)).attr("cy", percent(cy));
                    circle.body(|circle| circle.tag("title").text(&point.said));
                }
            });
        });
        chart.tag("div").class("axis ends").body(|axis| {
            for share in [0.0, 0.5, 1.0] {
                axis.tag("span").text(&written.0(x.value(share)));
            }
        });
    });
}

/// The span of an axis.
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Range {
        let values = values.filter(|value| value.is_finite());
        let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if ends.0 <= ends.1 { ends } else { (0.0, 1.0) };
        let span = (high - low).max(high.abs() * 1e-3).max(1e-9);
        Range {
            low: (low - MARGIN * span).max(if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY }),
            high: high + MARGIN * span,
        }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn value(&self, share: f64) -> f64 {
        self.low + share * (self.high - self.low)
    }
}
