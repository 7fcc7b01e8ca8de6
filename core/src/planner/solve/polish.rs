//! Steps at the top: what the price iteration leaves of a small model's dual value.
//!
//! Few classes leave the dual with sharp edges, at which a price that moves with its own row's
//! excess comes to rest too early. Subgradient steps do not: each is as long as it would have to be
//! if the best value were a little above the best one found (B. Polyak, "Minimization of unsmooth
//! functionals", USSR Computational Mathematics 9, 1969), and that little shrinks whenever it turns
//! out to be too much (J.-L. Goffin, K. Kiwiel, "Convergence of a simple subgradient level method",
//! Mathematical Programming 85, 1999). Prices are measured by what all of a row is worth in a slot.

/// How far above the best value found the best one may be at first, as a share; how much of that is
/// left when it is lowered; and at last.
const LEVEL: f64 = 0.2;
const LOWERED: f64 = 0.6;
const LEVEL_MIN: f64 = 2e-5;
/// How far a direction is turned away from the one before (P. Camerini, L. Fratta, F. Maffioli, "On
/// improving relaxation methods by modified gradient techniques", Mathematical Programming Study 3,
/// 1975).
const TURN: f64 = 1.5;
/// Steps without a gain until the level is lowered.
const STALLED: u32 = 150;

/// A climb to the top.
#[derive(Clone)]
pub(super) struct Polish {
    level: f64,
    stalled: u32,
    /// Of the last step, by row and slot.
    direction: Vec<f64>,
}

impl Polish {
    pub(super) fn new() -> Polish {
        Polish {
            level: LEVEL,
            stalled: 0,
            direction: Vec::new(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.level < LEVEL_MIN
    }

    /// Notes whether a step was worth it. True when the climb goes on from the best prices.
    pub(super) fn note(&mut self, gained: bool) -> bool {
        self.stalled = if gained { 0 } else { self.stalled + 1 };
        let lower = self.stalled >= STALLED;
        if lower {
            (self.level, self.stalled) = (self.level * LOWERED, 0);
            self.direction.clear();
        }
        lower
    }

    /// Moves the prices, where all of them together are worth `value` and the best ones `best`.
    /// `excess` is what each row and slot lacks and `scale` one over what it has.
    pub(super) fn step(
        &mut self,
        prices: &mut [f64],
        (value, best): (f64, f64),
        excess: impl Fn(usize) -> f64,
        scale: &[f64],
    ) {
        self.direction.resize(prices.len(), 0.0);
        let counts = |at: usize, price: f64| price > 0.0 || excess(at) > 0.0;
        let of = |at: usize, price: f64| if counts(at, price) { excess(at) } else { 0.0 };
        let (mut along, mut before) = (0.0, 0.0);
        for (at, direction) in self.direction.iter().enumerate() {
            along += of(at, prices[at]) * direction;
            before += direction * direction;
        }
        // What points back is turned away from the last direction.
        let turn = if along < 0.0 {
            -TURN * along / before
        } else {
            0.0
        };
        let mut norm = 0.0;
        for (at, direction) in self.direction.iter_mut().enumerate() {
            *direction = of(at, prices[at]) + turn * *direction;
            norm += *direction * *direction;
        }
        if norm <= 0.0 {
            return;
        }
        let target = best + self.level * best.abs().max(1.0);
        let length = (target - value) / norm;
        let moves = self.direction.iter().zip(scale);
        for (price, (direction, scale)) in prices.iter_mut().zip(moves) {
            *price = (*price + length * direction * scale).max(0.0);
        }
    }
}
