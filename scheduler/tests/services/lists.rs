//! Lists over jobs of the state and of history, plans that store nothing, and explanations.

use std::collections::BTreeSet;

use ewc_proto::v1;
use ewc_proto::v1::JobState;

use crate::server::{Clients, single, until};
use crate::world;

async fn list(clients: &Clients, request: v1::ListJobsRequest) -> v1::ListJobsResponse {
    clients
        .jobs
        .clone()
        .list(request)
        .await
        .unwrap()
        .into_inner()
}

/// The keys of all pages of a list.
async fn keys(clients: &Clients, size: u32, request: v1::ListJobsRequest) -> Vec<String> {
    let mut keys = Vec::new();
    let mut token = String::new();
    loop {
        let page = Some(v1::Page { size, token });
        let answer = list(
            clients,
            v1::ListJobsRequest {
                page,
                ..request.clone()
            },
        )
        .await;
        assert!(answer.jobs.len() <= size as usize);
        keys.extend(answer.jobs.into_iter().map(|job| job.idempotency_key));
        token = answer.next_page_token;
        if token.is_empty() {
            return keys;
        }
    }
}

#[tokio::test]
async fn lists_go_on_from_the_state_into_history() {
    // Three terminal jobs stay in the state; the others retire.
    let (_cluster, clients) = single(|settings| settings.limits.terminal_max = 3).await;
    let mut expected = Vec::new();
    for number in 0..12 {
        let mut spec = world::spec(if number % 2 == 0 { "even" } else { "odd" });
        spec.labels = [("third".to_owned(), (number % 3).to_string())].into();
        let key = format!("k{number}");
        let job = world::submitted(&clients, &key, spec).await;
        if number < 8 {
            clients
                .jobs
                .clone()
                .cancel(v1::CancelJobRequest { job })
                .await
                .unwrap();
        }
        expected.insert(0, key);
    }
    // Only what the state holds is counted.
    until("five retired jobs", async || {
        (list(&clients, v1::ListJobsRequest::default()).await.total == 7).then_some(())
    })
    .await;
    for size in [1, 2, 5, 12, 100] {
        let found = until("all jobs, newest first", async || {
            let found = keys(&clients, size, v1::ListJobsRequest::default()).await;
            (found.len() == expected.len()).then_some(found)
        });
        assert_eq!(found.await, expected, "pages of {size}");
    }
    let cancelled = vec![JobState::Cancelled.into()];
    let cancelled = v1::ListJobsRequest {
        states: cancelled,
        ..Default::default()
    };
    assert_eq!(keys(&clients, 3, cancelled).await, expected[4..]);
    let even = v1::ListJobsRequest {
        name_prefix: "ev".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        keys(&clients, 2, even).await,
        ["k10", "k8", "k6", "k4", "k2", "k0"]
    );
    let labels = [("third".to_owned(), "1".to_owned())].into();
    let third = v1::ListJobsRequest {
        labels,
        ..Default::default()
    };
    assert_eq!(keys(&clients, 100, third).await, ["k10", "k7", "k4", "k1"]);
    // Retired jobs are still found, by key and by number.
    let old = clients.job("k0").await;
    assert_eq!(old.state(), JobState::Cancelled);
    assert_eq!(clients.job(&old.job_id).await.idempotency_key, "k0");
}

#[tokio::test]
async fn a_plan_stores_nothing() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let before = clients.members().await.unwrap();
    let plan = v1::PlanRequest {
        spec: Some(world::spec("maybe")),
        ..Default::default()
    };
    let plan = clients.jobs.clone().plan(plan).await.unwrap().into_inner();
    let chosen: Vec<bool> = plan
        .candidates
        .iter()
        .map(|candidate| candidate.chosen)
        .collect();
    assert_eq!(chosen, [true, false]);
    let mut bound = world::spec("maybe");
    bound.sites = vec!["south".to_owned()];
    let bound = v1::PlanRequest {
        spec: Some(bound),
        ..Default::default()
    };
    let bound = clients.jobs.clone().plan(bound).await.unwrap().into_inner();
    assert_eq!((bound.candidates.len(), bound.ruled_out.len()), (1, 1));
    assert!(!bound.ruled_out[0].reason_code.is_empty());
    let after = clients.members().await.unwrap();
    assert_eq!(
        (after.applied_index, after.state_digest),
        (before.applied_index, before.state_digest)
    );
    assert!(
        list(&clients, v1::ListJobsRequest::default())
            .await
            .jobs
            .is_empty()
    );
}

#[tokio::test]
async fn an_explanation_has_a_sentence_and_alternatives() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let job = world::submitted(&clients, "why", world::spec("why")).await;
    until("a place", async || clients.job(&job).await.placement).await;
    let request = v1::ExplainRequest {
        job,
        ..v1::ExplainRequest::default()
    };
    let why = clients
        .jobs
        .clone()
        .explain(request)
        .await
        .unwrap()
        .into_inner();
    let place = why.placement.unwrap().groups[0].site.clone();
    let sites: BTreeSet<&str> = why
        .alternatives
        .iter()
        .map(|other| other.site.as_str())
        .collect();
    let others: BTreeSet<&str> = world::SITES
        .into_iter()
        .filter(|site| *site != place)
        .collect();
    assert_eq!(sites, others);
    assert!(
        why.sentence.contains(&place) && why.sentence.ends_with('.'),
        "{}",
        why.sentence
    );
    assert!(!why.notes.is_empty(), "no energy is known of");
    // A job that cannot be placed is explained as well.
    let mut hopeless = world::spec("hopeless");
    hopeless.mlps_level = 4;
    let job = world::submitted(&clients, "hopeless", hopeless).await;
    let why = until("why it waits", async || {
        let request = v1::ExplainRequest {
            job: job.clone(),
            ..v1::ExplainRequest::default()
        };
        let why = clients
            .jobs
            .clone()
            .explain(request)
            .await
            .unwrap()
            .into_inner();
        clients
            .job(&job)
            .await
            .reason_code
            .is_empty()
            .eq(&false)
            .then_some(why)
    });
    let why = why.await;
    assert!(why.sentence.contains("pending"));
    let all = why.alternatives.iter();
    let all: Vec<_> = all
        .map(|site| (site.site.as_str(), site.reason_code.as_str()))
        .collect();
    let expected = world::SITES.map(|site| (site, "security_level"));
    assert_eq!(all, expected);
}

#[tokio::test]
async fn why_not_a_site_comes_with_the_change_that_helps() {
    let (_cluster, clients) = single(|_| ()).await;
    world::build(&clients).await;
    let mut spec = world::spec("secure");
    spec.mlps_level = 4;
    world::submitted(&clients, "secure", spec).await;
    let ask = |job: &str, site: &str| {
        let (job, why_not_site) = (job.to_owned(), site.to_owned());
        let mut jobs = clients.jobs.clone();
        async move { jobs.explain(v1::ExplainRequest { job, why_not_site }).await }
    };
    let answer = ask("secure", "north").await.unwrap().into_inner();
    let why_not = answer.why_not.unwrap();
    assert_eq!(
        (why_not.site.as_str(), why_not.reason_code.as_str()),
        ("north", "security_level")
    );
    let changes: Vec<_> = why_not
        .changes
        .iter()
        .map(|c| (c.what.as_str(), c.from, c.to))
        .collect();
    assert_eq!(changes, [("security_level", 4, 3)]);
    assert_eq!(why_not.left_code, "");
    let unknown = ask("secure", "nowhere").await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    assert!(unknown.message().starts_with("why_not_site: "), "{unknown}");

    // A job that is placed is compared with its own placement.
    let job = world::submitted(&clients, "placed", world::spec("placed")).await;
    let placement = until("a place", async || clients.job(&job).await.placement).await;
    let place = placement.groups[0].site.clone();
    let other = world::SITES
        .into_iter()
        .find(|site| *site != place)
        .unwrap();
    let there = ask("placed", other)
        .await
        .unwrap()
        .into_inner()
        .why_not
        .unwrap();
    assert_eq!(there.reason_code, "");
    assert_eq!(there.placement.unwrap().groups[0].site, other);
    assert!(there.extra.is_some());
    let plain = ask("placed", "").await.unwrap().into_inner();
    assert_eq!(plain.why_not, None);
}
