//! Which artefacts are here, which are on their way, and which come next.
//!
//! Pulls are shared: two attempts that want one digest cause one pull.

use std::collections::{BTreeMap, BTreeSet};

use super::Effect;
use super::clock::{Mono, NetworkClock};
use crate::model::{Artefact, DataFact, Desired};

/// Reports from one full list of replicas to the next.
const TELL_AGAIN_EVERY: u64 = 32;

#[derive(Debug)]
pub(super) struct Staging {
    pulls_max: usize,
    pulls: BTreeMap<String, Pull>,
    /// Every replica by name.
    held: BTreeMap<String, DataFact>,
    /// Digests of `held`, with how many names each has.
    digests: BTreeMap<String, usize>,
    /// Digests of what is here for other sites to fetch, and no replica.
    lent: BTreeSet<String>,
    /// What the schedulers last said is to be dropped.
    to_drop: Vec<DataFact>,
    revision: u64,
    revision_reported: (u64, u64),
    revision_answered: u64,
    clock: Option<NetworkClock>,
}

#[derive(Debug)]
struct Pull {
    artefact: Artefact,
    state: PullState,
}

#[derive(Debug, PartialEq)]
enum PullState {
    Waiting,
    Pulling { bytes: u64 },
    Failed(String),
}

/// How far the inputs of one attempt are.
#[derive(Debug, PartialEq)]
pub(super) enum Readiness {
    Ready,
    Pending,
    Failed(String),
}

impl Staging {
    pub fn new(pulls_max: usize) -> Self {
        Self {
            pulls_max,
            pulls: BTreeMap::new(),
            held: BTreeMap::new(),
            digests: BTreeMap::new(),
            lent: BTreeSet::new(),
            to_drop: Vec::new(),
            revision: 1,
            revision_reported: (0, 0),
            revision_answered: 0,
            clock: None,
        }
    }

    pub fn hold(&mut self, fact: DataFact) {
        if self.held.get(&fact.name) == Some(&fact) {
            return;
        }
        *self.digests.entry(fact.sha256.clone()).or_default() += 1;
        if let Some(old) = self.held.insert(fact.name.clone(), fact) {
            self.forget_digest(&old.sha256);
        }
        self.revision += 1;
    }

    /// A name that moved on to another content leaves the old bytes in the store, but nothing
    /// relies on them any more.
    fn forget_digest(&mut self, sha256: &str) {
        if let Some(names) = self.digests.get_mut(sha256) {
            *names -= 1;
            if *names == 0 {
                self.digests.remove(sha256);
            }
        }
    }

    pub fn progress(&mut self, sha256: &str, now_bytes: u64) {
        if let Some(Pull {
            state: PullState::Pulling { bytes },
            ..
        }) = self.pulls.get_mut(sha256)
        {
            *bytes = now_bytes;
        }
    }

    pub fn lend(&mut self, sha256: String) {
        self.lent.insert(sha256);
    }

    pub fn ended(&mut self, sha256: &str, lent: bool, result: Result<DataFact, String>) {
        match result {
            Ok(fact) => {
                self.pulls.remove(sha256);
                match lent {
                    true => self.lend(fact.sha256),
                    false => self.hold(fact),
                }
            }
            Err(detail) => {
                if let Some(pull) = self.pulls.get_mut(sha256) {
                    pull.state = PullState::Failed(detail);
                }
            }
        }
    }

    /// Brings the pulls in line with what is wanted: digest → every way it is to come.
    pub fn update(
        &mut self,
        now: Mono,
        clock: Option<NetworkClock>,
        wanted: &BTreeMap<String, Vec<&Artefact>>,
        effects: &mut Vec<Effect>,
    ) {
        self.clock = clock;
        self.cancel_unwanted(wanted, effects);
        for (sha256, ways) in wanted {
            let mut own = ways.iter().filter(|artefact| !artefact.lent).peekable();
            if self.digests.contains_key(sha256) {
                own.for_each(|artefact| self.name(artefact, effects));
            } else if self.lent.contains(sha256) {
                if let Some(first) = own.peek() {
                    self.keep_lent(first, effects);
                    own.for_each(|artefact| self.name(artefact, effects));
                }
            } else {
                self.want(sha256, ways, effects);
            }
        }
        self.start_due(now, effects);
    }

    /// Drops what no other site is to fetch from here any more.
    pub fn drop_lent(
        &mut self,
        wanted: &BTreeMap<String, Vec<&Artefact>>,
        effects: &mut Vec<Effect>,
    ) {
        self.lent.retain(|sha256| {
            let keep = wanted.contains_key(sha256);
            if !keep {
                effects.push(Effect::DropLent {
                    sha256: sha256.clone(),
                });
            }
            keep
        });
    }

    /// Takes note of what is to be dropped, in place of what was said before.
    pub fn drop_when_free(&mut self, replicas: Vec<DataFact>) {
        self.to_drop = replicas;
    }

    /// Drops of it what is here and not needed.
    pub fn drop_free(&mut self, needed: impl Fn(&DataFact) -> bool, effects: &mut Vec<Effect>) {
        let free = |fact: &&DataFact| {
            self.holds(fact) && !self.pulls.contains_key(&fact.sha256) && !needed(fact)
        };
        let free: Vec<DataFact> = self.to_drop.iter().filter(free).cloned().collect();
        if free.is_empty() {
            return;
        }
        for fact in &free {
            self.held.remove(&fact.name);
            self.forget_digest(&fact.sha256);
        }
        self.revision += 1;
        effects.extend([Effect::DropData(free), Effect::SyncSoon]);
    }

    /// What was to be dropped and is not here.
    pub fn dropped(&self) -> impl Iterator<Item = &DataFact> {
        self.to_drop.iter().filter(|fact| !self.holds(fact))
    }

    fn holds(&self, fact: &DataFact) -> bool {
        let held = self.held.get(&fact.name);
        held.is_some_and(|held| held.sha256 == fact.sha256)
    }

    fn keep_lent(&mut self, artefact: &Artefact, effects: &mut Vec<Effect>) {
        self.lent.remove(&artefact.sha256);
        let fact = DataFact {
            name: artefact.name.clone(),
            sha256: artefact.sha256.clone(),
            size_bytes: artefact.size_bytes,
        };
        effects.push(Effect::KeepLent(fact.clone()));
        self.hold(fact);
    }

    fn is_here(&self, sha256: &str) -> bool {
        self.digests.contains_key(sha256) || self.lent.contains(sha256)
    }

    fn cancel_unwanted(
        &mut self,
        wanted: &BTreeMap<String, Vec<&Artefact>>,
        effects: &mut Vec<Effect>,
    ) {
        self.pulls.retain(|sha256, pull| {
            let keep = wanted.contains_key(sha256);
            if !keep && matches!(pull.state, PullState::Pulling { .. }) {
                effects.push(Effect::CancelPull {
                    sha256: sha256.clone(),
                });
            }
            keep
        });
    }

    fn want(&mut self, sha256: &str, ways: &[&Artefact], effects: &mut Vec<Effect>) {
        let Some(first) = ways.first() else { return };
        match self.pulls.get_mut(sha256) {
            Some(pull) if ways.contains(&&pull.artefact) => {}
            Some(pull) => {
                if matches!(pull.state, PullState::Pulling { .. }) {
                    effects.push(Effect::CancelPull {
                        sha256: sha256.to_owned(),
                    });
                }
                *pull = Pull {
                    artefact: (*first).clone(),
                    state: PullState::Waiting,
                };
            }
            None => {
                let pull = Pull {
                    artefact: (*first).clone(),
                    state: PullState::Waiting,
                };
                self.pulls.insert(sha256.to_owned(), pull);
            }
        }
    }

    fn name(&mut self, artefact: &Artefact, effects: &mut Vec<Effect>) {
        let known = self.held.get(&artefact.name);
        if known.is_some_and(|fact| fact.sha256 == artefact.sha256) {
            return;
        }
        let same = self
            .held
            .values()
            .find(|fact| fact.sha256 == artefact.sha256);
        let size_bytes = same.map_or(artefact.size_bytes, |fact| fact.size_bytes);
        let (name, sha256) = (artefact.name.clone(), artefact.sha256.clone());
        let fact = DataFact {
            name,
            sha256,
            size_bytes,
        };
        effects.push(Effect::NameData(fact.clone()));
        self.hold(fact);
    }

    fn start_due(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        let Some(clock) = self.clock else { return };
        let pulling = |pull: &&Pull| matches!(pull.state, PullState::Pulling { .. });
        let mut free = self
            .pulls_max
            .saturating_sub(self.pulls.values().filter(pulling).count());
        let mut waiting: Vec<&mut Pull> = self
            .pulls
            .values_mut()
            .filter(|pull| pull.state == PullState::Waiting)
            .collect();
        waiting.sort_by_key(|pull| pull.artefact.start_ms);
        for pull in waiting {
            if pull.artefact.from_address.is_empty() {
                let name = &pull.artefact.name;
                let detail = format!("{name} is not at this site and no source is given");
                pull.state = PullState::Failed(detail);
            } else if free > 0 && clock.due(pull.artefact.start_ms) <= now {
                free -= 1;
                effects.push(start(&pull.artefact, &clock));
                pull.state = PullState::Pulling { bytes: 0 };
            }
        }
    }

    pub fn next_due(&self, now: Mono) -> Option<Mono> {
        let clock = self.clock?;
        let waiting = self
            .pulls
            .values()
            .filter(|pull| pull.state == PullState::Waiting);
        waiting
            .map(|pull| clock.due(pull.artefact.start_ms))
            .filter(|due| *due > now)
            .min()
    }

    pub fn readiness(&self, desired: &Desired) -> Readiness {
        if let Some(detail) = &desired.unstageable {
            return Readiness::Failed(detail.clone());
        }
        let mut pending = false;
        for artefact in &desired.stage_in {
            if self.is_here(&artefact.sha256) {
                continue;
            }
            match self.pulls.get(&artefact.sha256).map(|pull| &pull.state) {
                Some(PullState::Failed(detail)) => return Readiness::Failed(detail.clone()),
                _ => pending = true,
            }
        }
        let lacking = desired.inputs.iter().find(|input| {
            let staged = desired
                .stage_in
                .iter()
                .any(|artefact| artefact.name == input.dataset);
            !staged && !self.held.contains_key(&input.dataset)
        });
        match lacking {
            Some(input) => {
                let name = &input.dataset;
                Readiness::Failed(format!(
                    "{name} is not at this site and no transfer is given"
                ))
            }
            None if pending => Readiness::Pending,
            None => Readiness::Ready,
        }
    }

    /// Digest of a data set that the attempt reads.
    pub fn digest(&self, desired: &Desired, dataset: &str) -> Option<String> {
        let staged = desired
            .stage_in
            .iter()
            .find(|artefact| artefact.name == dataset);
        let held = || self.held.get(dataset).map(|fact| fact.sha256.clone());
        staged.map(|artefact| artefact.sha256.clone()).or_else(held)
    }

    pub fn staged_bytes(&self, desired: &Desired) -> u64 {
        let bytes = |artefact: &Artefact| match self.pulls.get(&artefact.sha256) {
            Some(Pull {
                state: PullState::Pulling { bytes },
                ..
            }) => *bytes,
            _ if self.is_here(&artefact.sha256) => artefact.size_bytes,
            _ => 0,
        };
        desired.stage_in.iter().map(bytes).sum()
    }

    /// Every replica, when the schedulers have not confirmed hearing of the latest change.
    /// Told again now and then: a name may enter the schedulers' catalogue after it was told.
    pub fn report(&mut self, sequence: u64) -> Vec<DataFact> {
        let again = sequence.is_multiple_of(TELL_AGAIN_EVERY);
        if self.revision_answered == self.revision && !again {
            return vec![];
        }
        self.revision_reported = (sequence, self.revision);
        self.held.values().cloned().collect()
    }

    pub fn answered(&mut self, sequence: u64) {
        let (reported_in, revision) = self.revision_reported;
        if sequence >= reported_in {
            self.revision_answered = revision;
        }
    }
}

fn start(artefact: &Artefact, clock: &NetworkClock) -> Effect {
    Effect::StartPull {
        name: artefact.name.clone(),
        sha256: artefact.sha256.clone(),
        size_bytes: artefact.size_bytes,
        from_address: artefact.from_address.clone(),
        rate_bps: clock.real_rate_bps(artefact.rate_bps),
        lent: artefact.lent,
    }
}
