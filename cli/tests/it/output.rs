//! Results in every form: where they go, which fields they have, and that nothing is lost.

use ewc_proto::v1;
use ewc_proto::v1::{JobState, LogStream};

use crate::fake::{Fake, Script};
use crate::{code, ewc, stderr, stdout};

fn job(number: u32) -> v1::Job {
    let spec = v1::JobSpec {
        name: format!("render-{number}"),
        workload_class: v1::WorkloadClass::Render.into(),
        ..v1::JobSpec::default()
    };
    let group = v1::GroupPlacement {
        site: "gz-guian".into(),
        ..Default::default()
    };
    let cost = v1::Cost {
        energy_micro_cny: 1_500_000,
        ..v1::Cost::default()
    };
    let placement = v1::Placement {
        groups: vec![group],
        cost: Some(cost),
        ..v1::Placement::default()
    };
    v1::Job {
        job_id: number.to_string(),
        tenant: "film".into(),
        spec: Some(spec),
        state: JobState::Planned.into(),
        submitted_ms: 1_735_689_599_250,
        placement: Some(placement),
        ..v1::Job::default()
    }
}

async fn jobs(arguments: &[&str]) -> std::process::Output {
    let fake = Fake::start(Script {
        jobs: (1..=5).map(job).collect(),
        ..Script::default()
    })
    .await;
    ewc(&[arguments, &["--endpoint", &fake.url]].concat()).await
}

#[tokio::test]
async fn a_list_has_every_page() {
    let output = jobs(&["list"]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let table = stdout(&output);
    assert_eq!(table.lines().count(), 6, "{table}");
    let row = "5    render-5  film    render  planned  gz-guian  2025-01-01 07:59:59  -";
    assert_eq!(table.lines().last(), Some(row));
}

#[tokio::test]
async fn a_list_ends_at_its_limit_and_says_so() {
    let output = jobs(&["list", "--limit", "3"]).await;
    assert_eq!(stdout(&output).lines().count(), 4);
    assert_eq!(stderr(&output), "the first 3 jobs; there may be more\n");
}

#[tokio::test]
async fn json_has_the_names_of_the_wire_and_money_in_yuan() {
    let output = jobs(&["status", "1", "-o", "json"]).await;
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    for (pointer, expected) in [
        ("/job_id", "\"1\""),
        ("/state", "\"planned\""),
        ("/submitted_ms", "1735689599250"),
        ("/submitted", "\"2024-12-31T23:59:59.250Z\""),
        ("/started", "null"),
        ("/spec/workload_class", "\"render\""),
        ("/placement/cost/energy_cny", "1.5"),
        ("/placement/groups/0/site", "\"gz-guian\""),
    ] {
        let found = value.pointer(pointer).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(expected), "{pointer}");
    }
}

#[tokio::test]
async fn yaml_says_the_same() {
    let output = jobs(&["status", "1", "-o", "yaml"]).await;
    let text = stdout(&output);
    for line in [
        "job_id: '1'",
        "state: planned",
        "submitted: 2024-12-31T23:59:59.250Z",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
}

#[tokio::test]
async fn tables_speak_chinese() {
    let output = jobs(&["list", "--lang", "zh"]).await;
    let table = stdout(&output);
    assert!(table.starts_with("作业"), "{table}");
    assert!(table.contains("已编排"), "{table}");
}

#[tokio::test]
async fn logs_come_byte_by_byte_and_once() {
    let chunk = |stream: LogStream, offset, data: &'static str| v1::LogChunk {
        stream: stream.into(),
        offset,
        data: data.into(),
    };
    let log = vec![
        chunk(LogStream::Stdout, 0, "one\n"),
        chunk(LogStream::Stderr, 0, "oops\n"),
        // Told again in part, as after a reconnection.
        chunk(LogStream::Stdout, 2, "e\ntwo\n"),
    ];
    // A job that has not started yet is waited for.
    let watched = vec![
        v1::Job {
            changed_index: 1,
            state: JobState::Staging.into(),
            ..job(1)
        },
        v1::Job {
            changed_index: 2,
            state: JobState::Running.into(),
            ..job(1)
        },
    ];
    let fake = Fake::start(Script {
        log,
        watched,
        ..Script::default()
    })
    .await;
    let output = ewc(&["logs", "1", "-f", "--endpoint", &fake.url]).await;
    assert_eq!(stdout(&output), "one\ntwo\n");
    assert_eq!(
        stderr(&output),
        "1  staging  gz-guian  start (UTC+8): -\noops\n"
    );
}

#[tokio::test]
async fn several_files_are_one_submission_and_moments_use_the_clock_of_the_network() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let toml = "name = \"a\"\ncommand = [\"true\"]\nestimate = \"1m\"\n";
    let first = file(
        "a.toml",
        &format!("{toml}deadline = \"1h\"\nidempotency_key = \"key-a\"\n"),
    );
    let second = file("b.toml", &format!("{toml}after_ok = [\"key-a\"]\n"));
    let fake = Fake::start(Script::default()).await;
    let output = ewc(&["submit", &first, &second, "--endpoint", &fake.url]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let submitted = fake.script.lock().unwrap().submitted.clone();
    let specs: Vec<_> = submitted
        .iter()
        .map(|request| request.spec.clone().unwrap())
        .collect();
    assert_eq!(submitted[0].idempotency_key, "key-a");
    assert_eq!(specs[0].deadline_ms, 1_000_000 + 3_600_000);
    assert_eq!(specs[1].after_ok, ["key-a"]);
}

#[tokio::test]
async fn flags_describe_a_job_like_a_file() {
    let fake = Fake::start(Script::default()).await;
    let flags = "submit --cpu 500m --memory 2GiB --estimate 10m --env A=1 --input corpus:data \
                 --output-data model=out/m:3GB --latency beijing=5ms --label team=film \
                 --priority -3 --tenant film --key k1";
    let mut arguments: Vec<&str> = flags.split_whitespace().collect();
    arguments.extend(["--endpoint", &fake.url, "--", "/bin/render", "--frame", "7"]);
    let output = ewc(&arguments).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let request = fake.script.lock().unwrap().submitted[0].clone();
    let spec = request.spec.unwrap();
    let group = &spec.groups[0];
    assert_eq!(
        (request.tenant.as_str(), request.idempotency_key.as_str()),
        ("film", "k1")
    );
    assert_eq!((spec.name.as_str(), spec.priority), ("render", -3));
    assert_eq!(group.resources.unwrap().cpu_millis, 500);
    assert_eq!(
        (group.estimate_ms, group.time_limit_ms),
        (600_000, 1_200_000)
    );
    assert_eq!(spec.inputs[0].mount, "data");
    assert_eq!(
        (spec.outputs[0].path.as_str(), spec.outputs[0].size_bytes),
        ("out/m", 3_000_000_000)
    );
    assert_eq!(spec.latency_limits[0].one_way_us_max, 5_000);
    let payload = group.payload.clone().unwrap();
    assert_eq!(payload.environment["A"], "1");
    let Some(v1::payload::What::Process(process)) = payload.what else {
        panic!("no process")
    };
    assert_eq!(process.argv, ["/bin/render", "--frame", "7"]);
}

#[tokio::test]
async fn a_lowered_grade_is_shown_with_its_reason() {
    let fake = Fake::start(Script::default()).await;
    let lower = [
        "datasets",
        "lower",
        "corpus",
        "--to",
        "general",
        "--because",
    ];
    let mut arguments = lower.to_vec();
    arguments.extend(["names were removed", "--endpoint", &fake.url]);
    let output = ewc(&arguments).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("general (was core)"));
    arguments.extend(["-o", "json"]);
    let output = ewc(&arguments).await;
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let lowered = &value["lowered"][0];
    assert_eq!(lowered["because"], "names were removed");
    assert_eq!(
        (&lowered["from"], &lowered["to"]),
        (&"core".into(), &"general".into())
    );
}

#[tokio::test]
async fn what_is_removed_is_shown_and_a_refusal_says_what_is_gone_by_then() {
    let fake = Fake::start(Script::default()).await;
    for noun in ["datasets", "images"] {
        let remove = [
            noun,
            "remove",
            "old",
            "--site",
            "gz-guian",
            "--endpoint",
            &fake.url,
        ];
        let output = ewc(&remove).await;
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("old") && stdout(&output).contains("gz-guian"));
        let remove = [noun, "remove", "old", "needed", "--endpoint", &fake.url];
        let output = ewc(&remove).await;
        assert_ne!(code(&output), 0);
        assert!(
            stderr(&output).contains("needed by 1 jobs"),
            "{}",
            stderr(&output)
        );
        assert!(
            stderr(&output).contains("already removed: old"),
            "{}",
            stderr(&output)
        );
    }
}

#[tokio::test]
async fn a_file_gives_a_data_set_its_digest_and_size() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("abc");
    std::fs::write(&path, "abc").unwrap();
    let fake = Fake::start(Script::default()).await;
    let add = "datasets add --name corpus --site gz-guian --grade important -o json --file";
    let mut arguments: Vec<&str> = add.split_whitespace().collect();
    arguments.extend([path.to_str().unwrap(), "--endpoint", &fake.url]);
    let output = ewc(&arguments).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    // FIPS 180-4, example of one block.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        (&value["sha256"], &value["size_bytes"]),
        (&digest.into(), &3.into())
    );
    assert_eq!(value["grade"], "important");
}
