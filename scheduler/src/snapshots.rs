//! When to write a snapshot of the state, off the raft thread.

use std::io::Write as _;
use std::sync::mpsc::SyncSender;

use crate::driver::Input;
use crate::log_store::{SnapshotFile, SnapshotWriter};
use crate::replica::{Fatal, Replica};

/// Entries kept behind a snapshot, so that a slow peer need not be sent the whole state.
const KEEP_ENTRIES: u64 = 10_000;

/// Decides and keeps count; at most one snapshot is under way.
pub struct Snapshots {
    every_entries: u64,
    last_index: u64,
    writing: bool,
    inbox: SyncSender<Input>,
}

impl Snapshots {
    /// Snapshots after every so many entries; results come back through `inbox`.
    pub fn new(every_entries: u64, last_index: u64, inbox: SyncSender<Input>) -> Snapshots {
        Snapshots {
            every_entries: every_entries.max(1),
            last_index,
            writing: false,
            inbox,
        }
    }

    /// Starts one if enough was applied since the last.
    pub fn consider(&mut self, replica: &Replica) -> Result<(), Fatal> {
        let index = replica.state().index();
        if self.writing || index < self.last_index + self.every_entries {
            return Ok(());
        }
        let writer = replica
            .log()
            .snapshots()
            .create(replica.snapshot_metadata()?)?;
        let state = replica.share_state();
        let inbox = self.inbox.clone();
        self.writing = true;
        self.last_index = index;
        std::thread::spawn(move || {
            let result = write(&state, writer).map_err(|error| error.to_string());
            // The receiver is gone only when the process ends.
            let _ = inbox.send(Input::SnapshotWritten(result));
        });
        Ok(())
    }

    /// A snapshot is on disk: the log before it may go.
    pub fn written(
        &mut self,
        replica: &mut Replica,
        result: Result<SnapshotFile, String>,
    ) -> Result<(), Fatal> {
        self.writing = false;
        let file = result.map_err(Fatal::Snapshot)?;
        replica.record_snapshot(&file, KEEP_ENTRIES)
    }
}

fn write(
    state: &ewc_core::State,
    mut writer: SnapshotWriter,
) -> Result<SnapshotFile, Box<dyn std::error::Error>> {
    state.write_snapshot(&mut writer)?;
    writer.flush()?;
    Ok(writer.finish()?)
}
