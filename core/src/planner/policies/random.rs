//! `random`: any site that can take the job, drawn by the round's seed, at the earliest start.

use crate::model::{Job, JobId, SiteId};
use crate::planner::site::{Starts, best_at};
use crate::planner::view::View;

use super::{SiteOption, ranked};

pub(super) fn options(view: &View<'_>, seed: u64, job: &Job) -> Vec<SiteOption> {
    ranked(
        view,
        |site| best_at(view, job, site, Starts::Earliest),
        |site, _| drawn(seed, job.id, site),
    )
}

/// The site's number in the job's draw; the same whatever else is in the round.
fn drawn(seed: u64, job: JobId, site: SiteId) -> u64 {
    [job.0, u64::from(site.0)]
        .into_iter()
        .fold(mixed(seed), |hash, part| mixed(hash ^ part))
}

/// A step of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014): one number to one other, without visible pattern.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The site of so many that a job draws.
    fn first(seed: u64, job: u64, sites: u32) -> u32 {
        let sites = 0..sites;
        let first = sites.min_by_key(|site| drawn(seed, JobId(job), SiteId(*site)));
        first.unwrap_or_default()
    }

    #[test]
    fn every_site_is_drawn_about_as_often() {
        let mut counts = [0_u32; 4];
        for job in 0..4_000 {
            counts[first(7, job, 4) as usize] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1_150).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn another_seed_draws_otherwise() {
        let differ = (0..1_000).filter(|job| first(1, *job, 4) != first(2, *job, 4));
        let differ = differ.count();
        assert!((650..850).contains(&differ), "{differ}");
    }
}
