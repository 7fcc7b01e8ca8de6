//! `ewc-agent`: reads flags, environment and configuration, then runs the agent or a supervisor.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use ewc_agent::config::{Config, Overrides};
use ewc_agent::executor::supervisor;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

const EXIT_WITHIN: Duration = Duration::from_millis(500);

/// Data-center agent of ewc: reports a site, moves its data, runs its jobs.
#[derive(Debug, Parser)]
#[command(name = "ewc-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the agent of one site until it is told to end.
    ///
    /// On SIGTERM or SIGINT the agent ends at once and leaves its payloads running; the next agent
    /// on the same state directory finds them again.
    Run(RunArgs),
    /// Run one task to its end. For the agent's own use.
    #[command(hide = true)]
    Supervise {
        /// Directory of the task.
        task_directory: PathBuf,
    },
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Configuration file (TOML).
    #[arg(long, short, env = "EWC_AGENT_CONFIG", value_name = "FILE")]
    config: PathBuf,
    /// Check the configuration, say what is wrong with it, and end.
    #[arg(long)]
    check_config: bool,
    /// Directory of journal, data and attempts.
    #[arg(long, env = "EWC_AGENT_STATE_DIRECTORY", value_name = "DIRECTORY")]
    state_directory: Option<PathBuf>,
    /// URL of a scheduler; several times or comma separated for several.
    #[arg(
        long,
        env = "EWC_AGENT_SCHEDULERS",
        value_name = "URL",
        value_delimiter = ','
    )]
    scheduler: Vec<String>,
    /// Address the data mover listens on.
    #[arg(long, env = "EWC_AGENT_DATA_LISTEN", value_name = "ADDRESS:PORT")]
    data_listen: Option<SocketAddr>,
    /// Address under which other sites reach the data mover.
    #[arg(long, env = "EWC_AGENT_DATA_ADDRESS", value_name = "HOST:PORT")]
    data_address: Option<String>,
    /// Address to serve /metrics, /livez and /readyz on.
    #[arg(long, env = "EWC_AGENT_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,
    /// Stop all payloads before ending, instead of leaving them to the next agent.
    #[arg(long, env = "EWC_AGENT_STOP_JOBS_ON_EXIT")]
    stop_jobs_on_exit: bool,
    /// Allow plaintext connections beyond loopback.
    #[arg(long, env = "EWC_AGENT_INSECURE")]
    insecure: bool,
    /// What to log, such as "info" or "ewc_agent=debug".
    #[arg(
        long,
        env = "EWC_AGENT_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    log: String,
}

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Run(args) => run(args),
        Command::Supervise { task_directory } => {
            supervisor::run(&task_directory).map_err(anyhow::Error::from)
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ewc-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: RunArgs) -> anyhow::Result<()> {
    let overrides = Overrides {
        state_directory: args.state_directory,
        schedulers: args.scheduler,
        data_listen: args.data_listen,
        data_address: args.data_address,
        metrics_listen: args.metrics_listen,
        stop_jobs_on_exit: args.stop_jobs_on_exit,
        insecure: args.insecure,
    };
    let config = Config::load(&args.config, overrides)?;
    if args.check_config {
        println!("{} is good", args.config.display());
        return Ok(());
    }
    let filter = EnvFilter::try_new(&args.log)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(wants_colours())
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let shutdown = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("told to end");
        };
        ewc_agent::run(config, shutdown).await
    });
    // Whatever is being hashed or copied is done again by the next agent.
    runtime.shutdown_timeout(EXIT_WITHIN);
    ended
}

/// Colours are for people at a terminal who have not declined them (<https://no-color.org>).
fn wants_colours() -> bool {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !declined
}
