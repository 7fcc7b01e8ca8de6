//! A random scenario.

use std::fmt::Write as _;

use ewc_core::model::PolicyKind;

use crate::draws::Draws;

/// Sites of the tutorial network, which are sites of the national one too, and links of both.
const SITES: [&str; 3] = ["yrd-demo", "gz-guian", "nm-horinger"];

/// The scenario of that seed, as a file.
pub(super) fn text(seed: u64) -> String {
    let mut draws = Draws::new(seed);
    let network = *draws.of(&["tutorial", "tutorial", "national"]);
    let policy = draws.of(&PolicyKind::ALL).name();
    let forecast = *draws.of(&["none", "gaussian", "persistence"]);
    let mut text = format!(
        "name = \"random-{seed}\"\nnetwork = \"{network}\"\none_node_in = {}\n\
         start = \"2025-{:02}-{:02}T00:00:00+08:00\"\nduration = \"{}h\"\nseed = {}\n\
         [workload]\njobs_per_day = {}\ndata_scale = {}\n[policy]\nkind = \"{policy}\"\n\
         [planning]\nrounds = \"{}\"\njobs_per_round = {}\nlatency = \"{}ms\"\n\
         latency_per_checkpoint = \"{}ms\"\n[energy]\nforecast = \"{forecast}\"\n",
        draws.of(&[64, 128, 256]),
        draws.between(1, 12),
        draws.between(1, 28),
        draws.between(24, 72),
        draws.between(1, 1_000_000),
        draws.between(120, 400),
        draws.of(&[4, 16, 64]),
        draws.of(&["5m", "15m", "1h", "as_needed"]),
        draws.of(&[32, 256]),
        draws.between(0, 5_000),
        draws.between(0, 50),
    );
    if forecast == "gaussian" {
        let _ = writeln!(text, "error = \"{}%\"", draws.between(1, 30));
    }
    for _ in 0..draws.between(0, 3) {
        fault(&mut text, &mut draws);
    }
    text
}

fn fault(text: &mut String, draws: &mut Draws) {
    let site = draws.of(&SITES);
    let kind = *draws.of(&["site_outage", "agent_cut_off", "curtailment"]);
    let (from, length) = (draws.between(0, 30), draws.between(1, 12));
    let _ = write!(
        text,
        "[[faults]]\nkind = \"{kind}\"\nsite = \"{site}\"\nfrom = \"{from}h\"\n\
         for = \"{length}h\"\n"
    );
    if kind == "curtailment" {
        let _ = writeln!(text, "left = \"{}%\"", draws.between(10, 90));
    }
}
