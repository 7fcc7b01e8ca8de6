//! The supervisor by itself: what it kills, what it limits, what it writes down.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Place, supervisor};
use ewc_agent::executor::layout;
use ewc_agent::executor::spec::{self, TaskSpec, mark};
use ewc_agent::model::{TaskEnd, TaskStatus};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

struct Task {
    place: Place,
    directory: PathBuf,
}

impl Task {
    fn new(script: &str, change: impl FnOnce(&mut TaskSpec)) -> Self {
        let place = Place::new();
        let directory = place.path().join("main-0");
        let work_dir = place.path().join("work");
        fs::create_dir(&directory).unwrap();
        fs::create_dir(&work_dir).unwrap();
        let path = ("PATH".to_owned(), std::env::var("PATH").unwrap());
        let mut spec = TaskSpec {
            argv: ["/bin/sh", "-c", script].map(String::from).to_vec(),
            environment: [path, mark(&directory)].into(),
            work_dir,
            memory_mib: 0,
            time_limit_ms: 0,
            run_for_ms: 0,
            grace_ms: 300,
            lease_file: None,
        };
        change(&mut spec);
        fs::write(
            directory.join(layout::SPEC),
            serde_json::to_vec(&spec).unwrap(),
        )
        .unwrap();
        Self { place, directory }
    }

    fn spawn(&self) -> Child {
        let mut command = Command::new(supervisor());
        command
            .arg("supervise")
            .arg(&self.directory)
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn status(&self) -> TaskStatus {
        spec::status(&self.directory).expect("a status")
    }

    fn run(&self) -> TaskStatus {
        assert!(self.spawn().wait().unwrap().success());
        self.status()
    }

    /// Waits until the payload has made a file of this name.
    fn until_file(&self, name: &str) {
        let path = self.place.path().join("work").join(name);
        let start = Instant::now();
        while !path.exists() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{name} never came"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn assert_nothing_left(&self) {
        assert_eq!(self.place.processes(), [] as [i32; 0]);
    }
}

#[test]
fn ends_by_itself() {
    let long = "x".repeat(3) + "; exit 5";
    let cases = [
        ("exit 0", TaskEnd::Exited, 0),
        ("exit 9", TaskEnd::Exited, 9),
        (long.as_str(), TaskEnd::Exited, 5),
        ("kill -TERM $$", TaskEnd::Signalled, 143),
        ("kill -SEGV $$", TaskEnd::Signalled, 139),
    ];
    for (script, end, exit_code) in cases {
        let status = Task::new(script, |_| {}).run();
        assert_eq!((status.end, status.exit_code), (end, exit_code), "{script}");
    }
}

#[test]
fn a_program_that_cannot_be_started_says_so() {
    for program in ["no-such-program", "./no-such-program", "/"] {
        let task = Task::new("", |spec| spec.argv = vec![program.into()]);
        let status = task.run();
        assert_eq!(
            (status.end, status.exit_code),
            (TaskEnd::StartFailed, 127),
            "{program}"
        );
        assert!(
            status
                .detail
                .starts_with(&format!("cannot start {program}: ")),
            "{status:?}"
        );
    }
}

#[test]
fn a_program_of_the_working_directory_is_found() {
    let task = Task::new("", |spec| {
        spec.argv = vec!["images/tool".into(), "7".into()];
        let tool = spec.work_dir.join("images/tool");
        fs::create_dir(tool.parent().unwrap()).unwrap();
        fs::write(&tool, "#!/bin/sh\nexit $1\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
        fs::set_permissions(&tool, mode).unwrap();
    });
    assert_eq!(task.run().exit_code, 7);
}

/// Forks twice and leaves its session, its process group and its parent.
const ESCAPE: &str = "(setsid sh -c 'setsid sleep 63 & touch out; exec sleep 62' &)";

#[test]
fn an_escapee_dies_with_the_payload() {
    let task = Task::new(
        &format!("{ESCAPE}; while [ ! -e out ]; do sleep 0.01; done"),
        |_| {},
    );
    let status = task.run();
    assert_eq!((status.end, status.exit_code), (TaskEnd::Exited, 0));
    task.assert_nothing_left();
}

#[test]
fn an_escapee_dies_at_the_time_limit_and_at_a_stop() {
    let stubborn = format!("trap '' TERM; {ESCAPE}; while :; do sleep 0.05; done");
    let task = Task::new(&stubborn, |spec| spec.time_limit_ms = 300);
    let status = task.run();
    assert_eq!((status.end, status.exit_code), (TaskEnd::TimedOut, 137));
    assert!(
        (600..3000).contains(&status.usage.wall_ms),
        "limit and grace: {status:?}"
    );
    task.assert_nothing_left();

    let task = Task::new(&stubborn, |_| {});
    let mut child = task.spawn();
    task.until_file("out");
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(task.status().end, TaskEnd::Stopped);
    task.assert_nothing_left();
}

#[test]
fn a_polite_payload_has_its_grace() {
    let script = "trap 'sleep 0.1; touch cleaned; exit 3' TERM; touch ready; sleep 60 & wait";
    let task = Task::new(script, |spec| spec.grace_ms = 10_000);
    let mut child = task.spawn();
    task.until_file("ready");
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    child.wait().unwrap();
    let status = task.status();
    assert_eq!((status.end, status.exit_code), (TaskEnd::Stopped, 3));
    assert!(
        status.usage.wall_ms < 8_000,
        "the grace need not be used up: {status:?}"
    );
    task.until_file("cleaned");
    task.assert_nothing_left();
}

#[test]
fn the_end_of_run_for_is_a_success() {
    let task = Task::new("exec sleep 60", |spec| {
        spec.run_for_ms = 200;
        spec.time_limit_ms = 60_000;
    });
    let status = task.run();
    assert_eq!((status.end, status.exit_code), (TaskEnd::RanFor, 0));
    assert!(status.is_success());
}

#[test]
fn one_task_is_started_once() {
    let task = Task::new("echo start >> starts; sleep 0.2", |_| {});
    let children: Vec<Child> = (0..4).map(|_| task.spawn()).collect();
    let good = children
        .into_iter()
        .filter_map(|mut child| child.wait().ok());
    assert_eq!(good.filter(|status| status.success()).count(), 1);
    assert!(
        !task.spawn().wait().unwrap().success(),
        "also after its end"
    );
    let starts = fs::read_to_string(task.place.path().join("work/starts")).unwrap();
    assert_eq!(starts, "start\n");
}

#[test]
fn memory_beyond_the_limit_is_not_given() {
    let hungry = "x=$(head -c 150000000 /dev/zero | tr '\\0' a); echo ${#x} > got";
    let limited = Task::new(hungry, |spec| spec.memory_mib = 100);
    assert_ne!(limited.run().exit_code, 0);
    let free = Task::new(hungry, |_| {});
    let status = free.run();
    assert_eq!(status.exit_code, 0);
    assert!(status.usage.memory_peak_mib >= 140, "{status:?}");
    assert!(status.usage.cpu_ms > 0, "{status:?}");
}

#[test]
fn the_environment_is_the_payloads_own() {
    let task = Task::new("env; echo warned >&2", |spec| {
        spec.environment.insert("COLOUR".into(), "red".into());
    });
    task.run();
    let read = |name: &str| fs::read_to_string(task.directory.join(name)).unwrap();
    assert!(read(layout::STDOUT).contains("COLOUR=red\n"));
    assert!(!read(layout::STDOUT).contains("CARGO"));
    assert_eq!(read(layout::STDERR), "warned\n");
}
