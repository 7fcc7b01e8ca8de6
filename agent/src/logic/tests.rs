//! Transitions of the logic, told as scripts: `step → effects`.

use super::*;
use crate::model::{Artefact, Group, InputWanted, OutputWanted, Phase, Program, TaskEnd, Usage};

mod checkpoints;
mod replicas;

const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// An agent and its clock; effects come out as short words.
struct Bench {
    agent: Agent,
    now: Mono,
    version: i64,
}

fn key(fence: i64) -> AttemptKey {
    AttemptKey {
        job: "j".into(),
        attempt: u32::from(fence > 0),
        fence,
    }
}

fn job(fence: i64) -> Desired {
    let group = Group {
        name: "main".into(),
        count: 2,
        memory_mib: 0,
        program: Program::Argv(vec!["true".into()]),
        environment: Default::default(),
        time_limit_ms: 60_000,
    };
    Desired {
        key: key(fence),
        groups: vec![group],
        stage_in: vec![],
        inputs: vec![],
        outputs: vec![],
        checkpoint: None,
        stop_on_disconnect: false,
        stop: false,
        run_for_ms: 0,
        keep_for_others: false,
        refused: None,
        unstageable: None,
    }
}

fn artefact(start_ms: i64, from: &str) -> Artefact {
    Artefact {
        name: "d".into(),
        sha256: SHA.into(),
        size_bytes: 100,
        from_address: from.into(),
        rate_bps: 1000,
        start_ms,
        lent: false,
    }
}

fn with_input(mut desired: Desired) -> Desired {
    desired.stage_in = vec![artefact(0, "a:1")];
    desired.inputs = vec![InputWanted {
        dataset: "d".into(),
        mount: "in/d".into(),
    }];
    desired
}

fn fact() -> DataFact {
    DataFact {
        name: "d".into(),
        sha256: SHA.into(),
        size_bytes: 100,
    }
}

fn end(end: TaskEnd, exit_code: i32, ended_unix_ms: u64) -> TaskStatus {
    let usage = Usage {
        cpu_ms: 10,
        memory_peak_mib: 1,
        wall_ms: 20,
    };
    TaskStatus {
        end,
        exit_code,
        detail: String::new(),
        usage,
        ended_unix_ms,
    }
}

impl Bench {
    /// With a lease of ten seconds and a network ten times as fast.
    fn new() -> Self {
        let mut bench = Self {
            agent: Agent::new(2, None),
            now: Mono(1000),
            version: 0,
        };
        bench.lease();
        bench
    }

    fn lease(&mut self) {
        let clock = Some(ClockFact {
            now_ms: 0,
            scale_permille: 10_000,
        });
        self.does(Input::Lease {
            sent: self.now,
            clock,
            lease_ms: 10_000,
        });
    }

    fn does(&mut self, input: Input) -> Vec<String> {
        self.agent
            .handle(self.now, input)
            .iter()
            .filter_map(word)
            .collect()
    }

    fn after(&mut self, ms: i64) -> Vec<String> {
        self.now = self.now.plus(ms);
        self.does(Input::Tick)
    }

    /// A report, and an answer to it with this desired set.
    fn wants(&mut self, desired: &[Desired]) -> Vec<String> {
        self.told(desired, &[])
    }

    /// The same, with what is to be dropped.
    fn told(&mut self, desired: &[Desired], drop: &[DataFact]) -> Vec<String> {
        let sequence = self.agent.report().sequence;
        self.version += 1;
        let desired = Some((self.version, desired.to_vec()));
        self.does(Input::Synced {
            sequence,
            desired,
            drop: drop.to_vec(),
            superseded: false,
        })
    }

    fn ends(&mut self, fence: i64, task: usize, status: TaskStatus) -> Vec<String> {
        self.does(Input::TaskEnded {
            key: key(fence),
            task,
            status,
        })
    }

    fn starts(&mut self, fence: i64) {
        self.does(Input::Started(key(fence)));
    }

    fn phases(&mut self) -> Vec<String> {
        let observed = self.agent.report().attempts;
        observed
            .iter()
            .map(|o| format!("{} {}", o.fence, o.phase().as_str_name()))
            .collect()
    }

    fn phase(&mut self) -> String {
        let phases = self.phases();
        assert_eq!(phases.len(), 1, "{phases:?}");
        phases[0]
            .split("PHASE_")
            .last()
            .unwrap_or_default()
            .to_owned()
    }
}

fn word(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::StartPull { rate_bps, .. } => format!("pull at {rate_bps}"),
        Effect::CancelPull { .. } => "cancel pull".into(),
        Effect::NameData(fact) => format!("name {}", fact.name),
        Effect::KeepLent(fact) => format!("keep {}", fact.name),
        Effect::DropLent { .. } => "drop".into(),
        Effect::DropData(facts) => {
            let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
            format!("forget {}", names.join(","))
        }
        Effect::StartAttempt(order) => format!("start {}", order.key.fence),
        Effect::StopAttempt(key) => format!("stop {}", key.fence),
        Effect::CollectOutputs(key) => format!("collect {}", key.fence),
        Effect::CollectCheckpoint(key) => format!("save {}", key.fence),
        Effect::RecordEnd(key, outcome) => format!("end {} {:?}", key.fence, outcome.phase),
        Effect::Release(key) => format!("release {}", key.fence),
        Effect::SyncSoon => return None,
        Effect::ExitSuperseded => "exit".into(),
    })
}

#[test]
fn an_attempt_runs_through() {
    let mut bench = Bench::new();
    assert_eq!(bench.wants(&[job(5)]), ["start 5"]);
    for _ in 0..10 {
        assert!(bench.wants(&[job(5)]).is_empty(), "one start per fence");
    }
    bench.starts(5);
    assert_eq!(bench.phase(), "STARTED");
    assert!(bench.ends(5, 0, end(TaskEnd::Exited, 0, 1)).is_empty());
    assert!(
        bench.ends(5, 0, end(TaskEnd::Exited, 0, 1)).is_empty(),
        "told twice"
    );
    assert_eq!(bench.ends(5, 1, end(TaskEnd::RanFor, 0, 1)), ["collect 5"]);
    assert_eq!(bench.phase(), "STARTED");
    let collected = Input::Collected {
        key: key(5),
        result: Ok(vec![fact()]),
    };
    assert_eq!(bench.does(collected), ["end 5 Succeeded"]);
    let report = bench.agent.report();
    let usage = report.attempts[0].usage.unwrap();
    assert_eq!(
        (usage.cpu_ms, usage.memory_peak_mib, usage.wall_ms),
        (200, 2, 200)
    );
    assert_eq!(report.data.len(), 1);
    assert_eq!(bench.wants(&[job(5)]), [] as [&str; 0]);
    assert_eq!(bench.wants(&[]), ["release 5"]);
    assert!(bench.phases().is_empty());
    assert!(bench.agent.report().data.is_empty(), "heard");
}

#[test]
fn ends_of_tasks_become_the_end_of_the_attempt() {
    use TaskEnd::{Exited, Lost, Signalled, StartFailed, Stopped, TimedOut};
    let cases = [
        ((Exited, 3, 5), (Stopped, 143, 6), "FAILED", 3),
        ((Exited, 3, 5), (Exited, 4, 4), "FAILED", 4),
        ((Signalled, 137, 5), (Stopped, 143, 6), "FAILED", 137),
        ((StartFailed, 127, 5), (Exited, 0, 6), "FAILED", 127),
        ((TimedOut, 143, 5), (Stopped, 143, 6), "TIMED_OUT", 143),
        ((Lost, 0, 5), (Stopped, 143, 6), "LOST", 0),
        ((Stopped, 143, 5), (Stopped, 0, 6), "STOPPED", 143),
        ((Exited, 0, 5), (Stopped, 143, 6), "STOPPED", 143),
    ];
    for (first, second, phase, code) in cases {
        let mut bench = Bench::new();
        bench.wants(&[job(5)]);
        bench.starts(5);
        let stopped = bench.ends(5, 0, end(first.0, first.1, first.2));
        let good = first.0 == Exited && first.1 == 0;
        assert_eq!(
            stopped,
            if good { vec![] } else { vec!["stop 5"] },
            "gang {first:?}"
        );
        bench.ends(5, 1, end(second.0, second.1, second.2));
        assert_eq!(bench.phase(), phase, "{first:?} {second:?}");
        assert_eq!(
            bench.agent.report().attempts[0].exit_code,
            code,
            "{first:?} {second:?}"
        );
    }
}

#[test]
fn inputs_come_first_paced_and_at_their_time() {
    let mut bench = Bench::new();
    let mut desired = with_input(job(5));
    desired.stage_in[0].start_ms = 20_000;
    assert!(bench.wants(std::slice::from_ref(&desired)).is_empty());
    assert_eq!(bench.agent.next_wake(bench.now), Some(bench.now.plus(2000)));
    assert!(bench.after(1999).is_empty());
    assert_eq!(bench.after(1), ["pull at 10000"]);
    bench.does(Input::PullProgress {
        sha256: SHA.into(),
        bytes: 40,
    });
    assert_eq!(bench.agent.report().attempts[0].staged_bytes, 40);
    let ended = Input::PullEnded {
        sha256: SHA.into(),
        lent: false,
        result: Ok(fact()),
    };
    assert_eq!(bench.does(ended), ["start 5"]);
    assert_eq!(bench.agent.report().attempts[0].staged_bytes, 100);
}

#[test]
fn staging_alone_never_starts_and_a_later_grant_does() {
    let mut bench = Bench::new();
    assert_eq!(bench.wants(&[with_input(job(0))]), ["pull at 10000"]);
    assert_eq!(bench.phase(), "STAGING");
    assert!(
        bench.wants(&[with_input(job(5))]).is_empty(),
        "the pull goes on"
    );
    let ended = Input::PullEnded {
        sha256: SHA.into(),
        lent: false,
        result: Ok(fact()),
    };
    assert_eq!(bench.does(ended), ["start 5"]);

    let mut bench = Bench::new();
    bench.does(Input::Held(fact()));
    assert!(bench.wants(&[with_input(job(0))]).is_empty());
    assert_eq!(bench.phase(), "STAGED");
    assert_eq!(bench.wants(&[with_input(job(5))]), ["start 5"]);
}

#[test]
fn a_failed_pull_is_reported_and_another_source_is_tried() {
    let mut bench = Bench::new();
    bench.wants(&[with_input(job(0))]);
    bench.does(Input::PullEnded {
        sha256: SHA.into(),
        lent: false,
        result: Err("cut".into()),
    });
    assert_eq!(bench.phase(), "STAGE_FAILED");
    assert!(bench.wants(&[with_input(job(0))]).is_empty());
    let mut other = with_input(job(0));
    other.stage_in[0].from_address = "b:1".into();
    assert_eq!(bench.wants(std::slice::from_ref(&other)), ["pull at 10000"]);
    assert_eq!(bench.phase(), "STAGING");
    assert_eq!(bench.wants(&[]), ["cancel pull"]);
    other.stage_in[0].from_address = String::new();
    bench.wants(std::slice::from_ref(&other));
    assert_eq!(bench.phase(), "STAGE_FAILED");
    let mut unstaged = job(0);
    unstaged.inputs = with_input(job(0)).inputs;
    bench.wants(&[unstaged]);
    assert_eq!(bench.phase(), "STAGE_FAILED");
}

#[test]
fn a_delivery_is_complete_when_its_data_is_here() {
    let mut bench = Bench::new();
    let mut delivery = with_input(job(0));
    delivery.groups.clear();
    delivery.inputs.clear();
    assert_eq!(bench.wants(&[delivery]), ["pull at 10000"]);
    bench.does(Input::PullEnded {
        sha256: SHA.into(),
        lent: false,
        result: Ok(fact()),
    });
    assert_eq!(bench.phase(), "DELIVERED");
}

#[test]
fn staging_follows_the_data_whatever_was_reported_before() {
    let mut bench = Bench::new();
    bench.does(Input::Held(fact()));
    bench.wants(&[with_input(job(0))]);
    assert_eq!(bench.phase(), "STAGED");
    let mut delivery = with_input(job(0));
    delivery.groups.clear();
    delivery.inputs.clear();
    bench.wants(std::slice::from_ref(&delivery));
    assert_eq!(bench.phase(), "DELIVERED");
    delivery.stage_in[0].sha256 = SHA.replace('a', "b");
    assert_eq!(
        bench.wants(std::slice::from_ref(&delivery)),
        ["pull at 10000"]
    );
    assert_eq!(bench.phase(), "STAGING");
    delivery.unstageable = Some("no digest".into());
    assert_eq!(
        bench.wants(std::slice::from_ref(&delivery)),
        ["cancel pull"]
    );
    assert_eq!(bench.phase(), "STAGE_FAILED");
}

#[test]
fn what_cannot_run_here_fails_when_it_is_granted_and_not_before() {
    let refused = |fence| Desired {
        refused: Some("no".into()),
        groups: vec![],
        ..job(fence)
    };
    let mut bench = Bench::new();
    bench.wants(&[refused(0)]);
    assert_eq!(bench.phase(), "STAGED");
    assert!(bench.wants(&[refused(5)]).is_empty());
    assert_eq!(bench.phase(), "FAILED");
}

#[test]
fn replicas_are_told_again_now_and_then() {
    let mut bench = Bench::new();
    bench.does(Input::Held(fact()));
    assert_eq!(bench.agent.report().data.len(), 1, "until it is heard");
    bench.wants(&[]);
    let told = (0..64)
        .filter(|_| !bench.agent.report().data.is_empty())
        .count();
    assert_eq!(told, 2);
}

#[test]
fn what_is_not_wanted_is_stopped_and_told_before_it_is_forgotten() {
    let mut bench = Bench::new();
    bench.wants(&[job(5)]);
    bench.starts(5);
    assert_eq!(bench.wants(&[]), ["stop 5"]);
    assert!(bench.wants(&[]).is_empty(), "once is enough");
    bench.ends(5, 0, end(TaskEnd::Stopped, 143, 1));
    assert_eq!(
        bench.ends(5, 1, end(TaskEnd::Stopped, 143, 1)),
        ["end 5 Stopped"]
    );
    assert_eq!(
        bench.wants(&[]),
        ["release 5"],
        "the end was in this report"
    );

    let mut bench = Bench::new();
    let stop = Desired {
        stop: true,
        ..job(5)
    };
    assert!(bench.wants(std::slice::from_ref(&stop)).is_empty());
    assert_eq!(bench.phase(), "STOPPED");
    bench.wants(&[job(7)]);
    bench.starts(7);
    assert_eq!(
        bench.wants(&[Desired {
            stop: true,
            ..job(7)
        }]),
        ["stop 7"]
    );
}

#[test]
fn attempts_of_one_job_never_overlap() {
    let mut bench = Bench::new();
    bench.wants(&[job(5)]);
    bench.starts(5);
    assert_eq!(
        bench.wants(&[job(9)]),
        ["stop 5"],
        "the earlier is not confirmed dead"
    );
    bench.ends(5, 0, end(TaskEnd::Stopped, 143, 1));
    assert_eq!(
        bench.ends(5, 1, end(TaskEnd::Stopped, 143, 1)),
        ["end 5 Stopped", "start 9"]
    );
}

#[test]
fn the_journal_has_the_last_word() {
    use StartRefusal::{Failed, FenceOld, FenceUsed, NotYet};
    let cases = [
        (FenceUsed("used".into()), "LOST"),
        (FenceOld("old".into()), "STOPPED"),
        (Failed("no space".into()), "FAILED"),
        (NotYet("alive".into()), "STAGED"),
    ];
    for (why, phase) in cases {
        let mut bench = Bench::new();
        bench.wants(&[job(5)]);
        let refused = bench.does(Input::StartRefused {
            key: key(5),
            why: why.clone(),
        });
        assert!(
            refused.is_empty(),
            "nothing was journalled, nothing is recorded: {why:?}"
        );
        assert_eq!(bench.phase(), phase, "{why:?}");
        let again = bench.after(200);
        assert_eq!(
            again,
            if phase == "STAGED" {
                vec!["start 5"]
            } else {
                vec![]
            },
            "{why:?}"
        );
    }
}

#[test]
fn without_a_lease_nothing_starts_and_some_stop() {
    let mut bench = Bench::new();
    bench.wants(&[
        job(5),
        Desired {
            stop_on_disconnect: true,
            key: other(6),
            ..job(6)
        },
    ]);
    bench.starts(5);
    bench.does(Input::Started(other(6)));
    assert!(bench.after(9_999).is_empty());
    assert_eq!(bench.after(1), ["stop 6"]);
    bench.does(Input::TaskEnded {
        key: other(6),
        task: 0,
        status: end(TaskEnd::Stopped, 143, 1),
    });
    bench.does(Input::TaskEnded {
        key: other(6),
        task: 1,
        status: end(TaskEnd::Stopped, 143, 1),
    });
    let report = bench.agent.report();
    let details: Vec<&str> = report.attempts.iter().map(|o| o.detail.as_str()).collect();
    assert_eq!(details, ["", "lease expired"]);
    let third = Desired {
        key: AttemptKey {
            job: "k".into(),
            ..key(7)
        },
        ..job(7)
    };
    assert_eq!(
        bench.wants(&[job(5), third]),
        ["release 6"],
        "no start without a lease"
    );
    bench.lease();
    assert_eq!(bench.after(0), [] as [&str; 0]);
    assert!(
        bench
            .phases()
            .contains(&"7 ATTEMPT_PHASE_STARTED".to_owned())
    );
}

fn other(fence: i64) -> AttemptKey {
    AttemptKey {
        job: "stopping".into(),
        ..key(fence)
    }
}

#[test]
fn the_lease_counts_from_the_sending_and_never_shrinks() {
    let mut bench = Bench::new();
    let sent = bench.now;
    bench.now = bench.now.plus(4_000);
    bench.does(Input::Lease {
        sent,
        clock: None,
        lease_ms: 12_000,
    });
    assert_eq!(bench.agent.lease_until(), Some(sent.plus(12_000)));
    bench.does(Input::Lease {
        sent,
        clock: None,
        lease_ms: 1,
    });
    assert_eq!(bench.agent.lease_until(), Some(sent.plus(12_000)));
}

#[test]
fn a_newer_incarnation_ends_this_one_and_nothing_else() {
    let mut bench = Bench::new();
    bench.wants(&[job(5)]);
    bench.starts(5);
    let superseded = Input::Synced {
        drop: vec![],
        sequence: 9,
        desired: Some((9, vec![])),
        superseded: true,
    };
    assert_eq!(bench.does(superseded), ["exit"]);
    assert_eq!(bench.after(60_000), ["exit"]);
}

#[test]
fn adopted_attempts_wait_for_the_first_desired_set() {
    let mut bench = Bench::new();
    bench.wants(&[job(5)]);
    let order = {
        let clock = NetworkClock::new(
            ClockFact {
                now_ms: 0,
                scale_permille: 1000,
            },
            Mono(0),
        );
        launch::order(&job(5), &staging::Staging::new(1), &clock)
    };
    assert_eq!(order.tasks.len(), 2);
    let mut bench = Bench {
        agent: Agent::new(2, None),
        now: Mono(0),
        version: 0,
    };
    bench.agent.adopt(order);
    bench
        .agent
        .adopt_ended(key(4), Outcome::bare(Phase::Succeeded, 0, ""), 1000);
    bench.lease();
    assert!(bench.after(10).is_empty(), "nobody has said what is wanted");
    assert_eq!(
        bench.phases(),
        ["4 ATTEMPT_PHASE_SUCCEEDED", "5 ATTEMPT_PHASE_STARTED"]
    );
    assert_eq!(bench.wants(&[job(5)]), ["release 4"]);
    assert_eq!(bench.wants(&[]), ["stop 5"]);
}

#[test]
fn a_missing_output_fails_the_attempt() {
    let mut bench = Bench::new();
    let output = OutputWanted {
        dataset: "o".into(),
        path: "o".into(),
    };
    bench.wants(&[Desired {
        outputs: vec![output],
        ..job(5)
    }]);
    bench.starts(5);
    bench.ends(5, 0, end(TaskEnd::Exited, 0, 1));
    bench.ends(5, 1, end(TaskEnd::Exited, 0, 1));
    let collected = Input::Collected {
        key: key(5),
        result: Err("output o is missing".into()),
    };
    assert_eq!(bench.does(collected), ["end 5 Failed"]);
    assert_eq!(
        bench.agent.report().attempts[0].detail,
        "output o is missing"
    );
}
