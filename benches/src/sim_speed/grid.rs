//! The log of LCG over a network of as many sites as the grid had, as `ewc-sim run` replays it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use ewc_core::model::PolicyKind;
use ewc_scenario::RunFile;
use ewc_sim::network_run;

/// Sites, by the log's own header (MaxPartitions).
const SITES: u64 = 170;
/// Nodes of 16 cores at each site: 24,480 cores in all, of the header's 24,515 (MaxProcs).
const NODES: u64 = 9;
/// Jobs of the log.
pub const JOBS: u64 = 188_041;

/// Seconds of a whole run with results, of the first `jobs` jobs if they are given.
///
/// # Errors
/// The log is missing, or jobs of it did not run.
pub fn seconds(
    data: &Path,
    directory: &Path,
    policy: PolicyKind,
    jobs: Option<u64>,
) -> anyhow::Result<f64> {
    let folder = directory.join(format!("lcg-{}", policy.name()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("grid.toml"), network())?;
    let file = folder.join("lcg.toml");
    fs::write(&file, scenario(data, policy, jobs)?)?;
    let started = Instant::now();
    let RunFile::Network(scenario) = RunFile::load(&file)? else {
        bail!("{}: not a network", file.display());
    };
    let outcome = network_run::run(&scenario, &folder.join("results"), &mut |_| true)?;
    let seconds = started.elapsed().as_secs_f64();
    let ran = outcome.indicators["jobs"]["succeeded"]
        .as_u64()
        .context("jobs.succeeded")?;
    let expected = jobs.unwrap_or(JOBS);
    ensure!(ran == expected, "{ran} of {expected} jobs ran");
    Ok(seconds)
}

fn scenario(data: &Path, policy: PolicyKind, jobs: Option<u64>) -> anyhow::Result<String> {
    let log = data.join("swf/LCG.swf.gz");
    let log = log.to_str().context("the path of the traces is not text")?;
    let first = jobs.map_or_else(String::new, |jobs| format!("jobs = {jobs}\n"));
    Ok(format!(
        "name = \"lcg\"\nnetwork = \"grid.toml\"\nstart = \"2005-11-20T00:00:00Z\"\n\
         duration = \"16d\"\n[workload]\ntrace = {log:?}\n{first}[policy]\nkind = \"{}\"\n\
         [planning]\nrounds = \"as_needed\"\n",
        policy.name()
    ))
}

/// All sites around one city, 1 to 40 ms away; prices of power and links differ.
fn network() -> String {
    let mut text = String::from(
        "name = \"grid\"\n[layers.private_ip]\nusable = \"70%\"\nencrypted = true\n\
         [[nodes]]\nname = \"core\"\nkind = \"backbone\"\nlatitude = 46.2\nlongitude = 6.1\n",
    );
    for site in 0..SITES {
        let (latitude, longitude) = (site % 17, site / 17);
        let (latency, power) = (1 + site * 7 % 40, 400 + site * 37 % 500);
        let _ = write!(
            text,
            "[[sites]]\nname = \"site-{site:03}\"\nregion = \"hebei\"\nmlps_level = 3\n\
             carriers = [\"china_telecom\"]\nlatitude = {latitude}\nlongitude = {longitude}\n\
             [sites.energy]\npreset = \"hebei\"\npue = \"{}%\"\ncontracted = \"0%\"\n\
             price_per_kwh = \"0.{power:03}CNY\"\nwater_per_kwh = \"1L\"\n\
             [[sites.pools]]\nname = \"general\"\narchitecture = \"x86_64\"\n\
             node = {{ cpu = \"16\", memory = \"64GiB\" }}\nnodes = {NODES}\ncpu_power = \"5W\"\n\
             price_per_core_hour = \"0.090CNY\"\n\
             [[segments]]\nbetween = [\"site-{site:03}\", \"core\"]\n\
             private_ip = {{ carrier = \"china_telecom\", one_way = \"{latency}ms\", \
             capacity = \"10Gbps\", price = \"{}CNY/TB\" }}\n",
            115 + site % 40,
            5 + latency,
        );
    }
    text
}
