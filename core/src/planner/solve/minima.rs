//! The least number of any stretch of a list, from tables that are made once.

/// `levels[k][at]`: the least of the `2^k` numbers from `at` on.
pub(super) struct Minima {
    levels: Vec<Vec<i64>>,
}

impl Minima {
    pub(super) fn new(numbers: &[i64]) -> Minima {
        let mut levels = vec![numbers.to_vec()];
        let mut half = 1;
        while let Some(below) = levels.last().filter(|below| below.len() > half) {
            let pairs = below.iter().zip(&below[half..]);
            levels.push(pairs.map(|(a, b)| *a.min(b)).collect());
            half *= 2;
        }
        Minima { levels }
    }

    /// The least from `first` to `last`, which is not before it.
    pub(super) fn between(&self, first: usize, last: usize) -> i64 {
        let level = (last + 1 - first).ilog2() as usize;
        let of = &self.levels[level];
        of[first].min(of[last + 1 - (1 << level)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_has_its_least() {
        let numbers = [5, 3, 8, -1, 7, 7, 0, 2, 9, 4, 4];
        for length in 1..=numbers.len() {
            let minima = Minima::new(&numbers[..length]);
            for first in 0..length {
                for last in first..length {
                    let least = numbers[first..=last].iter().min();
                    assert_eq!(Some(&minima.between(first, last)), least);
                }
            }
        }
    }
}
