//! Checkpoints of attempts that are ordered to stop.

use super::*;

#[test]
fn a_stopped_attempt_is_over_once_its_checkpoint_is_kept() {
    let stopped = |result: Result<Vec<DataFact>, String>| {
        let mut bench = Bench::new();
        let with_checkpoint = Desired {
            checkpoint: Some(OutputWanted {
                dataset: "checkpoint:j".into(),
                path: "last".into(),
            }),
            ..job(5)
        };
        bench.wants(std::slice::from_ref(&with_checkpoint));
        bench.starts(5);
        let stop = Desired {
            stop: true,
            ..with_checkpoint
        };
        assert_eq!(bench.wants(std::slice::from_ref(&stop)), ["stop 5"]);
        bench.ends(5, 0, end(TaskEnd::Stopped, 0, 1));
        assert_eq!(bench.ends(5, 1, end(TaskEnd::Stopped, 0, 1)), ["save 5"]);
        assert_eq!(bench.phase(), "STARTED", "not over before it is kept");
        assert_eq!(bench.wants(&[]), [] as [&str; 0], "nor let go");
        let collected = Input::Collected {
            key: key(5),
            result,
        };
        assert_eq!(bench.does(collected), ["end 5 Stopped"]);
        assert_eq!(bench.phase(), "STOPPED");
        bench.agent.report().attempts.remove(0)
    };
    let kept = stopped(Ok(vec![fact()]));
    assert_eq!((kept.outputs.len(), kept.detail.as_str()), (1, ""));
    let lost = stopped(Err("output last is missing".into()));
    assert_eq!(lost.outputs.len(), 0);
    assert_eq!(lost.detail, "output last is missing");
}

#[test]
fn one_that_fails_or_ends_well_keeps_no_checkpoint() {
    for (code, effects) in [(3, ["end 5 Failed"]), (0, ["collect 5"])] {
        let mut bench = Bench::new();
        bench.wants(&[Desired {
            checkpoint: Some(OutputWanted {
                dataset: "checkpoint:j".into(),
                path: "last".into(),
            }),
            ..job(5)
        }]);
        bench.starts(5);
        bench.ends(5, 0, end(TaskEnd::Exited, 0, 1));
        let last = bench.ends(5, 1, end(TaskEnd::Exited, code, 1));
        assert_eq!(last, effects);
    }
}
