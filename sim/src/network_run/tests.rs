mod outputs;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use ewc_core::model::PolicyKind;
use ewc_scenario::{EditList, Format, RunFile};

use super::*;
use crate::parallel;

const DAY: &str = r#"
name = "a-day"
network = "tutorial"
one_node_in = 64
start = "2025-06-01T00:00:00+08:00"
duration = "1d"
[workload]
jobs_per_day = 60
data_scale = 1000
[policy]
kind = "greedy"
"#;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("ewc-network-run-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn scenario(&self, text: &str) -> NetworkRun {
        let path = self.0.join("scenario.toml");
        fs::write(&path, text).unwrap();
        match RunFile::load(&path).unwrap() {
            RunFile::Network(run) => *run,
            RunFile::Site(_) => panic!("a network was asked for"),
        }
    }

    fn run(&self, out: &str, text: &str) -> Vec<Vec<String>> {
        let outcome = run(&self.scenario(text), &self.0.join(out), &mut |_| true).unwrap();
        assert!(outcome.complete);
        self.jobs(out)
    }

    /// The rows of `jobs.csv`, its header first.
    fn jobs(&self, out: &str) -> Vec<Vec<String>> {
        let text = self.read(&format!("{out}/jobs.csv"));
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().map(row).collect()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The values of a column.
fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|known| known == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn every_job_that_is_submitted_has_one_row() {
    let folder = Folder::new("rows");
    let faults = "[[faults]]\nkind = \"site_outage\"\nsite = \"gz-guian\"\nfrom = \"6h\"\n\
                  for = \"3h\"\n";
    for kind in ["greedy", "first_fit", "price"] {
        let text = DAY.replace("greedy", kind) + faults;
        let rows = folder.run(kind, &text);
        let numbers: BTreeSet<u64> = column(&rows, "job_id")
            .iter()
            .map(|number| number.parse().unwrap())
            .collect();
        assert_eq!(rows.len() - 1, 60, "{kind}");
        assert_eq!(numbers, (1..=60).collect(), "{kind}");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{kind}");
    }
}

#[test]
fn the_same_scenario_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = Folder::new("bytes");
    let more = "[planning]\nlatency_per_checkpoint = \"20ms\"\nlatency = \"2s\"\n[energy]\n\
                forecast = \"gaussian\"\nerror = \"10%\"\n";
    let texts = ["greedy", "price"].map(|kind| DAY.replace("greedy", kind) + more);
    let scenarios: Vec<NetworkRun> = texts.iter().map(|text| folder.scenario(text)).collect();
    let bytes = |threads: usize| -> Vec<Vec<String>> {
        let work = |scenario: &NetworkRun| {
            let kind = scenario.policy().kind.name();
            let out = format!("{kind}-{threads}");
            run(scenario, &folder.0.join(&out), &mut |_| true).unwrap();
            let files = ["jobs.csv", "sites.csv", "links.csv", "summary.json"];
            files
                .map(|file| folder.read(&format!("{out}/{file}")))
                .into()
        };
        let threads = std::num::NonZero::new(threads).unwrap();
        parallel::map(&scenarios, threads, work, |_, _| {})
    };
    assert_eq!(bytes(1), bytes(2));
}

#[test]
fn work_goes_elsewhere_while_a_site_is_out() {
    let folder = Folder::new("outage");
    let fault = "[[faults]]\nkind = \"site_outage\"\nsite = \"gz-guian\"\nfrom = \"0s\"\n\
                 for = \"20h\"\n";
    let early = |rows: &[Vec<String>]| {
        let starts = column(rows, "starting_time");
        let sites = column(rows, "site");
        let begun = starts.iter().zip(&sites).filter(|(start, site)| {
            let at: Option<f64> = start.parse().ok();
            *site == "gz-guian" && at.is_some_and(|at| (10.0..20.0 * 3600.0).contains(&at))
        });
        begun.count()
    };
    let (without, with) = (
        folder.run("a", DAY),
        folder.run("b", &format!("{DAY}{fault}")),
    );
    assert!(early(&without) > 5, "the site is used: {}", early(&without));
    assert_eq!(early(&with), 0);
    let done = |rows: &[Vec<String>]| {
        let states = column(rows, "success");
        states.iter().filter(|success| *success == "1").count()
    };
    assert!(done(&with) > done(&without) / 2, "others do its work");
    let silent: Vec<String> = folder
        .read("b/sites.csv")
        .lines()
        .filter(|line| line.contains(",gz-guian,1,"))
        .map(str::to_owned)
        .collect();
    assert_eq!(silent.len(), 20, "an hour each");
}

#[test]
fn a_cut_link_and_less_power_show_in_the_series() {
    let folder = Folder::new("series");
    let faults = "[[faults]]\nkind = \"curtailment\"\nsite = \"yrd-demo\"\nleft = \"50%\"\n\
                  from = \"2h\"\nfor = \"2h\"\n[[faults]]\nkind = \"link_cut\"\n\
                  link = \"optical.beijing.tianjin\"\nfrom = \"5h\"\nfor = \"1h\"\n\
                  [[faults]]\nkind = \"capacity_growth\"\nsite = \"yrd-demo\"\npool = \"general\"\n\
                  nodes = 100\nfrom = \"8h\"\n";
    folder.run("out", &format!("{DAY}{faults}"));
    let sites = folder.read("out/sites.csv");
    let cores = |hour: i64| -> f64 {
        let begins = format!("{},yrd-demo,", hour * 3600);
        let row = sites
            .lines()
            .find(|line| line.starts_with(&begins))
            .unwrap();
        row.split(',').nth(3).unwrap().parse().unwrap()
    };
    assert!((cores(3) / cores(1) - 0.5).abs() < 0.01, "half is left");
    assert!((cores(5) - cores(1)).abs() < 1e-9, "and comes back");
    assert!(cores(9) > cores(1), "more nodes");
    let links = folder.read("out/links.csv");
    let cut = |hour: i64| {
        let begins = format!("{},optical.beijing.tianjin,0,0,", hour * 3600);
        links.lines().any(|line| line.starts_with(&begins))
    };
    assert!(cut(6) && !cut(5) && !cut(7));
}

#[test]
fn a_cap_on_power_holds_at_its_hours_and_is_planned_around() {
    let folder = Folder::new("power_cap");
    let power = |out: &str, faults: &str| -> Vec<f64> {
        folder.run(out, &format!("{DAY}{faults}"));
        let sites = folder.read(&format!("{out}/sites.csv"));
        let header: Vec<&str> = sites.lines().next().unwrap().split(',').collect();
        let at = header.iter().position(|name| *name == "power_kw").unwrap();
        let rows = sites.lines().filter(|line| line.contains(",yrd-demo,"));
        rows.map(|row| row.split(',').nth(at).unwrap().parse().unwrap())
            .collect()
    };
    let free = power("free", "");
    let cap = "[[faults]]\nkind = \"power_cap\"\nsite = \"yrd-demo\"\ncap = \"0W\"\n\
               from = \"10h\"\nfor = \"3h\"\nevery = \"13h\"\nnotice = \"1d\"\n";
    let capped = power("capped", cap);
    for hour in [10, 11, 12, 24, 25] {
        assert!(free[hour] > 0.0, "{free:?}");
        assert_eq!(capped[hour], 0.0, "{capped:?}");
    }
    assert!(
        capped.iter().any(|kilowatts| *kilowatts > 0.0),
        "{capped:?}"
    );
    let summary: Value = serde_json::from_str(&folder.read("capped/summary.json")).unwrap();
    assert_eq!(summary["fault_list"][0]["kind"], "power_cap");
    assert_eq!(summary["fault_list"][0]["notice_s"], 86_400.0);
}

#[test]
fn policies_compare_alike_on_any_number_of_threads() {
    let folder = Folder::new("compare");
    let scenario = folder.scenario(DAY);
    let policies = [PolicyKind::Greedy, PolicyKind::FirstFit];
    let compared = |threads: usize| {
        let threads = std::num::NonZero::new(threads).unwrap();
        let compared = compare::compare(&scenario, &policies, 3, threads, || true, |_, _| {});
        compared.unwrap().unwrap()
    };
    let (one, two) = (compared(1), compared(2));
    assert_eq!(one.json(), two.json());
    let json: Value = serde_json::from_str(&one.json()).unwrap();
    let cost = |at: usize| &json["policies"][at]["measures"]["cost_cny"];
    assert_eq!(cost(0)["difference"]["mean"], 0.0);
    let difference = cost(1)["difference"]["mean"].as_f64().unwrap();
    assert!(difference > 0.0, "the cheapest is not dearer: {difference}");
    // The first seed is the scenario's own.
    let alone = indicators(&scenario, &mut |_| true).unwrap();
    assert_eq!(cost(0)["by_seed"][0], alone.indicators["cost_cny"]);
}

#[test]
fn what_is_interrupted_is_valid_and_says_so() {
    let folder = Folder::new("partial");
    let scenario = folder.scenario(DAY);
    let outcome = run(&scenario, &folder.0.join("out"), &mut |_| false).unwrap();
    assert!(!outcome.complete);
    let summary: Value = serde_json::from_str(&folder.read("out/summary.json")).unwrap();
    assert_eq!(summary["complete"], false);
    let rows = folder.jobs("out");
    let jobs = summary["indicators"]["jobs"].as_u64().unwrap();
    assert_eq!(rows.len() as u64 - 1, jobs);
    assert!(jobs < 60);
}

#[test]
fn wrong_forecasts_change_what_is_planned_and_not_the_ledger() {
    let folder = Folder::new("forecast");
    let wrong = "[energy]\nforecast = \"gaussian\"\nerror = \"50%\"\n";
    let (perfect, wrong) = (
        folder.run("a", DAY),
        folder.run("b", &format!("{DAY}{wrong}")),
    );
    let keys = ["metadata", "site", "starting_time"];
    let placed = |rows: &[Vec<String>]| keys.map(|key| column(rows, key));
    assert_ne!(placed(&perfect), placed(&wrong));
    // Who ran the same way has emitted the same.
    let ledger = |rows: &[Vec<String>]| -> BTreeSet<Vec<String>> {
        let at = |name: &str| rows[0].iter().position(|known| known == name).unwrap();
        let keys = [
            "metadata",
            "site",
            "starting_time",
            "gco2_location",
            "gco2_market",
        ]
        .map(at);
        let row = |row: &Vec<String>| keys.map(|at| row[at].clone()).to_vec();
        rows[1..].iter().map(row).collect()
    };
    let (a, b) = (ledger(&perfect), ledger(&wrong));
    let same_way = |row: &&Vec<String>| b.iter().any(|other| other[..3] == row[..3]);
    let same: Vec<&Vec<String>> = a.iter().filter(same_way).collect();
    assert!(!same.is_empty());
    assert!(same.iter().all(|row| b.contains(*row)));
}

#[test]
fn logs_are_read_row_by_row_and_their_errors_have_a_line() {
    let folder = Folder::new("swf");
    let row = |at: i64, submit: i64| {
        format!("{at} {submit} -1 600 4 -1 -1 4 1200 -1 1 3 1 -1 -1 -1 -1 -1")
    };
    let text = DAY.replace(
        "jobs_per_day = 60\ndata_scale = 1000",
        "trace = \"log.swf\"",
    );
    let log = |rows: &[String]| fs::write(folder.0.join("log.swf"), rows.join("\n")).unwrap();
    log(&[row(1, 0), row(2, 60), row(3, 60), row(4, 90_000)]);
    let rows = folder.run("out", &text);
    assert_eq!(
        column(&rows, "submission_time"),
        ["0", "60", "60"],
        "within the day"
    );
    for (rows, part) in [
        (
            vec![row(1, 60), row(2, 0)],
            "log.swf: line 2: job 2: submitted at 0 ms",
        ),
        (vec![row(1, 0), String::from("2 1")], "log.swf: line 2: "),
    ] {
        log(&rows);
        let out = folder.0.join(part.len().to_string());
        let error = run(&folder.scenario(&text), &out, &mut |_| true).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(!out.join("summary.json").exists());
    }
}

#[test]
fn the_queue_counts_the_jobs_in_the_network() {
    let folder = Folder::new("queue");
    let jobs = folder.run("out", DAY);
    let times = |name: &str| -> Vec<f64> {
        let cells = column(&jobs, name);
        cells
            .iter()
            .map(|cell| cell.parse().unwrap_or(f64::INFINITY))
            .collect()
    };
    let (submitted, ended) = (times("submission_time"), times("finish_time"));
    let queue = folder.read("out/queue.csv");
    let mut rows = queue.lines();
    assert_eq!(rows.next(), Some("time,pending,planned,staging,running"));
    let mut hours = 0;
    for row in rows {
        let cells: Vec<f64> = row.split(',').map(|cell| cell.parse().unwrap()).collect();
        let spans = submitted.iter().zip(&ended);
        let within = spans.filter(|(from, until)| **from <= cells[0] && cells[0] < **until);
        assert_eq!(
            cells[1..].iter().sum::<f64>(),
            within.count() as f64,
            "{row}"
        );
        hours += 1;
    }
    assert!(hours >= 24, "{hours}");
}

#[test]
fn the_network_file_has_the_latencies_between_clusters() {
    let folder = Folder::new("network");
    folder.run("out", DAY);
    let network = folder.read("out/network.json");
    let network: network_file::NetworkFile = serde_json::from_str(&network).unwrap();
    let names: Vec<&str> = network
        .sites
        .iter()
        .map(|site| site.name.as_str())
        .collect();
    assert_eq!(names, ["yrd-demo", "gz-guian", "nm-horinger"]);
    assert_eq!(network.cluster_pairs.len(), 3);
    for pair in &network.cluster_pairs {
        // Light in fibre takes 4.9 µs/km; the formula of the national network has 8.4 + 200.
        let optical_ms = pair.optical_ms.unwrap();
        let km = pair.distance_km as f64;
        assert!(optical_ms > km * 0.0049, "{pair:?}");
        assert!(
            (optical_ms / (0.2 + km * 0.0084) - 1.0).abs() < 0.11,
            "{pair:?}"
        );
        assert!(pair.public_ip_ms > pair.private_ip_ms, "{pair:?}");
    }
    let near = network
        .regions
        .iter()
        .find(|region| region.name == "shanghai")
        .unwrap();
    assert_eq!(near.nearest_site, "yrd-demo");
}

/// The scenario of a text before and after edits.
fn sides(folder: &Folder, edits: &str) -> (NetworkRun, NetworkRun) {
    let before = folder.scenario(DAY);
    let list = EditList::parse(edits, Format::Toml).unwrap();
    let after = list.applied_to(&folder.0.join("scenario.toml")).unwrap();
    (before, after)
}

#[test]
fn a_change_is_compared_on_the_same_jobs() {
    let folder = Folder::new("what-if");
    let (before, after) = sides(
        &folder,
        "[[edits]]\nedit = \"tariff\"\nsite = \"gz-guian\"\nprice_per_kwh = \"2CNY\"\n\
         [[edits]]\nedit = \"add_nodes\"\nsite = \"nm-horinger\"\npool = \"general\"\n\
         nodes = 50\n",
    );
    let out = folder.0.join("out");
    let differences = |folder: Option<&Path>| {
        let asked = what_if::WhatIf {
            before: &before,
            after: &after,
            seeds: 2,
            threads: std::num::NonZero::new(2).unwrap(),
            folder,
        };
        what_if::what_if(&asked, || true, |_, _| {})
            .unwrap()
            .unwrap()
    };
    let found = differences(Some(&out));
    assert_eq!(found, differences(None), "with files or without");
    let json: Value = serde_json::from_str(&found.json()).unwrap();
    let cost = &json["indicators"][0];
    assert_eq!(cost["indicator"], "cost_cny");
    assert_ne!(cost["difference"]["mean"], 0.0);
    let difference =
        cost["after"]["mean"].as_f64().unwrap() - cost["before"]["mean"].as_f64().unwrap();
    assert!((cost["difference"]["mean"].as_f64().unwrap() - difference).abs() < 1e-6);
    // The same jobs come at the same times.
    for seed in [1, 2] {
        let rows = |side: &str| folder.jobs(&format!("out/{side}/seed-{seed}"));
        let submitted = |rows: &[Vec<String>]| -> BTreeSet<(String, String)> {
            let (ids, times) = (column(rows, "job_id"), column(rows, "submission_time"));
            ids.into_iter().zip(times).collect()
        };
        assert_eq!(submitted(&rows("before")), submitted(&rows("after")));
        assert_ne!(
            column(&rows("before"), "site"),
            column(&rows("after"), "site")
        );
    }
}

#[test]
fn jobs_of_a_removed_site_find_their_data_at_the_next() {
    let folder = Folder::new("removed");
    let (before, after) = sides(
        &folder,
        "[[edits]]\nedit = \"remove_site\"\nsite = \"gz-guian\"\n",
    );
    run(&before, &folder.0.join("a"), &mut |_| true).unwrap();
    run(&after, &folder.0.join("b"), &mut |_| true).unwrap();
    let (a, b) = (folder.jobs("a"), folder.jobs("b"));
    assert_eq!(a.len(), b.len());
    assert!(column(&a, "site").iter().any(|site| site == "gz-guian"));
    assert!(column(&b, "site").iter().all(|site| site != "gz-guian"));
    let refused = column(&b, "final_state")
        .iter()
        .filter(|state| *state == "REJECTED")
        .count();
    assert!(refused * 4 < b.len(), "{refused} of {}", b.len());
}
