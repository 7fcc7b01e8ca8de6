//! A cluster in memory: members, the messages between them, and what clients were told.

use std::collections::{BTreeMap, BTreeSet};

use ewc_core::model::JobId;
use ewc_scheduler::replica::{Dropped, Ticket};
use raft::eraftpb::{Message, MessageType};

use crate::member::Member;
use crate::random::Random;

/// A message on its way.
pub struct Flight {
    pub message: Message,
    /// The snapshot that travels with it.
    snapshot: Option<Vec<u8>>,
    due: u64,
}

/// How bad the network is.
#[derive(Clone, Copy)]
pub struct Weather {
    pub lost_permille: u64,
    pub doubled_permille: u64,
    /// Rounds a message takes at most.
    pub delay_max: u64,
}

/// Every message arrives in the next round, in order.
pub const CALM: Weather = Weather {
    lost_permille: 0,
    doubled_permille: 0,
    delay_max: 0,
};

pub struct Cluster {
    pub members: BTreeMap<u64, Member>,
    pub random: Random,
    pub weather: Weather,
    /// Directions in which nothing passes.
    pub cut: BTreeSet<(u64, u64)>,
    pub flights: Vec<Flight>,
    seed: u64,
    round: u64,
    /// Keys acknowledged, in order, with the identity given.
    pub acknowledged: Vec<(String, JobId)>,
    /// What became of writes, by member and ticket, where no answer was the promised one.
    pub dropped: Vec<(u64, Ticket, Dropped)>,
    /// Reads answered, by member and ticket.
    pub read: Vec<(u64, Ticket)>,
    pub digests: BTreeMap<u64, [u8; 32]>,
    pub installed: u64,
}

impl Cluster {
    pub fn new(size: u64, seed: u64) -> Cluster {
        let mut cluster = Cluster {
            members: (1..=size).map(|id| (id, Member::new(id))).collect(),
            random: Random::new(seed),
            weather: CALM,
            cut: BTreeSet::new(),
            flights: Vec::new(),
            seed,
            round: 0,
            acknowledged: Vec::new(),
            dropped: Vec::new(),
            read: Vec::new(),
            digests: BTreeMap::new(),
            installed: 0,
        };
        (1..=size).for_each(|id| cluster.start(id));
        cluster
    }

    pub fn ids(&self) -> Vec<u64> {
        self.members.keys().copied().collect()
    }

    pub fn up(&self) -> Vec<u64> {
        let up = self
            .members
            .values()
            .filter(|member| member.replica.is_some());
        up.map(|member| member.id).collect()
    }

    pub fn member(&mut self, id: u64) -> &mut Member {
        self.members.get_mut(&id).unwrap()
    }

    pub fn start(&mut self, id: u64) {
        let (voters, seed) = (self.ids(), self.seed);
        self.member(id).start(&voters, seed);
    }

    pub fn crash(&mut self, id: u64) {
        self.member(id).crash();
    }

    /// Cuts a member off from all others, both ways.
    pub fn isolate(&mut self, id: u64) {
        for other in self.ids() {
            self.cut.extend([(id, other), (other, id)]);
        }
    }

    pub fn write(&mut self, id: u64, key: &str) -> Result<Ticket, Dropped> {
        let time_ms = 1_000 + self.round as i64;
        self.member(id).write(key, time_ms)
    }

    /// Writes that share one entry.
    pub fn write_together(&mut self, id: u64, keys: &[String]) -> Result<Vec<Ticket>, Dropped> {
        let time_ms = 1_000 + self.round as i64;
        self.member(id).write_together(keys, time_ms)
    }

    pub fn read_at(&mut self, id: u64) -> Ticket {
        let acknowledged = self.acknowledged.len();
        self.member(id).read(acknowledged)
    }

    /// One round: time goes by for every member, what is due arrives, and everyone works.
    pub fn round(&mut self) {
        for id in self.up() {
            self.member(id).replica_mut().tick();
        }
        self.deliver_due();
        for id in self.up() {
            self.poll(id);
        }
    }

    pub fn rounds(&mut self, count: u32) {
        (0..count).for_each(|_| self.round());
    }

    /// Goes on until `done`; panics when that takes too long.
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Cluster) -> bool) {
        for _ in 0..500 {
            if done(self) {
                return;
            }
            self.round();
        }
        panic!("never: {what}");
    }

    /// The one member that leads in the newest term, once it has committed in it.
    pub fn elect(&mut self) -> u64 {
        self.until("a leader", |cluster| cluster.leader().is_some());
        self.leader().unwrap()
    }

    pub fn leader(&self) -> Option<u64> {
        let up = self.members.values().filter(|member| member.leads());
        let newest = up.max_by_key(|member| member.replica().term())?;
        newest.replica().is_ready_leader().then_some(newest.id)
    }

    fn deliver_due(&mut self) {
        self.round += 1;
        let now = self.round;
        let (due, later) = std::mem::take(&mut self.flights)
            .into_iter()
            .partition(|flight| flight.due <= now);
        self.flights = later;
        let mut due: Vec<Flight> = due;
        // The order of arrival is not the order of sending.
        if self.weather.delay_max > 0 {
            for at in (1..due.len()).rev() {
                due.swap(at, self.random.below(at as u64 + 1) as usize);
            }
        }
        due.into_iter().for_each(|flight| self.arrive(flight));
    }

    fn arrive(&mut self, flight: Flight) {
        let Flight {
            message, snapshot, ..
        } = flight;
        let (from, to) = (message.from, message.to);
        let is_snapshot = message.get_msg_type() == MessageType::MsgSnapshot;
        let passes = !self.cut.contains(&(from, to)) && self.members[&to].replica.is_some();
        let text = format!("{message:?}");
        let passes = passes && (snapshot.is_some() || !is_snapshot);
        if passes {
            let member = self.member(to);
            let stepped = match snapshot {
                Some(bytes) => {
                    let file = member.receive(&bytes);
                    member.replica_mut().step_snapshot(message, file)
                }
                None => member.replica_mut().step(message),
            };
            assert!(stepped.is_ok(), "member {to} refused {text}: {stepped:?}");
        }
        if is_snapshot && let Some(sender) = &mut self.member(from).replica {
            sender.snapshot_sent(to, passes);
        }
    }

    /// One member works; one whose disk fails is down.
    pub fn poll(&mut self, id: u64) {
        let mut sent = Vec::new();
        let outputs = self
            .member(id)
            .replica_mut()
            .poll(&mut |messages| sent.extend(messages));
        for message in sent {
            assert_eq!(message.from, id, "a message in another's name: {message:?}");
            self.send(message);
        }
        match outputs {
            Ok(outputs) => self.check(id, outputs),
            Err(_) => self.crash(id),
        }
    }

    fn send(&mut self, message: Message) {
        let is_snapshot = message.get_msg_type() == MessageType::MsgSnapshot;
        let snapshot = self.members[&message.from]
            .snapshot_bytes(&message)
            .filter(|_| is_snapshot);
        let copies = 1 + u64::from(self.random.permille(self.weather.doubled_permille));
        for _ in 0..copies {
            if !is_snapshot && self.random.permille(self.weather.lost_permille) {
                continue;
            }
            let due = self.round + 1 + self.random.below(self.weather.delay_max + 1);
            let (message, snapshot) = (message.clone(), snapshot.clone());
            self.flights.push(Flight {
                message,
                snapshot,
                due,
            });
        }
    }

    /// Nothing is in the way any more: all members come to one state that holds all that was
    /// acknowledged.
    pub fn settle(&mut self) {
        self.weather = CALM;
        self.cut.clear();
        for id in self.ids() {
            self.members[&id].disk.fail_syncs(false);
            if self.members[&id].replica.is_none() {
                self.start(id);
            }
        }
        for attempt in 0..50 {
            let leader = self.elect();
            if self.write(leader, &format!("last-{attempt}")).is_ok() {
                self.rounds(20);
            }
            if self.agree() {
                return self.check_agreement();
            }
        }
        panic!("the members never agree");
    }

    fn agree(&self) -> bool {
        let indices: BTreeSet<u64> = self
            .members
            .values()
            .map(|member| member.replica().state().index())
            .collect();
        let last = self.acknowledged.last();
        indices.len() == 1 && last.is_some_and(|(key, _)| key.starts_with("last-"))
    }

    /// The digest all members agree on.
    pub fn digest(&self) -> [u8; 32] {
        self.members[&1].replica().state().digest()
    }
}
