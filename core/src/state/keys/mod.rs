//! Which job stands under which key of which tenant.
//!
//! Whoever holds a snapshot makes the next change copy what it touches. Keys come in no order: a
//! tree by their digests would copy a path of nodes for nearly every submission, which used to be
//! two fifths of what a submission cost. So digests lie by job, where new ones are neighbours, and
//! what is searched for a key is a set of [`Places`].

mod places;

use imbl::OrdMap;
use sha2::{Digest as _, Sha256};

use crate::model::JobId;

use places::Places;

/// SHA-256 of a tenant and a key, or of a body.
type Sum = [u8; 32];

/// What was submitted as a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Filed {
    key: Sum,
    body: Sum,
}

/// Jobs by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    filed: OrdMap<JobId, Filed>,
    places: Places,
}

impl Keys {
    /// Keys that are taken.
    pub(super) fn len(&self) -> usize {
        self.filed.len()
    }

    /// The job under a key, and the digest of its body.
    pub(super) fn get(&self, key: &Sum) -> Option<(JobId, Sum)> {
        self.places.with_prefix(prefix(key)).find_map(|job| {
            let filed = self.filed.get(&job)?;
            (filed.key == *key).then_some((job, filed.body))
        })
    }

    /// Files a job, which has no key yet, under one that no other job has.
    pub(super) fn insert(&mut self, key: Sum, job: JobId, body: Sum) {
        self.remove(job);
        self.filed.insert(job, Filed { key, body });
        self.places.toggle(prefix(&key), job);
    }

    /// Forgets a job's key, if it has one.
    pub(super) fn remove(&mut self, job: JobId) {
        if let Some(filed) = self.filed.remove(&job) {
            self.places.toggle(prefix(&filed.key), job);
        }
    }

    /// Keys, their jobs and the digests of the bodies, by job.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Sum, JobId, &Sum)> {
        let filed = self.filed.iter();
        filed.map(|(job, filed)| (&filed.key, *job, &filed.body))
    }
}

/// The part of a key's digest that places are found by.
fn prefix(key: &Sum) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What a tenant's key is looked up by. The length keeps tenant and key apart.
pub(super) fn key_digest(tenant: &str, key: &str) -> Sum {
    let mut digest = Sha256::new();
    digest.update((tenant.len() as u64).to_le_bytes());
    digest.update(tenant.as_bytes());
    digest.update(key.as_bytes());
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key with the given prefix.
    fn key(prefix: u64, rest: u8) -> Sum {
        let mut key = [rest; 32];
        key[..8].copy_from_slice(&prefix.to_be_bytes());
        key
    }

    #[test]
    fn a_key_is_found_by_the_whole_of_it() {
        let mut keys = Keys::default();
        keys.insert(key(7, 1), JobId(1), [11; 32]);
        keys.insert(key(7, 2), JobId(2), [12; 32]);
        assert_eq!(keys.get(&key(7, 1)), Some((JobId(1), [11; 32])));
        assert_eq!(keys.get(&key(7, 2)), Some((JobId(2), [12; 32])));
        assert_eq!(keys.get(&key(7, 3)), None, "another key with this prefix");
        assert_eq!(keys.get(&key(8, 1)), None);
        let all: Vec<JobId> = keys.iter().map(|(_, job, _)| job).collect();
        assert_eq!((all, keys.len()), (vec![JobId(1), JobId(2)], 2));
    }

    #[test]
    fn a_forgotten_key_is_free_for_another_job() {
        let mut keys = Keys::default();
        keys.insert(key(7, 1), JobId(1), [11; 32]);
        keys.remove(JobId(1));
        keys.remove(JobId(1));
        assert_eq!((keys.get(&key(7, 1)), keys.len()), (None, 0));
        keys.insert(key(7, 1), JobId(9), [19; 32]);
        assert_eq!(keys.get(&key(7, 1)), Some((JobId(9), [19; 32])));
    }

    #[test]
    fn tenant_and_key_are_kept_apart() {
        assert_ne!(key_digest("ab", "c"), key_digest("a", "bc"));
    }
}
