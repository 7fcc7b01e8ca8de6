//! The command line: what holds for every subcommand, and the list of subcommands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command::{
    cancel, completions, datasets, explain, images, links, list, logs, members, network, overview,
    plan, policy, prices, regions, shares, site_mode, sites, status, submit, watch,
};
use crate::error::EXIT_CODES_HELP;

/// Sends work to where computing power, data, network and green electricity meet.
///
/// ewc speaks to the schedulers of a compute network. `ewc submit` hands a job over, `ewc plan`
/// says where it would go and what it would cost, `ewc explain` says why it is where it is.
#[derive(Debug, Parser)]
#[command(name = "ewc", version, after_long_help = EXIT_CODES_HELP, max_term_width = 100)]
#[command(propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Submit(submit::SubmitArgs),
    Plan(plan::PlanArgs),
    Status(status::StatusArgs),
    List(list::ListArgs),
    Watch(watch::WatchArgs),
    Logs(logs::LogsArgs),
    Cancel(cancel::CancelArgs),
    Explain(explain::ExplainArgs),
    Sites(sites::SitesArgs),
    Links(links::LinksArgs),
    Prices(prices::PricesArgs),
    Network(network::NetworkArgs),
    Regions(regions::RegionsArgs),
    Datasets(datasets::DatasetsArgs),
    Images(images::ImagesArgs),
    Cordon(site_mode::CordonArgs),
    Uncordon(site_mode::UncordonArgs),
    Drain(site_mode::DrainArgs),
    Policy(policy::PolicyArgs),
    Shares(shares::SharesArgs),
    Members(members::MembersArgs),
    Overview(overview::OverviewArgs),
    Completions(completions::CompletionsArgs),
}

/// Options of every subcommand.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// Tenant to act for; by default the caller's own
    #[arg(
        long,
        global = true,
        env = "EWC_TENANT",
        hide_env_values = true,
        default_value = ""
    )]
    #[arg(hide_default_value = true, help_heading = "Global options")]
    pub tenant: String,

    /// Form of the result
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        env = "EWC_OUTPUT"
    )]
    #[arg(hide_env_values = true, help_heading = "Global options")]
    pub output: OutputFormat,

    /// Language of tables: en or zh; by default as LANG says
    #[arg(
        long,
        global = true,
        value_enum,
        env = "EWC_LANG",
        hide_env_values = true
    )]
    #[arg(help_heading = "Global options")]
    pub lang: Option<LangArg>,
}

/// How to reach the schedulers.
#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// Address of a scheduler; several may be given, separated by commas
    #[arg(long, global = true, value_name = "URL", value_delimiter = ',')]
    #[arg(env = "EWC_ENDPOINTS", hide_env_values = true)]
    #[arg(default_value = "http://127.0.0.1:7300", help_heading = "Connection")]
    pub endpoint: Vec<String>,

    /// Certificate authority of the schedulers (PEM), for https
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "EWC_CA",
        hide_env_values = true
    )]
    #[arg(help_heading = "Connection")]
    pub ca: Option<PathBuf>,

    /// Own certificate (PEM), for mutual TLS
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "EWC_CERT",
        hide_env_values = true
    )]
    #[arg(help_heading = "Connection", requires = "key_file")]
    pub cert: Option<PathBuf>,

    /// Private key of the own certificate (PEM)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "EWC_KEY",
        hide_env_values = true
    )]
    #[arg(help_heading = "Connection", requires = "cert")]
    pub key_file: Option<PathBuf>,

    /// Allow plaintext http to another machine
    #[arg(long, global = true, help_heading = "Connection")]
    pub insecure: bool,

    /// Longest time to look for an answer, such as 30s or 2m
    #[arg(long, global = true, value_name = "DURATION", default_value = "30s")]
    #[arg(value_parser = duration, help_heading = "Connection")]
    pub timeout: Duration,
}

/// Form of the result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Table,
    /// JSON; one value a line where results keep coming
    Json,
    /// YAML; one document each where results keep coming
    Yaml,
}

/// Language of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// English
    En,
    /// 中文
    Zh,
}

/// A duration longer than nothing, such as `60s`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let ms = ewc_scenario::units::duration_ms(text)
        .map_err(|problem| format!("{}; {}", problem.problem, problem.hint))?;
    match u64::try_from(ms) {
        Ok(ms @ 1..) => Ok(Duration::from_millis(ms)),
        _ => Err("it must be longer than nothing".to_owned()),
    }
}
