//! The targets of the national programme, and what a run knows of them. A target that a run cannot
//! know is said to be so, and not judged by something near.

use crate::network_run::network_file::{Pair, Region, SiteFacts};
use crate::report::data::Text;
use crate::report::format;

use super::read::RunFolder;
use super::run_page::site_name;
use super::text::{fill, plain, short, text};
use super::words::{self, Words};

/// Share of new compute inside hubs by the end of 2025: 发改数据〔2023〕1779号.
const NEW_COMPUTE_IN_HUBS: f64 = 0.60;
/// Latency circles of city, region, and between hubs, one-way: 发改数据〔2023〕1779号.
const CITY_MS: f64 = 1.0;
const REGION_MS: f64 = 5.0;
const HUBS_MS: f64 = 20.0;
/// Green power of new data centres at hubs by the end of 2025: 发改数据〔2023〕1779号.
const GREEN_POWER: f64 = 0.80;
/// What a mean over many jobs may be off by.
const ROUNDING: f64 = 1e-9;
/// Rack utilisation of start areas: the reply letters on the hubs, 2021-12 and 2022-02.
const RACKS: f64 = 0.65;
/// PUE of start areas in the east and in the west: the same letters.
const PUE_EAST: f64 = 1.25;
const PUE_WEST: f64 = 1.2;
const WEST: [&str; 4] = ["贵州", "内蒙古", "甘肃", "宁夏"];
const EAST: [&str; 4] = ["京津冀", "长三角", "粤港澳大湾区", "成渝"];
/// Means of new data centres at hubs, and of all: the plan of 2021-12 and the action plan of
/// 2024-07.
const PUE_HUBS_MEAN: f64 = 1.25;
const PUE_ALL_MEAN: f64 = 1.5;
/// Direct links between hubs, as a multiple of the theoretical latency: 算力基础设施高质量发展行动计划.
const DIRECT_LINKS: f64 = 1.5;
/// Light in fibre, whose index of refraction is about 1.468.
const FIBRE_US_PER_KM: f64 = 4.9;
/// Between data centres of a city: the notice on 毫秒用算, 2025-10. As a city counts what lies
/// within so many kilometres.
const METRO_MS: f64 = 1.0;
const METRO_KM: f64 = 100.0;

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Met,
    NotMet,
    /// The run cannot know.
    NotMeasurable,
}

/// One target.
pub(super) struct Target {
    pub(super) name: Words,
    pub(super) value: Text,
    pub(super) wanted: String,
    pub(super) verdict: Verdict,
    pub(super) document: Words,
    /// How it was counted, or why it cannot be.
    pub(super) note: Text,
}

/// Every target, in the order of the page.
pub(super) fn all(run: &RunFolder) -> Vec<Target> {
    vec![
        racks(run),
        green_power(run),
        between_hubs(run),
        circle(run, REGION_MS, words::CIRCLE_REGION),
        circle(run, CITY_MS, words::CIRCLE_CITY),
        direct_links(run),
        metro(run),
        pue_limits(run),
        pue_mean(run, true),
        pue_mean(run, false),
        new_compute(run),
        recovery(run),
    ]
}

fn judged(met: Option<bool>) -> Verdict {
    match met {
        Some(true) => Verdict::Met,
        Some(false) => Verdict::NotMet,
        None => Verdict::NotMeasurable,
    }
}

fn at_least(share: f64) -> String {
    format!("≥ {}", format::percent(share))
}

fn milliseconds(ms: f64) -> String {
    format!("{} ms", short(ms))
}

fn racks(run: &RunFolder) -> Target {
    let used = &run.summary.indicators.utilisation;
    let (cores, accelerators) = (format::share(used.cores), format::share(used.accelerators));
    Target {
        name: words::RACKS,
        value: text(words::NONE),
        wanted: at_least(RACKS),
        verdict: Verdict::NotMeasurable,
        document: words::REPLY_LETTERS,
        note: fill(
            words::RACKS_NOTE,
            &[("{cores}", cores), ("{accelerators}", accelerators)],
        ),
    }
}

/// Contracts by site, weighted by the energy of the jobs there.
fn green_power(run: &RunFolder) -> Target {
    let hubs = run
        .network
        .sites
        .iter()
        .enumerate()
        .filter(|(_, site)| !site.hub.is_empty());
    let (mut energy_kwh, mut green_kwh) = (0.0, 0.0);
    for (at, site) in hubs {
        let used_kwh = run
            .jobs
            .total(|job_site, _| job_site == Some(at))
            .energy_kwh;
        energy_kwh += used_kwh;
        green_kwh += used_kwh * site.contracted_green;
    }
    let share = (energy_kwh > 0.0).then(|| green_kwh / energy_kwh);
    Target {
        name: words::GREEN_POWER,
        value: share.map_or_else(|| text(words::NONE), |share| plain(format::share(share))),
        wanted: format!("> {}", format::percent(GREEN_POWER)),
        verdict: judged(share.map(|share| share > GREEN_POWER + ROUNDING)),
        document: words::GREEN_POWER_DOCUMENT,
        note: text(words::GREEN_POWER_NOTE),
    }
}

fn between_hubs(run: &RunFolder) -> Target {
    let pairs = &run.network.cluster_pairs;
    let within = |of: fn(&Pair) -> Option<f64>| {
        let known = pairs
            .iter()
            .filter(|pair| of(pair).is_some_and(|ms| ms <= HUBS_MS));
        (known.count(), pairs.len())
    };
    let (met, all) = within(|pair| pair.optical_ms);
    let written = |(met, all): (usize, usize)| format!("{met} / {all}");
    let worst = pairs
        .iter()
        .filter_map(|pair| pair.optical_ms)
        .fold(0.0, f64::max);
    let values = [
        ("{met}", written((met, all))),
        ("{worst}", milliseconds(worst)),
    ];
    let (private, public) = (
        within(|pair| pair.private_ip_ms),
        within(|pair| pair.public_ip_ms),
    );
    let others = [
        ("{private}", written(private)),
        ("{public}", written(public)),
    ];
    Target {
        name: words::CIRCLE_HUBS,
        value: match all {
            0 => text(words::NONE),
            _ => fill(words::PAIRS_WITHIN, &values),
        },
        wanted: format!("≤ {}", milliseconds(HUBS_MS)),
        verdict: judged((all > 0).then_some(met == all)),
        document: words::DOCUMENT_1779,
        note: match all {
            0 => text(words::NO_PAIRS),
            _ => fill(words::CIRCLE_HUBS_NOTE, &others),
        },
    }
}

/// Users by traffic, from where they are to the nearest site.
fn circle(run: &RunFolder, limit_ms: f64, name: Words) -> Target {
    let regions = &run.network.regions;
    let within = |region: &&Region| region.nearest_one_way_ms.is_some_and(|ms| ms <= limit_ms);
    let weight = |region: &Region| f64::from(region.traffic_weight);
    let all: f64 = regions.iter().map(weight).sum();
    let met: f64 = regions.iter().filter(within).map(weight).sum();
    let count = regions.iter().filter(within).count();
    let worst = regions
        .iter()
        .filter_map(|region| region.nearest_one_way_ms);
    let values = [
        ("{share}", format::percent(met / all)),
        ("{met}", format!("{count} / {}", regions.len())),
        ("{worst}", milliseconds(worst.fold(0.0, f64::max))),
    ];
    let known = !regions.is_empty() && all > 0.0;
    Target {
        name,
        value: match known {
            true => fill(words::USERS_WITHIN, &values),
            false => text(words::NONE),
        },
        wanted: format!("≤ {}", milliseconds(limit_ms)),
        verdict: judged(known.then_some(count == regions.len())),
        document: words::DOCUMENT_1779,
        note: text(match known {
            true => words::CIRCLE_NOTE,
            false => words::NO_REGIONS,
        }),
    }
}

fn direct_links(run: &RunFolder) -> Target {
    let stretches = run.network.cluster_pairs.iter().filter_map(|pair| {
        let light_ms = pair.distance_km as f64 * FIBRE_US_PER_KM / 1e3;
        pair.optical_ms
            .filter(|_| light_ms > 0.0)
            .map(|ms| ms / light_ms)
    });
    let stretches: Vec<f64> = stretches.collect();
    let met = stretches
        .iter()
        .filter(|stretch| **stretch <= DIRECT_LINKS)
        .count();
    let worst = stretches.iter().copied().fold(0.0, f64::max);
    let values = [
        ("{met}", format!("{met} / {}", stretches.len())),
        ("{worst}", format!("{} ×", short(worst))),
    ];
    Target {
        name: words::DIRECT_LINKS,
        value: match stretches.len() {
            0 => text(words::NONE),
            _ => fill(words::PAIRS_WITHIN, &values),
        },
        wanted: format!("≤ {} ×", short(DIRECT_LINKS)),
        verdict: judged((!stretches.is_empty()).then_some(met == stretches.len())),
        document: words::INFRASTRUCTURE_PLAN,
        note: text(match stretches.len() {
            0 => words::NO_PAIRS,
            _ => words::DIRECT_LINKS_NOTE,
        }),
    }
}

/// Optical links between two places of a city.
fn metro(run: &RunFolder) -> Target {
    let place = |name: &str| {
        let node = run.network.nodes.iter().find(|node| node.name == name)?;
        Some((node.latitude, node.longitude))
    };
    let short = run
        .network
        .links
        .iter()
        .filter(|link| link.layer == "optical");
    let short = short.filter(|link| {
        let ends = place(&link.a).zip(place(&link.b));
        ends.is_some_and(|(a, b)| distance_km(a, b) <= METRO_KM)
    });
    let latencies: Vec<f64> = short.map(|link| link.one_way_ms).collect();
    let met = latencies.iter().filter(|ms| **ms < METRO_MS).count();
    let values = [
        ("{met}", format!("{met} / {}", latencies.len())),
        (
            "{worst}",
            milliseconds(latencies.iter().copied().fold(0.0, f64::max)),
        ),
    ];
    Target {
        name: words::METRO,
        value: match latencies.len() {
            0 => text(words::NONE),
            _ => fill(words::LINKS_WITHIN, &values),
        },
        wanted: format!("< {}", milliseconds(METRO_MS)),
        verdict: judged((!latencies.is_empty()).then_some(met == latencies.len())),
        document: words::MILLISECOND_NOTICE,
        note: text(words::METRO_NOTE),
    }
}

/// Along the great circle of a sphere of 6371 km (haversine).
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
    2.0 * 6371.0 * (half(a.0, b.0) + across).clamp(0.0, 1.0).sqrt().asin()
}

fn pue_limit(site: &SiteFacts) -> Option<f64> {
    match site.hub.as_str() {
        hub if WEST.contains(&hub) => Some(PUE_WEST),
        hub if EAST.contains(&hub) => Some(PUE_EAST),
        _ => None,
    }
}

fn pue_limits(run: &RunFolder) -> Target {
    let sites = run.network.sites.iter();
    let limited: Vec<(&SiteFacts, f64)> = sites
        .filter_map(|site| Some((site, pue_limit(site)?)))
        .collect();
    let above = limited.iter().filter(|(site, limit)| site.pue > *limit);
    let above: Vec<&SiteFacts> = above.map(|(site, _)| *site).collect();
    let met = limited.len() - above.len();
    let values = [("{met}", format!("{met} / {}", limited.len()))];
    Target {
        name: words::PUE_LIMITS,
        value: match limited.len() {
            0 => text(words::NONE),
            _ => fill(words::CLUSTERS_WITHIN, &values),
        },
        wanted: format!("≤ {} | {}", short(PUE_EAST), short(PUE_WEST)),
        verdict: judged((!limited.is_empty()).then_some(above.is_empty())),
        document: words::REPLY_LETTERS,
        note: match above.len() {
            0 => text(words::PUE_NOTE),
            _ => Text::new(
                words::PUE_ABOVE_NOTE
                    .en
                    .replace("{above}", &listed(&above, false)),
                words::PUE_ABOVE_NOTE
                    .zh
                    .replace("{above}", &listed(&above, true)),
            ),
        },
    }
}

/// Sites with their PUE.
fn listed(sites: &[&SiteFacts], in_chinese: bool) -> String {
    let name = |site: &SiteFacts| {
        let (en, zh) = site_name(site);
        format!("{} {}", if in_chinese { zh } else { en }, short(site.pue))
    };
    let names: Vec<String> = sites.iter().map(|site| name(site)).collect();
    names.join(if in_chinese { "、" } else { ", " })
}

/// Weighted by the energy that the jobs used, or else not at all.
fn pue_mean(run: &RunFolder, hubs: bool) -> Target {
    let sites = run.network.sites.iter().enumerate();
    let sites = sites.filter(|(_, site)| !hubs || !site.hub.is_empty());
    let (mut facility, mut devices) = (0.0, 0.0);
    for (at, site) in sites {
        let used_kwh = run
            .jobs
            .total(|job_site, _| job_site == Some(at))
            .energy_kwh;
        facility += used_kwh;
        devices += used_kwh / site.pue.max(1.0);
    }
    let mean = (devices > 0.0).then(|| facility / devices);
    let limit = if hubs { PUE_HUBS_MEAN } else { PUE_ALL_MEAN };
    Target {
        name: if hubs {
            words::PUE_HUBS
        } else {
            words::PUE_ALL
        },
        value: mean.map_or_else(|| text(words::NONE), |mean| plain(format!("{mean:.3}"))),
        wanted: format!("< {}", short(limit)),
        verdict: judged(mean.map(|mean| mean < limit)),
        document: words::PUE_PLANS,
        note: text(words::PUE_MEAN_NOTE),
    }
}

fn new_compute(run: &RunFolder) -> Target {
    let share = |of: fn(&SiteFacts) -> f64| {
        let all: f64 = run.network.sites.iter().map(of).sum();
        let hubs = run.network.sites.iter().filter(|site| !site.hub.is_empty());
        match all > 0.0 {
            true => format::share(hubs.map(of).sum::<f64>() / all),
            false => String::from("–"),
        }
    };
    let values = [
        ("{cores}", share(|site| site.cores)),
        ("{accelerators}", share(|site| site.accelerators as f64)),
    ];
    Target {
        name: words::NEW_COMPUTE,
        value: text(words::NONE),
        wanted: at_least(NEW_COMPUTE_IN_HUBS),
        verdict: Verdict::NotMeasurable,
        document: words::DOCUMENT_1779,
        note: fill(words::NEW_COMPUTE_NOTE, &values),
    }
}

fn recovery(run: &RunFolder) -> Target {
    let (value, met, note) = match run.summary.indicators.recovery {
        Some(recovery) if recovery.due > 0 => {
            let (kept, due) = (format::count(recovery.kept), format::count(recovery.due));
            let values = [("{met}", format!("{kept} / {due}"))];
            let value = fill(words::RESULTS_KEPT, &values);
            (
                value,
                Some(recovery.kept >= recovery.due),
                words::RECOVERY_NOTE,
            )
        }
        Some(_) => (text(words::NONE), None, words::RECOVERY_NONE),
        None => (text(words::NONE), None, words::RECOVERY_UNKNOWN),
    };
    Target {
        name: words::RECOVERY,
        value,
        wanted: String::from("100 %"),
        verdict: judged(met),
        document: words::INFRASTRUCTURE_PLAN,
        note: text(note),
    }
}

#[cfg(test)]
mod tests {
    use super::distance_km;

    #[test]
    fn distances_are_great_circles() {
        // Beijing to Shanghai.
        let km = distance_km((39.904, 116.407), (31.230, 121.474));
        assert!((1060.0..1075.0).contains(&km), "{km}");
    }
}
