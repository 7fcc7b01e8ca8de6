//! One row of a heat map. Equal neighbours become one rectangle, and all rectangles of a level one
//! path, so that a row of 120 columns takes a few hundred bytes.

use std::fmt::Write;

use super::{USE_LEVELS, use_level};
use crate::report::markup::Markup;

/// A row of shares of capacity.
pub(in crate::report) fn row(markup: &mut Markup, shares: &[Option<f64>]) {
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
