//! The state as bytes: canonical, so that equal states have equal bytes and one digest.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::demand::Demand;
use crate::digest;
use crate::energy::EnergySums;
use crate::estimate::Starts;
use crate::model::{
    Dataset, DemandRegion, Image, Job, JobId, Link, NetworkNode, Policy, Pool, PowerCap, Site,
    SiteId,
};
use crate::planner::Prices;

use super::promises::Promise;
use super::{Certified, Limits, State};

/// A snapshot that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot cannot be read: {0}")]
pub struct SnapshotError(#[from] borsh::io::Error);

/// Marks the part of a snapshot that says how punctual starts were.
const STARTS: u8 = 1;

/// Marks the part of a snapshot that says what jobs have read lately.
const DEMAND: u8 = 2;

/// Marks the part of a snapshot that has the caps on power; there is none where no site has one.
const POWER: u8 = 3;

/// Marks the part of a snapshot that has the replicas that sites are to drop; there is none where
/// there are none.
const LEAVING: u8 = 4;

/// Everything but the tables.
#[derive(BorshSerialize, BorshDeserialize)]
struct Head {
    index: u64,
    now_ms: i64,
    next_job: u64,
    nodes: Vec<NetworkNode>,
    links: Vec<Link>,
    regions: Vec<DemandRegion>,
    sites: Vec<Arc<Site>>,
    pools: Vec<Arc<Pool>>,
    policy: Policy,
    prices: Prices,
    certified: Option<Certified>,
    limits: Limits,
    transferred_bytes: i64,
}

impl State {
    /// Writes the state to `out`.
    pub fn write_snapshot(&self, out: &mut impl borsh::io::Write) -> Result<(), SnapshotError> {
        let head = Head {
            index: self.index,
            now_ms: self.now_ms,
            next_job: self.next_job,
            nodes: Vec::clone(&self.nodes),
            links: Vec::clone(&self.links),
            regions: Vec::clone(&self.regions),
            sites: self.sites.clone(),
            pools: self.pools.clone(),
            policy: Policy::clone(&self.policy),
            prices: Prices::clone(&self.prices),
            certified: self.certified.clone(),
            limits: self.limits,
            transferred_bytes: self.transferred_bytes,
        };
        head.serialize(out)?;
        write_table(out, self.datasets.values())?;
        write_table(out, self.images.values())?;
        write_table(out, self.jobs.values())?;
        (self.keys.len() as u64).serialize(out)?;
        for (key, job, digest) in self.keys.iter() {
            (key, job, digest).serialize(out)?;
        }
        STARTS.serialize(out)?;
        self.starts.serialize(out)?;
        (self.promises.len() as u64).serialize(out)?;
        for (job, promise) in &self.promises {
            (job, promise).serialize(out)?;
        }
        DEMAND.serialize(out)?;
        self.demand.serialize(out)?;
        if !self.power_caps.is_empty() {
            POWER.serialize(out)?;
            (self.power_caps.len() as u64).serialize(out)?;
            for (site, cap) in &self.power_caps {
                (site, cap).serialize(out)?;
            }
        }
        if !self.leaving.is_empty() {
            LEAVING.serialize(out)?;
            (self.leaving.len() as u64).serialize(out)?;
            for (replica, sha256) in &self.leaving {
                (replica, sha256).serialize(out)?;
            }
        }
        Ok(())
    }

    /// Reads a state that [`State::write_snapshot`] wrote; what is derived is worked out anew.
    pub fn read_snapshot(input: &mut impl borsh::io::Read) -> Result<State, SnapshotError> {
        let head = Head::deserialize_reader(input)?;
        let mut state = State {
            index: head.index,
            now_ms: head.now_ms,
            next_job: head.next_job,
            nodes: Arc::new(head.nodes),
            links: Arc::new(head.links),
            regions: Arc::new(head.regions),
            sites: head.sites,
            pools: head.pools,
            policy: Arc::new(head.policy),
            prices: Arc::new(head.prices),
            certified: head.certified,
            limits: head.limits,
            transferred_bytes: head.transferred_bytes,
            ..State::default()
        };
        state.rebuild_topology();
        let energy = state.sites.iter().map(|site| EnergySums::new(&site.energy));
        state.energy = energy.map(Arc::new).collect();
        state
            .reservations
            .grow(state.pools.len(), state.links.len());
        state.reservations.forget_before(state.now_ms);
        for dataset in read_table::<Dataset>(input)? {
            state
                .datasets
                .insert(dataset.name.clone(), Arc::new(dataset));
        }
        for image in read_table::<Image>(input)? {
            state.images.insert(image.name.clone(), Arc::new(image));
        }
        for job in read_table::<Job>(input)? {
            state.put_job(None, job);
        }
        for _ in 0..u64::deserialize_reader(input)? {
            type Entry = ([u8; 32], JobId, [u8; 32]);
            let (key, job, digest) = Entry::deserialize_reader(input)?;
            state.keys.insert(key, job, digest);
        }
        state.read_parts(input)?;
        Ok(state)
    }

    /// Reads what later versions have added; a snapshot of an earlier one ends before it.
    fn read_parts(&mut self, input: &mut impl borsh::io::Read) -> Result<(), SnapshotError> {
        let mut part = [0];
        while input.read(&mut part)? > 0 {
            match part[0] {
                STARTS => self.read_starts(input)?,
                DEMAND => self.demand = Demand::deserialize_reader(input)?,
                POWER => self.read_power_caps(input)?,
                LEAVING => self.read_leaving(input)?,
                other => {
                    let problem = format!("part {other} is not known to this version");
                    let kind = borsh::io::ErrorKind::InvalidData;
                    return Err(borsh::io::Error::new(kind, problem).into());
                }
            }
        }
        Ok(())
    }

    /// Reads how punctual starts were.
    fn read_starts(&mut self, input: &mut impl borsh::io::Read) -> Result<(), SnapshotError> {
        self.starts = Arc::new(Starts::deserialize_reader(input)?);
        for _ in 0..u64::deserialize_reader(input)? {
            let (job, promise) = <(JobId, Promise)>::deserialize_reader(input)?;
            self.put_promise(job, promise);
        }
        Ok(())
    }

    fn read_power_caps(&mut self, input: &mut impl borsh::io::Read) -> Result<(), SnapshotError> {
        for _ in 0..u64::deserialize_reader(input)? {
            let (site, cap) = <(SiteId, PowerCap)>::deserialize_reader(input)?;
            self.power_caps.insert(site, Arc::new(cap));
        }
        Ok(())
    }

    fn read_leaving(&mut self, input: &mut impl borsh::io::Read) -> Result<(), SnapshotError> {
        for _ in 0..u64::deserialize_reader(input)? {
            type Entry = ((SiteId, String), [u8; 32]);
            let (replica, sha256) = Entry::deserialize_reader(input)?;
            self.leaving.insert(replica, sha256);
        }
        Ok(())
    }

    /// SHA-256 of the snapshot: equal on every replica that applied the same log.
    pub fn digest(&self) -> [u8; 32] {
        match digest::written(|mut out| self.write_snapshot(&mut out)) {
            Ok(digest) => digest,
            // The hasher accepts every byte.
            Err(error) => unreachable!("hashing cannot fail: {error}"),
        }
    }
}

fn write_table<'t, T: BorshSerialize + 't>(
    out: &mut impl borsh::io::Write,
    rows: impl ExactSizeIterator<Item = &'t Arc<T>>,
) -> borsh::io::Result<()> {
    (rows.len() as u64).serialize(out)?;
    rows.into_iter().try_for_each(|row| row.serialize(out))
}

fn read_table<T: BorshDeserialize>(input: &mut impl borsh::io::Read) -> borsh::io::Result<Vec<T>> {
    let rows = u64::deserialize_reader(input)?;
    (0..rows).map(|_| T::deserialize_reader(input)).collect()
}
