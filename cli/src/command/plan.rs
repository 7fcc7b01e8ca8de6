//! `ewc plan`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit, Kind};
use crate::format::{beijing_time, cny, decimal, duration, gigabytes, or_dash, percent};
use crate::job_source::JobArgs;
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::{PlanView, total_micro_cny};

/// A start within this time of the network's now counts as now.
const NOW_MS: i64 = 60_000;

/// How a scheduler says that waiting will not help: its refusal of a job that fits nowhere even in
/// an empty network carries no code of its own.
const NEVER: &str = "no pool of the network could ever hold it";

/// Show where a job would go, when and at what cost, and store nothing
///
/// Ends with 0 if the job would start now (within a minute), 1 if later, 2 if it fits nowhere.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Plan by this policy instead of the network's
    #[arg(long)]
    policy: Option<String>,

    #[command(flatten)]
    job: JobArgs,
}

pub(super) async fn run(args: PlanArgs, session: &Session) -> Result<Exit, CliError> {
    let source = args.job.source();
    let mut jobs = args.job.jobs(session).await?;
    let (Some(job), true) = (jobs.pop(), jobs.is_empty()) else {
        return Err(CliError::usage("plan takes one job").hint("call it once for each file"));
    };
    let request = v1::PlanRequest {
        spec: Some(job.spec),
        tenant: job.tenant,
        policy: args.policy.unwrap_or_default(),
    };
    let plan = match session.client.plan(request).await {
        Err(error) if is_never(&error) => {
            eprintln!("{}", error.message);
            v1::PlanResponse::default()
        }
        answer => answer.map_err(|error| source.in_its_words(error))?,
    };
    session.show(&PlanView::from(&plan), || text(&plan, session.lang))?;
    Ok(exit_of(&plan))
}

fn is_never(error: &CliError) -> bool {
    error.kind == Kind::Refused && error.message.contains(NEVER)
}

fn exit_of(plan: &v1::PlanResponse) -> Exit {
    let chosen = plan.candidates.iter().find(|candidate| candidate.chosen);
    match chosen
        .or(plan.candidates.first())
        .and_then(|candidate| candidate.placement.as_ref())
    {
        None => Exit::Nowhere,
        Some(placement) if start_ms(placement) <= plan.now_ms.saturating_add(NOW_MS) => Exit::Done,
        Some(_) => Exit::NotSucceeded,
    }
}

fn start_ms(placement: &v1::Placement) -> i64 {
    placement
        .groups
        .iter()
        .map(|group| group.start_ms)
        .min()
        .unwrap_or(0)
}

fn text(plan: &v1::PlanResponse, lang: Lang) -> String {
    let mut text = if plan.candidates.is_empty() {
        format!("{}\n", Word::Nowhere.text(lang))
    } else {
        candidates_table(plan, lang)
    };
    if !plan.ruled_out.is_empty() {
        text += &format!(
            "\n{}:\n{}",
            Word::RuledOut.text(lang),
            ruled_out_table(plan, lang)
        );
    }
    text
}

fn candidates_table(plan: &v1::PlanResponse, lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Chosen, Align::Left),
        column(Word::Site, Align::Left),
        column(Word::Start, Align::Right),
        column(Word::StartsIn, Align::Right),
        column(Word::TransferVolume, Align::Right),
        column(Word::TransferTime, Align::Right),
        column(Word::CostCny, Align::Right),
        column(Word::Renewable, Align::Right),
        column(Word::CarbonLocation, Align::Right),
        column(Word::CarbonMarket, Align::Right),
    ]);
    for candidate in &plan.candidates {
        let Some(placement) = &candidate.placement else {
            continue;
        };
        let cost = placement.cost.unwrap_or_default();
        let (volume_bytes, transfer_ms) = transfers_of(placement);
        let start_ms = start_ms(placement);
        table.row([
            if candidate.chosen { "✓" } else { "" }.to_owned(),
            sites_of(placement),
            beijing_time(start_ms),
            duration((start_ms - plan.now_ms).max(0)),
            gigabytes(volume_bytes),
            duration(transfer_ms),
            cny(total_micro_cny(&cost)),
            percent(cost.renewable_permille),
            kilograms(cost.carbon_location_mg),
            kilograms(cost.carbon_market_mg),
        ]);
    }
    table.render()
}

fn ruled_out_table(plan: &v1::PlanResponse, lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Site.text(lang), Align::Left),
        (Word::Reason.text(lang), Align::Left),
        (Word::Detail.text(lang), Align::Left),
    ]);
    for verdict in &plan.ruled_out {
        let (reason, detail) = (or_dash(&verdict.reason_code), or_dash(&verdict.detail));
        table.row([verdict.site.clone(), reason, detail]);
    }
    table.render()
}

/// Kilograms of CO2 equivalent.
fn kilograms(mg: i64) -> String {
    decimal(mg, 1_000_000, 3)
}

pub(super) fn sites_of(placement: &v1::Placement) -> String {
    let mut sites: Vec<&str> = placement
        .groups
        .iter()
        .map(|group| group.site.as_str())
        .collect();
    sites.dedup();
    sites.join(", ")
}

/// Volume before and after the run, and how long the stage-in takes from first to last byte.
fn transfers_of(placement: &v1::Placement) -> (i64, i64) {
    let volume = placement
        .transfers
        .iter()
        .map(|transfer| transfer.size_bytes)
        .sum();
    let stage_in = || {
        placement
            .transfers
            .iter()
            .filter(|t| !t.stage_out && t.size_bytes > 0)
    };
    let start = stage_in().map(|transfer| transfer.start_ms).min();
    let end = stage_in().map(|transfer| transfer.end_ms).max();
    (volume, end.zip(start).map_or(0, |(end, start)| end - start))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
