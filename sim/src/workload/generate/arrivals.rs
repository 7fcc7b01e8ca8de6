//! When jobs are submitted: by the hour of the day where the owner is.

use ewc_core::command::RegionDefinition;
use ewc_core::model::WorkloadClass;

use super::Mix;
use crate::dice::Dice;

const HOUR_MS: i64 = 3_600_000;
/// Beijing time is eight hours ahead of the network's clock.
const BEIJING_MS: i64 = 8 * HOUR_MS;
/// The meridian of Beijing time, and what a degree west of it delays the day.
const MERIDIAN_UDEG: i64 = 120_000_000;
const MS_PER_DEGREE: i64 = HOUR_MS / 15;
/// Parts of the span that are told apart.
const PARTS: i64 = 96;

/// Relative numbers of submissions by the hour of the day, all A: people's day for what serves
/// them, office hours for training, the evening for rendering, the night for backup and reports.
#[rustfmt::skip]
const PEOPLE: [i64; 24] = [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 9, 10, 10, 9, 9, 10, 12, 12, 11, 8, 5];
#[rustfmt::skip]
const OFFICE: [i64; 24] = [3, 2, 2, 1, 1, 1, 2, 4, 8, 12, 12, 10, 6, 9, 12, 12, 11, 10, 8, 6, 5, 5, 4, 4];
#[rustfmt::skip]
const EVENING: [i64; 24] = [6, 4, 3, 2, 1, 1, 2, 3, 4, 6, 6, 6, 5, 6, 7, 7, 8, 10, 12, 12, 11, 10, 9, 8];
#[rustfmt::skip]
const NIGHT: [i64; 24] = [12, 12, 11, 10, 8, 6, 4, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 7, 8, 9, 11, 12];

/// Draws a submission within the span.
pub(super) fn submit_ms(
    dice: &mut Dice,
    mix: &Mix,
    class: WorkloadClass,
    region: &RegionDefinition,
) -> i64 {
    let hours = by_hour(class);
    let part_start = |part: i64| part * mix.span_ms / PARTS;
    let weight = |part: i64| hours[local_hour(mix.start_ms + part_start(part), region)];
    let part = dice.weighted((0..PARTS).map(weight)).unwrap_or(0) as i64;
    let offset_ms = dice.between(part_start(part), part_start(part + 1) - 1);
    mix.start_ms + offset_ms
}

fn by_hour(class: WorkloadClass) -> &'static [i64; 24] {
    match class {
        WorkloadClass::Realtime | WorkloadClass::NearRealtime => &PEOPLE,
        WorkloadClass::Train => &OFFICE,
        WorkloadClass::Render => &EVENING,
        WorkloadClass::BatchOffline | WorkloadClass::StorageBackup => &NIGHT,
    }
}

/// Hour of the solar day, which people in the west keep whatever the clock says.
fn local_hour(at_ms: i64, region: &RegionDefinition) -> usize {
    let west_udeg = MERIDIAN_UDEG - region.longitude_udeg;
    let later_ms = west_udeg * MS_PER_DEGREE / 1_000_000;
    let hour = (at_ms + BEIJING_MS - later_ms).div_euclid(HOUR_MS);
    hour.rem_euclid(24) as usize
}
