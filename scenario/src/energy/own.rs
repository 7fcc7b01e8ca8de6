//! What a site has beside the grid: panels and turbines of its own, and a battery.
//!
//! Sizes are compared with the site's full load, all nodes at full power times its PUE, and change
//! what a unit of energy used there is made of (A):
//!
//! * generation covers a share of every unit, by the hour, at no price and without emissions. What
//!   is more than the full load is lost;
//! * the battery is charged in the cheapest hours of each day and covers its share in the dearest,
//!   as far as that pays after its losses. What it gives costs and emits what it was charged with.

use ewc_core::model::EnergyPoint;

/// Most hours of a day in which a battery gives.
const GIVING_HOURS_MAX: i64 = 12;

/// A site's own supply, as installed. Zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnSupply {
    /// Peak power of its panels.
    pub solar_watts: i64,
    /// Rated power of its turbines.
    pub wind_watts: i64,
    /// What its battery gives when it was full.
    pub battery_watt_hours: i64,
    /// How fast.
    pub battery_watts: i64,
    /// What comes out of what goes in; zero counts as all of it.
    pub battery_efficiency_permille: u32,
}

/// The same as shares of the site's full load, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnShares {
    /// Peak power of its panels; may exceed 1000.
    pub solar_permille: i64,
    /// Rated power of its turbines; may exceed 1000.
    pub wind_permille: i64,
    /// Power of its battery, at most 1000.
    pub battery_permille: i64,
    /// How long it gives that power, in thousandths of an hour.
    pub giving_hours_milli: i64,
    /// How long it is charged for that.
    pub taking_hours_milli: i64,
    /// What comes out of what goes in.
    pub efficiency_permille: i64,
}

impl OwnSupply {
    /// The shares at a site of this full load. Without a load there are none, nor with nothing
    /// installed.
    #[must_use]
    pub fn of_load(&self, watts: i64) -> OwnShares {
        if watts <= 0 || *self == Self::default() {
            return OwnShares::default();
        }
        let share = |own: i64| narrow(i128::from(own.max(0)) * 1000 / i128::from(watts));
        let efficiency_permille = match self.battery_efficiency_permille {
            0 => 1000,
            permille => i64::from(permille.min(1000)),
        };
        // A battery stronger than the load gives for longer.
        let power = self.battery_watts.clamp(0, watts);
        let hours_milli = match power {
            0 => 0,
            power => narrow(i128::from(self.battery_watt_hours.max(0)) * 1000 / i128::from(power)),
        };
        let giving_hours_milli = hours_milli.min(GIVING_HOURS_MAX * 1000);
        OwnShares {
            solar_permille: share(self.solar_watts),
            wind_permille: share(self.wind_watts),
            battery_permille: share(power),
            giving_hours_milli,
            taking_hours_milli: giving_hours_milli * 1000 / efficiency_permille,
            efficiency_permille,
        }
    }
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX / 1_000_000)
}

impl OwnShares {
    pub(super) fn has_battery(&self) -> bool {
        self.battery_permille > 0 && self.giving_hours_milli > 0
    }

    /// The point when generation of such capacity factors, in millionths, covers its share.
    pub(super) fn covered(&self, point: EnergyPoint, sun: i64, wind: i64) -> EnergyPoint {
        let made = self.solar_permille.saturating_mul(sun);
        let made = made.saturating_add(self.wind_permille.saturating_mul(wind));
        let own = (made / 1_000_000).clamp(0, 1000);
        let grid = 1000 - own;
        let renewable = i64::from(point.renewable_permille) * grid / 1000 + own;
        EnergyPoint {
            renewable_permille: renewable as u32,
            grid_mg_per_wh: point.grid_mg_per_wh * grid / 1000,
            price_micro_cny_per_kwh: point.price_micro_cny_per_kwh * grid / 1000,
            ..point
        }
    }

    /// The point of this hour of a day when the battery gives what it took in the same day.
    pub(super) fn buffered(&self, day: &[EnergyPoint], hour: usize) -> EnergyPoint {
        let mut by_price: Vec<usize> = (0..day.len()).collect();
        let rank = |at: &usize| {
            let point = &day[*at];
            (point.price_micro_cny_per_kwh, point.grid_mg_per_wh, *at)
        };
        by_price.sort_unstable_by_key(rank);
        let point = day[hour];
        let dearer = by_price.iter().rev().position(|at| *at == hour);
        let before = dearer.unwrap_or(day.len()) as i64 * 1000;
        let gives = (self.giving_hours_milli - before).clamp(0, 1000);
        let share = self.battery_permille * gives / 1000;
        let taken = |of: fn(&EnergyPoint) -> i64| self.taken(day, &by_price, of);
        let price = taken(|point| point.price_micro_cny_per_kwh) * 1000 / self.efficiency_permille;
        if share == 0 || price >= point.price_micro_cny_per_kwh {
            return point;
        }
        let grid = taken(|point| point.grid_mg_per_wh) * 1000 / self.efficiency_permille;
        let renewable = taken(|point| i64::from(point.renewable_permille));
        let mix = |own: i64, stored: i64| (own * (1000 - share) + stored * share) / 1000;
        EnergyPoint {
            renewable_permille: mix(i64::from(point.renewable_permille), renewable) as u32,
            grid_mg_per_wh: mix(point.grid_mg_per_wh, grid),
            price_micro_cny_per_kwh: mix(point.price_micro_cny_per_kwh, price),
            ..point
        }
    }

    /// The mean of the hours in which it is charged.
    fn taken(&self, day: &[EnergyPoint], by_price: &[usize], of: fn(&EnergyPoint) -> i64) -> i64 {
        let mut left = self.taking_hours_milli.min(day.len() as i64 * 1000);
        let (mut sum, mut hours) = (0_i128, 0_i128);
        for at in by_price {
            let part = left.clamp(0, 1000);
            left -= part;
            sum += i128::from(of(&day[*at])) * i128::from(part);
            hours += i128::from(part);
        }
        narrow(sum / hours.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::{generate, presets};

    /// Midnight of a day in July in Beijing.
    const JULY_MS: i64 = 1_751_817_600_000;
    const LOAD_WATTS: i64 = 1_000_000;

    fn day(own: OwnSupply) -> Vec<EnergyPoint> {
        let mut profile = presets::by_name("hebei").unwrap();
        profile.own = own.of_load(LOAD_WATTS);
        generate(&profile, JULY_MS, 24)
    }

    #[test]
    fn panels_help_at_noon_and_not_at_night() {
        let (without, with) = (
            day(OwnSupply::default()),
            day(OwnSupply {
                solar_watts: LOAD_WATTS,
                ..OwnSupply::default()
            }),
        );
        assert_eq!(without[1], with[1]);
        // Hebei's mean capacity factor of sun is 159, at one o'clock in July 159 · 3.27 · 1.12.
        let share = 582;
        let noon = (&without[13], &with[13]);
        assert_eq!(
            noon.1.grid_mg_per_wh,
            noon.0.grid_mg_per_wh * (1000 - share) / 1000
        );
        assert!(noon.1.price_micro_cny_per_kwh < noon.0.price_micro_cny_per_kwh);
        assert!(noon.1.renewable_permille > noon.0.renewable_permille);
    }

    #[test]
    fn a_battery_moves_cheap_hours_into_dear_ones() {
        let battery = OwnSupply {
            battery_watt_hours: 2 * LOAD_WATTS,
            battery_watts: LOAD_WATTS,
            battery_efficiency_permille: 800,
            ..OwnSupply::default()
        };
        let (without, with) = (day(OwnSupply::default()), day(battery));
        let changed: Vec<usize> = (0..24)
            .filter(|hour| without[*hour] != with[*hour])
            .collect();
        assert_eq!(changed.len(), 2, "two hours at full load");
        let valley = without
            .iter()
            .map(|point| point.price_micro_cny_per_kwh)
            .min()
            .unwrap();
        for hour in changed {
            let dearest = without
                .iter()
                .map(|point| point.price_micro_cny_per_kwh)
                .max();
            assert_eq!(Some(without[hour].price_micro_cny_per_kwh), dearest);
            assert_eq!(with[hour].price_micro_cny_per_kwh, valley * 10 / 8);
        }
    }

    #[test]
    fn a_battery_that_loses_more_than_it_gains_rests() {
        let battery = OwnSupply {
            battery_watt_hours: LOAD_WATTS,
            battery_watts: LOAD_WATTS,
            battery_efficiency_permille: 300,
            ..OwnSupply::default()
        };
        assert_eq!(day(battery), day(OwnSupply::default()));
    }
}
