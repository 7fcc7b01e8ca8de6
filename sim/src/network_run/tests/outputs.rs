//! Files beside the tables, and what they say.

use std::collections::BTreeMap;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;
use crate::workload::swf;
use crate::workload::trace::TraceJob;
use crate::workload::trace::write::{JobWriter, ParquetWriter};

/// A site of one node, jobs of ten minutes, most of which have to wait.
const MACHINE: &str = r#"
name = "a-log"
network = "machine.toml"
start = "2025-06-01T00:00:00+08:00"
duration = "1d"
[workload]
trace = "log.swf"
[[workload.classes]]
up_to = "15m"
class = "render"
[policy]
kind = "greedy"
[agents]
start_delay = "20s"
[output]
starts = true
"#;

const SITE: &str = r#"
name = "machine"
[[sites]]
name = "only"
title = "Only"
region = "beijing"
mlps_level = 3
latitude = 40.0
longitude = 116.0
[sites.energy]
preset = "hebei"
pue = "125%"
contracted = "0%"
price_per_kwh = "0.55CNY"
water_per_kwh = "0.8L"
[[sites.pools]]
name = "nodes"
architecture = "x86_64"
node = { cpu = "4", memory = "64GiB" }
nodes = 1
"#;

/// Runs 200 jobs, one every five minutes, in turns of ten and twenty minutes of the whole node.
fn run_log(folder: &Folder) -> Vec<Vec<String>> {
    let row = |at: i64| {
        let (submit, run) = (at * 300, 100 + at % 2 * 900);
        format!("{at} {submit} -1 {run} 4 -1 -1 4 {run} -1 1 3 1 -1 -1 -1 -1 -1")
    };
    let rows: Vec<String> = (1..=200).map(row).collect();
    fs::write(folder.0.join("log.swf"), rows.join("\n")).unwrap();
    fs::write(folder.0.join("machine.toml"), SITE).unwrap();
    folder.run("out", MACHINE)
}

fn table(folder: &Folder, file: &str) -> Vec<Vec<String>> {
    let text = folder.read(&format!("out/{file}"));
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().map(row).collect()
}

#[test]
fn every_job_has_its_estimate_and_its_start() {
    let folder = Folder::new("starts");
    let jobs = run_log(&folder);
    let starts = table(&folder, "starts.csv");
    assert_eq!(starts.len(), jobs.len());
    assert_eq!(column(&starts, "started"), column(&jobs, "starting_time"));
    assert_eq!(column(&starts, "asked"), column(&jobs, "submission_time"));
    let number = |name: &str| -> Vec<f64> {
        let cells = column(&starts, name);
        cells.iter().map(|cell| cell.parse().unwrap()).collect()
    };
    let (asked, planned) = (number("asked"), number("planned_start"));
    let (p90, started) = (number("p90"), number("started"));
    assert!(
        asked
            .iter()
            .zip(&planned)
            .any(|(asked, planned)| planned > asked)
    );
    // Delays differ, and are no longer than ten times their mean.
    let late: BTreeSet<i64> = started
        .iter()
        .zip(&planned)
        .map(|(started, planned)| ((started - planned) * 1e3) as i64)
        .collect();
    assert!(late.len() > 50, "{late:?}");
    let kept = started.iter().zip(&p90).filter(|(start, p90)| start <= p90);
    assert!(kept.count() > 150);
}

#[test]
fn classes_go_by_what_a_job_asks_for() {
    let folder = Folder::new("classes");
    let jobs = run_log(&folder);
    let classes: BTreeSet<(String, String)> = column(&jobs, "requested_time")
        .into_iter()
        .zip(column(&jobs, "profile"))
        .collect();
    let pair = |time: &str, class: &str| (time.to_owned(), class.to_owned());
    let expected = [pair("100", "render"), pair("1000", "batch_offline")];
    assert_eq!(classes, expected.into());
}

/// The rows of a Parquet file, as the fields of a table of text.
fn parquet(folder: &Folder, file: &str) -> Vec<Vec<String>> {
    let file = fs::File::open(folder.0.join(format!("out/{file}"))).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let names = schema
        .columns()
        .iter()
        .map(|column| column.name().to_owned());
    let field = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(flag) => u8::from(*flag).to_string(),
        Field::Long(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        other => panic!("no such type was written: {other}"),
    };
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    let rows = rows.map(|row| {
        row.get_column_iter()
            .map(|(_, value)| field(value))
            .collect()
    });
    std::iter::once(names.collect()).chain(rows).collect()
}

#[test]
fn twins_hold_the_same_rows() {
    let folder = Folder::new("twins");
    let outage = "[[faults]]\nkind = \"site_outage\"\nsite = \"gz-guian\"\nfrom = \"6h\"\n";
    folder.run("out", &format!("{DAY}[output]\nstarts = true\n{outage}"));
    for name in ["jobs", "sites", "links", "queue", "starts"] {
        let text = table(&folder, &format!("{name}.csv"));
        let twin = parquet(&folder, &format!("{name}.parquet"));
        assert_eq!(twin.len(), text.len(), "{name}");
        assert!(text.len() > 20, "{name}");
        assert_eq!(twin[0], text[0], "{name}");
        for (twin, text) in twin[1..]
            .iter()
            .zip(&text[1..])
            .flat_map(|(a, b)| a.iter().zip(b))
        {
            let same = twin == text || twin.parse::<f64>().ok() == text.parse::<f64>().ok();
            assert!(same, "{name}: {twin} and {text}");
        }
    }
}

#[test]
fn what_is_not_wanted_is_not_written() {
    let folder = Folder::new("less");
    let none = "[output]\nparquet = false\nswf = false\ndecisions_one_in = 0\n";
    folder.run("out", &format!("{DAY}{none}"));
    let files = fs::read_dir(folder.0.join("out")).unwrap();
    let names: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = [
        "jobs.csv",
        "links.csv",
        "network.json",
        "queue.csv",
        "sites.csv",
        "summary.json",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
}

#[test]
fn the_log_has_every_job_in_the_order_of_submission() {
    let folder = Folder::new("log");
    let jobs = run_log(&folder);
    let text = folder.read("out/jobs.swf");
    let rows: Vec<swf::SwfJob> = swf::read(text.as_bytes()).map(Result::unwrap).collect();
    assert_eq!(rows.len(), 200);
    assert!(text.contains("\n; Partition: 1 only\n") && text.contains("\n; User: 1 user-3\n"));
    let cell = |name: &str| -> BTreeMap<i64, f64> {
        let cells = column(&jobs, name).into_iter();
        let numbers = column(&jobs, "job_id").into_iter();
        let pairs = numbers.zip(cells);
        pairs
            .map(|(at, cell)| (at.parse().unwrap(), cell.parse().unwrap()))
            .collect()
    };
    let (submitted, waited) = (cell("submission_time"), cell("waiting_time"));
    for (row, number) in rows.iter().zip(1..) {
        assert_eq!(row.number, number);
        assert_eq!(row.submit_seconds, submitted[&number] as i64);
        assert_eq!(row.wait_seconds, Some(waited[&number] as i64));
        assert_eq!((row.processors(), row.partition), (Some(4), Some(1)));
        assert_eq!(row.status, Some(swf::SwfStatus::Completed));
    }
    assert_eq!(rows[0].queue, Some(3), "batch_offline");
}

#[test]
fn decisions_name_every_site_and_add_up() {
    let folder = Folder::new("decisions");
    for kind in ["greedy", "price"] {
        let text = DAY.replace("greedy", kind) + "[output]\ndecisions_one_in = 7\n";
        let jobs = folder.run(kind, &text);
        let start: BTreeMap<String, String> = column(&jobs, "job_id")
            .into_iter()
            .zip(column(&jobs, "starting_time"))
            .collect();
        let log = folder.read(&format!("{kind}/decisions.jsonl"));
        let lines: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut seen = BTreeMap::new();
        for line in &lines {
            let number = line["job_id"].as_u64().unwrap();
            assert_eq!(number % 7, 1, "{line}");
            let Some(site) = line["site"].as_str() else {
                assert!(line["reason"].is_string(), "{line}");
                continue;
            };
            let others = line["sites"].as_array().unwrap();
            let names: BTreeSet<&str> = others
                .iter()
                .map(|other| other["site"].as_str().unwrap())
                .collect();
            assert_eq!(names.len(), 2, "{line}");
            assert!(!names.contains(site), "{line}");
            let said = |other: &Value| other["extra_cny"].is_f64() != other["reason"].is_string();
            assert!(others.iter().all(said), "{line}");
            let terms = line["terms_cny"].as_object().unwrap().values();
            let sum: f64 = terms.map(|term| term.as_f64().unwrap()).sum();
            assert!(
                (sum - line["objective_cny"].as_f64().unwrap()).abs() < 1e-4,
                "{line}"
            );
            seen.insert(number.to_string(), line["start"].as_f64().unwrap());
        }
        assert!(seen.len() >= 7, "{kind}: {}", seen.len());
        // Nothing delays a start here, so that the last word is the start.
        for (number, planned) in seen {
            assert_eq!(
                start[&number].parse::<f64>().unwrap(),
                planned,
                "{kind} {number}"
            );
        }
    }
}

/// What a run was worth that an outage cut off is in the ledger, up to the outage.
#[test]
fn attempts_that_were_lost_cost_what_they_held() {
    let folder = Folder::new("lost");
    let rent = "architecture = \"x86_64\"\ncpu_power = \"10W\"\nprice_per_core_hour = \"1000CNY\"";
    let site = SITE.replace("architecture = \"x86_64\"", rent);
    fs::write(folder.0.join("machine.toml"), site).unwrap();
    let row = "1 0 -1 7200 4 -1 -1 4 20000 -1 1 3 1 -1 -1 -1 -1 -1";
    fs::write(folder.0.join("log.swf"), row).unwrap();
    let outage = "[[faults]]\nkind = \"site_outage\"\nsite = \"only\"\nfrom = \"30m\"\n\
                  for = \"1h\"\n";
    let text = MACHINE.replace("start_delay = \"20s\"", "start_delay = \"0s\"");
    let jobs = folder.run("out", &format!("{text}{outage}"));
    let number = |name: &str| column(&jobs, name)[0].parse::<f64>().unwrap_or(0.0);
    // Four cores for half an hour, at a thousand yuan.
    let lost = number("cost_lost");
    assert!((lost - 2000.0).abs() < 20.0, "{lost}");
    assert!(number("gco2_location_lost") > 0.0);
    let again = number("attempts") - 1.0;
    let whole = number("cost") - lost;
    assert!((whole - again * 8000.0).abs() < 80.0, "{whole} of {again}");
    let summary: Value = serde_json::from_str(&folder.read("out/summary.json")).unwrap();
    let indicators = &summary["indicators"];
    assert_eq!(indicators["lost"]["attempts"], 1);
    assert_eq!(indicators["lost"]["cost_cny"].as_f64(), Some(lost));
}

#[test]
fn a_job_that_runs_again_costs_both_runs() {
    let folder = Folder::new("again");
    let outage = |site: &str| {
        format!(
            "[[faults]]\nkind = \"site_outage\"\nsite = \"{site}\"\nfrom = \"2h\"\nfor = \"30m\"\n\
             every = \"3h\"\n"
        )
    };
    let text = DAY.replace("jobs_per_day = 60", "jobs_per_day = 200");
    let faults = ["gz-guian", "nm-horinger", "yrd-demo"].map(outage).concat();
    let jobs = folder.run("out", &format!("{text}{faults}"));
    let number = |name: &str| -> Vec<f64> {
        let cells = column(&jobs, name).into_iter();
        cells.map(|cell| cell.parse().unwrap_or(0.0)).collect()
    };
    let (attempts, success) = (number("attempts"), number("success"));
    let (cost, lost) = (number("cost"), number("cost_lost"));
    let again: Vec<usize> = (0..cost.len())
        .filter(|at| attempts[*at] > 1.0 && success[*at] == 1.0)
        .collect();
    assert!(!again.is_empty());
    for at in &again {
        assert!(cost[*at] > lost[*at], "{:?}", jobs[at + 1]);
    }
    assert!(again.iter().any(|at| lost[*at] > 0.0));
    let once = (0..cost.len()).filter(|at| attempts[*at] == 1.0 && success[*at] == 1.0);
    assert!(once.map(|at| lost[at]).all(|lost| lost == 0.0));
}

#[test]
fn a_forecast_from_a_file_is_what_the_planner_sees() {
    let folder = Folder::new("foretold");
    let day = DAY.replace(
        "kind = \"greedy\"",
        "kind = \"greedy\"\ncarbon_price_per_tonne = \"50000CNY\"",
    );
    let by_file = format!("{day}[energy]\nforecast = \"file\"\nfile = \"forecast.csv\"\n");
    let placed = |rows: &[Vec<String>]| {
        ["job_id", "site", "starting_time", "gco2_location"].map(|name| column(rows, name))
    };
    let perfect = folder.run("out", &day);
    let truth = folder.read("out/sites.csv");
    let write = |text: &str| fs::write(folder.0.join("forecast.csv"), text).unwrap();
    // What is foretold as it comes changes nothing.
    write(&truth);
    assert_eq!(placed(&folder.run("same", &by_file)), placed(&perfect));
    // A site that is said to be all green draws work.
    let rows = truth.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let grid = if cells[1] == "gz-guian" { "0" } else { "900" };
        format!("{},{},0.5,{grid}\n", cells[0], cells[1])
    });
    let header = "time,site,renewable_share,grid_g_per_kwh\n";
    let skewed = header.to_owned() + &rows.collect::<String>();
    write(&skewed);
    let skewed_jobs = folder.run("skewed", &by_file);
    let there = |jobs: &[Vec<String>]| {
        column(jobs, "site")
            .iter()
            .filter(|s| *s == "gz-guian")
            .count()
    };
    assert!(there(&skewed_jobs) > there(&perfect));
    for (number, (text, part)) in [
        (
            skewed.replacen(",0.5,", ",NaN,", 1),
            "line 2: column \"renewable_share\"",
        ),
        (
            skewed.replacen("gz-guian", "gz", 1),
            "the name of a site of the network",
        ),
        (header.to_owned(), "has no row for"),
        (
            skewed.clone() + skewed.lines().nth(1).unwrap(),
            "each hour of a site once",
        ),
        (
            skewed.replacen("time,", "hour,", 1),
            "column \"time\" is missing",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        write(&text);
        let out = folder.0.join(format!("wrong-{number}"));
        let error = run(&folder.scenario(&by_file), &out, &mut |_| true).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(part) && said.contains("forecast.csv"),
            "{said}"
        );
    }
}

/// Jobs of a model, of a Parquet file and of a list of pods.
#[test]
fn jobs_come_from_models_and_other_files() {
    let folder = Folder::new("sources");
    let with = |workload: &str| {
        DAY.replace("jobs_per_day = 60\ndata_scale = 1000", workload)
            .replace("duration = \"1d\"", "duration = \"6h\"")
    };
    let drawn = folder.run(
        "model",
        &with("model = \"lublin\"\nprocessors = 64\nload = \"50%\""),
    );
    assert!(drawn.len() > 10);
    let submitted = column(&drawn, "submission_time");
    let within = |time: &String| time.parse::<f64>().unwrap() < 6.0 * 3600.0;
    assert!(submitted.iter().all(within));
    let cut = folder.run("cut", &with("model = \"lublin\"\njobs = 5"));
    assert_eq!(cut.len(), 1 + 5);

    let file = fs::File::create(folder.0.join("jobs.parquet")).unwrap();
    let mut writer = Box::new(ParquetWriter::new(file).unwrap());
    for row in 1..=3 {
        let job = TraceJob {
            row,
            id: format!("j{row}"),
            submit_ms: row as i64 * 60_000,
            run_ms: 600_000,
            cpu_millis: 2000,
            ..TraceJob::default()
        };
        writer.add(&job).unwrap();
    }
    writer.finish(true).unwrap();
    let read = folder.run(
        "parquet",
        &with("trace = \"jobs.parquet\"\nmapping = \"ewc\""),
    );
    assert_eq!(column(&read, "submission_time"), ["0", "60", "120"]);
    assert_eq!(column(&read, "metadata"), ["j1-1", "j2-2", "j3-3"]);

    let pods = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,\
                deletion_time,scheduled_time\n\
                late,2000,1024,0,0,,LS,Running,900,1500,1000\n\
                early,12000,1024,1,460,,LS,Running,300,900,\n";
    fs::write(folder.0.join("pods.csv"), pods).unwrap();
    let pods = folder.run("pods", &with("trace = \"pods.csv\"\nmapping = \"openb\""));
    let rows = ["metadata", "submission_time", "execution_time"].map(|name| column(&pods, name));
    let mut rows: Vec<[&str; 3]> = (0..2)
        .map(|at| [0, 1, 2].map(|of| rows[of][at].as_str()))
        .collect();
    rows.sort_unstable();
    assert_eq!(rows, [["early-3", "0", "600"], ["late-2", "600", "500"]]);
}
