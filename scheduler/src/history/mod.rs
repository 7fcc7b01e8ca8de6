//! Jobs that ended and left the replicated state, for readers.
//!
//! The store is this member's own and no part of what is replicated: it is fed by the events of
//! `apply` and answers what the state no longer knows. A member that caught up by a snapshot lacks
//! the jobs that retired meanwhile. Records carry a version and a checksum, verified on every read.

mod error;
mod record;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ewc_core::model::{Job, JobId};
use redb::{
    AccessGuard, Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    Table, TableDefinition,
};

pub use error::{HistoryError, RecordFault};

const JOBS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("jobs");
const KEYS: TableDefinition<'_, (&str, &str), u64> = TableDefinition::new("keys");

const CACHE_BYTES: usize = 64 << 20;
/// Jobs that may wait for the disk; see [`History::put`].
const VOLATILE_MAX: u64 = 4096;
/// Jobs trimmed by one call beyond those it adds, so that a lowered limit is reached in steps.
const TRIM_EXTRA_MAX: u64 = 1024;
/// Records one call of [`History::list`] reads.
const SCAN_MAX: usize = 10_000;

/// A store of retired jobs, bounded in number.
pub struct History {
    database: Database,
    max: u64,
    /// Jobs that wait for the disk. Held during a write, as the database has one writer anyway: a
    /// count that ran ahead of its transaction would let a flush pass over it.
    volatile: Mutex<u64>,
}

/// A part of a list.
#[derive(Debug, Default)]
pub struct Page {
    /// Jobs that passed the filter, newest first.
    pub jobs: Vec<Job>,
    /// What to go on `after` for the next part; `None` at the end. A part may be short, or empty,
    /// before the end: one call reads a bounded number of records.
    pub next: Option<JobId>,
    /// Jobs whose records are damaged and were passed over.
    pub damaged: Vec<JobId>,
}

impl History {
    /// Opens the store at `path`, or makes one, for at most `max` jobs.
    ///
    /// # Errors
    /// The file cannot be opened or is no store.
    pub fn open(path: &Path, max: u64) -> Result<History, HistoryError> {
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(path)?;
        let transaction = database.begin_write()?;
        transaction.open_table(JOBS)?;
        transaction.open_table(KEYS)?;
        transaction.commit()?;
        Ok(History {
            database,
            max,
            volatile: Mutex::new(0),
        })
    }

    /// Stores jobs in one transaction and trims those with the lowest ids beyond the limit. To
    /// store a job again changes nothing.
    ///
    /// Most calls do not wait for the disk: after a crash the log is applied again from its last
    /// snapshot, and the same jobs come again. That holds only for entries the log still has, so
    /// call [`History::flush`] before it is compacted.
    ///
    /// # Errors
    /// The database failed; none of the jobs is stored.
    pub fn put(&self, jobs: &[Arc<Job>]) -> Result<(), HistoryError> {
        let added = jobs.len() as u64;
        let mut volatile = self.lock_volatile();
        let waiting = *volatile + added;
        let durability = if waiting >= VOLATILE_MAX {
            Durability::Immediate
        } else {
            Durability::None
        };
        self.write(durability, |records, keys| {
            for job in jobs {
                put_one(records, keys, job)?;
            }
            self.trim(records, keys, added)
        })?;
        *volatile = if waiting >= VOLATILE_MAX { 0 } else { waiting };
        Ok(())
    }

    /// Makes everything durable that was put so far.
    ///
    /// # Errors
    /// The database failed.
    pub fn flush(&self) -> Result<(), HistoryError> {
        let mut volatile = self.lock_volatile();
        if *volatile > 0 {
            self.write(Durability::Immediate, |_, _| Ok(()))?;
            *volatile = 0;
        }
        Ok(())
    }

    /// A job by its identity.
    ///
    /// # Errors
    /// The database failed, or the record is damaged.
    pub fn get(&self, id: JobId) -> Result<Option<Job>, HistoryError> {
        let transaction = self.database.begin_read()?;
        let records = transaction.open_table(JOBS)?;
        let record = records.get(id.0)?;
        record.map(|it| record::decode(id, it.value())).transpose()
    }

    /// The newest job a tenant stored under a key.
    ///
    /// # Errors
    /// As for [`History::get`].
    pub fn get_by_key(&self, tenant: &str, key: &str) -> Result<Option<Job>, HistoryError> {
        let transaction = self.database.begin_read()?;
        let id = transaction.open_table(KEYS)?.get((tenant, key))?;
        match id {
            Some(id) => self.get(JobId(id.value())),
            None => Ok(None),
        }
    }

    /// At most `limit` jobs that pass `filter`, newest first, older than `after` if given.
    ///
    /// # Errors
    /// The database failed. Damaged records are passed over and named in the page.
    pub fn list(
        &self,
        after: Option<JobId>,
        limit: usize,
        filter: impl Fn(&Job) -> bool,
    ) -> Result<Page, HistoryError> {
        let records = self.database.begin_read()?.open_table(JOBS)?;
        let before = after.map_or(u64::MAX, |id| id.0);
        page(records.range(..before)?.rev(), limit, filter)
    }

    /// How many jobs are stored.
    ///
    /// # Errors
    /// The database failed.
    pub fn len(&self) -> Result<u64, HistoryError> {
        let transaction = self.database.begin_read()?;
        Ok(transaction.open_table(JOBS)?.len()?)
    }

    /// True when no job is stored.
    ///
    /// # Errors
    /// The database failed.
    pub fn is_empty(&self) -> Result<bool, HistoryError> {
        Ok(self.len()? == 0)
    }

    fn lock_volatile(&self) -> std::sync::MutexGuard<'_, u64> {
        // The count changes only after a commit, so a panic before one leaves it right.
        self.volatile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut Records<'_>, &mut Keys<'_>) -> Result<(), HistoryError>,
    ) -> Result<(), HistoryError> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(durability)?;
        // Spares the next start a walk through the whole file after a crash.
        transaction.set_quick_repair(matches!(durability, Durability::Immediate));
        {
            let mut records = transaction.open_table(JOBS)?;
            let mut keys = transaction.open_table(KEYS)?;
            change(&mut records, &mut keys)?;
        }
        Ok(transaction.commit()?)
    }

    fn trim(
        &self,
        records: &mut Records<'_>,
        keys: &mut Keys<'_>,
        added: u64,
    ) -> Result<(), HistoryError> {
        let excess = records.len()?.saturating_sub(self.max);
        for _ in 0..excess.min(added + TRIM_EXTRA_MAX) {
            let Some((id, record)) = records.pop_first()? else {
                return Ok(());
            };
            let id = JobId(id.value());
            // The key of a damaged record stays behind and leads to no job, which readers bear.
            if let Ok(job) = record::decode(id, record.value()) {
                remove_key(keys, &job)?;
            }
        }
        Ok(())
    }
}

type Entry<'a> = (AccessGuard<'a, u64>, AccessGuard<'a, &'static [u8]>);
type Records<'a> = Table<'a, u64, &'static [u8]>;
type Keys<'a> = Table<'a, (&'static str, &'static str), u64>;

/// Reads up to `limit` jobs that pass, and a bounded number in all.
fn page<'a>(
    entries: impl Iterator<Item = Result<Entry<'a>, redb::StorageError>>,
    limit: usize,
    filter: impl Fn(&Job) -> bool,
) -> Result<Page, HistoryError> {
    let mut page = Page::default();
    for (scanned, entry) in entries.enumerate() {
        if scanned == SCAN_MAX || page.jobs.len() >= limit {
            return Ok(page);
        }
        let (id, record) = entry?;
        let id = JobId(id.value());
        page.next = Some(id);
        match record::decode(id, record.value()) {
            Ok(job) if filter(&job) => page.jobs.push(job),
            Ok(_) => {}
            Err(_) => page.damaged.push(id),
        }
    }
    page.next = None;
    Ok(page)
}

fn put_one(records: &mut Records<'_>, keys: &mut Keys<'_>, job: &Job) -> Result<(), HistoryError> {
    records.insert(job.id.0, record::encode(job).as_slice())?;
    let key = (&*job.tenant, job.key.as_str());
    let newest = keys.get(key)?.map_or(0, |id| id.value());
    // A key may be used again once its job retired; a replay of the older job must not win.
    if newest < job.id.0 {
        keys.insert(key, job.id.0)?;
    }
    Ok(())
}

fn remove_key(keys: &mut Keys<'_>, job: &Job) -> Result<(), HistoryError> {
    let key = (&*job.tenant, job.key.as_str());
    let newest = keys.get(key)?.map(|id| id.value());
    if newest == Some(job.id.0) {
        keys.remove(key)?;
    }
    Ok(())
}
