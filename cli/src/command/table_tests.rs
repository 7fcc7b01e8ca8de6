//! What `explain`, `status`, `sites` and `links` show, in both languages.

use ewc_proto::v1;

use super::{explain, links, sites, status};
use crate::lang::Lang;

fn cost() -> v1::Cost {
    v1::Cost {
        energy_micro_cny: 1_000_000,
        pool_micro_cny: 20_500_000,
        transport_micro_cny: 250_000,
        energy_mwh: 2_500_000,
        carbon_location_mg: 1_500_000,
        carbon_market_mg: 300_000,
        water_ml: 1_250,
        renewable_permille: 560,
        delay_micro_cny: 0,
        steering_micro_cny: 0,
        objective_micro_cny: 22_180_000,
        age_micro_cny: 30_000,
        imbalance_micro_cny: 400_000,
    }
}

fn placement() -> v1::Placement {
    let group = v1::GroupPlacement {
        group: "main".into(),
        site: "gz-guian".into(),
        pool: "general".into(),
        start_ms: 1_735_689_600_000,
        end_ms: 1_735_693_200_000,
        count: 1,
    };
    let transfer = v1::Transfer {
        what: "corpus".into(),
        from_site: "yrd-demo".into(),
        to_site: "gz-guian".into(),
        size_bytes: 20_000_000_000,
        start_ms: 1_735_689_000_000,
        end_ms: 1_735_689_590_000,
        ..v1::Transfer::default()
    };
    v1::Placement {
        groups: vec![group],
        transfers: vec![transfer],
        cost: Some(cost()),
        ..v1::Placement::default()
    }
}

#[test]
fn explain_breaks_the_cost_down_and_compares() {
    let dearer = v1::SiteVerdict {
        site: "nx-zhongwei".into(),
        extra_micro_cny: 420_000,
        ..v1::SiteVerdict::default()
    };
    let ruled_out = v1::SiteVerdict {
        site: "jjj-zhangjiakou".into(),
        reason_code: "green_floor".into(),
        detail: "19 % < 40 %".into(),
        ..v1::SiteVerdict::default()
    };
    let explanation = v1::Explanation {
        job_id: "7".into(),
        sentence: "gz-guian is cheapest: night power and the data is near.".into(),
        placement: Some(placement()),
        alternatives: vec![dearer, ruled_out],
        notes: vec!["energy of gs-qingyang is 3 h old".into()],
        policy: "greedy".into(),
        prices_met: vec![
            v1::PriceMet {
                site: "gz-guian".into(),
                pool: "general".into(),
                capacity: "accelerators".into(),
                micro_cny: 750_000,
                ..v1::PriceMet::default()
            },
            v1::PriceMet {
                capacity: "bandwidth".into(),
                link: "gz-gs".into(),
                micro_cny: 250_000,
                ..v1::PriceMet::default()
            },
        ],
        ..v1::Explanation::default()
    };
    let expected = "\
gz-guian is cheapest: night power and the data is near.

item                  cost (CNY)
energy                      1.00
pool rent                  20.50
transport                   0.25
total paid                 21.75
waiting (priced)            0.00
old reports (priced)      0.0300
imbalance (priced)          0.40
objective                  22.18

energy (kWh):       2.500
renewable (%):      56
CO2 location (kg):  1.500
CO2 market (kg):    0.300
water (L):          1.3

group  site      pool           start (UTC+8)          end (UTC+8)
main   gz-guian  general  2025-01-01 08:00:00  2025-01-01 09:00:00

transfer  route                transfer (GB)        start (UTC+8)  transfer time
corpus    yrd-demo → gz-guian         20.000  2025-01-01 07:50:00          9m50s

scarce capacity that it holds, by its shadow prices:
item                capacity      worth (CNY)
gz-guian / general  accelerators         0.75
gz-gs               bandwidth            0.25

alternatives:
site             extra cost (CNY)  reason       detail
nx-zhongwei                 +0.42  -            -
jjj-zhangjiakou                 -  green_floor  19 % < 40 %

notes:
- energy of gs-qingyang is 3 h old

policy:  greedy
";
    assert_eq!(explain::text(&explanation, Lang::En), expected);
    let chinese = explain::text(&explanation, Lang::Zh);
    assert!(!chinese.contains("cheapest"), "{chinese}");
    for word in [
        "费用 (元)",
        "合计支付",
        "碳排放·位置法 (kg)",
        "其他站点:",
        "增加费用 (元)",
    ] {
        assert!(chinese.contains(word), "{word} is not in\n{chinese}");
    }
}

#[test]
fn explain_says_it_in_chinese() {
    let verdict = |site: &str, reason: &str, extra_micro_cny| v1::SiteVerdict {
        site: site.into(),
        reason_code: reason.into(),
        extra_micro_cny,
        ..v1::SiteVerdict::default()
    };
    let dearer = verdict("nx-zhongwei", "", 420_000);
    let ruled_out = verdict("jjj-zhangjiakou", "green_floor", 0);
    let chosen = "作业 7 放在 gz-guian：费用 21.75 元，碳排放 0.3000 kg（市场法），可再生能源 56 %";
    for (alternatives, rest) in [
        (
            vec![dearer, ruled_out.clone()],
            "；其他 2 个站点中次优的是 nx-zhongwei，目标函数高 0.42 元；1 个站点不可用。",
        ),
        (vec![ruled_out], "；其他 1 个站点均不可用。"),
        (vec![], "；没有其他站点。"),
    ] {
        let explanation = v1::Explanation {
            job_id: "7".into(),
            placement: Some(placement()),
            alternatives,
            ..v1::Explanation::default()
        };
        let text = explain::text(&explanation, Lang::Zh);
        assert_eq!(text.lines().next(), Some(&*format!("{chosen}{rest}")));
    }
    let waiting = v1::Explanation {
        job_id: "7".into(),
        sentence: "Job 7 is pending: no capacity.".into(),
        ..v1::Explanation::default()
    };
    let text = explain::text(&waiting, Lang::Zh);
    assert!(text.starts_with("作业 7 目前没有编排方案：Job 7 is pending: no capacity.\n"));
}

#[test]
fn status_shows_slot_transfers_and_attempts() {
    let attempt = v1::Attempt {
        number: 1,
        site: "gz-guian".into(),
        started_ms: 1_735_689_600_000,
        ..v1::Attempt::default()
    };
    let job = v1::Job {
        job_id: "7".into(),
        state: v1::JobState::Running.into(),
        placement: Some(placement()),
        attempts: vec![attempt],
        ..v1::Job::default()
    };
    let expected = "\
job:                7
name:               -
tenant:             -
key:                -
state:              running
submitted (UTC+8):  -
cost (CNY):         21.75

group  site      pool           start (UTC+8)          end (UTC+8)
main   gz-guian  general  2025-01-01 08:00:00  2025-01-01 09:00:00

transfer  route                transfer (GB)        start (UTC+8)  transfer time
corpus    yrd-demo → gz-guian         20.000  2025-01-01 07:50:00          9m50s

attempt  site            start (UTC+8)  end (UTC+8)  outcome  exit code
      1  gz-guian  2025-01-01 08:00:00            -  -                -
";
    assert_eq!(status::text(&job, Lang::En), expected);
    assert!(status::text(&job, Lang::Zh).contains("状态:          运行中\n"));
}

#[test]
fn sites_show_what_is_free_and_what_feeds_them() {
    let amounts = |cores: i64, accelerators| v1::Resources {
        cpu_millis: cores * 1000,
        memory_mib: 0,
        accelerators,
    };
    let pool = |usable, reserved_now| v1::Pool {
        usable: Some(usable),
        reserved_now: Some(reserved_now),
        ..v1::Pool::default()
    };
    let energy = v1::EnergyPoint {
        renewable_permille: 368,
        contracted_permille: 200,
        grid_mg_per_wh: 499,
        price_micro_cny_per_kwh: 450_000,
        ..v1::EnergyPoint::default()
    };
    let guian = v1::Site {
        id: "gz-guian".into(),
        name: "Gui'an".into(),
        name_zh: "贵安".into(),
        hub: "贵州".into(),
        region: "贵州".into(),
        mlps_level: 3,
        pools: vec![
            pool(amounts(640, 0), amounts(64, 0)),
            pool(amounts(64, 32), amounts(0, 8)),
        ],
        mode: v1::SiteMode::Cordoned.into(),
        energy_now: Some(energy),
        connected: true,
        ..v1::Site::default()
    };
    let silent = v1::Site {
        id: "edge".into(),
        mlps_level: 2,
        ..v1::Site::default()
    };
    let table = sites::table(&[guian, silent], Lang::Zh);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split("  ").filter(|cell| !cell.is_empty()))
        .map(|cells| cells.map(str::trim).collect())
        .collect();
    assert_eq!(
        rows[0][..5],
        ["站点", "名称", "国家枢纽节点", "地区", "状态"]
    );
    assert_eq!(
        rows[1],
        [
            "gz-guian",
            "贵安",
            "贵州",
            "贵州",
            "停止接收",
            "3",
            "64/704",
            "8/32",
            "37",
            "20",
            "499",
            "0.45"
        ]
    );
    assert_eq!(rows[2][4], "失联");
    let capped = v1::Site {
        power_cap: vec![v1::PowerCapStep {
            from_ms: 0,
            watts: Some(8_000_000),
        }],
        power_cap_watts: Some(8_000_000),
        power_drawn_watts: 7_250_400,
        ..v1::Site::default()
    };
    let table = sites::table(&[capped, v1::Site::default()], Lang::En);
    assert!(table.contains("IT power drawn/cap (kW)"), "{table}");
    assert!(table.contains("7250.4/8000.0"), "{table}");
    assert!(table.contains("0.0/-"), "{table}");
}

#[test]
fn links_tell_declared_from_measured_latency() {
    let declared = v1::Link {
        id: "gy-cd".into(),
        a: "guiyang".into(),
        b: "chengdu".into(),
        carrier: "telecom".into(),
        layer: v1::Layer::PrivateIp.into(),
        one_way_us: 6_800,
        capacity_bps: 400_000_000_000,
        price_micro_cny_per_gb: 59_000,
        reserved_now_bps: 1_500_000_000,
        up: true,
        measured_rtt_us: 13_600,
        latency_declared: true,
        ..v1::Link::default()
    };
    let measured = v1::Link {
        latency_declared: false,
        ..declared.clone()
    };
    let table = links::table(&[declared, measured], Lang::En);
    let cells = |row: usize| -> Vec<&str> {
        let line = table.lines().nth(row).unwrap();
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect()
    };
    let expected = [
        "gy-cd",
        "guiyang – chengdu",
        "telecom",
        "private IP",
        "6.80",
        "-",
        "400.0",
        "1.5",
    ];
    assert_eq!(cells(1)[..8], expected);
    assert_eq!(cells(1)[8..], ["0.0590", "no", "yes"]);
    assert_eq!(cells(2)[5], "13.60");
}
