mod network;

use ewc_core::model::{JobId, JobSpec, JobState, PolicyKind};

use super::*;
use network::{HOUR, MINUTE, arrival, by_a_depot, two_sites};

const TEN_MINUTES: &str = "cpu = \"8\"\nestimate = \"10m\"\ntime_limit = \"20m\"\n";

fn greedy(jobs: &[Arrival]) -> Replanned {
    replan(two_sites(), jobs, PolicyKind::Greedy)
}

fn with(text: &str, more: &str) -> String {
    format!("{text}{more}\n")
}

/// Arrivals far enough apart that no job stands in another's way.
fn one_an_hour(count: i64) -> Vec<Arrival> {
    let text = |at: i64| match at % 3 {
        0 => with(TEN_MINUTES, "inputs = [\"corpus\"]"),
        1 => with(TEN_MINUTES, "weights = { carbon = \"300%\" }"),
        _ => TEN_MINUTES.to_owned(),
    };
    let job = |at| arrival(at * HOUR, &format!("j{at}"), 8 * MINUTE, &text(at));
    (0..count).map(job).collect()
}

#[test]
fn greedy_goes_where_power_is_cheap_and_first_fit_does_not() {
    let jobs = [arrival(0, "a", 5 * MINUTE, TEN_MINUTES)];
    let site = |policy| replan(two_sites(), &jobs, policy).jobs[0].site.clone();
    assert_eq!(site(PolicyKind::Greedy).as_deref(), Some("west"));
    assert_eq!(site(PolicyKind::FirstFit).as_deref(), Some("east"));
}

#[test]
fn greedy_costs_at_most_what_first_fit_costs() {
    let jobs = one_an_hour(24);
    let objective = |policy| {
        replan(two_sites(), &jobs, policy)
            .totals
            .objective_micro_cny
    };
    let (greedy, first_fit) = (
        objective(PolicyKind::Greedy),
        objective(PolicyKind::FirstFit),
    );
    assert!(greedy < first_fit, "greedy {greedy}, first fit {first_fit}");
}

#[test]
fn the_same_input_gives_the_same_output() {
    let jobs = one_an_hour(12);
    for policy in PolicyKind::ALL {
        assert_eq!(
            replan(two_sites(), &jobs, policy),
            replan(two_sites(), &jobs, policy)
        );
    }
}

#[test]
fn a_whole_chain_is_played() {
    let chain = "sites = [\"west\"]\ninputs = [\"corpus\"]\n\
                 outputs = [{ dataset = \"model\", path = \"m\", size = \"1GB\", \
                 deliver_to = \"east\" }]";
    let jobs = [arrival(0, "a", 5 * MINUTE, &with(TEN_MINUTES, chain))];
    let job = &greedy(&jobs).jobs[0];
    // 10 GB and 1 GB at 1 Gbit/s.
    assert_eq!(job.start_ms, Some(80_000));
    assert_eq!(job.wait_ms, Some(80_000));
    assert_eq!(job.end_ms, Some(80_000 + 5 * MINUTE + 8_000));
    assert_eq!(job.wan_bytes, 11_000_000_000);
    assert_eq!(job.state, Some(JobState::Succeeded));
}

#[test]
fn data_waits_at_a_depot_and_is_no_replica_there() {
    let big = |data: &str| {
        format!("cpu = \"16\"\nestimate = \"10m\"\ntime_limit = \"20m\"\ninputs = [{data:?}]\n")
    };
    let at_b = with(TEN_MINUTES, "sites = [\"b\"]\ninputs = [\"d\"]");
    let jobs = [
        arrival(0, "fills_the_wide_link", 5 * MINUTE, &big("e")),
        arrival(1, "by_b", 5 * MINUTE, &big("d")),
        arrival(6 * HOUR, "at_c_again", 5 * MINUTE, &big("d")),
        arrival(8 * HOUR, "at_b", 5 * MINUTE, &at_b),
    ];
    let replanned = replan(by_a_depot(), &jobs, PolicyKind::Greedy);
    let job = &replanned.jobs[1];
    // 90 GB at 100 Mbit/s while the wide link is full for as long, then at 1 Gbit/s.
    assert_eq!(job.start_ms, Some(2 * HOUR + 12 * MINUTE + 1));
    assert_eq!(job.wan_bytes, 180_000_000_000);
    let bytes: Vec<_> = replanned.jobs[2..]
        .iter()
        .map(|job| job.wan_bytes)
        .collect();
    assert_eq!(bytes, [0, 90_000_000_000]);
    let ends = replanned.jobs.iter().map(|job| job.state);
    assert!(
        ends.into_iter()
            .all(|state| state == Some(JobState::Succeeded))
    );
    assert_eq!(replanned, replan(by_a_depot(), &jobs, PolicyKind::Greedy));
}

#[test]
fn rounds_at_fixed_times_wait_for_the_next_one() {
    let text = with(
        TEN_MINUTES,
        "sites = [\"west\"]\nweights = { delay = \"1000%\" }",
    );
    let jobs = [
        arrival(0, "on_time", 5 * MINUTE, &text),
        arrival(61 * MINUTE, "late", 5 * MINUTE, &text),
        arrival(5 * HOUR, "after_idle_hours", 5 * MINUTE, &text),
    ];
    let rounds = Rounds::Every { ms: HOUR };
    let replanned = replan_in(two_sites(), &jobs, PolicyKind::Greedy, rounds);
    let starts: Vec<_> = replanned.jobs.iter().map(|job| job.start_ms).collect();
    assert_eq!(starts, [Some(0), Some(2 * HOUR), Some(5 * HOUR)]);
}

#[test]
fn a_job_that_found_no_room_is_tried_again_in_the_next_round() {
    // The reservation outlasts the horizon, the run only the first hour.
    let text = "cpu = \"8\"\nsites = [\"west\"]\nestimate = \"1h\"\ntime_limit = \"60h\"\n";
    let jobs = [
        arrival(0, "a", HOUR / 2, text),
        arrival(1, "b", HOUR / 2, text),
    ];
    let rounds = Rounds::Every { ms: HOUR };
    let replanned = replan_in(two_sites(), &jobs, PolicyKind::Greedy, rounds);
    assert_eq!(replanned.jobs[1].start_ms, Some(HOUR));
    assert_eq!(replanned.jobs[1].groups.len(), 1);
}

#[test]
fn staged_data_stays_for_the_next_job() {
    let text = with(TEN_MINUTES, "sites = [\"west\"]\ninputs = [\"corpus\"]");
    let jobs = [
        arrival(0, "a", MINUTE, &text),
        arrival(HOUR, "b", MINUTE, &text),
    ];
    let replanned = greedy(&jobs);
    assert_eq!(replanned.jobs[1].wan_bytes, 0);
    assert_eq!(replanned.totals.wan_bytes, 10_000_000_000);
}

#[test]
fn jobs_wait_for_the_reservation_before_them() {
    let text = with(
        TEN_MINUTES,
        "sites = [\"west\"]\nweights = { delay = \"1000%\" }",
    );
    let job = |at: i64| arrival(at, &format!("j{at}"), 5 * MINUTE, &text);
    let replanned = greedy(&[job(0), job(1), job(2)]);
    let starts: Vec<_> = replanned.jobs.iter().map(|job| job.start_ms).collect();
    assert_eq!(starts, [Some(0), Some(20 * MINUTE), Some(40 * MINUTE)]);
    let wait = replanned.totals.wait;
    assert_eq!(
        (wait.jobs, wait.p50_ms, wait.p90_ms),
        (3, 20 * MINUTE - 1, 40 * MINUTE - 2)
    );
}

#[test]
fn a_job_longer_than_the_queue_gets_its_turn_when_room_comes_free() {
    // Reserved for 40 hours each, so the third one finds no start within the horizon of 48 hours.
    let text = "cpu = \"8\"\nsites = [\"west\"]\nestimate = \"1h\"\ntime_limit = \"40h\"\n";
    let job = |at: i64| arrival(at, &format!("j{at}"), HOUR, text);
    let replanned = greedy(&[job(0), job(1), job(2)]);
    assert_eq!(replanned.totals.placed, 3);
    assert!(
        replanned
            .jobs
            .iter()
            .all(|job| job.state == Some(JobState::Succeeded))
    );
}

#[test]
fn what_cannot_be_placed_is_left_with_its_reason() {
    let after_failed = Arrival {
        spec: JobSpec {
            after_ok: vec![JobId(5)],
            ..arrival(9, "d", 0, TEN_MINUTES).spec
        },
        ..arrival(9, "d", 0, TEN_MINUTES)
    };
    let jobs = [
        arrival(0, "green", 0, &with(TEN_MINUTES, "green_floor = \"90%\"")),
        arrival(1, "data", 0, &with(TEN_MINUTES, "inputs = [\"nothing\"]")),
        arrival(
            2,
            "late",
            0,
            &with(
                TEN_MINUTES,
                "deadline = \"21m\"\ninputs = [\"corpus\"]\n\
                                               sites = [\"west\"]",
            ),
        ),
        after_failed,
        Arrival {
            ends_well: false,
            ..arrival(3, "fails", MINUTE, TEN_MINUTES)
        },
    ];
    let replanned = greedy(&jobs);
    let code = |at: usize| replanned.jobs[at].not_placed.as_ref().map(NotPlaced::code);
    assert_eq!(code(0), Some("green_floor"));
    assert_eq!(code(1), Some("refused"));
    assert_eq!(code(2), Some("deadline_passed"));
    assert_eq!(code(3), Some("dependency_failed"));
    assert_eq!(code(4), None);
    assert_eq!(replanned.jobs[4].state, Some(JobState::Failed));
    assert_eq!(replanned.totals.not_placed.values().sum::<u32>(), 4);
}

#[test]
fn retries_without_end_are_cut_off() {
    let job = arrival(0, "a", 0, TEN_MINUTES);
    let spec = JobSpec {
        retries: u32::MAX,
        ..job.spec.clone()
    };
    let replanned = greedy(&[Arrival {
        ends_well: false,
        spec,
        ..job
    }]);
    assert_eq!(replanned.jobs[0].not_placed, None);
    assert!(replanned.jobs[0].end_ms.is_none());
}

/// Jobs of several kinds, closer together than they can run.
fn crowd() -> Vec<Arrival> {
    let text = |at: i64| match at % 5 {
        0 => with(TEN_MINUTES, "inputs = [\"corpus\"]\nretries = 2"),
        1 => with(TEN_MINUTES, "deadline = \"90m\""),
        2 => with(TEN_MINUTES, "green_floor = \"90%\""),
        3 => with(TEN_MINUTES, "release = \"3h\"\npriority = 5"),
        _ => with(TEN_MINUTES, "sites = [\"west\"]\ninputs = [\"corpus\"]"),
    };
    let job = |at: i64| Arrival {
        ends_well: at % 7 != 0,
        ..arrival(
            at * MINUTE,
            &format!("j{at}"),
            (at % 30) * MINUTE,
            &text(at),
        )
    };
    (0..40).map(job).collect()
}

#[test]
fn every_job_is_accounted_for() {
    for policy in PolicyKind::ALL {
        let replanned = replan(two_sites(), &crowd(), policy);
        for job in &replanned.jobs {
            let waits = job.state == Some(JobState::Pending);
            assert_eq!(job.end_ms.is_none(), waits, "{job:?}");
            assert_eq!(job.start_ms.is_none(), job.not_placed.is_some(), "{job:?}");
            assert!(job.wait_ms.is_none_or(|wait_ms| wait_ms >= 0), "{job:?}");
        }
        let left: u32 = replanned.totals.not_placed.values().sum();
        assert_eq!(replanned.totals.placed + left, 40);
    }
}

#[test]
fn the_end_of_time_is_no_trouble() {
    let job = arrival(0, "a", i64::MAX, TEN_MINUTES);
    let replanned = greedy(&[Arrival {
        submit_ms: i64::MAX,
        ..job
    }]);
    assert_eq!(replanned.jobs[0].state, Some(JobState::Succeeded));
}

#[test]
fn nothing_gives_nothing() {
    assert_eq!(greedy(&[]).totals, Totals::default());
}
