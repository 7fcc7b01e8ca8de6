//! `ewc datasets`.

use clap::{Args, Subcommand, ValueEnum};
use ewc_proto::v1;

use super::artefact::BodyArgs;
use super::remove::{self, RemoveArgs};
use super::replicas::{self, ProposeArgs, ReplicateArgs};
use crate::error::{CliError, Exit};
use crate::format::{gigabytes, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::DatasetView;

/// Data sets of one page; the most that a scheduler gives.
const PAGE_SIZE: u32 = 1000;

/// List data sets and where their replicas are, or make one known
#[derive(Debug, Args)]
pub struct DatasetsArgs {
    #[command(subcommand)]
    command: Option<DatasetsCommand>,
}

#[derive(Debug, Subcommand)]
enum DatasetsCommand {
    /// List data sets
    List,
    /// Make a data set known, or add replicas of a known one
    Add(AddArgs),
    /// Lower the grade of a data set, with a reason that is kept with it
    Lower(LowerArgs),
    /// Forget data sets, or replicas of them, and have the sites drop the bytes
    Remove(RemoveArgs),
    /// Replicas that would pay for themselves, by what jobs have read lately
    Propose(ProposeArgs),
    /// Bring a replica to a site, by a job that reads the data set there
    Replicate(ReplicateArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Name of the data set
    #[arg(long)]
    name: String,

    #[command(flatten)]
    body: BodyArgs,

    /// Site that holds a complete replica; may be repeated
    #[arg(long = "site", value_name = "SITE", required = true)]
    sites: Vec<String>,

    /// Grade of the data (GB/T 43697-2024)
    #[arg(long, value_enum)]
    grade: Grade,
}

#[derive(Debug, Args)]
struct LowerArgs {
    /// Name of the data set
    name: String,

    /// Its grade from now on: what is submitted later inherits it
    #[arg(long, value_enum, value_name = "GRADE")]
    to: Grade,

    /// Why, or the decision it follows: auditors read it
    #[arg(long, value_name = "REASON")]
    because: String,
}

/// Grade of data.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grade {
    /// 一般数据
    General,
    /// 重要数据
    Important,
    /// 核心数据
    Core,
}

impl From<Grade> for v1::DataGrade {
    fn from(grade: Grade) -> v1::DataGrade {
        match grade {
            Grade::General => v1::DataGrade::General,
            Grade::Important => v1::DataGrade::Important,
            Grade::Core => v1::DataGrade::Core,
        }
    }
}

pub(super) async fn run(args: DatasetsArgs, session: &Session) -> Result<Exit, CliError> {
    match args.command {
        None | Some(DatasetsCommand::List) => list(session).await,
        Some(DatasetsCommand::Add(args)) => add(args, session).await,
        Some(DatasetsCommand::Lower(args)) => lower(args, session).await,
        Some(DatasetsCommand::Remove(args)) => remove(args, session).await,
        Some(DatasetsCommand::Propose(args)) => replicas::propose(&args, session).await,
        Some(DatasetsCommand::Replicate(args)) => replicas::replicate(args, session).await,
    }
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let mut datasets: Vec<v1::Dataset> = Vec::new();
    let mut token = String::new();
    loop {
        let page = Some(v1::Page {
            size: PAGE_SIZE,
            token: token.clone(),
        });
        let answer = session
            .client
            .list_datasets(v1::ListDatasetsRequest { page })
            .await?;
        datasets.extend(answer.datasets);
        // A token that stands still would never end.
        if answer.next_page_token.is_empty() || answer.next_page_token == token {
            break;
        }
        token = answer.next_page_token;
    }
    let views: Vec<DatasetView> = datasets.iter().map(DatasetView::from).collect();
    session.show(&views, || table(&views, session.lang))?;
    Ok(Exit::Done)
}

async fn add(args: AddArgs, session: &Session) -> Result<Exit, CliError> {
    let body = args.body.body()?;
    let dataset = v1::Dataset {
        name: args.name,
        sha256: body.sha256,
        size_bytes: body.size_bytes,
        grade: v1::DataGrade::from(args.grade).into(),
        sites: args.sites,
        tenant: session.tenant.clone(),
        lowered: Vec::new(),
    };
    let request = v1::RegisterDatasetRequest {
        dataset: Some(dataset),
    };
    let view = DatasetView::from(&session.client.register_dataset(request).await?);
    session.show(&view, || table(std::slice::from_ref(&view), session.lang))?;
    Ok(Exit::Done)
}

async fn lower(args: LowerArgs, session: &Session) -> Result<Exit, CliError> {
    let request = v1::LowerGradeRequest {
        dataset: args.name,
        grade: v1::DataGrade::from(args.to).into(),
        because: args.because,
    };
    let view = DatasetView::from(&session.client.lower_grade(request).await?);
    session.show(&view, || table(std::slice::from_ref(&view), session.lang))?;
    Ok(Exit::Done)
}

async fn remove(args: RemoveArgs, session: &Session) -> Result<Exit, CliError> {
    let removed = args
        .each(async |request| session.client.remove_dataset(request).await)
        .await?;
    session.show(&removed, || {
        remove::table(&removed, Word::Dataset, session.lang)
    })?;
    Ok(Exit::Done)
}

fn table(datasets: &[DatasetView], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Dataset, Align::Left),
        column(Word::Size, Align::Right),
        column(Word::Grade, Align::Left),
        column(Word::Tenant, Align::Left),
        column(Word::Replicas, Align::Left),
        ("sha256", Align::Left),
    ]);
    for dataset in datasets {
        table.row([
            dataset.name.clone(),
            gigabytes(dataset.size_bytes),
            grade(dataset, lang),
            or_dash(&dataset.tenant),
            or_dash(&dataset.sites.join(", ")),
            dataset.sha256.chars().take(12).collect(),
        ]);
    }
    table.render()
}

/// The grade, and which one it was before it was lowered.
fn grade(dataset: &DatasetView, lang: Lang) -> String {
    let word = |name| Word::grade_named(name, lang);
    let now = word(&dataset.grade);
    match (dataset.lowered.last(), lang) {
        (None, _) => now.to_owned(),
        (Some(last), Lang::En) => format!("{now} (was {})", word(&last.from)),
        (Some(last), Lang::Zh) => format!("{now}（原为{}）", word(&last.from)),
    }
}
