//! One row of a heat map. Equal neighbours become one rectangle, and all rectangles of a level one
//! path, so that a row of 120 columns takes a few hundred bytes.

use std::fmt::Write;

use super::{USE_LEVELS, use_level};
use crate::report::markup::Markup;

/// A row of shares of capacity.
pub(in crate::report) fn row(markup: &mut Markup, shares: &[Option<f64>]) {
    row_with_faults(markup, shares, &[]);
}

/// The same; columns with a fault are marked along their foot.
pub(in crate::report) fn row_with_faults(
    markup: &mut Markup,
    shares: &[Option<f64>],
    faults: &[bool],
) {
    let levels: Vec<usize> = shares
        .iter()
        .map(|share| use_level(share.unwrap_or(0.0)))
        .collect();
    let view = format!("0 0 {} 1", shares.len().max(1));
    let svg = markup.tag("svg").attr("height", 14).attr("viewBox", view);
    svg.attr("preserveAspectRatio", "none")
        .attr("aria-hidden", true)
        .body(|svg| {
            svg.tag("rect")
                .class("use0")
                .attr("width", "100%")
                .attr("height", 1)
                .empty();
            for level in 1..USE_LEVELS {
                let path = runs(&levels, level);
                if !path.is_empty() {
                    svg.tag("path")
                        .class(format!("use{level}"))
                        .attr("d", path)
                        .empty();
                }
            }
            let faults: Vec<usize> = faults.iter().map(|faulty| usize::from(*faulty)).collect();
            let path = runs(&faults, 1);
            if !path.is_empty() {
                let path = svg.tag("path").class("fault").attr("d", path);
                path.attr("transform", "translate(0 0.72) scale(1 0.28)")
                    .empty();
            }
        });
}

/// Rectangles over every run of a level.
fn runs(levels: &[usize], level: usize) -> String {
    let mut path = String::new();
    let mut at = 0;
    while at < levels.len() {
        let length = levels[at..]
            .iter()
            .take_while(|known| **known == level)
            .count();
        if length > 0 {
            let _ = write!(path, "M{at} 0h{length}v1h-{length}z");
        }
        at += length.max(1);
    }
    path
}
