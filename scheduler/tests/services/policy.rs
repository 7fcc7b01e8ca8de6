//! The policy of a running cluster: read, replaced, and never over somebody's change.

use ewc_proto::v1;
use tonic::Code::{self, FailedPrecondition, InvalidArgument};

use crate::server::{Clients, single, until};
use crate::world;

/// The policy in force, once the first one is set.
async fn policy(clients: &Clients) -> v1::Policy {
    let mut networks = clients.networks.clone();
    until("the first policy", async || {
        let policy = networks.get_policy(v1::GetPolicyRequest {}).await.ok()?;
        let policy = policy.into_inner();
        (policy.version > 1).then_some(policy)
    })
    .await
}

fn quota(queued: u64) -> v1::TenantPolicy {
    v1::TenantPolicy {
        share_permille: 1000,
        queued_max: Some(queued),
        ..v1::TenantPolicy::default()
    }
}

/// What "film" was granted last.
fn quota_of(policy: &v1::Policy) -> v1::TenantPolicy {
    let weights = policy.other_tenants.unwrap().weights;
    v1::TenantPolicy {
        weights,
        ..quota(1)
    }
}

fn set(policy: &v1::Policy, replaces: u64) -> v1::SetPolicyRequest {
    v1::SetPolicyRequest {
        policy: Some(policy.clone()),
        replaces,
    }
}

#[tokio::test]
async fn a_policy_is_replaced_once_and_counts_at_once() {
    let (_cluster, mut clients) = single(|_| ()).await;
    world::build(&clients).await;
    let first = policy(&clients).await;
    let mut next = first.clone();
    next.tenants.insert("film".to_owned(), quota(1));
    let answer = clients.networks.set_policy(set(&next, first.version)).await;
    let answer = answer.unwrap().into_inner();
    next.version = first.version + 1;
    // Absent weights come back as the ordinary ones.
    let film = next.tenants.get_mut("film").unwrap();
    film.weights = first.other_tenants.unwrap().weights;
    assert_eq!(answer, next);
    assert_eq!(policy(&clients).await, next);
    // The same once more, as after a lost answer, changes nothing; another one is too late.
    let again = clients.networks.set_policy(set(&next, first.version)).await;
    assert_eq!(again.unwrap().into_inner().version, next.version);
    next.tenants.insert("film".to_owned(), quota(2));
    let late = clients.networks.set_policy(set(&next, first.version)).await;
    let late = late.unwrap_err();
    assert_eq!(late.code(), FailedPrecondition);
    assert!(late.message().contains("replaces"), "{late:?}");

    let mut spec = world::spec("j");
    spec.release_ms = i64::from(u32::MAX) * 1000;
    let submit = |key: &str| v1::SubmitRequest {
        tenant: "film".to_owned(),
        ..world::submit(key, spec.clone())
    };
    clients.jobs.submit(submit("one")).await.unwrap();
    let tenants = clients
        .networks
        .list_tenants(v1::ListTenantsRequest {})
        .await;
    let tenants = tenants.unwrap().into_inner().tenants;
    let film = tenants.iter().find(|tenant| tenant.name == "film").unwrap();
    assert_eq!((film.queued, film.granted), (1, Some(quota_of(&next))));
    let full = clients.jobs.submit(submit("two")).await.unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    assert!(full.message().contains("quota"), "{full:?}");
}

type Spoil = fn(&mut v1::Policy);

#[rustfmt::skip]
const ROWS: &[(&str, Spoil, &str)] = &[
    ("unknown kind", |p| p.kind = "magic".into(), "policy.kind"),
    ("unknown ledger", |p| p.carbon_ledger.clear(), "policy.carbon_ledger"),
    ("negative price", |p| p.carbon_micro_cny_per_kg = -1, "policy.carbon"),
    ("no horizon", |p| p.horizon_ms = 0, "policy.horizon"),
    ("too many slots", |p| p.slot_ms = 1_000, "policy.slot"),
    ("no routes", |p| p.routes = 0, "policy.routes"),
    ("endless grace", |p| p.preemption_grace_ms = 1 << 40, "policy.preemption_grace"),
    ("no grants", |p| p.other_tenants = None, "policy.other_tenants"),
    ("no share", |p| others(p).share_permille = 0, "policy.other_tenants.share_permille"),
    ("negative quota", |p| others(p).memory_mib_max = Some(-1), "other_tenants.memory_mib_max"),
    ("huge weight", |p| weights(p).water_permille = 1 << 29, "other_tenants.weights.water"),
    ("nameless tenant", |p| p.tenants.extend([(String::new(), quota(1))]), "policy.tenants"),
    ("no class", |p| rule(p).class = 0, "policy.steering[0].class"),
    ("no sites", |p| rule(p).places.clear(), "policy.steering[0].places"),
    ("two kinds of sites", |p| rule(p).beyond_us = 5, "policy.steering[0].places"),
    ("both effects", |p| rule(p).rule_out = true, "policy.steering[0].rule_out"),
    ("negative extra", |p| rule(p).extra_micro_cny_per_core_hour = -1, "extra_micro_cny_per_core"),
];

fn others(policy: &mut v1::Policy) -> &mut v1::TenantPolicy {
    policy.other_tenants.get_or_insert_default()
}

fn weights(policy: &mut v1::Policy) -> &mut v1::Weights {
    others(policy).weights.get_or_insert_default()
}

fn rule(policy: &mut v1::Policy) -> &mut v1::Steering {
    &mut policy.steering[0]
}

#[tokio::test]
async fn bad_policies_are_refused() {
    let (_cluster, mut clients) = single(|_| ()).await;
    let first = policy(&clients).await;
    let mut wrong = Vec::new();
    for (name, spoil, needle) in ROWS {
        let mut policy = first.clone();
        policy.steering.push(v1::Steering {
            class: v1::WorkloadClass::Render.into(),
            places: vec!["west".to_owned()],
            extra_micro_cny_per_core_hour: 1,
            ..v1::Steering::default()
        });
        spoil(&mut policy);
        match clients.networks.set_policy(set(&policy, 0)).await {
            Err(status)
                if status.code() == InvalidArgument && status.message().contains(needle) => {}
            answer => wrong.push(format!("{name}: wanted {needle}, got {answer:?}")),
        }
    }
    let missing = v1::SetPolicyRequest::default();
    assert!(clients.networks.set_policy(missing).await.is_err());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(policy(&clients).await, first);
}
