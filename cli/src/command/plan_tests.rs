//! What `ewc plan` shows, and with which exit code it ends.

use super::*;

fn candidate(site: &str, start_ms: i64, chosen: bool) -> v1::Candidate {
    let group = v1::GroupPlacement {
        group: "main".into(),
        site: site.into(),
        pool: "general".into(),
        start_ms,
        end_ms: start_ms + 600_000,
        count: 1,
    };
    let transfer = v1::Transfer {
        what: "corpus".into(),
        from_site: "yrd-demo".into(),
        to_site: site.into(),
        size_bytes: 20_000_000_000,
        start_ms,
        end_ms: start_ms + 90_000,
        ..v1::Transfer::default()
    };
    let cost = v1::Cost {
        energy_micro_cny: 1_000_000,
        transport_micro_cny: 250_000,
        carbon_location_mg: 1_500_000,
        carbon_market_mg: 300_000,
        renewable_permille: 560,
        ..v1::Cost::default()
    };
    let placement = v1::Placement {
        groups: vec![group],
        transfers: vec![transfer],
        cost: Some(cost),
        ..v1::Placement::default()
    };
    v1::Candidate {
        placement: Some(placement),
        chosen,
    }
}

fn plan(candidates: Vec<v1::Candidate>) -> v1::PlanResponse {
    let verdict = v1::SiteVerdict {
        site: "jjj-zhangjiakou".into(),
        reason_code: "latency".into(),
        detail: "shanghai: 14.60 ms".into(),
        ..v1::SiteVerdict::default()
    };
    v1::PlanResponse {
        candidates,
        ruled_out: vec![verdict],
        now_ms: 1_735_689_600_000,
        ..v1::PlanResponse::default()
    }
}

const NOW: i64 = 1_735_689_600_000;

#[test]
fn exit_tells_when_it_starts() {
    for (candidates, expected) in [
        (vec![], Exit::Nowhere),
        (vec![candidate("a", NOW, true)], Exit::Done),
        (vec![candidate("a", NOW + NOW_MS, true)], Exit::Done),
        (
            vec![candidate("a", NOW + NOW_MS + 1, true)],
            Exit::NotSucceeded,
        ),
        // The chosen one decides, wherever it stands.
        (
            vec![
                candidate("a", NOW, false),
                candidate("b", NOW + 7_200_000, true),
            ],
            Exit::NotSucceeded,
        ),
    ] {
        assert_eq!(exit_of(&plan(candidates)), expected);
    }
    // What is held for an hour begins after it.
    let mut held = plan(vec![candidate("a", NOW + 3_600_000, true)]);
    assert_eq!(exit_of(&held), Exit::NotSucceeded);
    held.hold = Some(v1::Hold {
        token: "1".into(),
        until_ms: NOW + 3_600_000,
    });
    assert_eq!(exit_of(&held), Exit::Done);
}

#[test]
fn the_tables_name_cost_carbon_and_reasons() {
    let plan = plan(vec![
        candidate("gz-guian", NOW + 3_600_000, true),
        candidate("yrd-demo", NOW, false),
    ]);
    let expected = "\
chosen  site            start (UTC+8)  starts in  transfer (GB)  transfer time  cost (CNY)  \
renewable (%)  CO2 location (kg)  CO2 market (kg)
✓       gz-guian  2025-01-01 09:00:00      1h00m         20.000          1m30s        1.25             \
56              1.500            0.300
        yrd-demo  2025-01-01 08:00:00         0s         20.000          1m30s        1.25             \
56              1.500            0.300

ruled out:
site             reason   detail
jjj-zhangjiakou  latency  shanghai: 14.60 ms
";
    assert_eq!(text(&plan, Lang::En), expected);
}

#[test]
fn data_that_waits_on_its_way_is_named() {
    let mut plan = plan(vec![candidate("gz-guian", NOW, true)]);
    assert!(!text(&plan, Lang::En).contains("waits"));
    let placement = plan.candidates[0].placement.as_mut().unwrap();
    placement.transfers[0].to_depot = true;
    placement.transfers[0].to_site = "cy-chongqing".into();
    let line = "waits on its way: corpus, yrd-demo → cy-chongqing\n";
    assert!(text(&plan, Lang::En).contains(line));
    assert!(text(&plan, Lang::Zh).contains("中转暂存: corpus"));
}

#[test]
fn the_tables_speak_chinese() {
    let text = text(&plan(vec![candidate("gz-guian", NOW, true)]), Lang::Zh);
    for word in [
        "选中",
        "站点",
        "费用 (元)",
        "碳排放·市场法 (kg)",
        "不可用:",
        "原因",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
    let start = v1::StartEstimate::default();
    let start = start_table(&start, 0, Lang::Zh);
    assert!(start.contains("预计最迟开始") && start.contains("仅为粗略估计"));
    assert!(super::text(&plan(vec![]), Lang::Zh).starts_with("没有可用站点。\n"));
}
