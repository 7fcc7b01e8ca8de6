//! The draws against the published densities: expected values were worked out from the paper's
//! parameters by numerical integration, apart from this code.

use super::arrivals::weights;
use super::*;

/// What the densities give for one type of jobs on 128 processors.
struct Expected {
    kinds: Kinds,
    mean_size: f64,
    mean_log2_size: f64,
    serial: f64,
    /// Parallel jobs of a power of two, those that came by it without being rounded included.
    power_of_two: f64,
    largest: i64,
    mean_run_s: f64,
    mean_ln_run: f64,
    /// Of jobs of 32 processors.
    mean_ln_run_of_32: f64,
    mean_distance_s: f64,
    /// Half hour of the day with most arrivals, from 0, and its weight; the same for the fewest.
    peak: (usize, f64),
    low: (usize, f64),
    midnight: f64,
}

const EXPECTED: [Expected; 3] = [
    Expected {
        kinds: Kinds::Batch,
        mean_size: 13.893,
        mean_log2_size: 2.452,
        serial: 0.2927,
        power_of_two: 0.67566,
        largest: 128,
        mean_run_s: 9492.3,
        mean_ln_run: 6.945,
        mean_ln_run_of_32: 7.1963,
        mean_distance_s: 3516.9,
        peak: (26, 1.665_94),
        low: (9, 0.235_36),
        midnight: 0.546_16,
    },
    Expected {
        kinds: Kinds::Interactive,
        mean_size: 8.045,
        mean_log2_size: 2.2417,
        serial: 0.1541,
        power_of_two: 0.69136,
        largest: 45,
        mean_run_s: 241.02,
        mean_ln_run: 2.9455,
        mean_ln_run_of_32: 3.5962,
        mean_distance_s: 619.3,
        peak: (28, 1.880_99),
        low: (10, 0.118_69),
        midnight: 0.513_51,
    },
    Expected {
        kinds: Kinds::Untyped,
        mean_size: 12.134,
        mean_log2_size: 2.321,
        serial: 0.244,
        power_of_two: 0.62507,
        largest: 128,
        mean_run_s: 4358.0,
        mean_ln_run: 5.484,
        mean_ln_run_of_32: 6.0667,
        mean_distance_s: 911.29,
        peak: (27, 1.833_11),
        low: (10, 0.164_92),
        midnight: 0.507_82,
    },
];

fn jobs(kinds: Kinds, jobs: u64, seed: u64, processors: u32) -> Vec<TraceJob> {
    let mix = LublinMix {
        seed,
        jobs,
        processors,
        kinds,
    };
    Lublin::new(&mix).map(Result::unwrap).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

#[track_caller]
fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(off <= tolerance, "{what}: {found}, expected {expected}");
}

#[test]
fn sizes_are_as_published() {
    for expected in EXPECTED {
        let jobs = jobs(expected.kinds, 100_000, 1, 128);
        let sizes = || jobs.iter().map(TraceJob::processors);
        let what = format!("{:?}", expected.kinds);
        near(
            &what,
            mean(sizes().map(|size| size as f64)),
            expected.mean_size,
            0.015,
        );
        let log2 = mean(sizes().map(|size| libm::log2(size as f64)));
        near(&what, log2, expected.mean_log2_size, 0.01);
        let share = |of: fn(i64) -> bool| mean(sizes().map(|size| f64::from(u8::from(of(size)))));
        near(&what, share(|size| size == 1), expected.serial, 0.02);
        let power_of_two = share(|size| size > 1 && size.count_ones() == 1);
        near(&what, power_of_two, expected.power_of_two, 0.01);
        assert_eq!(sizes().max(), Some(expected.largest), "{what}");
    }
}

#[test]
fn runs_are_as_published_and_longer_for_larger_jobs() {
    for expected in EXPECTED {
        let jobs = jobs(expected.kinds, 200_000, 2, 128);
        let what = format!("{:?}", expected.kinds);
        let seconds = |job: &TraceJob| job.run_ms as f64 / 1000.0;
        near(
            &what,
            mean(jobs.iter().map(seconds)),
            expected.mean_run_s,
            0.03,
        );
        // Half a second is what whole seconds take away on the mean.
        let ln = |job: &TraceJob| libm::log(seconds(job) + 0.5);
        near(&what, mean(jobs.iter().map(ln)), expected.mean_ln_run, 0.01);
        let of_32 = jobs.iter().filter(|job| job.processors() == 32);
        near(
            &what,
            mean(of_32.map(ln)),
            expected.mean_ln_run_of_32,
            0.015,
        );
        assert!(jobs.iter().all(|job| job.run_ms <= 162_754_000), "{what}");
    }
}

#[test]
fn arrivals_are_as_published() {
    for expected in EXPECTED {
        let jobs = jobs(expected.kinds, 400_000, 3, 128);
        let what = format!("{:?}", expected.kinds);
        assert!(jobs.is_sorted_by_key(|job| job.submit_ms), "{what}");
        let last_s = jobs[jobs.len() - 1].submit_ms as f64 / 1000.0;
        near(
            &what,
            last_s / jobs.len() as f64,
            expected.mean_distance_s,
            0.06,
        );
        let weights = weights(&expected.kinds.parameters()[0].cycle);
        for (bucket, weight) in [expected.peak, expected.low, (0, expected.midnight)] {
            near(&what, weights[bucket], weight, 1e-4);
        }
        let highest = (0..48).max_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        assert_eq!(highest, Some(expected.peak.0), "{what}");
        // By quarters of the day, for the arrivals come in bursts.
        let mut found = [0.0; 4];
        for job in &jobs {
            found[(job.submit_ms / 21_600_000 % 4) as usize] += 4.0 / jobs.len() as f64;
        }
        for (quarter, found) in found.iter().enumerate() {
            let weight = weights[12 * quarter..][..12].iter().sum::<f64>() / 12.0;
            assert!(
                (found - weight).abs() < 0.06,
                "{what} {quarter}: {found}, {weight}"
            );
        }
    }
}

#[test]
fn both_types_arrive_side_by_side() {
    let jobs = jobs(Kinds::Both, 50_000, 4, 128);
    assert!(jobs.is_sorted_by_key(|job| job.submit_ms));
    let batch = |job: &TraceJob| f64::from(u8::from(job.tenant.as_deref() == Some("batch")));
    let share = (1.0 / 3516.9) / (1.0 / 3516.9 + 1.0 / 619.3);
    near("share of batch", mean(jobs.iter().map(batch)), share, 0.15);
}

#[test]
fn the_same_seed_gives_the_same_jobs() {
    let digest = |jobs: &[TraceJob]| {
        jobs.iter().fold(0_i64, |digest, job| {
            let sum = job.submit_ms ^ job.run_ms ^ job.cpu_millis;
            digest
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(sum)
        })
    };
    let first = jobs(Kinds::Both, 1000, 7, 128);
    assert_eq!(first, jobs(Kinds::Both, 1000, 7, 128));
    assert_eq!(
        first[..500],
        jobs(Kinds::Both, 500, 7, 128),
        "the length decides nothing"
    );
    assert_ne!(first, jobs(Kinds::Both, 1000, 8, 128));
    assert_eq!(
        digest(&first),
        -6_178_835_259_176_444_549,
        "the same on every platform"
    );
}

#[test]
fn machines_of_other_sizes() {
    for (processors, mean_size) in [(2, 1.65..1.75), (32, 4.3..5.2), (1024, 80.0..90.0)] {
        let jobs = jobs(Kinds::Batch, 20_000, 5, processors);
        let sizes = jobs.iter().map(TraceJob::processors);
        assert!(sizes.clone().all(|size| size <= i64::from(processors)));
        let mean = mean(sizes.map(|size| size as f64));
        assert!(mean_size.contains(&mean), "{processors} processors: {mean}");
    }
}

#[test]
fn draws_of_a_gamma_have_its_moments() {
    for (shape, scale) in [(1.0, 2.0), (3.8351, 0.6605), (639.1, 0.0156)] {
        let gamma = gamma::Gamma::new(shape, scale);
        let mut dice = Dice::new(1, 1);
        let drawn: Vec<f64> = (0..100_000).map(|_| gamma.draw(&mut dice)).collect();
        let found = mean(drawn.iter().copied());
        near("mean", found, shape * scale, 0.01);
        let variance = mean(drawn.iter().map(|value| (value - found) * (value - found)));
        near("variance", variance, shape * scale * scale, 0.03);
        let below = mean(
            drawn
                .iter()
                .map(|value| f64::from(u8::from(*value < found))),
        );
        near("below the mean", below, gamma.below(found), 0.01);
    }
    let exponential = gamma::Gamma::new(1.0, 1.0);
    near(
        "1 - 1/e",
        exponential.below(1.0),
        0.632_120_558_828_557_7,
        1e-12,
    );
}
