//! The binary: help, checking a configuration, and how it ends.

mod common;

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Place, supervisor};

fn ewc_agent(args: &[&str]) -> Output {
    Command::new(supervisor())
        .args(args)
        .env_clear()
        .output()
        .unwrap()
}

fn write(place: &Place, more: &str) -> String {
    let path = place.path().join("agent.toml");
    let state = place.path().join("state");
    let text = format!(
        "state_directory = {state:?}\nschedulers = [\"http://127.0.0.1:1\"]\n\
         data_listen = \"127.0.0.1:0\"\n[site]\nid = \"here\"\n{more}"
    );
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_configuration_is_checked_and_nothing_is_done() {
    let place = Place::new();
    for (more, args, code, said) in [
        ("", vec![], 0, "is good"),
        ("colour = 1", vec![], 1, "unknown field `colour`"),
        (
            "",
            vec!["--scheduler", "http://10.0.0.1:1"],
            1,
            "tls: is needed",
        ),
        (
            "",
            vec!["--scheduler", "http://10.0.0.1:1", "--insecure"],
            0,
            "is good",
        ),
        (
            "",
            vec!["--data-listen", "nowhere"],
            2,
            "invalid value 'nowhere'",
        ),
    ] {
        let path = write(&place, more);
        let args = [vec!["run", "--check-config", "--config", &path], args].concat();
        let output = ewc_agent(&args);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(text.contains(said), "{args:?}: {text}");
        assert_eq!(output.status.code(), Some(code), "{args:?}");
    }
    assert!(!place.path().join("state").exists());
}

#[test]
fn the_supervisor_is_not_for_people() {
    let help = String::from_utf8(ewc_agent(&["--help"]).stdout).unwrap();
    assert!(help.contains("run"), "{help}");
    assert!(!help.contains("supervise"), "{help}");
}

#[test]
fn it_ends_promptly_when_told_without_a_scheduler_in_sight() {
    let place = Place::new();
    let path = write(&place, "");
    let log = place.path().join("log");
    let mut child = Command::new(supervisor())
        .args(["run", "--config", &path])
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let incarnation = place.path().join("state/incarnation");
    let start = Instant::now();
    while !incarnation.exists() && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let told = Instant::now();
    assert!(child.wait().unwrap().success());
    assert!(told.elapsed() < Duration::from_secs(3));
    // A file gets words and no colours.
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("told to end"), "{log}");
    assert!(!log.contains('\x1b'), "{log}");
}
