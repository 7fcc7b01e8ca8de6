//! Content that is here only until another site has fetched it: `lent/<sha256>`. It has no name in
//! the index, so that it never counts as a replica, and is dropped when nobody waits for it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{CONTENT_MODE, Store};
use crate::model::DataFact;
use crate::wire::is_sha256;

impl Store {
    /// Makes gathered and verified content complete, for others to fetch.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn lend(&self, sha256: &str) -> io::Result<()> {
        let partial = self.partial(sha256);
        fs::File::open(&partial)?.sync_all()?;
        fs::set_permissions(&partial, Permissions::from_mode(CONTENT_MODE))?;
        fs::rename(&partial, self.lent_path(sha256))
    }

    /// Digests of what is lent, as an earlier incarnation left it.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn lent(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.inner.lent)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            found.extend(is_sha256(&name).then_some(name));
        }
        found.sort();
        Ok(found)
    }

    /// Keeps what was lent for good, under a name.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn keep_lent(&self, fact: &DataFact) -> io::Result<()> {
        let lent = self.lent_path(&fact.sha256);
        if lent.is_file() {
            fs::rename(lent, self.inner.data.join(&fact.sha256))?;
            fs::File::open(&self.inner.data)?.sync_all()?;
        }
        self.name(fact)
    }

    /// Drops what was lent. A stream under way still ends.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn drop_lent(&self, sha256: &str) -> io::Result<()> {
        match fs::remove_file(self.lent_path(sha256)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn lent_path(&self, sha256: &str) -> PathBuf {
        self.inner.lent.join(sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_served_and_no_replica_until_it_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let store = Store::open(&path).unwrap();
        let sha256 = "a".repeat(64);
        fs::write(store.partial(&sha256), "bytes").unwrap();
        store.lend(&sha256).unwrap();
        assert!(store.content(&sha256).is_some());
        assert!(store.facts().is_empty());
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.lent().unwrap(), std::slice::from_ref(&sha256));
        let fact = DataFact {
            name: "d".into(),
            sha256: sha256.clone(),
            size_bytes: 5,
        };
        store.keep_lent(&fact).unwrap();
        assert_eq!(store.facts(), [fact]);
        assert!(store.lent().unwrap().is_empty());
        store.drop_lent(&sha256).unwrap();
        assert!(
            store.content(&sha256).is_some(),
            "what is kept is not dropped"
        );
    }

    #[test]
    fn what_is_dropped_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let sha256 = "b".repeat(64);
        fs::write(store.partial(&sha256), "bytes").unwrap();
        store.lend(&sha256).unwrap();
        store.drop_lent(&sha256).unwrap();
        assert!(store.content(&sha256).is_none());
    }
}
