//! What several sections derive from the report alike.

use std::collections::BTreeMap;

use super::data::{JobRow, LinkRow, RunReport, SiteRow};
use super::series::{self, Grid, Of};

/// The sites of one national hub node, or all edge sites under an empty name.
pub(super) struct Hub<'r> {
    pub(super) name: &'r str,
    pub(super) sites: Vec<&'r SiteRow>,
}

/// The hubs in the order of their first site; edge sites last.
pub(super) fn hubs(report: &RunReport) -> Vec<Hub<'_>> {
    let mut hubs: Vec<Hub<'_>> = Vec::new();
    let (edge, inland): (Vec<_>, Vec<_>) = report.sites.iter().partition(|site| is_edge(site));
    for site in inland {
        match hubs.iter_mut().find(|hub| hub.name == site.hub) {
            Some(hub) => hub.sites.push(site),
            None => hubs.push(Hub {
                name: &site.hub,
                sites: vec![site],
            }),
        }
    }
    if !edge.is_empty() {
        hubs.push(Hub {
            name: "",
            sites: edge,
        });
    }
    hubs
}

fn is_edge(site: &SiteRow) -> bool {
    site.edge || site.hub.is_empty()
}

/// Jobs by state.
pub(super) fn counts(report: &RunReport) -> BTreeMap<String, u64> {
    if !report.counts.is_empty() {
        return report.counts.clone();
    }
    let mut counts = BTreeMap::new();
    for job in &report.jobs {
        *counts.entry(job.state.clone()).or_default() += 1;
    }
    counts
}

/// Jobs that failed, or ended otherwise than the run meant them to.
pub(super) fn exceptions(report: &RunReport) -> Vec<&JobRow> {
    let jobs = report.jobs.iter();
    jobs.filter(|job| !job.expected || job.state == "failed" || job.state == "outcome_unknown")
        .collect()
}

/// Waits of the jobs that started, sorted.
pub(super) fn waits<'r>(jobs: impl Iterator<Item = &'r JobRow>) -> Vec<i64> {
    let mut waits: Vec<i64> = jobs.filter_map(|job| job.wait_ms).collect();
    waits.sort_unstable();
    waits
}

/// The nearest-rank percentile of sorted values; 0 of none.
pub(super) fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// The grid of the whole run.
pub(super) fn grid(report: &RunReport) -> Grid {
    Grid::over(report.start_ms, report.end_ms)
}

/// Shares of renewables at a site, one a column.
pub(super) fn renewable(site: &SiteRow, grid: &Grid) -> Vec<Option<f64>> {
    let of = |sample: &super::SiteSample| f64::from(sample.renewable_permille) / 1000.0;
    let samples: Vec<_> = site
        .samples
        .iter()
        .map(|sample| (sample.at_ms, of(sample)))
        .collect();
    grid.resample(&samples, Of::Mean)
}

/// Shares of cores reserved at a site, one a column.
pub(super) fn reserved(site: &SiteRow, grid: &Grid, of: Of) -> Vec<Option<f64>> {
    let share = |sample: &super::SiteSample| f64::from(sample.cores_permille) / 1000.0;
    let samples: Vec<_> = site
        .samples
        .iter()
        .map(|sample| (sample.at_ms, share(sample)))
        .collect();
    grid.resample(&samples, of)
}

/// Peak shares of a link's capacity, one a column.
pub(super) fn link_use(link: &LinkRow, grid: &Grid) -> Vec<Option<f64>> {
    let capacity = link.capacity_bps.max(1) as f64;
    let samples = link.samples.iter();
    let samples: Vec<_> = samples
        .map(|sample| (sample.at_ms, sample.reserved_bps as f64 / capacity))
        .collect();
    grid.resample(&samples, Of::Peak)
}

/// The highest share of a link's capacity that was ever reserved.
pub(super) fn link_peak(link: &LinkRow) -> f64 {
    let most = link
        .samples
        .iter()
        .map(|sample| sample.reserved_bps)
        .max()
        .unwrap_or(0);
    most as f64 / link.capacity_bps.max(1) as f64
}

/// Mean over sites, column by column, weighted by their cores.
pub(super) fn by_cores(
    sites: &[&SiteRow],
    of: impl Fn(&SiteRow) -> Vec<Option<f64>>,
) -> Vec<Option<f64>> {
    let rows: Vec<(f64, Vec<Option<f64>>)> = sites
        .iter()
        .map(|site| (site.cores.max(1) as f64, of(site)))
        .collect();
    let columns = rows.first().map_or(0, |(_, row)| row.len());
    let column = |at: usize| {
        let known = rows
            .iter()
            .filter_map(|(cores, row)| Some((*cores, (*row.get(at)?)?)));
        let (weight, sum) = known.fold((0.0, 0.0), |(weight, sum), (cores, value)| {
            (weight + cores, sum + cores * value)
        });
        (weight > 0.0).then(|| sum / weight)
    };
    (0..columns).map(column).collect()
}

/// Mean renewable share of a site over the run.
pub(super) fn mean_renewable(site: &SiteRow, grid: &Grid) -> Option<f64> {
    series::mean(&renewable(site, grid))
}

/// A place's name in both languages: that of the site, or of the city.
pub(super) fn place_name(report: &RunReport, name: &str) -> (String, String) {
    if let Some(site) = report.sites.iter().find(|site| site.id == name) {
        return site_name(site);
    }
    let zh = report
        .cities
        .iter()
        .find(|city| city.name == name)
        .map(|city| &city.name_zh);
    let en = capitalised(name);
    let zh = zh
        .filter(|zh| !zh.is_empty())
        .cloned()
        .unwrap_or_else(|| en.clone());
    (en, zh)
}

/// A site's short name in both languages, without saying that it is a cluster or an edge site.
pub(super) fn site_name(site: &SiteRow) -> (String, String) {
    let en = site.name.strip_prefix("Edge site ").unwrap_or(&site.name);
    let en = en.strip_suffix(" cluster").unwrap_or(en);
    let zh = if site.name_zh.is_empty() {
        en
    } else {
        &site.name_zh
    };
    let zh = zh
        .strip_suffix("集群")
        .or_else(|| zh.strip_suffix("边缘节点"))
        .unwrap_or(zh);
    (en.to_owned(), zh.to_owned())
}

/// The name with a capital letter in front.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
