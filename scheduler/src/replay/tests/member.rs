//! A member alone, whose log, snapshots and archive are written by hand.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ewc_core::State;
use ewc_core::command::{Command, Stamped, Submission};
use ewc_core::model::{JobSpec, PolicyKind};
use ewc_core::planner::{Plan, Round, Scope, plan};
use ewc_core::state::Answer;
use ewc_scenario::{Format, JobFile, national_small};
use tempfile::TempDir;

use crate::archive::Archive;
use crate::log_store::{Identity, LogStore};
use crate::replica::{Replica, Settings, is_plan};
use crate::transport::FEATURE_LEVEL;

/// Network time of the first entry.
const START_MS: i64 = 1_800_000_000_000;
/// Network time between two entries.
const STEP_MS: i64 = 500;

const JOB: &str = r#"
name = "work"
command = ["true"]
cpu = "2"
estimate = "1h"
"#;

pub struct Member {
    replica: Replica,
    dir: TempDir,
    jobs: u32,
    entries: i64,
}

impl Member {
    /// Founds a member that knows two sites.
    pub fn found() -> Member {
        let dir = TempDir::new().unwrap();
        let identity = Identity {
            cluster_id: 1,
            member_id: 1,
            feature_level: FEATURE_LEVEL,
        };
        let settings = Settings {
            member_id: 1,
            voters: vec![1],
            election_ticks: 5,
            heartbeat_ticks: 1,
            limits: Default::default(),
            election_seed: Some(1),
        };
        let store = LogStore::open_dir(dir.path(), identity).unwrap();
        let mut member = Member {
            replica: Replica::open(store, settings).unwrap(),
            dir,
            jobs: 0,
            entries: 0,
        };
        member.replica.poll(&mut |_| {}).unwrap();
        for site in national_small().sites {
            member.log(Command::RegisterSite {
                spec: site.spec,
                incarnation: 1,
                data_address: String::new(),
            });
        }
        member
    }

    pub fn state(&self) -> State {
        self.replica.state().clone()
    }

    /// Logs a command; says where.
    pub fn log(&mut self, command: Command) -> (u64, Answer) {
        self.entries += 1;
        let time_ms = START_MS + self.entries * STEP_MS;
        self.replica
            .propose(vec![(1, Stamped { time_ms, command })])
            .unwrap();
        let outputs = self.replica.poll(&mut |_| {}).unwrap();
        let (index, _, applied) = &outputs.applied[0];
        (*index, applied.result.clone().unwrap())
    }

    pub fn submit(&mut self, count: u32) {
        let submission = |number: u32| Submission {
            tenant: "t".to_owned(),
            key: number.to_string(),
            body_digest: [0; 32],
            spec: job().into(),
        };
        let jobs = (0..count).map(|at| submission(self.jobs + at)).collect();
        self.jobs += count;
        self.log(Command::SubmitJobs(jobs));
    }

    /// A plan for a state, stopped after so many jobs.
    pub fn plan(state: &State, stop: u32) -> Plan {
        Member::plan_of(state, Scope::All, stop)
    }

    /// The same of some jobs.
    pub fn plan_of(state: &State, scope: Scope, stop: u32) -> Plan {
        let round = Round {
            policy: PolicyKind::Greedy,
            scope,
            jobs_max: 8,
            seed: state.index(),
        };
        plan(state, &round, |reached| reached < stop)
    }

    /// Logs a plan; all of it is accepted.
    pub fn commit(&mut self, plan: Plan) -> u64 {
        let expected = plan.placements.len() as u32;
        let (index, answer) = self.log(Command::CommitPlan(plan));
        let accepted = matches!(answer, Answer::Planned { accepted, .. } if accepted == expected);
        assert!(accepted, "{answer:?}");
        index
    }

    /// Jobs arrive and are planned on the state of now. Says where the plan stands.
    pub fn round(&mut self, jobs: u32) -> u64 {
        self.submit(jobs);
        self.commit(Member::plan(&self.state(), u32::MAX))
    }

    /// Writes a snapshot, gives up the log before it, and archives it if asked to, as a running
    /// member does. Says where the snapshot is.
    pub fn snapshot(&mut self, archived: bool) -> u64 {
        let log = self.replica.log();
        let before = log.snapshot_file().unwrap().clone();
        let metadata = self.replica.snapshot_metadata().unwrap();
        let mut writer = log.snapshots().create(metadata).unwrap();
        self.replica.state().write_snapshot(&mut writer).unwrap();
        writer.flush().unwrap();
        let file = writer.finish().unwrap();
        let end = file.metadata.index;
        if archived {
            let archive = Archive::open(self.archive(), 1000).unwrap();
            let base = log.snapshots().path_of(&before);
            let mut segment = archive.begin(&base, before.metadata.index).unwrap();
            for entry in log
                .entries_range(before.metadata.index + 1, end + 1)
                .unwrap()
            {
                let entry = entry.unwrap();
                segment.add(&entry, is_plan(&entry)).unwrap();
            }
            archive.finish(segment).unwrap();
        }
        self.replica.record_snapshot(&file).unwrap();
        self.replica.compact(end).unwrap();
        end
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn archive(&self) -> PathBuf {
        self.dir().join("archive")
    }

    /// Ends the member; its directory stays. Every entry is known to be committed.
    pub fn stop(mut self) -> TempDir {
        // The commit index goes to disk with the write after it.
        self.log(Command::Tick);
        let Member { replica, dir, .. } = self;
        drop(replica);
        dir
    }
}

/// Removes every snapshot that is older than the newest, as time does.
pub fn forget_old_snapshots(dir: &Path) {
    let snapshots = crate::log_store::files_in(&dir.join("snapshots")).unwrap();
    let newest = snapshots.iter().map(|(index, _)| *index).max();
    for (index, path) in snapshots {
        if Some(index) < newest {
            fs::remove_file(path).unwrap();
        }
    }
}

fn job() -> JobSpec {
    JobFile::parse(JOB, Format::Toml).unwrap().spec
}
