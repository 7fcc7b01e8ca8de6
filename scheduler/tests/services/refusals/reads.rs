//! Bad questions, and bad reports of agents.

use ewc_proto::v1;
use tonic::Code;
use tonic::Code::{FailedPrecondition, InvalidArgument, NotFound};

use super::{Expected, none_wrong, stored};
use crate::server::single;
use crate::world;

type Spoil = fn(&mut v1::Page);

#[rustfmt::skip]
const LISTS: &[(&str, Spoil, &str)] = &[
    ("token of letters", |p| p.token = "garbage".into(), "page.token"),
    ("token below none", |p| p.token = "-1".into(), "page.token"),
    ("large page", |p| p.size = 1001, "page.size"),
    ("largest page", |p| p.size = u32::MAX, "page.size"),
];

type Report = fn(&mut v1::SyncRequest);

#[rustfmt::skip]
const REPORTS: &[(&str, Report, Code, &str)] = &[
    ("unknown site", |r| r.site = "moon".into(), NotFound, "site"),
    ("cap beyond all", |r| r.power_cap = vec![beyond()], InvalidArgument, "power_cap"),
    ("unknown pool", |r| r.pools[0].pool = "gpu".into(), InvalidArgument, "pools[0].pool"),
    (
        "negative capacity",
        |r| r.pools[0].usable = Some(world::cores(-1)),
        InvalidArgument,
        "pools[0]",
    ),
    (
        // The message says "step_ms" and not "energy.step_ms".
        "energy without step",
        |r| {
            let points = vec![v1::EnergyPoint::default()];
            r.energy = Some(v1::EnergySeries {
                points,
                ..v1::EnergySeries::default()
            });
        },
        InvalidArgument,
        "step_ms",
    ),
    (
        "data with a short digest",
        |r| {
            r.data = vec![v1::HeldData {
                sha256: "ab".into(),
                ..v1::HeldData::default()
            }]
        },
        InvalidArgument,
        "data",
    ),
    (
        "run of a job that is no number",
        |r| {
            r.attempts = vec![v1::ObservedAttempt {
                job_id: "x".into(),
                ..Default::default()
            }]
        },
        InvalidArgument,
        "attempts",
    ),
];

#[tokio::test]
async fn bad_questions_are_refused() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = stored(&clients).await;
    let mut jobs = clients.jobs.clone();
    for (name, spoil, needle) in LISTS {
        let mut page = v1::Page::default();
        spoil(&mut page);
        let request = v1::ListJobsRequest {
            page: Some(page),
            ..v1::ListJobsRequest::default()
        };
        let code = InvalidArgument;
        wrong.extend(Expected { name, code, needle }.check(jobs.list(request).await));
    }
    let policy = "oracle".to_owned();
    let plan = v1::PlanRequest {
        spec: Some(world::spec("p")),
        policy,
        ..Default::default()
    };
    let (name, code) = ("unknown policy", InvalidArgument);
    wrong.extend(
        Expected {
            name,
            code,
            needle: "policy",
        }
        .check(jobs.plan(plan).await),
    );
    let job = || "never".to_owned();
    let missing = |name| Expected {
        name,
        code: NotFound,
        needle: "job \"never\"",
    };
    wrong.extend(missing("get").check(jobs.get(v1::GetJobRequest { job: job() }).await));
    wrong.extend(missing("cancel").check(jobs.cancel(v1::CancelJobRequest { job: job() }).await));
    wrong.extend(
        missing("explain").check(
            jobs.explain(v1::ExplainRequest {
                job: job(),
                ..v1::ExplainRequest::default()
            })
            .await,
        ),
    );
    let watch = jobs.watch(v1::WatchJobRequest { job: job() }).await;
    wrong.extend(missing("watch").check(watch.map(drop)));
    let request = v1::LogsRequest {
        job: job(),
        ..v1::LogsRequest::default()
    };
    wrong.extend(missing("logs").check(jobs.logs(request).await.map(drop)));
    none_wrong(wrong);
    assert_eq!(stored(&clients).await, before);
}

#[tokio::test]
async fn logs_that_cannot_be_are_refused() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    // No site is known, so the job waits.
    let job = world::submitted(&clients, "waits", world::spec("waits")).await;
    let request = v1::LogsRequest {
        job,
        ..v1::LogsRequest::default()
    };
    let answer = clients.jobs.clone().logs(request).await.map(drop);
    let (name, code) = ("a job that has not started", FailedPrecondition);
    wrong.extend(
        Expected {
            name,
            code,
            needle: "has not started",
        }
        .check(answer),
    );
    none_wrong(wrong);
}

fn beyond() -> v1::PowerCapStep {
    v1::PowerCapStep {
        from_ms: 0,
        watts: Some(i64::MAX),
    }
}

#[tokio::test]
async fn bad_reports_are_refused() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = stored(&clients).await;
    for (name, spoil, code, needle) in REPORTS {
        let pool = "cpu".to_owned();
        let pool = v1::PoolReport {
            pool,
            usable: Some(world::cores(4)),
            free_shapes: Vec::new(),
        };
        let site = "north".to_owned();
        let mut report = v1::SyncRequest {
            site,
            incarnation: 1,
            ..v1::SyncRequest::default()
        };
        report.pools.push(pool);
        spoil(&mut report);
        let answer = clients.agents.clone().sync(report).await;
        wrong.extend(
            Expected {
                name,
                code: *code,
                needle,
            }
            .check(answer),
        );
    }
    none_wrong(wrong);
    assert_eq!(stored(&clients).await, before);
}

#[tokio::test]
async fn large_pages_of_data_sets_are_refused() {
    let mut wrong = Vec::new();
    let (_cluster, clients) = single(|_| ()).await;
    let large = Some(v1::Page {
        size: 1001,
        token: String::new(),
    });
    let request = v1::ListDatasetsRequest { page: large };
    let answer = clients.networks.clone().list_datasets(request).await;
    let (name, code) = ("large page of data sets", InvalidArgument);
    wrong.extend(
        Expected {
            name,
            code,
            needle: "page.size",
        }
        .check(answer),
    );
    none_wrong(wrong);
}
