//! The gamma distribution: draws, and how much lies below a value.

use crate::dice::Dice;

/// A gamma distribution; its mean is `shape` × `scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gamma {
    /// α, at least 1 here.
    pub shape: f64,
    /// β.
    pub scale: f64,
}

impl Gamma {
    pub(super) const fn new(shape: f64, scale: f64) -> Gamma {
        Gamma { shape, scale }
    }

    /// A draw, by G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables",
    /// ACM TOMS 26(3), 2000; for shapes of at least 1.
    pub(super) fn draw(&self, dice: &mut Dice) -> f64 {
        let d = self.shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = normal(dice);
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            // `unit` may be 0, whose logarithm accepts, as it should.
            let below = libm::log(dice.unit());
            if below < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                return self.scale * d * v;
            }
        }
    }

    /// The probability of a value below `x`: the incomplete gamma function by its series,
    /// e^-t tᵃ Σ tⁿ ÷ Γ(a + n + 1), which converges for all values (Abramowitz and Stegun, 6.5.29).
    pub(super) fn below(&self, x: f64) -> f64 {
        let (a, t) = (self.shape, x / self.scale);
        if t <= 0.0 {
            return 0.0;
        }
        let mut term = libm::exp(a * libm::log(t) - t - libm::lgamma(a + 1.0));
        let (mut sum, mut n) = (0.0, a);
        while sum + term != sum || n < t {
            sum += term;
            n += 1.0;
            term *= t / n;
        }
        sum.min(1.0)
    }
}

/// A draw of the standard normal distribution: the polar method of Marsaglia and Bray, SIAM Review
/// 6(3), 1964. One of each pair is not used, so that a draw leaves nothing behind.
fn normal(dice: &mut Dice) -> f64 {
    loop {
        let x = 2.0 * dice.unit() - 1.0;
        let y = 2.0 * dice.unit() - 1.0;
        let s = x * x + y * y;
        if s > 0.0 && s < 1.0 {
            return x * libm::sqrt(-2.0 * libm::log(s) / s);
        }
    }
}
