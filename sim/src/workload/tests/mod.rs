//! Workloads are held to their promises: valid, repeatable, and placeable on the national network.

mod dataset;
mod from_swf;
mod generate;
mod network;
mod placement;

use ewc_core::model::{EnergyPoint, EnergySeries, Payload};
use ewc_scenario::{Scenario, SiteDef, national};

use super::*;

/// What the demonstration would run; here it only has to be valid.
fn payload(job: &GeneratedJob) -> Payload {
    Payload::Script {
        interpreter: String::new(),
        text: format!("sleep {}", job.run_ms),
        environment: [("EWC_KEY".to_owned(), job.key.clone())].into(),
    }
}

fn generated(mix: &Mix, scenario: &Scenario) -> Workload {
    generate(mix, scenario, &scenario.demo_sites(), &payload).unwrap()
}

fn national_workload(mix: &Mix) -> Workload {
    generated(mix, &national())
}

/// A site's own figures, the same at every hour.
fn flat_energy(site: &SiteDef) -> EnergySeries {
    let energy = &site.energy;
    EnergySeries {
        issued_at_ms: 0,
        start_ms: 0,
        step_ms: 3_600_000,
        source: "test".to_owned(),
        points: vec![EnergyPoint {
            renewable_permille: 300,
            contracted_permille: energy.contracted_permille,
            grid_mg_per_wh: 550,
            price_micro_cny_per_kwh: energy.price_micro_cny_per_kwh,
            pue_permille: energy.pue_permille,
            wue_ml_per_kwh: energy.wue_ml_per_kwh,
        }],
    }
}
