//! `ewc list`.

use std::collections::HashMap;

use clap::Args;
use ewc_core::model::{JobState, WorkloadClass};
use ewc_proto::{convert, v1};

use super::status::sites_of;
use crate::error::{CliError, Exit};
use crate::format::{beijing_time, or_dash};
use crate::job_source::pair;
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::JobView;

/// Jobs of one page; the most that a scheduler gives.
const PAGE_SIZE: u32 = 1000;

/// List jobs, newest first
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only jobs in this state; several may be given, separated by commas
    #[arg(long, value_delimiter = ',', value_parser = state)]
    state: Vec<JobState>,

    /// Only jobs of this workload class
    #[arg(long, value_parser = class)]
    class: Option<WorkloadClass>,

    /// Only jobs placed at this site
    #[arg(long)]
    site: Option<String>,

    /// Only jobs whose name begins like this
    #[arg(long, value_name = "PREFIX")]
    name_prefix: Option<String>,

    /// Only jobs with this mark; may be repeated
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,

    /// At most so many jobs; by default all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

pub(super) async fn run(args: ListArgs, session: &Session) -> Result<Exit, CliError> {
    let limit = args.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut request = request(args, session);
    let mut jobs: Vec<v1::Job> = Vec::new();
    let mut token = String::new();
    let more = loop {
        let left = u32::try_from(limit - jobs.len()).unwrap_or(u32::MAX);
        request.page = Some(v1::Page {
            size: left.min(PAGE_SIZE),
            token: token.clone(),
        });
        let page = session.client.list(request.clone()).await?;
        jobs.extend(page.jobs);
        jobs.truncate(limit);
        // A token that stands still would never end.
        if page.next_page_token.is_empty() || page.next_page_token == token {
            break false;
        }
        if jobs.len() == limit {
            break true;
        }
        token = page.next_page_token;
    };
    let views: Vec<JobView> = jobs.iter().map(JobView::from).collect();
    session.show(&views, || table(&jobs, session.lang))?;
    if more {
        eprintln!("the first {limit} jobs; there may be more");
    }
    Ok(Exit::Done)
}

fn request(args: ListArgs, session: &Session) -> v1::ListJobsRequest {
    let state = |state: JobState| convert::job_state_to_wire(state).into();
    let class = args.class.map_or(
        v1::WorkloadClass::Unspecified,
        convert::workload_class_to_wire,
    );
    v1::ListJobsRequest {
        states: args.state.into_iter().map(state).collect(),
        tenant: session.tenant.clone(),
        site: args.site.unwrap_or_default(),
        workload_class: class.into(),
        name_prefix: args.name_prefix.unwrap_or_default(),
        page: None,
        labels: args.labels.into_iter().collect::<HashMap<_, _>>(),
    }
}

fn table(jobs: &[v1::Job], lang: Lang) -> String {
    let column = |word: Word| (word.text(lang), Align::Left);
    let mut table = Table::new(&[
        column(Word::Job),
        column(Word::Name),
        column(Word::Tenant),
        column(Word::Class),
        column(Word::State),
        column(Word::Site),
        column(Word::Submitted),
        column(Word::Reason),
    ]);
    for job in jobs {
        let spec = job.spec.clone().unwrap_or_default();
        let class = convert::workload_class_from_wire("class", spec.workload_class);
        table.row([
            job.job_id.clone(),
            or_dash(&spec.name),
            or_dash(&job.tenant),
            class
                .ok()
                .flatten()
                .map_or("-", WorkloadClass::name)
                .to_owned(),
            Word::of_state(job.state()).text(lang).to_owned(),
            or_dash(&sites_of(job)),
            beijing_time(job.submitted_ms),
            or_dash(&job.reason_code),
        ]);
    }
    table.render()
}

fn state(text: &str) -> Result<JobState, String> {
    let known = || JobState::ALL.map(JobState::name).join(", ");
    JobState::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| format!("it is one of {}", known()))
}

fn class(text: &str) -> Result<WorkloadClass, String> {
    let known = || WorkloadClass::ALL.map(WorkloadClass::name).join(", ");
    WorkloadClass::from_name(text).ok_or_else(|| format!("it is one of {}", known()))
}
