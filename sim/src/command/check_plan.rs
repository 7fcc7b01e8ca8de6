//! `ewc-sim check-plan`.

use std::path::PathBuf;

use anyhow::Context as _;
use ewc_scenario::instance::PlanFile;
use ewc_sim::instance::check;

#[derive(clap::Args)]
pub struct Args {
    /// Instance file
    instance: PathBuf,
    /// Plan file, as `place --out` writes it
    plan: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let instance = super::load(&args.instance)?;
    let plan = PlanFile::load(&args.plan).with_context(|| args.plan.display().to_string())?;
    let checked = check::check(&instance, &plan).context("the plan does not hold")?;
    println!("objective  {}", checked.objective);
    println!("placed     {}", checked.placed);
    println!("check      {}", super::say_checked(&checked));
    Ok(())
}
