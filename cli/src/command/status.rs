//! `ewc status`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{beijing_time, cny, duration, gigabytes, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::{JobView, PlannerView, total_micro_cny};

/// Show where a job stands, or without one what is proven about the last plan
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Id or idempotency key of the job
    job: Option<String>,
}

pub(super) async fn run(args: StatusArgs, session: &Session) -> Result<Exit, CliError> {
    let Some(job) = args.job else {
        return planner(session).await;
    };
    let job = session.client.get(v1::GetJobRequest { job }).await?;
    session.show(&JobView::from(&job), || text(&job, session.lang))?;
    Ok(Exit::Done)
}

/// How good the last plan is.
async fn planner(session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.prices(v1::PricesRequest {}).await?;
    let view = PlannerView::from(&answer);
    session.show(&view, || planner_text(&answer, session.lang))?;
    Ok(Exit::Done)
}

fn planner_text(answer: &v1::PricesResponse, lang: Lang) -> String {
    let policy = (Word::Policy.text(lang), or_dash(&answer.policy));
    match &answer.certificate {
        Some(known) => {
            let proven = super::prices::certificate(known, answer.now_ms, lang);
            facts(&[vec![policy], proven].concat())
        }
        None => format!("{}\n{}\n", facts(&[policy]), Word::NoCertificate.text(lang)),
    }
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

/// The sites that a running job went to, and in brackets where it is to go.
fn moves_of(moves: &[v1::Move]) -> String {
    let one = |moved: &v1::Move| match moved.made {
        true => format!("{} → {}", moved.from_site, moved.to_site),
        false => format!("({} → {})", moved.from_site, moved.to_site),
    };
    moves.iter().map(one).collect::<Vec<_>>().join(", ")
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
    if !job.moves.is_empty() {
        lines.push((word(Word::Moves), moves_of(&job.moves)));
    }
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

/// Where a placement is: its slots, and over which way data travels when.
pub(super) fn placement_tables(placement: &v1::Placement, lang: Lang) -> String {
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
            route(transfer, lang),
            gigabytes(transfer.size_bytes),
            beijing_time(transfer.start_ms),
            duration(transfer.end_ms - transfer.start_ms),
        ]);
    }
    text += &format!("\n{}", transfers.render());
    text
}

fn route(transfer: &v1::Transfer, lang: Lang) -> String {
    let ends = format!("{} → {}", transfer.from_site, transfer.to_site);
    match transfer.to_depot {
        true => format!("{ends} ({})", Word::WaitsThere.text(lang)),
        false => ends,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_job_it_says_how_good_the_last_plan_is() {
        let mut answer = v1::PricesResponse {
            policy: "price".into(),
            now_ms: 90_000,
            ..v1::PricesResponse::default()
        };
        let none = planner_text(&answer, Lang::En);
        assert!(none.contains("No plan has been certified"), "{none}");
        answer.certificate = Some(v1::Certificate {
            plan_index: 71,
            bound_micro_cny: 2_500_000,
            gap_millipercent: 1_250,
            unplaced: 3,
            stopped_at: 77,
            applied_ms: 30_000,
            ..v1::Certificate::default()
        });
        let en = planner_text(&answer, Lang::En);
        for part in ["price", "71", "2.5", "1.250", "  3\n", "77", "1m"] {
            assert!(en.contains(part), "{part} is not in\n{en}");
        }
        let zh = planner_text(&answer, Lang::Zh);
        assert!(zh.contains("止于检查点") && zh.contains("距今"), "{zh}");
        let view = serde_json::to_value(PlannerView::from(&answer)).unwrap();
        assert_eq!(view["certificate"]["age_ms"], 60_000);
        assert_eq!(view["certificate"]["stopped_at"], 77);
    }
}
