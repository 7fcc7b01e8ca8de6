//! Degrees on the wire, millionths of a degree in the model.

use super::error::WireError;

const MICRO: f64 = 1_000_000.0;

/// Latitude and longitude in millionths of a degree; refuses what is no place on Earth.
pub(super) fn from_degrees(latitude: f64, longitude: f64) -> Result<(i64, i64), WireError> {
    Ok((
        micro_degrees("latitude", latitude, 90.0)?,
        micro_degrees("longitude", longitude, 180.0)?,
    ))
}

/// Degrees.
pub(super) fn to_degrees(udeg: i64) -> f64 {
    udeg as f64 / MICRO
}

fn micro_degrees(field: &str, degrees: f64, max: f64) -> Result<i64, WireError> {
    // A NaN is in no range.
    if !(-max..=max).contains(&degrees) {
        return Err(WireError::new(
            field,
            format!("must be between -{max} and {max} degrees"),
        ));
    }
    Ok((degrees * MICRO).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_rounded_and_bounded() {
        assert_eq!(from_degrees(26.4, -106.5), Ok((26_400_000, -106_500_000)));
        assert_eq!(to_degrees(26_400_000), 26.4);
        for (latitude, longitude, field) in [
            (f64::NAN, 0.0, "latitude"),
            (90.5, 0.0, "latitude"),
            (0.0, f64::INFINITY, "longitude"),
            (0.0, -180.1, "longitude"),
        ] {
            assert_eq!(from_degrees(latitude, longitude).unwrap_err().field, field);
        }
    }
}
