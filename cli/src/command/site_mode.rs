//! `ewc cordon`, `ewc uncordon` and `ewc drain`.

use clap::Args;
use ewc_proto::v1;
use ewc_proto::v1::SiteMode;

use super::sites;
use crate::error::{CliError, Exit};
use crate::format::{beijing_time, duration, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::{DrainView, SiteView};

/// Place nothing new at a site; what is planned there stays
#[derive(Debug, Args)]
pub struct CordonArgs {
    /// The site
    site: String,
}

/// Let a site take work again
#[derive(Debug, Args)]
pub struct UncordonArgs {
    /// The site
    site: String,
}

/// Show what draining a site or hub would do; with --yes place elsewhere what has not started
///
/// Without --yes nothing changes: the jobs that would leave and where they would go, those that
/// would miss their deadline, and those that run on and until when. With --yes the sites take
/// nothing new, what has not started there is planned anew, and what runs goes on. Cut short, it
/// may be said again; `ewc uncordon SITE` takes it back.
#[derive(Debug, Args)]
pub struct DrainArgs {
    /// The site
    #[arg(required_unless_present = "hub")]
    site: Option<String>,

    /// Every site of this hub
    #[arg(long, conflicts_with = "site")]
    hub: Option<String>,

    /// Drain, after the preview
    #[arg(long)]
    yes: bool,
}

pub(super) async fn cordon(args: CordonArgs, session: &Session) -> Result<Exit, CliError> {
    set(args.site, SiteMode::Cordoned, session).await
}

pub(super) async fn uncordon(args: UncordonArgs, session: &Session) -> Result<Exit, CliError> {
    set(args.site, SiteMode::Open, session).await
}

pub(super) async fn drain(args: DrainArgs, session: &Session) -> Result<Exit, CliError> {
    let request = v1::PreviewDrainRequest {
        sites: args.site.into_iter().collect(),
        hub: args.hub.unwrap_or_default(),
    };
    let preview = session.client.preview_drain(request).await?;
    session.show_next(&DrainView::from(&preview), || {
        drain_text(&preview, session.lang)
    })?;
    if !args.yes {
        return Ok(Exit::Done);
    }
    if preview.sites.len() > 1 {
        // All are closed before the first one gives its work up, so that nothing moves from one to
        // the next.
        for site in &preview.sites {
            change(site.clone(), SiteMode::Cordoned, session).await?;
        }
    }
    for site in preview.sites {
        set(site, SiteMode::Draining, session).await?;
    }
    Ok(Exit::Done)
}

/// What would leave, what would stay, and a line of counts.
fn drain_text(preview: &v1::PreviewDrainResponse, lang: Lang) -> String {
    let word = |word: Word| word.text(lang);
    let mut leaving = Table::new(&[
        (word(Word::Job), Align::Left),
        (word(Word::Name), Align::Left),
        (word(Word::Tenant), Align::Left),
        (word(Word::MovesTo), Align::Left),
        (word(Word::Start), Align::Right),
        (word(Word::Reason), Align::Left),
        (word(Word::MissesDeadline), Align::Left),
    ]);
    for job in &preview.leaving {
        leaving.row([
            job.job_id.clone(),
            or_dash(&job.name),
            or_dash(&job.tenant),
            or_dash(&job.to_site),
            beijing_time(job.start_ms),
            or_dash(&job.reason_code),
            Word::of_bool(job.misses_deadline).text(lang).to_owned(),
        ]);
    }
    let mut staying = Table::new(&[
        (word(Word::Job), Align::Left),
        (word(Word::Name), Align::Left),
        (word(Word::Tenant), Align::Left),
        (word(Word::RunsUntil), Align::Right),
    ]);
    for job in &preview.staying {
        let until = beijing_time(job.until_ms);
        staying.row([
            job.job_id.clone(),
            or_dash(&job.name),
            or_dash(&job.tenant),
            until,
        ]);
    }
    let mut text = String::new();
    for (table, rows) in [
        (leaving, preview.leaving.len()),
        (staying, preview.staying.len()),
    ] {
        if rows > 0 {
            text += &format!("{}\n", table.render());
        }
    }
    let nowhere = preview
        .leaving
        .iter()
        .filter(|job| job.to_site.is_empty())
        .count();
    let late = preview
        .leaving
        .iter()
        .filter(|job| job.misses_deadline)
        .count();
    let takes_ms = (preview.empty_ms - preview.now_ms).max(0);
    text + &facts(&[
        (word(Word::Site), preview.sites.join(", ")),
        (word(Word::JobsLeaving), preview.leaving.len().to_string()),
        (word(Word::JobsNowhere), nowhere.to_string()),
        (word(Word::JobsLate), late.to_string()),
        (word(Word::JobsStaying), preview.staying.len().to_string()),
        (word(Word::EmptyIn), duration(takes_ms)),
    ])
}

async fn change(site: String, mode: SiteMode, session: &Session) -> Result<v1::Site, CliError> {
    let mode = mode.into();
    let request = v1::SetSiteModeRequest { site, mode };
    session.client.set_site_mode(request).await
}

async fn set(site: String, mode: SiteMode, session: &Session) -> Result<Exit, CliError> {
    let site = change(site, mode, session).await?;
    session.show(&SiteView::from(&site), || {
        sites::table(std::slice::from_ref(&site), session.lang)
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_names_what_moves_what_is_late_and_how_long_it_takes() {
        let leaving = |job: &str, to: &str, misses_deadline| v1::LeavingJob {
            job_id: job.into(),
            to_site: to.into(),
            start_ms: 1_735_689_600_000,
            reason_code: if to.is_empty() { "pool_busy" } else { "" }.into(),
            misses_deadline,
            ..v1::LeavingJob::default()
        };
        let staying = v1::StayingJob {
            job_id: "9".into(),
            name: "render".into(),
            until_ms: 1_735_693_200_000,
            ..v1::StayingJob::default()
        };
        let preview = v1::PreviewDrainResponse {
            sites: vec!["gz-guian".into()],
            leaving: vec![leaving("7", "nx-zhongwei", false), leaving("8", "", true)],
            staying: vec![staying],
            empty_ms: 1_735_693_200_000,
            now_ms: 1_735_689_600_000,
        };
        let text = drain_text(&preview, Lang::En);
        let has = |parts: &[&str]| {
            text.lines()
                .any(|line| parts.iter().all(|part| line.contains(part)))
        };
        for parts in [
            &["7", "nx-zhongwei", "2025-01-01 08:00:00", "no"][..],
            &["8", "pool_busy", "yes"],
            &["9", "render", "2025-01-01 09:00:00"],
            &["jobs that leave:", "2"],
            &["that fit nowhere else:", "1"],
            &["that miss their deadline:", "1"],
            &["empty in:", "1h00m"],
        ] {
            assert!(has(parts), "{parts:?} is not in\n{text}");
        }
        assert!(drain_text(&preview, Lang::Zh).contains("错过截止时间"));
    }
}
