//! A whole agent against a scheduler that says what the test wants.

mod common;

use std::fs;
use std::time::Duration;

use common::{Place, Running, Scheduler, agent, config, data_address, payload, run, script, until};
use ewc_proto::v1;
use ewc_proto::v1::AttemptPhase as Phase;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_of_payloads_are_told() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = agent(&place, &scheduler);
    let process = |argv: &[&str]| {
        let argv = argv.iter().map(ToString::to_string).collect();
        v1::payload::What::Process(v1::ProcessPayload { argv })
    };
    let image = |name: &str, argv: &[&str]| {
        v1::payload::What::Container(v1::ContainerPayload {
            image: name.into(),
            argv: argv.iter().map(ToString::to_string).collect(),
        })
    };
    let limited = |mut desired: v1::DesiredAttempt, limit: i64, run_for: i64| {
        desired.groups[0].time_limit_ms = limit;
        desired.run_for_ms = run_for;
        desired
    };
    let cases = [
        (script("good", 1, "exit 0"), Phase::Succeeded, 0, ""),
        (script("bad", 2, "exit 7"), Phase::Failed, 7, ""),
        (
            script("killed", 3, "kill -9 $$"),
            Phase::Failed,
            137,
            "killed by signal 9",
        ),
        (
            payload("argv", 4, process(&["sh", "-c", "exit 3"])),
            Phase::Failed,
            3,
            "",
        ),
        (
            payload("absent", 5, process(&["no-such-program"])),
            Phase::Failed,
            127,
            "cannot start no-such-program: No such file or directory (os error 2)",
        ),
        (
            payload("unnamed", 6, image("", &[])),
            Phase::Failed,
            0,
            "image \"\" cannot be a file",
        ),
        (
            payload("nowhere", 10, image("tool", &["7"])),
            Phase::Failed,
            127,
            "cannot start images/tool: No such file or directory (os error 2)",
        ),
        (
            limited(script("slow", 7, "exec sleep 60"), 200, 0),
            Phase::TimedOut,
            143,
            "the time limit ran out",
        ),
        (
            limited(script("service", 8, "exec sleep 60"), 0, 200),
            Phase::Succeeded,
            0,
            "",
        ),
        (
            script(
                "names",
                9,
                r#"[ "$EWC_JOB_ID$EWC_ATTEMPT$EWC_FENCE$EWC_SITE" = names19here ]"#,
            ),
            Phase::Succeeded,
            0,
            "",
        ),
    ];
    scheduler.want(cases.iter().map(|case| case.0.clone()).collect());
    for (desired, phase, exit_code, detail) in cases {
        let observed = scheduler.until_phase(&desired.job_id, phase).await;
        assert_eq!(observed.exit_code, exit_code, "{}", desired.job_id);
        assert_eq!(observed.detail, detail, "{}", desired.job_id);
    }
    scheduler.want(vec![]);
    until(
        || "a release".into(),
        || scheduler.state().observed.is_empty().then_some(()),
    )
    .await;
    running.end().await.unwrap();
    assert_eq!(place.processes(), [] as [i32; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_asked_for_ten_times_happens_once() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let count = place.path().join("count");
    let desired = script("once", 5, &format!("echo start >> {}", count.display()));
    for _ in 0..3 {
        let running = agent(&place, &scheduler);
        for _ in 0..10 {
            scheduler.want(vec![desired.clone()]);
            let seen = scheduler.state().syncs;
            until(
                || "a turn".into(),
                || (scheduler.state().syncs > seen).then_some(()),
            )
            .await;
        }
        scheduler.until_phase("once", Phase::Succeeded).await;
        running.end().await.unwrap();
    }
    assert_eq!(fs::read_to_string(&count).unwrap(), "start\n");
    // Let go and asked for again: it may have run, and must not run again.
    let running = agent(&place, &scheduler);
    scheduler.want(vec![]);
    until(
        || "a release".into(),
        || scheduler.state().observed.is_empty().then_some(()),
    )
    .await;
    scheduler.want(vec![desired.clone()]);
    scheduler.until_phase("once", Phase::Lost).await;
    scheduler.want(vec![script("once", 4, "true")]);
    let observed = scheduler.until_phase("once", Phase::Stopped).await;
    assert_eq!(
        observed.detail,
        "fence 4 is older than 5, which was granted since"
    );
    running.end().await.unwrap();
    assert_eq!(fs::read_to_string(&count).unwrap(), "start\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_agent_finds_what_runs_and_what_ended() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = agent(&place, &scheduler);
    let gate = place.path().join("gate");
    let wait = |code: i32| {
        let gate = gate.display();
        format!("while [ ! -e {gate} ]; do sleep 0.02; done; exit {code}")
    };
    scheduler.want(vec![
        script("long", 5, "exec sleep 60"),
        script("short", 6, &wait(9)),
    ]);
    scheduler.until_phase("long", Phase::Started).await;
    scheduler.until_phase("short", Phase::Started).await;
    let status = place
        .path()
        .join("state/attempts/short-1-6/main-0/status.json");
    let started = status.with_file_name("started");
    until(|| "the start".into(), || started.exists().then_some(())).await;
    running.end().await.unwrap();
    scheduler.state().observed.clear();
    fs::write(&gate, "").unwrap();
    until(|| "the end".into(), || status.exists().then_some(())).await;

    let running = agent(&place, &scheduler);
    let ended = scheduler.until_phase("short", Phase::Failed).await;
    assert_eq!(ended.exit_code, 9);
    scheduler.until_phase("long", Phase::Started).await;
    scheduler.want(vec![]);
    until(
        || "the stop".into(),
        || scheduler.state().observed.is_empty().then_some(()),
    )
    .await;
    assert_eq!(place.processes(), [] as [i32; 0]);
    running.end().await.unwrap();
    let incarnations: Vec<u64> = scheduler
        .state()
        .registrations
        .iter()
        .map(|r| r.incarnation)
        .collect();
    assert_eq!(incarnations.len(), 2);
    assert_eq!(incarnations[1], incarnations[0] + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_supervisor_takes_its_payload_along_and_is_lost() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = agent(&place, &scheduler);
    scheduler.want(vec![script("lost", 5, "setsid sleep 61 & exec sleep 60")]);
    let started = place.path().join("state/attempts/lost-1-5/main-0/started");
    let all_run = || (started.exists() && place.processes().len() >= 3).then_some(());
    until(|| "three processes".into(), all_run).await;
    let witness: serde_json::Value = serde_json::from_slice(&fs::read(&started).unwrap()).unwrap();
    let pid = witness["pid"].as_i64().unwrap() as i32;
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    scheduler.until_phase("lost", Phase::Lost).await;
    assert_eq!(
        place.processes(),
        [] as [i32; 0],
        "confirmed dead means dead"
    );
    running.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_lease_payloads_that_want_it_are_stopped() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    scheduler.state().lease_ms = 600;
    let running = agent(&place, &scheduler);
    let mut stopping = script("stopping", 5, "exec sleep 60");
    stopping.on_disconnect = v1::OnDisconnect::Stop.into();
    scheduler.want(vec![
        stopping.clone(),
        script("going-on", 6, "exec sleep 60"),
    ]);
    scheduler.until_phase("stopping", Phase::Started).await;
    scheduler.until_phase("going-on", Phase::Started).await;
    let dead = place
        .path()
        .join("state/attempts/stopping-1-5/main-0/status.json");
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(!dead.exists(), "the lease is renewed");
    scheduler.state().silent = true;
    until(|| "the stop".into(), || dead.exists().then_some(())).await;
    scheduler.state().silent = false;
    let observed = scheduler.until_phase("stopping", Phase::Stopped).await;
    assert_eq!(observed.detail, "lease expired");
    assert_eq!(scheduler.phase("going-on"), Some(Phase::Started));

    // The same with the agent dead: the supervisor keeps the lease by itself.
    stopping.job_id = "alone".into();
    scheduler.want(vec![stopping]);
    scheduler.until_phase("alone", Phase::Started).await;
    let dead = place
        .path()
        .join("state/attempts/alone-1-5/main-0/status.json");
    let started = dead.with_file_name("started");
    until(|| "the start".into(), || started.exists().then_some(())).await;
    running.end().await.unwrap();
    until(|| "the stop".into(), || dead.exists().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superseded_agent_ends_and_touches_nothing() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = run(config(
        &place,
        &[&scheduler.url],
        "stop_jobs_on_exit = true",
    ));
    scheduler.want(vec![script("going-on", 5, "exec sleep 60")]);
    let started = place
        .path()
        .join("state/attempts/going-on-1-5/main-0/started");
    until(|| "the start".into(), || started.exists().then_some(())).await;
    scheduler.state().superseded = true;
    let error = running.task.await.unwrap().unwrap_err().to_string();
    assert_eq!(error, "a newer agent speaks for site here; this one ends");
    assert!(!place.processes().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_jobs_on_exit_stops_them() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = run(config(
        &place,
        &[&scheduler.url],
        "stop_jobs_on_exit = true",
    ));
    scheduler.want(vec![script(
        "stubborn",
        5,
        "trap '' TERM; while :; do sleep 0.1; done",
    )]);
    let started = place
        .path()
        .join("state/attempts/stubborn-1-5/main-0/started");
    until(|| "the start".into(), || started.exists().then_some(())).await;
    running.end().await.unwrap();
    assert_eq!(place.processes(), [] as [i32; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_one_task_fails_the_others_are_stopped() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = agent(&place, &scheduler);
    let mut gang = script("gang", 5, r#"[ "$EWC_TASK" = 2 ] && exit 4; exec sleep 60"#);
    gang.groups[0].count = 4;
    scheduler.want(vec![gang]);
    let observed = scheduler.until_phase("gang", Phase::Failed).await;
    assert_eq!(observed.exit_code, 4);
    assert_eq!(place.processes(), [] as [i32; 0]);
    running.end().await.unwrap();
}

/// Another site that holds a file of this name, from when its scheduler has heard of it.
struct Holder {
    scheduler: Scheduler,
    running: Running,
    address: std::net::SocketAddr,
    held: v1::HeldData,
    _place: Place,
}

impl Holder {
    async fn of(name: &str, content: &str) -> Holder {
        let (place, scheduler) = (Place::new(), Scheduler::start().await);
        let file = place.path().join(name);
        fs::write(&file, content).unwrap();
        let dataset = format!("datasets = [{{ name = {name:?}, path = {file:?} }}]");
        let running = run(config(&place, &[&scheduler.url], &dataset));
        let address = data_address(&scheduler).await;
        let first = || scheduler.state().data.first().cloned();
        let held = until(|| "the import to be told".into(), first).await;
        Holder {
            scheduler,
            running,
            address,
            held,
            _place: place,
        }
    }

    /// What brings it to another site.
    fn stage_in(&self) -> v1::StageIn {
        v1::StageIn {
            what: self.held.name.clone(),
            sha256: self.held.sha256.clone(),
            size_bytes: self.held.size_bytes,
            from_address: self.address.to_string(),
            ..Default::default()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_staged_and_run_with_the_arguments_of_the_job() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let script = "#!/bin/sh\necho \"$1 of $EWC_JOB_ID\" > said\n";
    let tool = Holder::of("tool", script).await;
    let running = agent(&place, &scheduler);
    let container = v1::ContainerPayload {
        image: "tool".into(),
        argv: vec!["word".into()],
    };
    let mut desired = payload("images", 5, v1::payload::What::Container(container));
    desired.outputs = vec![v1::Output {
        dataset: "said".into(),
        path: "said".into(),
        ..Default::default()
    }];
    desired.stage_in = vec![tool.stage_in()];
    scheduler.want(vec![desired]);
    let observed = scheduler.until_phase("images", Phase::Succeeded).await;
    let content = place
        .path()
        .join("state/data")
        .join(&observed.outputs[0].sha256);
    assert_eq!(fs::read_to_string(content).unwrap(), "word of images\n");
    running.end().await.unwrap();
    tool.running.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_moves_from_site_to_site_through_a_job() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let words = Holder::of("words", "one two three\n").await;
    let running = agent(&place, &scheduler);
    let mut desired = script("count", 5, "wc -w < in/words > counted && tool/run");
    desired.inputs = vec![v1::Input {
        dataset: "words".into(),
        mount: "in/words".into(),
    }];
    desired.outputs = vec![v1::Output {
        dataset: "counted".into(),
        path: "counted".into(),
        ..Default::default()
    }];
    desired.stage_in = vec![words.stage_in()];
    scheduler.want(vec![desired.clone()]);
    let failed = scheduler.until_phase("count", Phase::Failed).await;
    assert_eq!(failed.exit_code, 127, "there is no tool");
    desired.groups[0].payload = script("", 0, "wc -w < in/words > counted").groups[0]
        .payload
        .clone();
    desired.fence = 6;
    scheduler.want(vec![desired.clone()]);
    let observed = scheduler.until_phase("count", Phase::Succeeded).await;
    assert_eq!(
        (
            observed.outputs[0].dataset.as_str(),
            observed.outputs[0].size_bytes
        ),
        ("counted", 2)
    );
    let names = || {
        let names: Vec<_> = scheduler
            .state()
            .data
            .iter()
            .map(|data| data.name.clone())
            .collect();
        (names == ["counted", "words"]).then_some(())
    };
    until(|| "both to be held".into(), names).await;
    // Back home it goes, as a delivery.
    words.scheduler.want(vec![v1::DesiredAttempt {
        job_id: "count".into(),
        stage_in: vec![v1::StageIn {
            what: "counted".into(),
            sha256: observed.outputs[0].sha256.clone(),
            size_bytes: 2,
            from_address: data_address(&scheduler).await.to_string(),
            ..Default::default()
        }],
        ..Default::default()
    }]);
    words.scheduler.until_phase("count", Phase::Delivered).await;
    // What the job does not leave fails it.
    desired.fence = 7;
    desired.outputs[0].path = "absent".into();
    scheduler.want(vec![desired]);
    let observed = scheduler.until_phase("count", Phase::Failed).await;
    assert_eq!(observed.detail, "output absent is missing");
    running.end().await.unwrap();
    words.running.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_to_go_leaves_the_disk_once_no_job_needs_it() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let words = Holder::of("words", "one two three\n").await;
    let running = agent(&place, &scheduler);
    let mut desired = script(
        "count",
        5,
        "while [ ! -e go ]; do sleep 0.05; done; cat in/words",
    );
    desired.inputs = vec![v1::Input {
        dataset: "words".into(),
        mount: "in/words".into(),
    }];
    desired.stage_in = vec![words.stage_in()];
    scheduler.want(vec![desired]);
    scheduler.until_phase("count", Phase::Started).await;
    scheduler.state().drop = vec![words.held.clone()];
    let stored = place.path().join("state/data").join(&words.held.sha256);
    let syncs = scheduler.state().syncs;
    let more = || (scheduler.state().syncs > syncs + 3).then_some(());
    until(|| "it to be told a few times".into(), more).await;
    assert!(stored.exists() && scheduler.state().dropped.is_empty());
    scheduler.want(vec![]);
    let told = || (!scheduler.state().dropped.is_empty()).then_some(());
    until(|| "word that it is gone".into(), told).await;
    assert!(!stored.exists());
    assert_eq!(scheduler.state().dropped[0].name, "words");
    running.end().await.unwrap();
    words.running.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_followed_to_their_end() {
    let (place, scheduler) = (Place::new(), Scheduler::start().await);
    let running = agent(&place, &scheduler);
    scheduler.want(vec![script(
        "talk",
        5,
        "echo one; echo two >&2; sleep 0.4; echo three",
    )]);
    scheduler.until_phase("talk", Phase::Started).await;
    let down = until(|| "an attachment".into(), || scheduler.state().down.clone()).await;
    let ask = |id: u64, job: &str, stream: v1::LogStream| {
        let request = v1::LogRequest {
            request_id: id,
            job_id: job.into(),
            stream: stream.into(),
            follow: true,
            ..Default::default()
        };
        Ok(v1::AttachDown {
            what: Some(v1::attach_down::What::Log(request)),
        })
    };
    down.send(ask(1, "talk", v1::LogStream::Stdout))
        .await
        .unwrap();
    down.send(ask(2, "talk", v1::LogStream::Stderr))
        .await
        .unwrap();
    down.send(ask(3, "nobody", v1::LogStream::Stderr))
        .await
        .unwrap();
    let ended = |id: u64| {
        let state = scheduler.state();
        let logs: Vec<_> = state
            .logs
            .iter()
            .filter(|log| log.request_id == id)
            .cloned()
            .collect();
        logs.last().is_some_and(|log| log.end).then_some(logs)
    };
    for (id, expected, error) in [
        (1, "one\nthree\n", ""),
        (2, "two\n", ""),
        (3, "", "nothing of job nobody ran at this site"),
    ] {
        let logs = until(|| format!("the end of log {id}"), || ended(id)).await;
        let mut text = String::new();
        for chunk in logs.iter().filter_map(|log| log.chunk.as_ref()) {
            assert_eq!(chunk.offset, text.len() as i64);
            text += std::str::from_utf8(&chunk.data).unwrap();
        }
        assert_eq!(
            (text.as_str(), logs.last().unwrap().error.as_str()),
            (expected, error)
        );
    }
    running.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_measured() {
    let (far_place, place) = (Place::new(), Place::new());
    let (far_scheduler, scheduler) = (Scheduler::start().await, Scheduler::start().await);
    let far = agent(&far_place, &far_scheduler);
    let address = data_address(&far_scheduler).await;
    let probe = |link: &str, peer: &str| {
        format!("{{ link = {link:?}, peer_site = {peer:?}, address = \"{address}\" }}")
    };
    let more = format!(
        "probes = [{}, {}]",
        probe("good", "here"),
        probe("wrong", "elsewhere")
    );
    let running = run(config(&place, &[&scheduler.url], &more));
    let sample = until(
        || "a sample".into(),
        || scheduler.state().links.first().cloned(),
    )
    .await;
    assert!(
        (1..1_000_000).contains(&sample.rtt_us) && !sample.declared,
        "{sample:?}"
    );
    let seen = scheduler.state().syncs;
    until(
        || "some turns".into(),
        || (scheduler.state().syncs > seen + 8).then_some(()),
    )
    .await;
    assert!(
        scheduler
            .state()
            .links
            .iter()
            .all(|sample| sample.link == "good")
    );
    running.end().await.unwrap();
    far.end().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_and_forgetful_schedulers_are_coped_with() {
    let (place, leader, follower) = (
        Place::new(),
        Scheduler::start().await,
        Scheduler::start().await,
    );
    follower.state().leader_hint = Some(leader.url.clone());
    let more = "probes = [{ link = \"a\", peer_site = \"x\", declared_us = 700 }]\n\
                energy = { preset = \"guizhou\" }";
    let running = run(config(&place, &["http://127.0.0.1:1", &follower.url], more));
    until(
        || "a turn".into(),
        || (leader.state().syncs > 2).then_some(()),
    )
    .await;
    leader.state().forget_site = true;
    let registered = || (leader.state().registrations.len() == 2).then_some(());
    until(|| "another registration".into(), registered).await;
    {
        let state = leader.state();
        assert_eq!(state.links[0].rtt_us, 700);
        assert!(state.links[0].declared);
        assert_eq!(state.pools[0].pool, "cpu");
        assert_eq!(state.energy.len(), 1, "told once an hour");
        assert_eq!(state.energy[0].points.len(), 168);
    }
    running.end().await.unwrap();
}

/// The same program at two sites: it counts until it is told to stop, and goes on from there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_payload_goes_on_at_another_site_from_its_checkpoint() {
    let (here, there) = (Place::new(), Place::new());
    let (first, second) = (Scheduler::start().await, Scheduler::start().await);
    let old = agent(&here, &first);
    let ready = here.path().join("ready");
    let text = format!(
        r#"
        if [ -f "$EWC_CHECKPOINT" ]; then
            [ "$(cat "$EWC_CHECKPOINT")" = 7 ] || exit 3
            echo 8 > "$EWC_CHECKPOINT" || exit 4
            exit 0
        fi
        mkdir -p state
        trap 'echo 7 > "$EWC_CHECKPOINT"; exit 0' TERM
        touch {}
        while :; do sleep 0.02; done
        "#,
        ready.display()
    );
    let with_checkpoint = |fence| v1::DesiredAttempt {
        checkpoint: Some(v1::DesiredCheckpoint {
            name: "checkpoint:j".into(),
            path: "state/last".into(),
        }),
        ..script("j", fence, &text)
    };
    first.want(vec![with_checkpoint(5)]);
    until(|| "the payload".into(), || ready.is_file().then_some(())).await;
    first.want(vec![v1::DesiredAttempt {
        stop: true,
        ..with_checkpoint(5)
    }]);
    let stopped = first.until_phase("j", Phase::Stopped).await;
    assert_eq!(stopped.outputs.len(), 1, "{}", stopped.detail);
    let kept = &stopped.outputs[0];
    assert_eq!(
        (kept.dataset.as_str(), kept.size_bytes),
        ("checkpoint:j", 2)
    );

    let new = agent(&there, &second);
    let from_address = data_address(&first).await.to_string();
    second.want(vec![v1::DesiredAttempt {
        attempt: 2,
        stage_in: vec![v1::StageIn {
            what: kept.dataset.clone(),
            sha256: kept.sha256.clone(),
            size_bytes: kept.size_bytes,
            from_address,
            ..Default::default()
        }],
        inputs: vec![v1::Input {
            dataset: kept.dataset.clone(),
            mount: "state/last".into(),
        }],
        ..with_checkpoint(9)
    }]);
    let ended = second.until_phase("j", Phase::Succeeded).await;
    assert_eq!(ended.exit_code, 0, "{}", ended.detail);
    for place in [&here, &there] {
        let content = place.path().join("state/data").join(&kept.sha256);
        assert_eq!(
            fs::read_to_string(content).unwrap(),
            "7\n",
            "nobody wrote to it"
        );
    }
    old.end().await.unwrap();
    new.end().await.unwrap();
}
