//! The executor across crashes of the agent at the worst moments.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Place, supervisor};
use ewc_agent::data::store::Store;
use ewc_agent::executor::{Adopted, Executor, ExecutorConfig, StartError};
use ewc_agent::journal::Journal;
use ewc_agent::logic::StartRefusal;
use ewc_agent::model::{
    AttemptKey, Outcome, Phase, Program, StartOrder, TaskEnd, TaskOrder, TaskStatus,
};

fn open(place: &Path, supervisor: PathBuf, keep_attempts: usize) -> Executor {
    let config = ExecutorConfig {
        attempts_dir: place.join("attempts"),
        supervisor,
        lease_file: place.join("lease"),
        site: "here".into(),
        grace_ms: 200,
        keep_attempts,
        keep_for_ms: 3_600_000,
    };
    let store = Store::open(place).unwrap();
    Executor::new(
        config,
        store,
        Journal::open(&place.join("journal")).unwrap(),
    )
    .unwrap()
}

fn order(job: &str, fence: i64, script: &str) -> StartOrder {
    let argv = ["/bin/sh", "-c", script].map(String::from).to_vec();
    StartOrder {
        key: AttemptKey {
            job: job.into(),
            attempt: 1,
            fence,
        },
        tasks: vec![TaskOrder {
            group: "main".into(),
            index: 0,
            count: 1,
            program: Program::Argv(argv),
            environment: Default::default(),
            memory_mib: 0,
            time_limit_ms: 0,
            run_for_ms: 0,
        }],
        placements: vec![],
        outputs: vec![],
        checkpoint: None,
        stop_on_disconnect: false,
        scale_permille: 1000,
    }
}

fn now() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    since.as_millis() as u64
}

fn until_end(executor: &mut Executor) -> TaskStatus {
    let start = Instant::now();
    loop {
        if let Some(ended) = executor.poll(now()).pop() {
            return ended.status;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "it never ends");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_supervisor_that_comes_too_late_cannot_start_the_payload() {
    let place = Place::new();
    // Stands for a supervisor that was not scheduled before the agent died.
    let mut executor = open(place.path(), "/bin/true".into(), 9);
    executor
        .start(order("late", 5, "touch ran"), now())
        .unwrap();
    drop(executor);
    let mut executor = open(place.path(), supervisor(), 9);
    assert!(matches!(executor.adopt(now())[..], [Adopted::Active(_)]));
    let status = until_end(&mut executor);
    assert_eq!(status.end, TaskEnd::Lost);
    assert_eq!(status.detail, "the payload was never started");
    let attempt = place.path().join("attempts/late-1-5");
    let late = Command::new(supervisor())
        .arg("supervise")
        .arg(attempt.join("main-0"))
        .stderr(Stdio::null())
        .status();
    assert!(!late.unwrap().success());
    assert!(!attempt.join("work/ran").exists());
}

#[test]
fn an_attempt_is_not_started_beside_one_that_may_live() {
    let place = Place::new();
    let mut executor = open(place.path(), supervisor(), 9);
    executor
        .start(order("j", 5, "exec sleep 60"), now())
        .unwrap();
    drop(executor);
    // A new agent that has not even looked at what is there.
    let mut executor = open(place.path(), supervisor(), 9);
    let refused = executor.start(order("j", 6, "true"), now()).unwrap_err();
    assert!(
        matches!(refused, StartError::Refused(StartRefusal::NotYet(_))),
        "{refused}"
    );
    let refused = executor.start(order("j", 5, "true"), now()).unwrap_err();
    assert!(
        matches!(refused, StartError::Refused(StartRefusal::FenceUsed(_))),
        "{refused}"
    );
    assert!(
        place
            .path()
            .join("attempts/j-1-5/main-0/spec.json")
            .exists(),
        "left alone"
    );

    let first = AttemptKey {
        job: "j".into(),
        attempt: 1,
        fence: 5,
    };
    executor.adopt(now());
    executor.stop(&first, now());
    assert_eq!(until_end(&mut executor).end, TaskEnd::Stopped);
    executor
        .end(&first, &Outcome::bare(Phase::Stopped, 0, ""))
        .unwrap();
    executor.start(order("j", 6, "exit 3"), now()).unwrap();
    assert_eq!(until_end(&mut executor).exit_code, 3);
}

#[test]
fn an_attempt_without_its_directory_is_lost() {
    let place = Place::new();
    let mut executor = open(place.path(), "/bin/true".into(), 9);
    executor.start(order("j", 5, "true"), now()).unwrap();
    drop(executor);
    fs::remove_dir_all(place.path().join("attempts/j-1-5")).unwrap();
    let adopted = open(place.path(), supervisor(), 9).adopt(now());
    assert!(
        matches!(&adopted[..], [Adopted::Ended(_, outcome, _)] if outcome.phase == Phase::Lost),
        "{adopted:?}"
    );
}

#[test]
fn only_so_many_directories_of_released_attempts_are_kept() {
    let place = Place::new();
    let mut executor = open(place.path(), supervisor(), 2);
    for fence in 1..=5 {
        let order = order(&format!("j{fence}"), fence, "true");
        let key = order.key.clone();
        executor.start(order, now()).unwrap();
        until_end(&mut executor);
        executor
            .end(&key, &Outcome::bare(Phase::Succeeded, 0, ""))
            .unwrap();
        // The first is not let go, and stays whatever its age.
        if fence > 1 {
            executor.release(&key, now()).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let entries = fs::read_dir(place.path().join("attempts")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["j1-1-1", "j4-1-4", "j5-1-5"]);
}
