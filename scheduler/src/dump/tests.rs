//! Dumps of directories that members left.

use ewc_core::command::Command;
use ewc_core::model::{Policy, PolicyKind};
use ewc_core::planner::{Round, Scope, plan};
use ewc_scenario::instance::{Built, Instance};

use super::{DumpError, Moment, dump};
use crate::replay::tests::member::Member;

/// A member whose last plan but one is a round of the price policy. Says where it stands.
fn member() -> (Member, u64, [u8; 32]) {
    let mut member = Member::found();
    member.log(Command::SetPolicy {
        policy: Policy {
            kind: PolicyKind::Price,
            ..Policy::default()
        },
        replaces: None,
    });
    member.submit(4);
    let state = member.state();
    let jobs: Vec<_> = state.jobs().keys().copied().take(3).collect();
    let round = Round {
        policy: PolicyKind::Price,
        scope: Scope::Only(jobs),
        jobs_max: 100,
        seed: 1,
    };
    let plan = plan(&state, &round, |_| true);
    let digest = plan.certificate.as_ref().unwrap().model_digest;
    member.log(Command::Tick);
    let index = member.commit(plan);
    (member, index, digest)
}

#[test]
fn the_problem_of_a_logged_plan_is_the_model_that_its_certificate_names() {
    let (mut member, index, digest) = member();
    member.snapshot(true);
    member.submit(1);
    let dir = member.stop();
    let found = dump(dir.path(), Moment::OfPlan(index), 10).unwrap();
    let read = Instance::parse(found.to_json().as_bytes()).unwrap();
    assert_eq!(read, found);
    assert_eq!(Built::new(&read).unwrap().model.digest(), digest);
    assert_eq!(read.jobs.iter().map(|job| job.count).sum::<u32>(), 3);
}

#[test]
fn the_newest_state_and_any_other_can_be_had() {
    let (member, index, _) = member();
    let last = member.state().index();
    let dir = member.stop();
    let newest = dump(dir.path(), Moment::Newest, 10).unwrap();
    let source = newest.source.as_ref().unwrap();
    assert!(source.index >= last, "{} < {last}", source.index);
    let earlier = dump(dir.path(), Moment::At(index - 1), 10).unwrap();
    assert_eq!(earlier.source.as_ref().unwrap().index, index - 1);
    assert_eq!(earlier.jobs.iter().map(|job| job.count).sum::<u32>(), 4);
    let few = dump(dir.path(), Moment::At(index - 1), 2).unwrap();
    assert_eq!(few.jobs.iter().map(|job| job.count).sum::<u32>(), 2);
}

#[test]
fn what_is_in_the_way_is_said() {
    let (member, index, _) = member();
    let dir = member.stop();
    let error = |moment| dump(dir.path(), moment, 10).unwrap_err().to_string();
    assert!(error(Moment::At(9_999)).starts_with("index 9999 is behind the last committed"));
    assert!(error(Moment::OfPlan(index - 1)).starts_with("--plan: entry"));
    assert!(error(Moment::At(1)).contains("nothing to decide"));
    let empty = tempfile::tempdir().unwrap();
    let found = dump(empty.path(), Moment::Newest, 10);
    assert!(matches!(found, Err(DumpError::Source(_))), "{found:?}");
}
