//! Curves and areas over time or over another width, with an axis on the left that carries its
//! unit. What stretches carries no text; ticks stand beside it, so that any width can be read.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::report::markup::{Markup, percent, px};

/// The drawing's own width and height; it is stretched over the room there is.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 1000.0;
/// Most ticks of the axis on the left, the lowest one apart.
const TICKS_MAX: f64 = 4.0;

/// A span of the width that is marked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// Shares of the width.
    pub(super) from: f64,
    pub(super) until: f64,
}

/// One curve.
pub(super) struct Layer {
    /// Class of its colour.
    pub(super) class: String,
    /// Filled down to the axis.
    pub(super) area: bool,
    /// One value a column; each holds over its column.
    pub(super) values: Vec<Option<f64>>,
}

/// What a script says where the pointer is.
pub(super) struct Tip<'c> {
    pub(super) name: (&'c str, &'c str),
    /// As it is to be read, one a column.
    pub(super) values: Vec<String>,
}

/// A drawing.
pub(super) struct Chart<'c> {
    /// In pixels.
    pub(super) height: u32,
    /// The value at the top.
    pub(super) top: f64,
    /// How values on the left are written.
    pub(super) written: fn(f64) -> String,
    pub(super) marks: &'c [Mark],
    /// The first is drawn first.
    pub(super) layers: Vec<Layer>,
    pub(super) tips: Vec<Tip<'c>>,
    /// What columns are called; empty: they are frames of time.
    pub(super) columns: Vec<String>,
}

impl Chart<'_> {
    /// Draws it above an axis.
    pub(super) fn draw(&self, markup: &mut Markup, axis: impl FnOnce(&mut Markup)) {
        markup.tag("div").class("chart").body(|chart| {
            chart
                .tag("div")
                .class("scale")
                .body(|scale| self.scale(scale));
            let field = chart.tag("div").class("field");
            let field = match self.tips.is_empty() {
                true => field,
                false => field.attr("data-tips", self.tips_json()),
            };
            field.body(|field| self.field(field));
            chart.tag("div").class("axis").body(axis);
        });
    }

    fn ticks(&self) -> Vec<f64> {
        let step = step_of(self.top);
        let count = (self.top / step + 1e-9) as usize;
        (0..=count).map(|tick| tick as f64 * step).collect()
    }

    fn scale(&self, scale: &mut Markup) {
        for tick in self.ticks() {
            let top = percent(1.0 - tick / self.top);
            let label = scale.tag("span").attr("style", format!("top:{top}"));
            label.text(&(self.written)(tick));
        }
    }

    fn field(&self, field: &mut Markup) {
        let svg = field
            .tag("svg")
            .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"));
        let svg = svg
            .attr("preserveAspectRatio", "none")
            .attr("height", self.height);
        svg.attr("aria-hidden", true).body(|svg| {
            for mark in self.marks {
                let width = (mark.until - mark.from).max(0.002) * WIDTH;
                let rect = svg
                    .tag("rect")
                    .class("mark")
                    .attr("x", px(mark.from * WIDTH));
                rect.attr("width", px(width)).attr("height", HEIGHT).empty();
            }
            for tick in self.ticks() {
                let y = px(HEIGHT * (1.0 - tick / self.top));
                let line = svg.tag("line").class("grid-line").attr("x2", WIDTH);
                line.attr("y1", &y).attr("y2", &y).empty();
            }
            for layer in &self.layers {
                let kind = if layer.area { "fill" } else { "line" };
                let path = svg.tag("path").class(format!("{kind} {}", layer.class));
                path.attr("d", self.path(layer)).empty();
            }
        });
    }

    /// Steps through what is known. Equal neighbours take no room.
    fn path(&self, layer: &Layer) -> String {
        let (mut path, mut held) = (String::new(), None);
        let columns = layer.values.len().max(1) as f64;
        let x = |at: usize| px(at as f64 / columns * WIDTH);
        let mut begun = 0;
        for (at, value) in layer.values.iter().chain([&None]).enumerate() {
            let y = value.map(|value| px(HEIGHT * (1.0 - (value / self.top).clamp(0.0, 1.0))));
            match (&held, &y) {
                (None, Some(y)) => {
                    begun = at;
                    let _ = write!(path, "M{} {y}", x(at));
                }
                (Some(before), Some(y)) if before != y => {
                    let _ = write!(path, "H{}V{y}", x(at));
                }
                (Some(_), None) => {
                    let _ = write!(path, "H{}", x(at));
                    if layer.area {
                        let _ = write!(path, "V{HEIGHT}H{}z", x(begun));
                    }
                }
                _ => {}
            }
            held = y;
        }
        path
    }

    fn tips_json(&self) -> String {
        let tips = self.tips.iter();
        let tips = tips.map(|tip| json!([tip.name.0, tip.name.1, tip.values]));
        json!({ "columns": self.columns, "rows": tips.collect::<Vec<Value>>() }).to_string()
    }
}

/// The least round value that is not below; 1 for nothing.
pub(super) fn round_top(most: f64) -> f64 {
    if !most.is_finite() || most <= 0.0 {
        return 1.0;
    }
    let step = step_of(most);
    (most / step).ceil() * step
}

/// Distance of ticks: 1, 2 or 5 times a power of ten.
fn step_of(top: f64) -> f64 {
    let mut step = 1e-6;
    loop {
        for factor in [1.0, 2.0, 5.0] {
            if top / (step * factor) <= TICKS_MAX + 1e-9 || step > 1e15 {
                return step * factor;
            }
        }
        step *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_values() {
        for (most, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (0.83, 1.0),
            (17.0, 20.0),
            (361.0, 400.0),
        ] {
            assert!((round_top(most) - top).abs() < 1e-9, "{most}");
        }
        assert!(step_of(f64::MAX) > 0.0);
    }

    #[test]
    fn a_curve_breaks_where_nothing_is_known() {
        let chart = Chart {
            height: 10,
            top: 1.0,
            written: |value| value.to_string(),
            marks: &[],
            layers: Vec::new(),
            tips: Vec::new(),
            columns: Vec::new(),
        };
        let layer = |area| Layer {
            class: String::new(),
            area,
            values: vec![Some(1.0), Some(1.0), None, Some(0.5)],
        };
        assert_eq!(chart.path(&layer(false)), "M0 0H500M750 500H1000");
        assert_eq!(
            chart.path(&layer(true)),
            "M0 0H500V1000H0zM750 500H1000V1000H750z"
        );
    }
}
