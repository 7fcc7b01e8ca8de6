//! `ewc submit`.

use clap::Args;
use ewc_proto::v1;

use super::held;
use super::watch::{self, progress_line};
use crate::error::{CliError, Exit, Kind};
use crate::format::or_dash;
use crate::job_source::{JobArgs, SourcedJob};
use crate::lang::Word;
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::{JobView, StartView, SubmittedView};

/// Most jobs of one submission.
const JOBS_MAX: usize = 1000;

/// Hand jobs over to the network
///
/// Several files are stored together: all of the jobs or none. A submission that got no answer may
/// be repeated with the same key; it is stored only once. A job that `ewc plan --hold` keeps a
/// place for is submitted by its token, with its file or without, and takes that place or is not
/// stored.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// Idempotency key of the submission; by default the file's, or a random one
    #[arg(long)]
    key: Option<String>,

    /// Wait until the jobs have ended; the exit code tells how
    #[arg(long)]
    wait: bool,

    /// Submit the job that `ewc plan --hold` keeps a place for, in that place
    #[arg(long, value_name = "TOKEN")]
    plan: Option<String>,

    #[command(flatten)]
    job: JobArgs,
}

pub(super) async fn run(args: SubmitArgs, session: &Session) -> Result<Exit, CliError> {
    let source = args.job.source();
    let requests = match args.plan {
        None => requests(args.job.jobs(session).await?, args.key)?,
        Some(token) => vec![held::request(args.job, token, args.key, session).await?],
    };
    let submitted = submit(&requests, session).await;
    let submitted = submitted.map_err(|error| source.in_its_words(error))?;
    let mut exit = Exit::Done;
    if args.wait {
        for view in &submitted {
            let job = watch::follow(session, &view.job_id, |job| {
                // How it ended is the answer, and stands there once.
                if !watch::is_terminal(job.state()) {
                    eprintln!("{}", progress_line(job, session.lang));
                }
                Ok(())
            })
            .await?;
            exit = exit.max(watch::exit_of(job.state()));
            session.show_next(&JobView::from(&job), || {
                format!("{}\n", progress_line(&job, session.lang))
            })?;
        }
        return Ok(exit);
    }
    session.show(&submitted, || table(&submitted, session))?;
    Ok(exit)
}

fn requests(
    jobs: Vec<SourcedJob>,
    key: Option<String>,
) -> Result<Vec<v1::SubmitRequest>, CliError> {
    if jobs.len() > JOBS_MAX {
        return Err(CliError::usage(format!(
            "at most {JOBS_MAX} jobs can be submitted together"
        )));
    }
    if jobs.len() > 1 && key.is_some() {
        return Err(
            CliError::usage("--key names one job, and several are given")
                .hint("write idempotency_key into each file"),
        );
    }
    let request = |job: SourcedJob| {
        Ok(v1::SubmitRequest {
            idempotency_key: match key.clone().or(job.key) {
                Some(key) => key,
                None => random_key()?,
            },
            spec: Some(job.spec),
            tenant: job.tenant,
            plan_token: String::new(),
        })
    };
    jobs.into_iter().map(request).collect()
}

async fn submit(
    requests: &[v1::SubmitRequest],
    session: &Session,
) -> Result<Vec<SubmittedView>, CliError> {
    let answer = match requests {
        [one] => session
            .client
            .submit(one.clone())
            .await
            .map(|answer| vec![answer]),
        many => {
            let batch = v1::SubmitBatchRequest {
                jobs: many.to_vec(),
            };
            session
                .client
                .submit_batch(batch)
                .await
                .map(|answer| answer.jobs)
        }
    };
    let answers = answer.map_err(|error| say_how_to_repeat(error, requests))?;
    let view = |(request, answer): (&v1::SubmitRequest, v1::SubmitResponse)| SubmittedView {
        job_id: answer.job_id,
        name: request
            .spec
            .as_ref()
            .map(|spec| spec.name.clone())
            .unwrap_or_default(),
        idempotency_key: request.idempotency_key.clone(),
        duplicate: answer.duplicate,
        start: answer.start.as_ref().map(StartView::from),
    };
    Ok(requests.iter().zip(answers).map(view).collect())
}

fn say_how_to_repeat(error: CliError, requests: &[v1::SubmitRequest]) -> CliError {
    if error.kind != Kind::OutcomeUnknown {
        return error;
    }
    let by_plan = match requests {
        [one] if !one.plan_token.is_empty() => format!(" --plan {}", one.plan_token),
        _ => String::new(),
    };
    // A relative deadline makes another body of the repetition, so asking comes first.
    match requests {
        [] => error,
        [one, more @ ..] => {
            let key = &one.idempotency_key;
            let all = if more.is_empty() {
                ""
            } else {
                " (all jobs are stored or none)"
            };
            error.also_hint(format!(
                "ask with `ewc status {key}`{all}; if it is not found, submit again with \
                 --key {key}{by_plan}"
            ))
        }
    }
}

/// 128 random bits.
pub(super) fn random_key() -> Result<String, CliError> {
    use std::io::Read as _;
    let mut bits = [0; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bits))
        .map_err(|error| {
            CliError::usage(format!("no random numbers: {error}")).hint("give a --key")
        })?;
    Ok(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn table(submitted: &[SubmittedView], session: &Session) -> String {
    let word = |word: Word| word.text(session.lang);
    let mut table = Table::new(&[
        (word(Word::Job), Align::Left),
        (word(Word::Name), Align::Left),
        (word(Word::Key), Align::Left),
    ]);
    for view in submitted {
        if view.duplicate {
            eprintln!("{}: known already under this key", view.job_id);
        }
        table.row([
            view.job_id.clone(),
            or_dash(&view.name),
            view.idempotency_key.clone(),
        ]);
    }
    table.render()
}
