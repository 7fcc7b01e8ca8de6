//! Room in the pools of one site for the first group of a job, while others give way.
//!
//! Of whoever gives way only the slots in these pools are looked at. Without a start here there is
//! no chain, whatever becomes of links, quotas and power; and it costs a few changes of a profile
//! to know that, where a chain costs a view of the whole network.

use crate::model::{Job, PoolId, Resources, SiteId};
use crate::planner::site::ready_at_least;
use crate::planner::view::View;
use crate::reservation::Profile;
use crate::rules;
use crate::state::left;

/// The pools that the job's first group may run in.
#[derive(Clone)]
pub(super) struct Rooms {
    pools: Vec<Room>,
    length_ms: i64,
    /// The first instant at which its data may be there, and the last start.
    within: (i64, i64),
    /// Nothing starts before, unless somebody has to be stopped for it.
    not_before_ms: i64,
    /// Nothing that needs somebody to be stopped starts before.
    behind_ms: i64,
    /// How many that run have given way.
    stopped: usize,
}

#[derive(Clone)]
struct Room {
    pool: PoolId,
    need: Resources,
    usable: Resources,
    reserved: Profile<Resources>,
}

impl Rooms {
    /// With everybody where they are; `None` where no pool suits.
    pub(super) fn at(view: &View<'_>, job: &Job, site: SiteId) -> Option<Rooms> {
        let state = view.state();
        let group = job.spec.groups.first()?;
        let from_ms = state.now_ms().max(job.spec.release_ms);
        let latest_ms = view.latest_start(job);
        if from_ms > latest_ms {
            return None;
        }
        let pools = state.sites()[site.index()].pools.iter().copied();
        let suits = pools.filter(|pool| {
            rules::pool_allows(state, group, *pool).is_ok() && !view.is_closed(*pool)
        });
        let pools: Vec<Room> = suits
            .map(|pool| Room {
                pool,
                need: group.total_on(&state.pools()[pool.index()].spec),
                usable: state.pools()[pool.index()].usable,
                reserved: view.reservations().pool(pool).clone(),
            })
            .collect();
        (!pools.is_empty()).then(|| Rooms {
            pools,
            length_ms: view.slot_ms(job.time_limit_ms(0)),
            within: (from_ms.max(ready_at_least(view, job, site)), latest_ms),
            not_before_ms: view.not_before_ms(),
            behind_ms: state.behind_grace_ms(),
            stopped: 0,
        })
    }

    /// Whether there would be a start if all of these left for good.
    pub(super) fn has_start_without(&self, all: &[&Job]) -> bool {
        self.pools.iter().any(|room| {
            let placements = all.iter().filter_map(|job| job.placement.as_ref());
            let slots = placements.flat_map(|placement| &placement.groups);
            let here = slots.filter(|slot| slot.pool == room.pool);
            let freed = here.fold(Resources::ZERO, |sum, slot| sum + slot.total);
            let from_ms = self.within.0.max(self.not_before_ms);
            self.start(room, room.usable + freed, from_ms).is_some()
        })
    }

    /// Whether there is a start, with those gone that have given way.
    pub(super) fn has_start(&self) -> bool {
        let from_ms = self.within.0.max(match self.stopped {
            0 => self.not_before_ms,
            _ => self.behind_ms,
        });
        let mut pools = self.pools.iter();
        pools.any(|room| self.start(room, room.usable, from_ms).is_some())
    }

    fn start(&self, room: &Room, usable: Resources, from_ms: i64) -> Option<i64> {
        let latest_ms = self.within.1;
        let reserved = &room.reserved;
        reserved.earliest(room.need, usable, self.length_ms, from_ms, latest_ms)
    }

    /// Somebody gives way.
    pub(super) fn give_up(&mut self, victim: &Job) {
        self.stopped += usize::from(victim.state.is_started());
        self.change(victim, Profile::remove);
    }

    /// Undoes [`Rooms::give_up`].
    pub(super) fn take_back(&mut self, victim: &Job) {
        self.stopped -= usize::from(victim.state.is_started());
        self.change(victim, Profile::add);
    }

    fn change(
        &mut self,
        victim: &Job,
        change: impl Fn(&mut Profile<Resources>, i64, i64, Resources),
    ) {
        for (pool, (from_ms, to_ms), total) in left(victim, self.behind_ms) {
            for room in self.pools.iter_mut().filter(|room| room.pool == pool) {
                change(&mut room.reserved, from_ms, to_ms, total);
            }
        }
    }
}
