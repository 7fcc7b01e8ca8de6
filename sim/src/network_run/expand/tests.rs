use super::*;
use ewc_scenario::{GrowthCosts, RunFile};

fn ranking(seed: u64, budget_cny: f64) -> (planted::Planted, Ranking) {
    let planted = planted::planted(seed).unwrap();
    let jobs = planted.jobs.clone().into_iter().map(Ok);
    let demand = Demand::new(&planted.network, planted.span, jobs).unwrap();
    assert_eq!(demand.refused, 0);
    let offline = Offline::new(&demand, None, effort()).unwrap();
    let asked = Asked {
        budget_cny,
        costs: &GrowthCosts::default(),
        step_permille: 50,
        best: 2,
        steps: 2,
        years: 20.0,
    };
    let found = Ranking::of(&demand, &offline, &asked, || true, |_, _| {}).unwrap();
    (planted, found)
}

#[test]
fn the_bottleneck_is_told_from_what_is_used_most() {
    for seed in [1, 2] {
        let (planted, found) = ranking(seed, 1e9);
        let first = found.bottleneck().unwrap();
        assert_eq!(first.name, planted.bottleneck, "seed {seed}");
        assert_eq!(found.most_used.0, "cheap.general", "seed {seed}");
        assert!(found.most_used.1 > first.used + 0.1, "seed {seed}");
        // What is used most is in the table, and is worth little.
        let last = found
            .rows
            .iter()
            .find(|row| row.name == "cheap.general")
            .unwrap();
        assert!(last.priced_cny * 20.0 < first.priced_cny, "seed {seed}");
        // The price of a step agrees with the same problem planned again.
        let again = first.replanned.unwrap().value_cny;
        assert!(
            (first.priced_cny / again - 1.0).abs() < 0.3,
            "{} {again}",
            first.priced_cny
        );
        assert_eq!(found.purchases[0].name, planted.bottleneck);
        assert!(found.purchases[0].saves_cny_per_year > 0.0);
        let table = found.table(None);
        assert!(
            table.contains(&format!("The bottleneck is {}", first.name)),
            "{table}"
        );
    }
}

#[test]
fn nothing_is_bought_beyond_the_budget() {
    let (planted, found) = ranking(2, 1.0);
    assert!(found.purchases.is_empty());
    let json: serde_json::Value = serde_json::from_str(&found.json("s", None)).unwrap();
    assert_eq!(json["bottleneck"], planted.bottleneck.as_str());
    let (_, rich) = ranking(2, 1e6);
    assert!(rich.purchases.iter().map(|one| one.cost_cny).sum::<f64>() <= 1e6);
}

const DAY: &str = "name = \"day\"\nnetwork = \"tutorial\"\none_node_in = 64\n\
    start = \"2025-06-01T00:00:00+08:00\"\nduration = \"1d\"\n[workload]\njobs_per_day = 60\n\
    data_scale = 1000\n[policy]\nkind = \"greedy\"\n";

#[test]
fn a_scenario_has_a_ranking_and_a_second_opinion() {
    let path = std::env::temp_dir().join(format!("ewc-expand-{}.toml", std::process::id()));
    std::fs::write(&path, DAY).unwrap();
    let loaded = RunFile::load(&path).unwrap();
    let _ = std::fs::remove_file(&path);
    let RunFile::Network(run) = loaded else {
        panic!("a network was asked for");
    };
    let demand = Demand::of_run(&run).unwrap();
    assert_eq!(demand.jobs() + demand.refused, 60);
    let offline = Offline::new(&demand, None, effort()).unwrap();
    let asked = Asked {
        budget_cny: 1e6,
        costs: &GrowthCosts::default(),
        step_permille: 50,
        best: 2,
        steps: 0,
        years: 5.0,
    };
    let found = Ranking::of(&demand, &offline, &asked, || true, |_, _| {}).unwrap();
    assert!(!found.rows.is_empty());
    let threads = std::num::NonZero::new(2).unwrap();
    let rolling = Rolling::of(&run, (&offline, &found), (2, threads), || true, |_, _| {});
    let rolling = rolling.unwrap().unwrap();
    let json: serde_json::Value = serde_json::from_str(&found.json("day", Some(&rolling))).unwrap();
    let steps = json["rolling"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), found.rows.len());
    // The same jobs: one more node does not make their number another.
    assert!(
        steps
            .iter()
            .all(|step| step["differences"]["unplaced"]["mean"].is_number())
    );
    assert!(
        found
            .table(Some(&rolling))
            .contains("As time goes by, a step more (2 seeds")
    );
    // Told to stop, there is no ranking.
    assert!(Ranking::of(&demand, &offline, &asked, || false, |_, _| {}).is_none());
}
