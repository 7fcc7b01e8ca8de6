//! `ewc status`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{beijing_time, cny, duration, gigabytes, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::{JobView, total_micro_cny};

/// Show where a job stands
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Id or idempotency key of the job
    job: String,
}

pub(super) async fn run(args: StatusArgs, session: &Session) -> Result<Exit, CliError> {
    let job = session
        .client
        .get(v1::GetJobRequest { job: args.job })
        .await?;
    session.show(&JobView::from(&job), || text(&job, session.lang))?;
    Ok(Exit::Done)
}

/// The sites of a job's placement, each once.
pub(super) fn sites_of(job: &v1::Job) -> String {
    let mut sites: Vec<&str> = Vec::new();
    for group in job.placement.iter().flat_map(|placement| &placement.groups) {
        if !sites.contains(&group.site.as_str()) {
            sites.push(&group.site);
        }
    }
    sites.join(", ")
}

/// A job for people.
pub(super) fn text(job: &v1::Job, lang: Lang) -> String {
    let word = |word: Word| word.text(lang);
    let name = job.spec.as_ref().map_or("", |spec| spec.name.as_str());
    let mut lines = vec![
        (word(Word::Job), job.job_id.clone()),
        (word(Word::Name), or_dash(name)),
        (word(Word::Tenant), or_dash(&job.tenant)),
        (word(Word::Key), or_dash(&job.idempotency_key)),
        (
            word(Word::State),
            Word::of_state(job.state()).text(lang).to_owned(),
        ),
    ];
    if !job.reason.is_empty() {
        lines.push((word(Word::Reason), job.reason.clone()));
    }
    lines.push((word(Word::Submitted), beijing_time(job.submitted_ms)));
    if let Some(cost) = job
        .placement
        .as_ref()
        .and_then(|placement| placement.cost.as_ref())
    {
        lines.push((word(Word::CostCny), cny(total_micro_cny(cost))));
    }
    let mut text = facts(&lines);
    if let Some(placement) = &job.placement {
        text += &placement_tables(placement, lang);
    }
    text + &attempts_table(&job.attempts, lang)
}

fn placement_tables(placement: &v1::Placement, lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut groups = Table::new(&[
        column(Word::Group, Align::Left),
        column(Word::Site, Align::Left),
        column(Word::Pool, Align::Left),
        column(Word::Start, Align::Right),
        column(Word::End, Align::Right),
    ]);
    for group in &placement.groups {
        let (start, end) = (beijing_time(group.start_ms), beijing_time(group.end_ms));
        groups.row([
            group.group.clone(),
            group.site.clone(),
            group.pool.clone(),
            start,
            end,
        ]);
    }
    let mut text = format!("\n{}", groups.render());
    if placement.transfers.is_empty() {
        return text;
    }
    let mut transfers = Table::new(&[
        column(Word::Transfer, Align::Left),
        column(Word::Route, Align::Left),
        column(Word::TransferVolume, Align::Right),
        column(Word::Start, Align::Right),
        column(Word::TransferTime, Align::Right),
    ]);
    for transfer in &placement.transfers {
        transfers.row([
            transfer.what.clone(),
            format!("{} → {}", transfer.from_site, transfer.to_site),
            gigabytes(transfer.size_bytes),
            beijing_time(transfer.start_ms),
            duration(transfer.end_ms - transfer.start_ms),
        ]);
    }
    text += &format!("\n{}", transfers.render());
    text
}

fn attempts_table(attempts: &[v1::Attempt], lang: Lang) -> String {
    if attempts.is_empty() {
        return String::new();
    }
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Attempt, Align::Right),
        column(Word::Site, Align::Left),
        column(Word::Start, Align::Right),
        column(Word::End, Align::Right),
        column(Word::Outcome, Align::Left),
        column(Word::ExitCode, Align::Right),
    ]);
    for attempt in attempts {
        let ended = attempt.ended_ms != 0;
        table.row([
            attempt.number.to_string(),
            attempt.site.clone(),
            beijing_time(attempt.started_ms),
            beijing_time(attempt.ended_ms),
            or_dash(&attempt.outcome),
            if ended {
                attempt.exit_code.to_string()
            } else {
                "-".to_owned()
            },
        ]);
    }
    format!("\n{}", table.render())
}
