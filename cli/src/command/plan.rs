//! `ewc plan`.

use std::time::Duration;

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
/// Below the sites stands when it would start: by plan, and by the punctuality of earlier jobs the
/// time that half, and nine of ten, would have started by. With --hold the chosen place is kept for
/// a while; `ewc submit --plan TOKEN` submits the job in it. Nothing of what is held begins before
/// the hold expires.
///
/// Ends with 0 if the job would start now (within a minute, or of the end of its hold), 1 if later,
/// 2 if it fits nowhere.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Plan by this policy instead of the network's
    #[arg(long)]
    policy: Option<String>,

    /// Keep the chosen place for so long, such as 60s, on the network's clock; at most 10m
    #[arg(long, value_name = "DURATION", value_parser = crate::args::duration)]
    hold: Option<Duration>,

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
        hold_ms: args.hold.map_or(0, |hold| {
            i64::try_from(hold.as_millis()).unwrap_or(i64::MAX)
        }),
    };
    let answer = match args.hold {
        None => session.client.plan(request).await,
        Some(_) => session.client.hold(request).await,
    };
    let plan = match answer {
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
    let soonest_ms = plan.hold.as_ref().map_or(plan.now_ms, |hold| hold.until_ms);
    match chosen
        .or(plan.candidates.first())
        .and_then(|candidate| candidate.placement.as_ref())
    {
        None => Exit::Nowhere,
        Some(placement) if start_ms(placement) <= soonest_ms.saturating_add(NOW_MS) => Exit::Done,
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
        candidates_table(plan, lang) + &depots(plan, lang)
    };
    text += &plan.start.as_ref().map_or_else(String::new, |start| {
        format!("\n{}", start_table(start, plan.now_ms, lang))
    });
    if let Some(hold) = &plan.hold {
        text += &format!(
            "\n{}: {}; {}: ewc submit --plan {}\n",
            Word::HeldUntil.text(lang),
            beijing_time(hold.until_ms),
            Word::SubmitIt.text(lang),
            hold.token,
        );
    }
    if !plan.ruled_out.is_empty() {
        text += &format!(
            "\n{}:\n{}",
            Word::RuledOut.text(lang),
            ruled_out_table(plan, lang)
        );
    }
    text
}

/// Data of the chosen place that goes by a third site, a line each.
fn depots(plan: &v1::PlanResponse, lang: Lang) -> String {
    let chosen = plan.candidates.iter().filter(|candidate| candidate.chosen);
    let placements = chosen.filter_map(|candidate| candidate.placement.as_ref());
    let transfers = placements.flat_map(|placement| &placement.transfers);
    let line = |first: &v1::Transfer| {
        let (what, from, to) = (&first.what, &first.from_site, &first.to_site);
        let word = Word::WaitsOnItsWay.text(lang);
        format!("\n{word}: {what}, {from} → {to}\n")
    };
    transfers
        .filter(|transfer| transfer.to_depot)
        .map(line)
        .collect()
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

/// When the job would start, and what that rests on.
pub(super) fn start_table(start: &v1::StartEstimate, now_ms: i64, lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Probability.text(lang), Align::Left),
        (Word::StartsBy.text(lang), Align::Right),
        (Word::Within.text(lang), Align::Right),
    ]);
    let planned = Word::AsPlanned.text(lang);
    for (name, at_ms) in [
        (planned, start.planned_ms),
        ("P50", start.p50_ms),
        ("P90", start.p90_ms),
    ] {
        let within = duration((at_ms - now_ms).max(0));
        table.row([name.to_owned(), beijing_time(at_ms), within]);
    }
    let basis = match start.basis() {
        v1::EstimateBasis::Class => Word::BasisClass,
        v1::EstimateBasis::All => Word::BasisAll,
        v1::EstimateBasis::None | v1::EstimateBasis::Unspecified => Word::BasisNone,
    };
    let (basis, seen) = (basis.text(lang), start.starts_seen);
    format!("{}{basis}: {seen}\n", table.render())
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
