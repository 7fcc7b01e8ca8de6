pub(super) mod check;
mod sample;

use super::*;
use crate::report::sections;
use check::{balanced, elements};
use sample::sample;

fn strange() -> &'static str {
    "<script>alert(\"x\" & 'y')</script>"
}

#[test]
fn the_page_is_well_formed() {
    balanced(&sample(300, 80, 120).html());
}

#[test]
fn nothing_to_say_is_said() {
    let page = RunReport::default().html();
    balanced(&page);
    assert!(page.contains("No data."));
}

#[test]
fn one_of_everything_is_enough() {
    balanced(&sample(1, 1, 1).html());
}

#[test]
fn everything_given_is_escaped() {
    let mut report = sample(3, 3, 3);
    report.title = Text::new(strange(), strange());
    report.made_at = strange().to_owned();
    report.version = strange().to_owned();
    for job in &mut report.jobs {
        job.expected = false;
        for text in [
            &mut job.key,
            &mut job.tenant,
            &mut job.class,
            &mut job.state,
        ] {
            *text = strange().to_owned();
        }
        job.reason = strange().to_owned();
    }
    for site in &mut report.sites {
        site.name = strange().to_owned();
        site.hub = strange().to_owned();
    }
    for link in &mut report.links {
        link.a.name = strange().to_owned();
        link.layer = strange().to_owned();
    }
    report.cities[0].name = strange().to_owned();
    report.comparison[0].name = strange().to_owned();
    report.verdicts[0].text = Text::new(strange(), "");
    report.notes = vec![Text::new(strange(), strange())];
    report.cluster.members[0].hub = strange().to_owned();
    let page = report.html();
    balanced(&page);
    assert!(!page.contains("<script>alert"));
    assert_eq!(elements(&page, "script"), 1);
}

#[test]
fn both_languages_have_every_section() {
    for page in [sample(30, 10, 20).html(), RunReport::default().html()] {
        for section in sections::ALL {
            let title = section.title;
            let head = format!(
                "<section id=\"{}\"><h2><span lang=\"en\">{}</span><span lang=\"zh\">{}</span>",
                section.id, title.en, title.zh,
            );
            assert!(page.contains(&head), "{head}");
        }
    }
}

#[test]
fn every_word_stands_in_both_languages() {
    let page = sample(30, 10, 20).html();
    assert_eq!(
        page.matches("lang=\"en\">").count() - 1,
        page.matches("lang=\"zh\">").count()
    );
}

#[test]
fn nothing_is_loaded() {
    let page = sample(30, 10, 20).html();
    for part in ["src=", "href=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn the_page_stays_small() {
    let small = sample(300, 80, 120).html().len();
    assert!(small < 1_000_000, "{small} bytes");
    let large = sample(20_000, 500, 5_000);
    assert!(
        large.html().len() < 1_500_000,
        "{} bytes",
        large.html().len()
    );
}

#[test]
fn numbers_beyond_reason_do_no_harm() {
    let mut report = sample(3, 3, 3);
    (report.start_ms, report.end_ms) = (i64::MIN, i64::MAX);
    report.jobs[0].money_cny = f64::NAN;
    report.jobs[0].wait_ms = Some(i64::MAX);
    report.jobs[1].wait_ms = Some(i64::MIN);
    report.sites[0].lat = f64::NAN;
    report.sites[1].lon = f64::INFINITY;
    report.links[0].capacity_bps = 0;
    let page = report.html();
    balanced(&page);
    assert!(!page.contains("NaN") && !page.contains("=\"inf"));
}

#[test]
fn the_data_can_be_read_back() {
    let report = sample(20, 5, 10);
    let text = report.json().expect("JSON");
    // Fractions may differ in their last digit; the page does not show it.
    let read: RunReport = serde_json::from_str(&text).expect("a report");
    assert_eq!((read.jobs.len(), read.html()), (20, report.html()));
}

#[test]
fn labels_do_not_cover_each_other() {
    use crate::report::draw::labels::{Area, Room};
    let points: Vec<(f64, f64)> = (0..20)
        .map(|at| (150.0 + f64::from(at) * 9.0, 200.0))
        .collect();
    let discs = points
        .iter()
        .map(|point| Area::around(*point, 5.0))
        .collect();
    let mut room = Room::new((500.0, 400.0), discs, Vec::new());
    let gaps = [4.0, 20.0, 40.0];
    let places = points
        .iter()
        .filter_map(|at| room.place(*at, 4.0, ("Zhongwei", 12.0), &gaps));
    let areas: Vec<Area> = places.map(|place| place.area).collect();
    assert!(areas.len() > 5);
    for (at, area) in areas.iter().enumerate() {
        assert!(areas[at + 1..].iter().all(|other| !area.overlaps(other)));
    }
}

#[test]
fn every_policy_has_a_name_in_both_languages() {
    use crate::report::words::{POLICY_NAMES, lookup};
    for policy in ewc_core::model::PolicyKind::ALL {
        let (en, zh) = lookup(POLICY_NAMES, policy.name());
        assert_ne!(en, zh, "{}", policy.name());
    }
}

/// Leaves a sample to look at in the directory of temporary files.
#[test]
#[ignore = "writes files for people to look at"]
fn a_sample_to_look_at() {
    let directory = std::env::temp_dir().join("ewc-report");
    std::fs::create_dir_all(&directory).expect("a directory");
    let page = sample(300, 80, 120).write(&directory).expect("written");
    println!("{}", page.display());
}
