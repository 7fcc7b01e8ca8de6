//! Samples brought to a common grid of time.

/// Most columns a drawing over time has.
pub(super) const COLUMNS_MAX: usize = 120;

/// A span of time cut into equal columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    start_ms: i64,
    step_ms: i64,
    /// Number of columns, at least 1.
    pub(super) columns: usize,
}

/// How several values in one column become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Weighted by how long each holds.
    Mean,
    /// The highest.
    Peak,
}

impl Grid {
    /// Columns over a span; as many as there may be, each a second at least.
    pub(super) fn over(start_ms: i64, end_ms: i64) -> Grid {
        let span_ms = end_ms.saturating_sub(start_ms).max(1);
        let columns = (span_ms / 1000).clamp(1, COLUMNS_MAX as i64);
        let step_ms = (span_ms as u64).div_ceil(columns as u64) as i64;
        Grid {
            start_ms,
            step_ms,
            columns: columns as usize,
        }
    }

    /// Length of the whole span.
    pub(super) fn span_ms(&self) -> i64 {
        self.step_ms.saturating_mul(self.columns as i64)
    }

    /// One value a column. A sample holds until the next one; before the first there is nothing.
    pub(super) fn resample(&self, samples: &[(i64, f64)], of: Of) -> Vec<Option<f64>> {
        let mut next = 0;
        let mut held = None;
        let column = |at: usize| {
            let from_ms = self
                .start_ms
                .saturating_add(self.step_ms.saturating_mul(at as i64));
            let to_ms = from_ms.saturating_add(self.step_ms);
            let mut fold = Fold::new(from_ms, held);
            while let Some((at_ms, value)) = samples.get(next).filter(|(at, _)| *at < to_ms) {
                fold.change(*at_ms, *value);
                next += 1;
            }
            held = fold.held;
            fold.finish(to_ms, of)
        };
        (0..self.columns).map(column).collect()
    }
}

/// One column being filled.
struct Fold {
    since_ms: i64,
    held: Option<f64>,
    peak: Option<f64>,
    area: f64,
    length: f64,
}

impl Fold {
    fn new(from_ms: i64, held: Option<f64>) -> Fold {
        Fold {
            since_ms: from_ms,
            held,
            peak: held,
            area: 0.0,
            length: 0.0,
        }
    }

    fn change(&mut self, at_ms: i64, value: f64) {
        self.hold_until(at_ms);
        self.held = Some(value);
        self.peak = Some(self.peak.map_or(value, |peak| peak.max(value)));
    }

    fn hold_until(&mut self, at_ms: i64) {
        let length = at_ms.saturating_sub(self.since_ms).max(0) as f64;
        if let Some(held) = self.held {
            self.area += held * length;
            self.length += length;
        }
        self.since_ms = self.since_ms.max(at_ms);
    }

    fn finish(mut self, to_ms: i64, of: Of) -> Option<f64> {
        self.hold_until(to_ms);
        match of {
            Of::Peak => self.peak,
            Of::Mean if self.length > 0.0 => Some(self.area / self.length),
            Of::Mean => self.held,
        }
    }
}

/// The mean of what is known.
pub(super) fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known = values.iter().flatten();
    let count = known.clone().count();
    (count > 0).then(|| known.sum::<f64>() / count as f64)
}

/// The highest of what is known.
pub(super) fn peak(values: &[Option<f64>]) -> Option<f64> {
    values.iter().flatten().copied().reduce(f64::max)
}
