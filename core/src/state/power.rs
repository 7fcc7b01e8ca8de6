//! The power that the work of a site draws stays below its cap.

use std::sync::Arc;

use crate::command::Refusal;
use crate::model::{Placement, PowerCap, PowerStep, SiteId};
use crate::power::{self, Draw, Need, microwatts};
use crate::reason::Reason;
use crate::reservation::Reservations;

use super::State;
use super::apply::{Answer, Apply};
use super::submit::unknown;

impl State {
    /// Sites with a cap on the power that their work draws.
    pub fn power_caps(&self) -> &imbl::OrdMap<SiteId, Arc<PowerCap>> {
        &self.power_caps
    }

    /// The cap on the power of a site's work, if it has one.
    pub fn power_cap(&self, site: SiteId) -> Option<&PowerCap> {
        self.power_caps.get(&site).map(AsRef::as_ref)
    }

    /// What the work of a site draws now by what is reserved, in watts, rounded up.
    pub fn drawn_watts(&self, site: SiteId) -> i64 {
        let drawn = self.drawn_microwatts(site);
        i64::try_from((drawn + 999_999) / 1_000_000).unwrap_or(i64::MAX)
    }

    fn drawn_microwatts(&self, site: SiteId) -> i128 {
        let pools = self.sites[site.index()].pools.iter();
        let drawn = pools.map(|pool| {
            let level = self.reservations.pool(*pool).level_at(self.now_ms);
            microwatts(&self.pools[pool.index()].spec, level)
        });
        drawn.sum()
    }

    /// True when running work draws more than the cap in force now.
    pub fn is_over_power(&self, site: SiteId) -> bool {
        let draw = Draw::of(self, &self.reservations, site);
        draw.is_some_and(|draw| !draw.at(self.now_ms).leaves(0))
    }

    /// Work that has overrun at a site, and what the placement would draw beside it, are more than
    /// the cap in force, or what runs is already.
    pub(super) fn power_blocks<'h>(
        &self,
        placement: &Placement,
        overdue: impl Iterator<Item = &'h Placement> + Clone,
    ) -> bool {
        power::capped(self, &placement.groups)
            .into_iter()
            .any(|site| {
                let drawn_by = |placement: &Placement| -> i128 {
                    let slots = placement.groups.iter().filter(|slot| {
                        let pool = self.pools.get(slot.pool.index());
                        pool.is_some_and(|pool| pool.site == site)
                    });
                    let each = slots.map(|slot| {
                        let spec = &self.pools[slot.pool.index()].spec;
                        microwatts(spec, slot.total)
                    });
                    each.sum()
                };
                if drawn_by(placement) == 0 {
                    return false;
                }
                let holds: i128 = overdue.clone().map(drawn_by).sum();
                if holds == 0 {
                    return self.is_over_power(site);
                }
                let mut reservations = self.reservations.clone();
                reservations.release(placement);
                let draw = Draw::of(self, &reservations, site);
                draw.is_some_and(|draw| !draw.at(self.now_ms).leaves(holds + drawn_by(placement)))
            })
    }

    /// Sites at which more is drawn than the cap at some instant from now on, and something in
    /// `movable` draws some of it.
    pub(super) fn over_power(&self, movable: &Reservations) -> usize {
        let over = self.power_caps.keys().filter(|site| {
            let all = Draw::of(self, &self.reservations, **site);
            let movable = Draw::of(self, movable, **site);
            let (Some(all), Some(movable)) = (all, movable) else {
                return false;
            };
            let too_much = all.pieces(self.now_ms).filter(|piece| !piece.leaves(0));
            let mut moves = too_much.flat_map(|piece| {
                let until = move |other: &power::Piece| other.from_ms < piece.to_ms;
                movable.pieces(piece.from_ms).take_while(until)
            });
            moves.any(|piece| piece.drawn > 0)
        });
        over.count()
    }
}

impl Apply<'_> {
    pub(super) fn set_power_cap(
        &mut self,
        site: SiteId,
        steps: &[PowerStep],
    ) -> Result<Answer, Refusal> {
        if self.state.site(site).is_none() {
            return Err(unknown("site", "site", &site.to_string()));
        }
        let cap = PowerCap::new(steps.iter().copied());
        let cap = cap.map_err(|error| Refusal::invalid("power_cap", error.to_string()))?;
        match cap.is_empty() {
            true => self.state.power_caps.remove(&site),
            false => self.state.power_caps.insert(site, Arc::new(cap)),
        };
        self.settle_power(site);
        Ok(Answer::Site(site))
    }
}

/// Says whether every site of the run leaves it the power that it draws, beside all that is
/// reserved there.
pub(super) fn within_power(
    state: &State,
    reservations: &Reservations,
    placement: &Placement,
) -> Result<(), Reason> {
    let fits = power::capped(state, &placement.groups)
        .into_iter()
        .all(|site| {
            let need = Need::at(state, site, &placement.groups);
            let draw = Draw::of(state, reservations, site);
            need.is_nothing() || draw.is_none_or(|draw| draw.has_room(&need, state.now_ms))
        });
    fits.then_some(()).ok_or(Reason::PowerCap)
}
