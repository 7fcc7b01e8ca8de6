mod sample;

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::report::markup::Markup;
use crate::report::tests::check::{balanced, elements};
use sample::{Folder, run_folder};

const STRANGE: &str = "<script>alert('x' & \"y\")</script>";

fn page(folder: &Path) -> String {
    html(folder, Lang::En).expect("a page")
}

/// Changes a file of JSON.
fn edit(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.join(file);
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(&path, value.to_string()).unwrap();
}

/// Changes a file of text.
fn rewrite(folder: &Path, file: &str, change: impl FnOnce(String) -> String) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(text)).unwrap();
}

/// The text of one section.
fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let from = page
        .find(&format!("<section id=\"{id}\""))
        .expect("the section is there");
    let length = page[from..].find("</section>").expect("it ends");
    &page[from..from + length]
}

#[test]
fn every_section_is_there_and_holds_the_numbers_of_the_folder() {
    let folder = run_folder("sections");
    let page = page(&folder.0);
    balanced(&page);
    for (id, title, _) in run_page::SECTIONS {
        let head = format!(
            "<section id=\"{id}\"><h2><span lang=\"en\">{}</span><span lang=\"zh\">{}</span></h2>",
            title.en, title.zh
        );
        assert!(page.contains(&head), "{head}");
    }
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(folder.0.join("summary.json")).unwrap()).unwrap();
    let number = |at: &str| {
        summary
            .pointer(&format!("/indicators/{at}"))
            .unwrap()
            .as_f64()
            .unwrap()
    };
    use crate::report::format;
    let cost = format::yuan(number("cost_cny"));
    let glance = section(&page, "glance");
    for value in [
        cost.clone(),
        format::kilograms(number("carbon_location_kg")),
        format::kilograms(number("carbon_market_kg")),
        format::kilowatt_hours(number("energy_kwh")),
        format::share(number("renewable_share")),
        format::bytes(number("wan_bytes")),
    ] {
        assert!(glance.contains(&value), "{value}");
    }
    // Sums of jobs.csv come to the same as the sums of the run.
    let money = section(&page, "money");
    assert!(
        money.contains(&cost) && money.contains(&format::kilograms(number("carbon_market_kg")))
    );
    let jobs = number("jobs") as u64;
    assert!(money.contains(&format!(">{}</td>", format::count(jobs))));
    let waits = section(&page, "waits");
    assert!(waits.contains("Real-time") && waits.contains("data-tips"));
    assert!(section(&page, "network").matches("data-use=").count() > 0);
    assert_eq!(section(&page, "network").matches("data-green=").count(), 3);
    assert!(section(&page, "faults").contains("Site outage · Gui"));
    assert!(section(&page, "links").contains("class=\"use"));
    let bars = section(&page, "gantt").matches("data-job=").count() as u64;
    assert_eq!(bars, jobs - number("unplaced") as u64);
}

#[test]
fn targets_are_judged_by_what_the_folder_says() {
    let folder = run_folder("targets");
    let run = RunFolder::read(&folder.0).unwrap();
    let verdicts = |run: &RunFolder| -> Vec<(&'static str, targets::Verdict)> {
        let targets = targets::all(run).into_iter();
        targets
            .map(|target| (target.name.en, target.verdict))
            .collect()
    };
    let of = |all: &[(&'static str, targets::Verdict)], name: words::Words| {
        all.iter()
            .find(|(known, _)| *known == name.en)
            .expect("it is there")
            .1
    };
    let before = verdicts(&run);
    assert_eq!(of(&before, words::RACKS), targets::Verdict::NotMeasurable);
    assert_eq!(
        of(&before, words::NEW_COMPUTE),
        targets::Verdict::NotMeasurable
    );
    assert_eq!(of(&before, words::CIRCLE_HUBS), targets::Verdict::Met);
    edit(&folder.0, "network.json", |network| {
        network["cluster_pairs"][0]["optical_ms"] = json!(20.1);
        for site in network["sites"].as_array_mut().unwrap() {
            site["contracted_green"] = json!(0.81);
            site["pue"] = json!(1.2);
        }
    });
    let after = verdicts(&RunFolder::read(&folder.0).unwrap());
    assert_eq!(of(&after, words::CIRCLE_HUBS), targets::Verdict::NotMet);
    assert_eq!(of(&after, words::GREEN_POWER), targets::Verdict::Met);
    assert_eq!(of(&after, words::PUE_LIMITS), targets::Verdict::Met);
    edit(&folder.0, "network.json", |network| {
        for site in network["sites"].as_array_mut().unwrap() {
            site["contracted_green"] = json!(0.8);
            site["pue"] = json!(1.26);
        }
    });
    let worse = verdicts(&RunFolder::read(&folder.0).unwrap());
    assert_eq!(of(&worse, words::GREEN_POWER), targets::Verdict::NotMet);
    assert_eq!(of(&worse, words::PUE_LIMITS), targets::Verdict::NotMet);
    assert_eq!(of(&worse, words::PUE_HUBS), targets::Verdict::NotMet);
    assert_eq!(of(&worse, words::PUE_ALL), targets::Verdict::Met);
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let folder = run_folder("bytes");
    let path = write(&folder.0, Lang::En).unwrap();
    let first = fs::read(&path).unwrap();
    write(&folder.0, Lang::En).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
    assert_ne!(html(&folder.0, Lang::Zh).unwrap().into_bytes(), first);
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let folder = run_folder("loads");
    let page = page(&folder.0);
    for part in [
        "src=", "url(", "@import", "http:", "https:", "//www", "fetch(", "<link", "<img",
    ] {
        assert!(!page.contains(part), "{part}");
    }
    let targets = page.split("href=\"").skip(1);
    assert!(targets.clone().count() > 5 && targets.clone().all(|target| target.starts_with('#')));
    assert!(page.contains("default-src &#39;none&#39;"));
    assert_eq!(elements(&page, "script"), 1);
}

#[test]
fn strange_names_are_escaped() {
    let folder = run_folder("strange");
    edit(&folder.0, "summary.json", |summary| {
        for field in ["scenario", "network", "engine", "policy"] {
            summary[field] = json!(STRANGE);
        }
        summary["fault_list"][0]["kind"] = json!(STRANGE);
        summary["forecast"]["model"] = json!(STRANGE);
        summary["inputs"] = json!([{ "file": STRANGE, "sha256": STRANGE }]);
    });
    edit(&folder.0, "network.json", |network| {
        for site in network["sites"].as_array_mut().unwrap() {
            for field in ["title", "title_zh", "hub"] {
                site[field] = json!(STRANGE);
            }
        }
        for node in network["nodes"].as_array_mut().unwrap() {
            node["name_zh"] = json!(STRANGE);
        }
        for link in network["links"].as_array_mut().unwrap() {
            link["layer"] = json!(STRANGE);
        }
    });
    rewrite(&folder.0, "jobs.csv", |text| {
        text.replace("job-", "</script><b>")
    });
    let page = page(&folder.0);
    balanced(&page);
    assert!(!page.contains("<script>alert"));
    assert_eq!(elements(&page, "script"), 1);
}

/// What a reader of Chinese sees, and what a script would say to them.
fn chinese(page: &str) -> String {
    let mut text = String::new();
    let mut hidden = 0;
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        if hidden == 0 {
            text.push_str(&rest[..at]);
            text.push(' ');
        }
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(at) = tag.find("data-tips=\"") {
            let json = &tag[at + 11..];
            let json = json[..json.find('"').unwrap()].replace("&quot;", "\"");
            let tips: Value = serde_json::from_str(&json).unwrap();
            for row in tips["rows"].as_array().unwrap() {
                text.push_str(row[1].as_str().unwrap());
                text.push(' ');
            }
        }
        let opens = !tag.starts_with('/') && !tag.ends_with('/') && !tag.starts_with('!');
        let hides = tag.contains("lang=\"en\"") && !tag.starts_with("html")
            || ["style", "script", "title"].contains(&tag);
        hidden = match () {
            () if tag.starts_with('/') && hidden > 0 => hidden - 1,
            () if opens && (hidden > 0 || hides) => hidden + 1,
            () => hidden,
        };
    }
    text
}

/// Words of Latin letters that stand in a text of Chinese, less units, symbols and names of terms.
fn english(text: &str, names: &[&str]) -> BTreeSet<String> {
    const KNOWN: &[&str] = &[
        "kWh", "MWh", "GWh", "TWh", "CNY", "PUE", "SHA", "Jain", "English", "min", "Mt", "kt",
        "quot", "amp", "IP",
    ];
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
    let words = words.filter(|word| word.len() > 2);
    let words = words.filter(|word| !KNOWN.contains(word) && !names.contains(word));
    words.map(str::to_owned).collect()
}

#[test]
fn no_english_is_left_in_chinese() {
    let folder = run_folder("chinese");
    let page = html(&folder.0, Lang::Zh).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\" data-lang=\"zh\">"));
    // Names of the scenario and the network, and of the program.
    let names = ["day", "tutorial", "ewc", "sim"];
    assert_eq!(english(&chinese(&page), &names), BTreeSet::new());
    let sides = html(&compared("chinese-sides").0, Lang::Zh).unwrap();
    assert_eq!(
        english(&chinese(&sides), &["one", "ewc", "sim"]),
        BTreeSet::new()
    );
}

#[test]
fn english_would_be_found() {
    let mut markup = Markup::default();
    markup.tag("p").words(words::Words {
        en: "wait",
        zh: "等待 wait",
    });
    assert_eq!(english(&chinese(&markup.finish()), &[]).len(), 1);
}

#[test]
fn a_partial_run_says_so_at_the_top() {
    let folder = run_folder("partial");
    assert!(!page(&folder.0).contains("role=\"alert\""));
    edit(&folder.0, "summary.json", |summary| {
        summary["complete"] = json!(false)
    });
    let page = page(&folder.0);
    let alert = page.find("role=\"alert\"").expect("it is said");
    assert!(alert < page.find("<main").unwrap());
    assert!(page.contains("Partial: the run was interrupted"));
}

#[test]
fn a_run_that_has_hardly_begun_has_a_page() {
    let folder = run_folder("empty");
    for table in ["jobs.csv", "sites.csv", "links.csv", "queue.csv"] {
        rewrite(&folder.0, table, |text| {
            format!("{}\n", text.lines().next().unwrap())
        });
    }
    let page = page(&folder.0);
    balanced(&page);
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn what_is_damaged_is_named_with_file_and_line() {
    let folder = run_folder("damaged");
    let fails = |file: &str, change: &dyn Fn(String) -> String, said: &str| {
        let path = folder.0.join(file);
        let kept = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(kept.clone())).unwrap();
        let problem = html(&folder.0, Lang::En).unwrap_err().to_string();
        fs::write(&path, kept).unwrap();
        assert!(
            problem.contains(file) && problem.contains(said),
            "{problem}"
        );
    };
    let cut = |text: String| text[..text.rfind(',').unwrap() - 20].to_owned();
    let rows = fs::read_to_string(folder.0.join("jobs.csv"))
        .unwrap()
        .lines()
        .count();
    fails("jobs.csv", &cut, &format!("line {rows}: has "));
    fails(
        "jobs.csv",
        &|text| text.replacen("COMPLETED", "FINISHED", 1),
        "line 2: \"FINISHED_",
    );
    fails(
        "jobs.csv",
        &|text| text.replace(",cost,", ",price,"),
        "line 1: column \"cost\"",
    );
    fails(
        "sites.csv",
        &|text| text.replacen("gz-guian", "gz-other", 1),
        "is none of the sites",
    );
    fails(
        "sites.csv",
        &|text| text.replacen(",0,", ",x,", 1),
        "column \"silent\" is \"x\"",
    );
    fails(
        "queue.csv",
        &|text| text.replacen("\n0,", "\nnan,", 1),
        "line 2: column \"time\"",
    );
    fails(
        "summary.json",
        &|text| text.replace("\"seed\"", "\"sead\""),
        "missing field `seed`",
    );
    fails(
        "summary.json",
        &|text| text[..text.len() / 2].to_owned(),
        "line ",
    );
    fails(
        "network.json",
        &|text| text.replacen("1", "2", 1),
        "version is 2",
    );
    fs::remove_file(folder.0.join("links.csv")).unwrap();
    let problem = html(&folder.0, Lang::En).unwrap_err().to_string();
    assert!(problem.contains("links.csv: is missing"), "{problem}");
    let nothing = Folder::new("nothing");
    let problem = html(&nothing.0, Lang::En).unwrap_err().to_string();
    assert!(problem.contains("holds no results"), "{problem}");
}

#[test]
fn a_year_of_many_jobs_stays_small() {
    let folder = run_folder("year");
    sample::prolong(&folder.0, 8760, 40_000);
    let page = page(&folder.0);
    balanced(&page);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(section(&page, "gantt").contains("A sample: 3,000 of the "));
}

fn compared(name: &str) -> Folder {
    let folder = Folder::new(name);
    let measures = |factor: f64| {
        json!({
            "cost_cny": { "by_seed": [100.0 * factor, 110.0 * factor, 120.0 * factor] },
            "carbon_location_kg": { "by_seed": [5.0 * factor, 6.0 * factor, 7.0 * factor] },
            "per_work.cost_cny": { "by_seed": [1.0 * factor, 1.1 * factor, 1.2 * factor] },
            "per_work.carbon_location_g": { "by_seed": [5.0 * factor, 6.0 * factor, 7.0 * factor] },
            "wait_s.mean": { "by_seed": [60.0, 70.0, 80.0] },
        })
    };
    let file = json!({
        "version": 1, "engine": "ewc-sim", "scenario": "one", "seeds": [1, 2, 3],
        "compared_with": "greedy",
        "policies": [
            { "policy": "greedy", "measures": measures(1.0) },
            { "policy": "price", "measures": measures(0.9) },
        ],
    });
    fs::write(folder.0.join(COMPARISON), file.to_string()).unwrap();
    folder
}

#[test]
fn policies_stand_side_by_side_with_their_differences() {
    let folder = compared("sides");
    let page = page(&folder.0);
    balanced(&page);
    // 110 and 99; the differences are 10, 11 and 12: Student's t gives ± 2.48.
    let numbers = section(&page, "numbers");
    assert!(
        numbers.contains("110 CNY<small class=\"half\"> ± 24.8 CNY"),
        "{numbers}"
    );
    assert!(
        numbers.contains("<small class=\"by sure\">−11.0 CNY ± 2.48 CNY"),
        "{numbers}"
    );
    let differences = section(&page, "differences");
    assert!(differences.contains("-10.0 % ± 2.30 %") || differences.contains("−10.0 % ± 2.30 %"));
    let scatter = section(&page, "carbon-delay");
    // Three seeds and a mean for each of two policies, in two drawings that have data.
    assert_eq!(scatter.matches("<circle").count(), 16);
}

#[test]
fn a_change_and_a_sweep_have_their_page() {
    let folder = Folder::new("change");
    let side = json!([1.0, 2.0]);
    let row = json!({
        "indicator": "cost_cny", "by_seed": { "before": side, "after": [2.0, 3.0] },
    });
    let file = json!({
        "version": 1, "engine": "ewc-sim", "scenario": "one", "seeds": [1, 2],
        "indicators": [row],
    });
    fs::write(folder.0.join(DIFFERENCE), file.to_string()).unwrap();
    let changed = page(&folder.0);
    balanced(&changed);
    assert!(changed.contains("What a change does to one") && changed.contains("变更后"));
    let folder = Folder::new("sweep");
    let cell = |load: &str, seed: u64| {
        let indicators = json!({ "cost_cny": seed, "wait_s": { "mean": 1.0 } });
        json!({ "set": { "workload.load": load }, "seed": seed, "indicators": indicators })
    };
    let cells: Vec<Value> = (0..9).map(|at| cell(&format!("{at}0%"), 1)).collect();
    let file = json!({
        "version": 1, "engine": "ewc-sim", "scenario": "one", "complete": false, "cells": cells,
    });
    fs::write(folder.0.join(SWEEP), file.to_string()).unwrap();
    let swept = page(&folder.0);
    balanced(&swept);
    assert!(swept.contains("workload.load = 80%") && swept.contains("role=\"alert\""));
}

#[test]
fn what_to_grow_first_has_its_page() {
    let folder = Folder::new("growth");
    let resource = |name: &str, unit: &str, used: f64, value: f64| {
        json!({
            "name": name, "unit": unit, "present": 20.0, "used": used, "unit_value_cny": value,
            "step": 1.0, "step_value_by_prices_cny": value,
            "step_value_planned_again_cny": value * 0.9, "step_cost_cny": 40_000.0,
            "cost_is_assumed": true, "pays_back_years": (value > 0.0).then_some(0.8),
        })
    };
    let file = |rolling: Value| {
        json!({
            "version": 1, "engine": "ewc-sim", "scenario": "one",
            "asked": { "budget_cny": 100_000.0, "step": 0.05, "years": 5.0 },
            "present": { "jobs": 1200, "left_out": 3, "cost_cny": 9.0, "bound_cny": 8.0 },
            "bottleneck": "ip.a.b", "most_used": { "name": "a.general", "used": 0.97 },
            "ranking": [
                resource("ip.a.b", "Gbit/s", 0.6, 50.0), resource("a.general", "node", 0.97, 0.0),
            ],
            "purchases": [{
                "name": "ip.a.b", "unit": "Gbit/s", "present": 20.0, "more": 2.0,
                "cost_cny": 80_000.0, "saves_cny_per_year": 90_000.0,
            }],
            "rolling": rolling,
        })
    };
    fs::write(folder.0.join(EXPANSION), file(Value::Null).to_string()).unwrap();
    let without = page(&folder.0);
    balanced(&without);
    assert!(!without.contains("id=\"rolling\""));
    let answer = section(&without, "answer");
    assert!(answer.contains("The bottleneck is ip.a.b. Most used is a.general, 97 %"));
    assert!(answer.contains("瓶颈是 ip.a.b") && answer.contains("width=\"80%\""));
    // A bar by prices and one planned again for each resource.
    assert_eq!(section(&without, "worth").matches("<svg height").count(), 4);
    assert!(section(&without, "numbers").contains("20 个节点"));
    let step = json!({ "cost_cny": { "mean": -5.0, "half_width_95": 2.0 } });
    let step = json!({ "name": "ip.a.b", "differences": step });
    let rolling = file(json!({ "seeds": 3, "steps": [step] }));
    fs::write(folder.0.join(EXPANSION), rolling.to_string()).unwrap();
    let with = page(&folder.0);
    balanced(&with);
    assert!(section(&with, "rolling").contains("−5.00 ± 2.00"));
}

#[test]
fn a_site_has_its_page() {
    let folder = sample::site_folder("site");
    let page = page(&folder.0);
    balanced(&page);
    for (id, ..) in site_page::SECTIONS {
        section(&page, id);
    }
    assert!(section(&page, "glance").contains("<b>40</b>"));
    assert!(section(&page, "gantt").matches("data-job=").count() == 40);
}
