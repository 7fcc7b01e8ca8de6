//! What follows from the state: pulls, starts, stops and releases that bring the site in line with
//! the desired set. Run after every input; running it twice changes nothing.

use std::collections::BTreeMap;

use super::record::{Active, Record, State, StopReason};
use super::staging::Readiness;
use super::{Agent, Effect, Mono, launch};
use crate::model::{Artefact, AttemptKey, DataFact, Outcome, Phase};

impl Agent {
    pub(super) fn reconcile(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        self.add_wanted(effects);
        self.drop_unwanted(effects);
        self.stop_on_request(effects);
        self.stop_without_lease(now, effects);
        self.stage(now, effects);
        self.start(now, effects);
        self.drop_data(effects);
    }

    /// Drops what the schedulers said, but for what something here still needs.
    fn drop_data(&mut self, effects: &mut Vec<Effect>) {
        let (desired, records) = (&self.desired, &self.records);
        let needed = |fact: &DataFact| {
            desired.values().any(|item| item.names(fact))
                || records.values().any(|record| record.leaves(&fact.name))
        };
        self.staging.drop_free(needed, effects);
    }

    fn add_wanted(&mut self, effects: &mut Vec<Effect>) {
        for (key, desired) in &self.desired {
            if !self.records.contains_key(key) {
                self.records.insert(key.clone(), Record::new(desired));
                effects.push(Effect::SyncSoon);
            }
        }
    }

    /// An attempt that left the desired set is stopped; one that is over is let go, once the
    /// schedulers have heard of its end.
    fn drop_unwanted(&mut self, effects: &mut Vec<Effect>) {
        if !self.have_desired {
            return;
        }
        let (desired, answered) = (&self.desired, self.answered);
        self.records.retain(|key, record| {
            if desired.contains_key(key) {
                return true;
            }
            match &mut record.state {
                State::Staging | State::Staged { .. } => false,
                State::Active(active) => {
                    stop(key, active, StopReason::Requested, effects);
                    true
                }
                State::Collecting(_) | State::Saving { .. } => true,
                State::Ended { .. } => {
                    let heard = record
                        .end_reported
                        .is_some_and(|sequence| sequence <= answered);
                    if heard && record.journalled {
                        effects.push(Effect::Release(key.clone()));
                    }
                    !heard
                }
            }
        });
    }

    fn stop_on_request(&mut self, effects: &mut Vec<Effect>) {
        let mut never_started = Vec::new();
        for key in self
            .desired
            .values()
            .filter(|desired| desired.stop)
            .map(|item| &item.key)
        {
            match self.records.get_mut(key).map(|record| &mut record.state) {
                Some(State::Staging | State::Staged { .. }) => never_started.push(key.clone()),
                Some(State::Active(active)) => stop(key, active, StopReason::Requested, effects),
                _ => {}
            }
        }
        for key in never_started {
            let outcome = Outcome::bare(Phase::Stopped, 0, "stopped before it started");
            self.finish(&key, outcome, effects);
        }
    }

    /// The supervisors watch the lease by themselves too, in case this agent is dead by then.
    fn stop_without_lease(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        if self.lease_is_live(now) {
            return;
        }
        for (key, record) in &mut self.records {
            if let State::Active(active) = &mut record.state
                && active.order.stop_on_disconnect
            {
                stop(key, active, StopReason::LeaseExpired, effects);
            }
        }
    }

    fn stage(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        let mut wanted: BTreeMap<String, Vec<&Artefact>> = BTreeMap::new();
        for desired in self
            .desired
            .values()
            .filter(|desired| !desired.stop && desired.unstageable.is_none())
        {
            let record = self.records.get(&desired.key);
            if record.is_some_and(|record| record.is_staging(desired)) {
                for artefact in &desired.stage_in {
                    wanted
                        .entry(artefact.sha256.clone())
                        .or_default()
                        .push(artefact);
                }
            }
        }
        self.staging.update(now, self.clock, &wanted, effects);
        // Who has not heard what is wanted drops nothing.
        if self.have_desired {
            self.staging.drop_lent(&wanted, effects);
        }
        let keys: Vec<AttemptKey> = self.desired.keys().cloned().collect();
        keys.iter().for_each(|key| self.stage_one(key, effects));
    }

    /// How far staging is follows from the data alone, whatever was reported before: the set may
    /// ask for other data under the same key.
    fn stage_one(&mut self, key: &AttemptKey, effects: &mut Vec<Effect>) {
        let (Some(desired), Some(record)) = (self.desired.get(key), self.records.get_mut(key))
        else {
            return;
        };
        if desired.stop || !record.is_staging(desired) {
            return;
        }
        let readiness = self.staging.readiness(desired);
        let (phase, detail) = match &readiness {
            Readiness::Failed(detail) => (Phase::StageFailed, detail.as_str()),
            Readiness::Pending => (Phase::Staging, ""),
            Readiness::Ready if desired.is_delivery() && !desired.keep_for_others => {
                (Phase::Delivered, "")
            }
            Readiness::Ready => (Phase::Staged, ""),
        };
        if phase == record.phase() {
            return;
        }
        record.end_reported = None;
        match phase {
            Phase::Staging => record.state = State::Staging,
            Phase::Staged => {
                record.state = State::Staged {
                    not_before: Mono::default(),
                }
            }
            _ => return self.finish(key, Outcome::bare(phase, 0, detail), effects),
        }
        effects.push(Effect::SyncSoon);
    }

    fn start(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        let Some(clock) = self.clock.filter(|_| self.lease_is_live(now)) else {
            return;
        };
        let keys: Vec<AttemptKey> = self.desired.keys().cloned().collect();
        for key in keys {
            if !self.may_start(now, &key) {
                continue;
            }
            let (Some(desired), Some(record)) =
                (self.desired.get(&key), self.records.get_mut(&key))
            else {
                continue;
            };
            let order = launch::order(desired, &self.staging, &clock);
            record.state = State::Active(Active::new(order.clone()));
            effects.push(Effect::StartAttempt(Box::new(order)));
        }
    }

    /// The journal checks the fence rules again where the payload starts; this only avoids asking
    /// in vain.
    fn may_start(&self, now: Mono, key: &AttemptKey) -> bool {
        let staged = self.records.get(key).is_some_and(
            |record| matches!(record.state, State::Staged { not_before } if not_before <= now),
        );
        let granted = self.desired.get(key).is_some_and(|desired| {
            desired.key.fence > 0 && !desired.stop && !desired.groups.is_empty()
        });
        let alone = || {
            !self.records.iter().any(|(other, record)| {
                other.job == key.job && other != key && record.may_be_alive()
            })
        };
        staged && granted && alone()
    }
}

fn stop(key: &AttemptKey, active: &mut Active, reason: StopReason, effects: &mut Vec<Effect>) {
    if active.stop.is_none() {
        active.stop = Some(reason);
        effects.push(Effect::StopAttempt(key.clone()));
    }
}
