//! The published rule: each region in turn moves its work to the greenest that are near enough.

use super::CAPACITY;
use super::network::Regions;

/// Mean carbon intensity of all work, in g/kWh, when every region has `base` units of work.
pub(super) fn mean_intensity(regions: &Regions, limit_ms: u32, base: u32) -> f64 {
    let capacity = i64::from(CAPACITY);
    let count = regions.count();
    let mut work = vec![i64::from(base); count];
    for origin in 0..count {
        let mut left = i64::from(base);
        for destination in 0..count {
            if !regions.reaches(origin, destination, limit_ms) || work[destination] > capacity {
                continue;
            }
            let moved = left.min(capacity - work[destination]);
            work[destination] += moved;
            work[origin] -= moved;
            left -= moved;
            if left == 0 {
                break;
            }
        }
        // As in the original: the last region forgets what others have moved to it.
        if origin + 1 == count && left > 0 {
            work[origin] = left;
        }
    }
    let grams = work.iter().zip(&regions.intensity);
    let grams: f64 = grams
        .map(|(work, intensity)| *work as f64 * intensity)
        .sum();
    grams / (f64::from(base) * count as f64)
}
