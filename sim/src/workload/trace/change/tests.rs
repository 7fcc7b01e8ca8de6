//! What changes do to a small trace, and to a drawn one.

use super::super::{CsvJobs, Mapping};
use super::*;
use crate::workload::lublin::{Lublin, LublinMix};

const TABLE: &str = "at,run,n,due\n10,5,1,100\n14,5,1,\n14,5,1,30\n20,5,1,\n31,5,1,\n";

fn mapping() -> Mapping {
    let columns = "submit = \"at\"\nrun = \"run\"\ncores = \"n\"\ndeadline = \"due\"\n";
    Mapping::parse("m", &format!("[columns]\n{columns}")).unwrap()
}

fn changed(change: impl Change) -> Vec<TraceJob> {
    let source = CsvJobs::open(TABLE.as_bytes(), "t.csv", &mapping()).unwrap();
    Changed::new(source, change).map(Result::unwrap).collect()
}

fn times(jobs: &[TraceJob]) -> Vec<i64> {
    jobs.iter().map(|job| job.submit_ms).collect()
}

#[test]
fn load_grows_as_distances_shrink() {
    let jobs = changed(Scale::new(2.0).unwrap());
    assert_eq!(times(&jobs), [10_000, 12_000, 12_000, 15_000, 20_500]);
    let due: Vec<Option<i64>> = jobs.iter().map(|job| job.deadline_ms).collect();
    assert_eq!(due, [Some(100_000), None, Some(28_000), None, None]);
    assert!(jobs.iter().all(|job| job.run_ms == 5_000));
    let slower = changed(Scale::new(0.5).unwrap());
    assert_eq!(times(&slower), [10_000, 18_000, 18_000, 30_000, 52_000]);
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Scale::new(factor).unwrap_err().to_string();
        assert!(
            error.contains("give a number from 0.001 to 1000"),
            "{error}"
        );
    }
}

#[test]
fn a_window_counts_from_the_first_submission() {
    assert_eq!(
        times(&changed(Window::new(4_000, 21_000))),
        [14_000, 14_000, 20_000]
    );
    assert_eq!(times(&changed(Window::new(0, 1))), [10_000]);
    assert_eq!(times(&changed(Window::new(21_000, i64::MAX))), [31_000]);
    assert_eq!(times(&changed(First { jobs: 2 })), [10_000, 14_000]);
}

#[test]
fn nothing_is_read_behind_a_window() {
    let broken = format!("{TABLE}40,x,1,\n");
    let open = || CsvJobs::open(broken.as_bytes(), "t.csv", &mapping()).unwrap();
    let mut within = Changed::new(open(), Window::new(0, 21_000));
    assert_eq!(within.by_ref().map(Result::unwrap).count(), 4);
    assert!(within.next().is_none());
    let behind = Changed::new(open(), Window::new(0, 60_000)).find_map(Result::err);
    assert!(
        behind
            .unwrap()
            .to_string()
            .starts_with("t.csv: line 7: column \"run\"")
    );
}

#[test]
fn thinning_keeps_the_share_and_is_nested() {
    let kept = |keep: f64, seed| -> Vec<u64> {
        let source = Lublin::new(&LublinMix::default());
        let thin = Thin::new(keep, seed).unwrap();
        Changed::new(source, thin)
            .map(|job| job.unwrap().row)
            .collect()
    };
    let (third, half) = (kept(0.333, 1), kept(0.5, 1));
    assert!((4_850..=5_150).contains(&half.len()), "{}", half.len());
    assert!((3_190..=3_470).contains(&third.len()), "{}", third.len());
    assert!(third.iter().all(|row| half.binary_search(row).is_ok()));
    assert_eq!(half, kept(0.5, 1));
    assert_ne!(half, kept(0.5, 2));
    assert_eq!((kept(0.0, 1).len(), kept(1.0, 1).len()), (0, 10_000));
    for keep in [-0.1, 1.1, f64::NAN] {
        assert!(Thin::new(keep, 1).is_err());
    }
}
