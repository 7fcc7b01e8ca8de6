//! Great-circle distance in whole numbers, so that every replica finds the same one.
//!
//! The haversine formula on a sphere of the Earth's mean radius, in fixed point. Sines come from
//! their Taylor series, whose twelve terms are exact to the last digit kept over a quarter turn.

/// One, in fixed point.
const ONE: i128 = 1_000_000_000_000;
/// Half a turn, in fixed point.
const PI: i128 = 3_141_592_653_590;
/// Half a turn, in millionths of a degree.
const HALF_TURN_UDEG: i128 = 180_000_000;
/// Mean radius of the Earth.
const RADIUS_KM: i128 = 6_371;
/// Nothing on the sphere is farther apart.
const FARTHEST_KM: i64 = 20_015;

/// Distance of two points, each a latitude and a longitude in millionths of a degree, in whole
/// kilometres rounded down. A latitude beyond a pole counts as the pole.
pub fn distance_km(a: (i64, i64), b: (i64, i64)) -> i64 {
    let quarter_udeg = HALF_TURN_UDEG / 2;
    let latitude = |udeg: i64| i128::from(udeg).clamp(-quarter_udeg, quarter_udeg);
    let (north, south) = (
        latitude(a.0).max(latitude(b.0)),
        latitude(a.0).min(latitude(b.0)),
    );
    let turn = (i128::from(a.1) - i128::from(b.1)).rem_euclid(2 * HALF_TURN_UDEG);
    // Both directions round the Earth lead there; the shorter one counts.
    let apart = turn.min(2 * HALF_TURN_UDEG - turn);
    let cosine = |udeg: i128| sine(radians(quarter_udeg - udeg.abs()));
    let circles = cosine(north) * cosine(south) / ONE;
    let haversine = squared(sine(radians((north - south) / 2)))
        + circles * squared(sine(radians(apart / 2))) / ONE;
    let (mut near_km, mut far_km) = (0, FARTHEST_KM + 1);
    while far_km - near_km > 1 {
        let middle_km = (near_km + far_km) / 2;
        let half = i128::from(middle_km) * ONE / (2 * RADIUS_KM);
        match squared(sine(half)) <= haversine {
            true => near_km = middle_km,
            false => far_km = middle_km,
        }
    }
    near_km
}

fn radians(udeg: i128) -> i128 {
    udeg * PI / HALF_TURN_UDEG
}

fn squared(value: i128) -> i128 {
    value * value / ONE
}

/// The sine of an angle of at most a quarter turn.
fn sine(angle: i128) -> i128 {
    let square = squared(angle);
    let mut term = angle;
    let mut sum = angle;
    for step in 1..12 {
        term = -(term * square / ONE) / ((2 * step) * (2 * step + 1));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEIJING: (i64, i64) = (39_904_200, 116_407_400);
    const SHANGHAI: (i64, i64) = (31_230_400, 121_473_700);

    #[test]
    fn known_distances() {
        // Great circles between the cities' usual coordinates.
        assert_eq!(distance_km(BEIJING, SHANGHAI), 1_067);
        assert_eq!(distance_km((0, 0), (0, 90_000_000)), 10_007);
        assert_eq!(distance_km((0, 0), (0, 180_000_000)), FARTHEST_KM);
        assert_eq!(distance_km((90_000_000, 0), (-90_000_000, 0)), FARTHEST_KM);
        assert_eq!(distance_km(BEIJING, BEIJING), 0);
        // The short way crosses the date line.
        assert_eq!(distance_km((0, 179_000_000), (0, -179_000_000)), 222);
    }

    #[test]
    fn it_agrees_with_floating_point() {
        let radians = |udeg: i64| (udeg as f64 / 1e6).to_radians();
        let float_km = |a: (i64, i64), b: (i64, i64)| {
            let (north, south) = (radians(a.0), radians(b.0));
            let half = |angle: f64| (angle / 2.0).sin().powi(2);
            let h =
                half(north - south) + north.cos() * south.cos() * half(radians(a.1) - radians(b.1));
            2.0 * 6371.0 * h.sqrt().min(1.0).asin()
        };
        let mut seed: i64 = 1;
        let mut draw = |range: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 16).rem_euclid(2 * range) - range
        };
        for _ in 0..2_000 {
            let a = (draw(90_000_000), draw(180_000_000));
            let b = (draw(90_000_000), draw(180_000_000));
            let (whole, float) = (distance_km(a, b) as f64, float_km(a, b));
            // Near the far side of the Earth a kilometre changes little of the sine.
            assert!(
                (-0.5..1.5).contains(&(float - whole)),
                "{a:?} {b:?}: {whole} {float}"
            );
            assert_eq!(distance_km(a, b), distance_km(b, a));
        }
    }

    #[test]
    fn nonsense_stays_in_range() {
        let far = (i64::MAX, i64::MIN);
        assert!((0..=FARTHEST_KM).contains(&distance_km(far, BEIJING)));
        assert!((0..=FARTHEST_KM).contains(&distance_km((i64::MIN, i64::MAX), far)));
    }
}
