//! The content store: `data/<sha256>` with a small index of names, and `partial/<sha256>` for what
//! is on its way. Blocking; it deletes complete content only when told that it is to go, and what
//! has had no name for a week.

mod lent;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::hash;
use crate::executor::layout::write_whole;
use crate::model::DataFact;
use crate::wire::is_sha256;

/// Nobody writes; programs of images are run from their hard links.
const CONTENT_MODE: u32 = 0o555;
/// A payload's own copy.
const OWN_MODE: u32 = 0o644;
const STALE_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);

/// A handle on the store; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    data: PathBuf,
    partial: PathBuf,
    lent: PathBuf,
    index_path: PathBuf,
    // A lock and not a task: the mover's tasks and the executor's thread both name data, rarely.
    index: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    fact: DataFact,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

/// The file an entry was imported from, to see at the next start that it is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Source {
    path: PathBuf,
    size_bytes: u64,
    modified_ns: i64,
    inode: u64,
}

impl Store {
    /// Opens or creates the store below `directory`.
    ///
    /// # Errors
    /// When the disk says no or the index is damaged.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let inner = Inner {
            data: directory.join("data"),
            partial: directory.join("partial"),
            lent: directory.join("lent"),
            index_path: directory.join("names.jsonl"),
            index: Mutex::default(),
        };
        fs::create_dir_all(&inner.data)?;
        fs::create_dir_all(&inner.partial)?;
        fs::create_dir_all(&inner.lent)?;
        drop_stale(&inner.partial)?;
        let mut index = read_index(&inner.index_path)?;
        index.retain(|_, entry| inner.data.join(&entry.fact.sha256).is_file());
        write_index(&inner.index_path, &index)?;
        drop_nameless(&inner.data, &index)?;
        *lock(&inner.index) = index;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Every name and what it stands for.
    #[must_use]
    pub fn facts(&self) -> Vec<DataFact> {
        lock(&self.inner.index)
            .values()
            .map(|entry| entry.fact.clone())
            .collect()
    }

    /// Where complete content is; none when it is not here.
    #[must_use]
    pub fn content(&self, sha256: &str) -> Option<PathBuf> {
        let places = [self.inner.data.join(sha256), self.lent_path(sha256)];
        let mut found = places.into_iter().filter(|path| path.is_file());
        found.next().filter(|_| is_sha256(sha256))
    }

    /// Digest that a name stands for.
    #[must_use]
    pub fn digest(&self, name: &str) -> Option<String> {
        lock(&self.inner.index)
            .get(name)
            .map(|entry| entry.fact.sha256.clone())
    }

    /// Where content on its way is gathered.
    #[must_use]
    pub fn partial(&self, sha256: &str) -> PathBuf {
        self.inner.partial.join(sha256)
    }

    /// Makes gathered and verified content complete.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn complete(&self, fact: &DataFact) -> io::Result<()> {
        let partial = self.partial(&fact.sha256);
        fs::File::open(&partial)?.sync_all()?;
        fs::set_permissions(&partial, Permissions::from_mode(CONTENT_MODE))?;
        fs::rename(&partial, self.inner.data.join(&fact.sha256))?;
        self.name(fact)
    }

    /// Lets content that is here be known under a name.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn name(&self, fact: &DataFact) -> io::Result<()> {
        self.enter(Entry {
            fact: fact.clone(),
            source: None,
        })
    }

    /// Takes in an operator's file, by copy or, when asked, by hard link. A file that did not
    /// change since the last import is not read again.
    ///
    /// # Errors
    /// When the file cannot be read or the disk says no.
    pub fn import(&self, name: &str, path: &Path, link: bool) -> io::Result<DataFact> {
        let source = source(path)?;
        let known = lock(&self.inner.index).get(name).cloned();
        if let Some(entry) = known.filter(|entry| entry.source.as_ref() == Some(&source)) {
            return Ok(entry.fact);
        }
        let fact = self.take(name, path, link)?;
        self.enter(Entry {
            fact: fact.clone(),
            source: Some(source),
        })?;
        Ok(fact)
    }

    /// Takes in a file that a payload left; it stays where it is, as a link.
    ///
    /// # Errors
    /// When the file cannot be read or the disk says no.
    pub fn add(&self, name: &str, path: &Path) -> io::Result<DataFact> {
        let fact = self.take(name, path, true)?;
        self.name(&fact)?;
        Ok(fact)
    }

    /// Forgets names, and drops content that no other name stands for. A stream under way still
    /// ends, and what was placed for a payload stays in its place.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn forget(&self, facts: &[DataFact]) -> io::Result<()> {
        let mut index = lock(&self.inner.index);
        for fact in facts {
            let known = index.get(&fact.name);
            if known.is_some_and(|entry| entry.fact.sha256 == fact.sha256) {
                index.remove(&fact.name);
            }
        }
        // First the names: content without one does no harm.
        write_index(&self.inner.index_path, &index)?;
        let named = digests(&index);
        let gone = facts.iter().map(|fact| fact.sha256.as_str());
        for sha256 in gone.filter(|sha256| is_sha256(sha256) && !named.contains(sha256)) {
            match fs::remove_file(self.inner.data.join(sha256)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Places content at `target`, which must not exist, as a read-only file.
    ///
    /// # Errors
    /// When the content is not here or the disk says no.
    pub fn place(&self, sha256: &str, target: &Path) -> io::Result<()> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("{sha256} is not here"));
        let content = self.content(sha256).ok_or_else(missing)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        link_or_copy(&content, target, true)
    }

    /// Places a copy of content at `target`, which must not exist, for whoever runs there to write
    /// to.
    ///
    /// # Errors
    /// When the content is not here or the disk says no.
    pub fn copy(&self, sha256: &str, target: &Path) -> io::Result<()> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, format!("{sha256} is not here"));
        let content = self.content(sha256).ok_or_else(missing)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&content, target)?;
        fs::set_permissions(target, Permissions::from_mode(OWN_MODE))
    }

    fn take(&self, name: &str, path: &Path, link: bool) -> io::Result<DataFact> {
        let (sha256, size_bytes) = hash::file(path)?;
        let target = self.inner.data.join(&sha256);
        if !target.is_file() {
            let temporary = self.inner.partial.join(format!("{sha256}.import"));
            let _ = fs::remove_file(&temporary);
            link_or_copy(path, &temporary, link)?;
            fs::File::open(&temporary)?.sync_all()?;
            fs::rename(&temporary, &target)?;
            fs::File::open(&self.inner.data)?.sync_all()?;
        }
        Ok(DataFact {
            name: name.to_owned(),
            sha256,
            size_bytes,
        })
    }

    fn enter(&self, entry: Entry) -> io::Result<()> {
        let mut index = lock(&self.inner.index);
        if index.get(&entry.fact.name) == Some(&entry) {
            return Ok(());
        }
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.inner.index_path)?;
        file.write_all(&line)?;
        file.sync_data()?;
        index.insert(entry.fact.name.clone(), entry);
        Ok(())
    }
}

fn lock(index: &Mutex<BTreeMap<String, Entry>>) -> MutexGuard<'_, BTreeMap<String, Entry>> {
    // The map is whole between any two statements under the lock.
    index.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digests(index: &BTreeMap<String, Entry>) -> BTreeSet<&str> {
    let digests = index.values().map(|entry| entry.fact.sha256.as_str());
    digests.collect()
}

/// Half-done pulls that nobody resumed for a week, and half-done imports.
fn drop_stale(partial: &Path) -> io::Result<()> {
    for entry in fs::read_dir(partial)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        let is_import = !is_sha256(&entry.file_name().to_string_lossy());
        if is_import || age > STALE_AFTER {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Content that lost its name to other content, or got none before the agent ended, a week ago.
fn drop_nameless(data: &Path, index: &BTreeMap<String, Entry>) -> io::Result<()> {
    let named = digests(index);
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_named = name.to_str().is_some_and(|name| named.contains(name));
        // When it came here, whatever its file says: a link keeps the times of the original.
        let changed_s = entry.metadata()?.ctime();
        let came = UNIX_EPOCH + Duration::from_secs(u64::try_from(changed_s).unwrap_or(0));
        if !is_named && came.elapsed().unwrap_or_default() > STALE_AFTER {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Later lines stand for earlier ones; a torn last line is dropped.
fn read_index(path: &Path) -> io::Result<BTreeMap<String, Entry>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        other => other?,
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut index = BTreeMap::new();
    for (number, line) in whole.lines().enumerate() {
        let entry: Entry = serde_json::from_str(line).map_err(|error| {
            io::Error::other(format!("{} line {}: {error}", path.display(), number + 1))
        })?;
        index.insert(entry.fact.name.clone(), entry);
    }
    Ok(index)
}

fn write_index(path: &Path, index: &BTreeMap<String, Entry>) -> io::Result<()> {
    let mut text = Vec::new();
    for entry in index.values() {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    write_whole(path, &text)
}

fn source(path: &Path) -> io::Result<Source> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(Source {
        path: path.to_owned(),
        size_bytes: metadata.len(),
        modified_ns: metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec(),
        inode: metadata.ino(),
    })
}

/// Across devices, and where asked, a link becomes a copy. Read-only either way.
fn link_or_copy(from: &Path, to: &Path, link: bool) -> io::Result<()> {
    if !link || fs::hard_link(from, to).is_err() {
        if fs::symlink_metadata(to).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the place is taken",
            ));
        }
        fs::copy(from, to)?;
    }
    fs::set_permissions(to, Permissions::from_mode(CONTENT_MODE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("store")).unwrap();
        (directory, store)
    }

    #[test]
    fn an_import_is_found_again_and_a_change_is_seen() {
        let (directory, store) = store();
        let path = directory.path().join("file");
        fs::write(&path, "one").unwrap();
        let first = store.import("a", &path, false).unwrap();
        assert_eq!(first.size_bytes, 3);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o200,
            0o200
        );
        drop(store);
        let store = Store::open(&directory.path().join("store")).unwrap();
        assert_eq!(store.facts(), std::slice::from_ref(&first));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "other").unwrap();
        let second = store.import("a", &path, false).unwrap();
        assert_ne!(second.sha256, first.sha256);
        assert_eq!(store.digest("a"), Some(second.sha256));
    }

    #[test]
    fn placed_data_cannot_be_written_and_no_place_is_taken_twice() {
        let (directory, store) = store();
        let path = directory.path().join("file");
        fs::write(&path, "one").unwrap();
        let fact = store.import("a", &path, false).unwrap();
        let target = directory.path().join("work/inputs/a");
        store.place(&fact.sha256, &target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
        assert_eq!(
            fs::metadata(&target).unwrap().permissions().mode() & 0o222,
            0
        );
        assert!(store.place(&fact.sha256, &target).is_err());
        assert!(
            store
                .place(&"0".repeat(64), &directory.path().join("x"))
                .is_err()
        );
        assert_eq!(store.content("../names.jsonl"), None);
    }

    #[test]
    fn what_is_forgotten_is_gone_but_for_content_with_another_name() {
        let (directory, store) = store();
        let path = directory.path().join("file");
        fs::write(&path, "one").unwrap();
        let one = store.import("one", &path, false).unwrap();
        let again = store.import("again", &path, false).unwrap();
        let target = directory.path().join("work/inputs/one");
        store.place(&one.sha256, &target).unwrap();
        store.forget(std::slice::from_ref(&one)).unwrap();
        assert_eq!(store.facts(), std::slice::from_ref(&again));
        assert!(store.content(&one.sha256).is_some());
        // A name that stands for other content by now is not meant.
        let other = DataFact {
            sha256: "0".repeat(64),
            ..again.clone()
        };
        store.forget(&[other]).unwrap();
        assert_eq!(store.facts(), std::slice::from_ref(&again));
        store.forget(&[again]).unwrap();
        assert!(store.content(&one.sha256).is_none());
        assert_eq!(fs::read_to_string(&target).unwrap(), "one");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "one",
            "the operator's own file stays"
        );
        let reopened = Store::open(&directory.path().join("store")).unwrap();
        assert!(reopened.facts().is_empty());
    }

    #[test]
    fn a_torn_line_is_dropped_and_lost_content_is_not_claimed() {
        let (directory, store) = store();
        let path = directory.path().join("file");
        for text in ["one", "two"] {
            fs::write(&path, text).unwrap();
            store.import(text, &path, false).unwrap();
        }
        let root = directory.path().join("store");
        fs::remove_file(store.content(&store.digest("one").unwrap()).unwrap()).unwrap();
        let mut index = OpenOptions::new()
            .append(true)
            .open(root.join("names.jsonl"))
            .unwrap();
        index.write_all(b"{\"name\":\"torn").unwrap();
        let names: Vec<String> = Store::open(&root)
            .unwrap()
            .facts()
            .into_iter()
            .map(|fact| fact.name)
            .collect();
        assert_eq!(names, ["two"]);
    }
}
