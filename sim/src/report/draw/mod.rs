//! Drawings, as inline SVG without any text that could not be read at the width of a telephone:
//! what stretches carries no text, and what carries text has its labels placed with care.

pub(super) mod axis;
pub(super) mod bars;
pub(super) mod heat;
pub(super) mod labels;
pub(super) mod map;
pub(super) mod plot;
pub(super) mod scatter;
pub(super) mod spread;

/// Levels of a share of renewables, from poor to rich.
pub(super) const GREEN_LEVELS: usize = 5;
/// Levels of use, the first one for none.
pub(super) const USE_LEVELS: usize = 6;

/// Level of a share of renewables.
pub(super) fn green_level(share: f64) -> usize {
    ((share * GREEN_LEVELS as f64) as usize).min(GREEN_LEVELS - 1)
}

/// Level of a share of capacity in use.
pub(super) fn use_level(share: f64) -> usize {
    if share <= 0.0 {
        return 0;
    }
    1 + ((share * 5.0) as usize).min(USE_LEVELS - 2)
}
