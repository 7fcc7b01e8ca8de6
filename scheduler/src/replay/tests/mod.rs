//! Replays of directories that members left, sound and spoilt.

pub(crate) mod member;

use std::fs;
use std::path::Path;

use ewc_core::command::Command;
use ewc_core::planner::{Scope, repair};

use super::{Answer, Options, Report, replay};
use member::{Member, forget_old_snapshots};

const ALL: Options = Options {
    from: 0,
    to: u64::MAX,
    threads: 1,
};

/// The same with one thread and with three.
fn replayed(dir: &Path, options: Options) -> Report {
    let alone = replay(dir, &options).unwrap();
    let together = replay(
        dir,
        &Options {
            threads: 3,
            ..options
        },
    )
    .unwrap();
    assert_eq!(alone, together);
    alone
}

fn answers(report: &Report) -> Vec<(u64, String)> {
    let answer = |plan: &super::Replayed| (plan.index, plan.answer.to_string());
    report.plans.iter().map(answer).collect()
}

fn all_identical(report: &Report, plans: &[u64]) {
    let expected: Vec<(u64, String)> = plans
        .iter()
        .map(|index| (*index, "identical".to_owned()))
        .collect();
    assert_eq!(answers(report), expected);
    assert_eq!((report.identical, report.different), (plans.len(), 0));
    assert_eq!(report.exit_code(), 0);
}

#[test]
fn plans_come_out_the_same_also_when_stopped_or_late() {
    let mut member = Member::found();
    let mut plans = vec![member.round(3)];
    // Stopped by time after two of five jobs.
    member.submit(5);
    plans.push(member.commit(Member::plan(&member.state(), 2)));
    // Two plans on the same old state, with other entries between it and them.
    let old = member.state();
    member.submit(1);
    member.log(Command::Tick);
    plans.push(member.commit(Member::plan(&old, 1)));
    member.submit(1);
    plans.push(member.commit(Member::plan(&old, 0)));
    plans.push(member.round(2));
    let report = replayed(member.stop().path(), ALL);
    all_identical(&report, &plans);
    let early = |plan: &super::Replayed| match plan.answer {
        Answer::Identical { stopped_early } => stopped_early,
        _ => false,
    };
    let early: Vec<bool> = report.plans.iter().map(early).collect();
    assert_eq!(early, [false, true, true, true, false]);
    assert_eq!(report.plans[2].base_index, report.plans[3].base_index);
}

#[test]
fn a_repaired_plan_needs_both_its_states() {
    let mut member = Member::found();
    let first = member.round(2);
    member.submit(4);
    let found = Member::plan(&member.state(), u32::MAX);
    // Others take the best places meanwhile, and one of the four is gone.
    let last = found.placements.iter().map(|(id, _)| *id).max().unwrap();
    member.submit(3);
    let arrived = member.commit(Member::plan_of(&member.state(), Scope::NewerThan(last), 3));
    let job = found.placements[1].0;
    member.log(Command::CancelJob(job));
    let repaired = repair(&member.state(), found.clone(), |_| true);
    assert_eq!((found.placements.len(), repaired.placements.len()), (4, 3));
    let index = member.state().index();
    let whole = member.commit(repaired.clone());
    let mut spoilt = repaired;
    spoilt.placements.clear();
    let other = member.commit(spoilt);
    let dir = member.stop();
    let report = replayed(dir.path(), ALL);
    let answers = answers(&report);
    let identical = [first, arrived, whole].map(|index| (index, "identical".to_owned()));
    assert_eq!(answers[..3], identical);
    assert_eq!(answers[3].0, other);
    assert!(answers[3].1.starts_with("different: "), "{answers:?}");
    assert_eq!(report.plans[2].repair_index, Some(index));
    assert_eq!(report.plans[2].base_index + 3, index);
}

#[test]
fn one_unit_is_reported_with_job_and_field() {
    let mut member = Member::found();
    member.round(2);
    member.submit(3);
    let mut plan = Member::plan(&member.state(), u32::MAX);
    let (job, placement) = &mut plan.placements[1];
    let job = job.0;
    let cost = placement.cost.energy_micro_cny;
    placement.cost.energy_micro_cny += 1;
    let spoilt = member.commit(plan);
    member.submit(3);
    let mut plan = Member::plan(&member.state(), u32::MAX);
    plan.placements[0].1.verdicts.clear();
    plan.stopped_at -= 1;
    let shorter = member.commit(plan);
    let report = replayed(member.stop().path(), ALL);
    let named = format!(
        "different: job {job}, placements[1].placement.cost.energy_micro_cny: logged {}, \
         recomputed {cost}",
        cost + 1
    );
    assert_eq!(answers(&report)[1], (spoilt, named.clone()));
    assert_eq!(answers(&report)[2].0, shorter);
    assert_eq!(
        (report.identical, report.different, report.exit_code()),
        (1, 2, 1)
    );
    let text = report.to_string();
    assert!(text.contains(&format!("{spoilt}: {named}\n")), "{text}");
    let last = "replay: plans=3 identical=1 different=2 other_planner_version=0 archived_away=0";
    assert_eq!(text.lines().last(), Some(last));
}

#[test]
fn plans_of_another_planner_need_not_agree() {
    let mut member = Member::found();
    member.submit(2);
    let mut plan = Member::plan(&member.state(), 1);
    plan.planner_version = 999;
    plan.placements[0].1.cost.energy_micro_cny += 1;
    let other = member.commit(plan);
    let mut plan = Member::plan(&member.state(), u32::MAX);
    plan.policy = "oracle".to_owned();
    let unknown = member.commit(plan);
    let ours = member.round(1);
    let report = replayed(member.stop().path(), ALL);
    let answers = answers(&report);
    assert_eq!(answers[0].0, other);
    assert!(
        answers[0]
            .1
            .starts_with("other_planner_version: made by greedy 999,"),
        "{answers:?}"
    );
    assert_eq!(answers[1].0, unknown);
    assert!(
        answers[1]
            .1
            .starts_with("other_planner_version: made by oracle "),
        "{answers:?}"
    );
    assert_eq!(answers[2], (ours, "identical".to_owned()));
    assert_eq!((report.other_planner_version, report.exit_code()), (2, 0));
}

#[test]
fn the_archive_is_read_where_the_log_has_been_cut_off() {
    let mut member = Member::found();
    let mut plans = vec![member.round(3), member.round(1)];
    let old = member.state();
    member.submit(2);
    member.snapshot(true);
    // Made before the snapshot, logged behind it.
    plans.push(member.commit(Member::plan(&old, 1)));
    plans.push(member.round(4));
    member.snapshot(true);
    plans.push(member.round(2));
    // While the member runs its log is left out.
    let running = replayed(member.dir(), ALL);
    assert!(running.in_use);
    all_identical(&running, &plans[..4]);
    let dir = member.stop();
    let stopped = replayed(dir.path(), ALL);
    assert!(!stopped.in_use);
    all_identical(&stopped, &plans);
    // A part of them, whose states are in the second segment or behind it.
    let some = Options {
        from: plans[3],
        to: plans[3],
        ..ALL
    };
    all_identical(&replayed(dir.path(), some), &plans[3..4]);
    let some = Options {
        from: plans[4],
        ..ALL
    };
    all_identical(&replayed(dir.path(), some), &plans[4..]);
    let some = Options {
        from: plans[1] + 1,
        to: plans[2],
        ..ALL
    };
    all_identical(&replayed(dir.path(), some), &plans[2..3]);
    let none = Options {
        from: plans[4] + 1,
        ..ALL
    };
    all_identical(&replayed(dir.path(), none), &[]);
}

#[test]
fn what_is_not_kept_any_more_is_archived_away() {
    let mut member = Member::found();
    member.round(2);
    let old = member.state();
    member.submit(1);
    member.snapshot(true);
    let late = member.commit(Member::plan(&old, u32::MAX));
    let sound = member.round(2);
    let dir = member.stop();
    fs::remove_dir_all(dir.path().join("archive")).unwrap();
    forget_old_snapshots(dir.path());
    let report = replayed(dir.path(), ALL);
    let expected = [
        (late, "archived_away".to_owned()),
        (sound, "identical".to_owned()),
    ];
    assert_eq!(answers(&report), expected);
    assert_eq!((report.archived_away, report.exit_code()), (1, 0));
}

#[test]
fn a_missing_segment_is_stepped_over() {
    let mut member = Member::found();
    let first = member.round(2);
    let missing = member.snapshot(true);
    member.round(2);
    let old = member.state();
    member.submit(1);
    member.snapshot(true);
    let late = member.commit(Member::plan(&old, u32::MAX));
    let last = member.round(3);
    member.snapshot(true);
    let dir = member.stop();
    let segment = dir.path().join("archive").join(format!("{missing:020}"));
    fs::remove_dir_all(segment).unwrap();
    let report = replayed(dir.path(), ALL);
    let [identical, away] = ["identical", "archived_away"].map(str::to_owned);
    let expected = [(first, identical.clone()), (late, away), (last, identical)];
    assert_eq!(answers(&report), expected);
    assert_eq!(report.exit_code(), 0);
}

#[test]
fn a_segment_that_is_cut_off_is_named_and_the_rest_is_replayed() {
    let mut member = Member::found();
    let first = member.round(2);
    let cut = member.round(2);
    let behind = member.snapshot(true);
    let old = member.state();
    member.submit(1);
    let last = member.commit(Member::plan(&old, u32::MAX));
    let archive = member.archive();
    let dir = member.stop();
    let file = archive.join(format!("{:020}", 1)).join("entries");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 7]).unwrap();
    let report = replayed(dir.path(), ALL);
    let expected = [first, last].map(|index| (index, "identical".to_owned()));
    assert_eq!(answers(&report), expected);
    assert!(first < cut && cut <= behind && behind < last);
    let problems: Vec<&String> = report.problems.iter().collect();
    assert!(
        problems[0].contains("entries is damaged at byte"),
        "{problems:?}"
    );
    assert_eq!((problems.len(), report.exit_code()), (1, 2));
}

#[test]
fn a_damaged_state_is_named_and_its_plans_are_archived_away() {
    let mut member = Member::found();
    let lost = member.round(2);
    member.snapshot(true);
    let sound = member.round(2);
    let dir = member.stop();
    forget_old_snapshots(dir.path());
    let file = dir
        .path()
        .join("archive")
        .join(format!("{:020}", 1))
        .join("base.snapshot");
    let mut bytes = fs::read(&file).unwrap();
    // The founding state has one name only under the archive now.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let report = replayed(dir.path(), ALL);
    let expected = [
        (lost, "archived_away".to_owned()),
        (sound, "identical".to_owned()),
    ];
    assert_eq!(answers(&report), expected);
    assert_eq!((report.problems.len(), report.exit_code()), (1, 2));
}

#[test]
fn only_the_directory_of_a_member_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let refused = replay(dir.path(), &ALL).unwrap_err().to_string();
    assert!(refused.starts_with("--data-dir: ") && refused.contains("give the data_dir"));
    let member = Member::found();
    let refused = replay(member.dir(), &ALL).unwrap_err().to_string();
    assert!(refused.contains("a scheduler runs on"), "{refused}");
}

#[test]
fn the_report_as_json_has_the_words_of_the_manual() {
    let mut member = Member::found();
    let plan = member.round(1);
    let report = replayed(member.stop().path(), ALL);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["identical"], 1);
    assert_eq!(json["plans"][0]["index"], plan);
    assert_eq!(json["plans"][0]["answer"], "identical");
    assert_eq!(json["plans"][0]["stopped_early"], false);
    assert_eq!(json["plans"][0]["term"], 2);
}
