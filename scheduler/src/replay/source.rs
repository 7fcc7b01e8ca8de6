//! What a member's directory holds of the past: states to begin at, and the entries behind them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ewc_core::State;
use raft::eraftpb::Entry;

use crate::archive::{self, SegmentPath};
use crate::log_store::{self, LogReader, SnapshotReader};
use crate::transport::FEATURE_LEVEL;

use super::ReplayError;

/// States and entries. Reads only; a member may be running, and then its log is left out.
pub struct Source {
    bases: BTreeMap<u64, PathBuf>,
    segments: Vec<SegmentPath>,
    log: Option<LogReader>,
    in_use: bool,
}

impl Source {
    /// Looks at the directory of a member.
    ///
    /// # Errors
    /// It is no such directory, or cannot be read.
    pub fn open(data_dir: &Path) -> Result<Source, ReplayError> {
        let segments = archive::segments(&data_dir.join("archive"))?;
        let (log, in_use) = match LogReader::open(data_dir, FEATURE_LEVEL) {
            Err(log_store::Error::InUse { .. }) => (None, true),
            log => (log?, false),
        };
        if segments.is_empty() && log.is_none() {
            let path = data_dir.to_owned();
            return Err(match in_use {
                true => ReplayError::NothingYet { path },
                false => ReplayError::NotADataDirectory { path },
            });
        }
        let snapshots = log_store::files_in(&data_dir.join("snapshots"))?;
        let of_segments = segments
            .iter()
            .map(|segment| (segment.base_index, segment.base()));
        Ok(Source {
            bases: of_segments.chain(snapshots).collect(),
            segments,
            log,
            in_use,
        })
    }

    /// True when a member runs on the directory.
    pub fn is_in_use(&self) -> bool {
        self.in_use
    }

    /// The highest index at or below `index` at which a state is kept; the lowest one if all are
    /// above.
    pub fn start_for(&self, index: u64) -> Option<u64> {
        let below = self.bases.range(..=index).next_back();
        below
            .or(self.bases.first_key_value())
            .map(|(index, _)| *index)
    }

    /// The state kept at exactly this index, if there is one.
    pub fn state_at(&self, index: u64) -> Option<Result<State, ReplayError>> {
        self.bases.get(&index).map(|path| read_state(path, index))
    }

    /// All entries behind `after`, in order and each once: those of the archive, then those of the
    /// log. An error stands for entries that are not there; what can be read goes on behind it.
    pub fn entries(&self, after: u64) -> impl Iterator<Item = Result<Entry, ReplayError>> + '_ {
        let ends = self.segments.iter().skip(1).map(|next| next.base_index);
        let ends = ends.chain([u64::MAX]);
        let segments = self.segments.iter().zip(ends);
        let archived = segments
            .filter(move |(_, end)| *end > after)
            .flat_map(|(segment, _)| of_segment(segment));
        let mut last = after;
        let archived: Box<dyn Iterator<Item = _>> = Box::new(archived);
        let mut sources = vec![archived];
        let mut log = self.log.as_ref();
        std::iter::from_fn(move || {
            loop {
                match sources.last_mut()?.next() {
                    Some(Ok(entry)) if entry.index <= last => {}
                    Some(Ok(entry)) => {
                        last = entry.index;
                        return Some(Ok(entry));
                    }
                    Some(Err(error)) => return Some(Err(error)),
                    None => {
                        sources.pop();
                        // What is in both was read from the archive.
                        let logged = log.take()?.committed(last);
                        sources.push(Box::new(logged.map(|entry| Ok(entry?))));
                    }
                }
            }
        })
    }
}

fn of_segment(segment: &SegmentPath) -> impl Iterator<Item = Result<Entry, ReplayError>> + use<> {
    // A member that runs drops old segments; then they are not there, which is an answer too.
    let (entries, error) = match segment.entries() {
        Ok(entries) => (Some(entries), None),
        Err(_) if !segment.path.exists() => (None, None),
        Err(error) => (None, Some(Err(error.into()))),
    };
    let entries = entries.into_iter().flatten();
    entries.map(|entry| Ok(entry?)).chain(error)
}

fn read_state(path: &Path, index: u64) -> Result<State, ReplayError> {
    let wrong = |problem: String| ReplayError::Base {
        path: path.to_owned(),
        problem,
    };
    let mut reader = SnapshotReader::open(path)?;
    let state = State::read_snapshot(&mut reader).map_err(|error| wrong(error.to_string()))?;
    match state.index() == index {
        true => Ok(state),
        false => Err(wrong(format!("it is the state of index {}", state.index()))),
    }
}
