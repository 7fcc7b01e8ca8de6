//! `ewc network`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ewc_core::model::Policy;
use ewc_proto::{convert, v1};
use ewc_scenario::Scenario;

use crate::error::{CliError, Exit, Kind};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::DefinitionView;

/// Define what joins the sites: nodes, links and demand regions
#[derive(Debug, Args)]
pub struct NetworkArgs {
    #[command(subcommand)]
    command: NetworkCommand,
}

#[derive(Debug, Subcommand)]
enum NetworkCommand {
    /// Make nodes, links and demand regions of a scenario file known, or change known ones
    ///
    /// All of them are taken or none. What is known and not in the file stays. Every link of the
    /// file is in use afterwards, also one that was cut. Sites and policy of the file are not sent:
    /// each site is declared by its own agent.
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
struct ApplyArgs {
    /// Scenario file (.toml, .yaml or .yml) such as scenario/data/national.toml
    #[arg(required_unless_present = "builtin", conflicts_with = "builtin")]
    file: Option<PathBuf>,

    /// Take a network that is part of this program instead of a file
    #[arg(long, value_enum, value_name = "NAME")]
    builtin: Option<Builtin>,

    /// Check the file, show what would be defined, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// A network that is part of this program.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Builtin {
    /// Ten clusters of the eight national hubs, and four edge sites
    National,
}

pub(super) async fn run(args: NetworkArgs, session: &Session) -> Result<Exit, CliError> {
    match args.command {
        NetworkCommand::Apply(args) => apply(args, session).await,
    }
}

async fn apply(args: ApplyArgs, session: &Session) -> Result<Exit, CliError> {
    let (source, scenario) = args.scenario()?;
    if !args.dry_run {
        // The scheduler names the field; only this side knows the file.
        let in_source = |error: CliError| match error.kind {
            Kind::Refused => CliError {
                message: format!("{source}: {}", error.message),
                ..error
            },
            _ => error,
        };
        let request = definition(&scenario);
        session
            .client
            .define_network(request)
            .await
            .map_err(in_source)?;
    }
    let view = DefinitionView::new(&scenario, !args.dry_run);
    session.show(&view, || table(&view, session.lang))?;
    if let Some(left_out) = left_out(&scenario) {
        eprintln!("not sent: {left_out}");
    }
    if args.dry_run {
        eprintln!("nothing was sent, as --dry-run asks");
    }
    Ok(Exit::Done)
}

impl ApplyArgs {
    /// The scenario, and the name it is known by in errors.
    fn scenario(&self) -> Result<(String, Scenario), CliError> {
        match (&self.file, self.builtin) {
            (Some(path), _) => {
                let scenario =
                    Scenario::load(path).map_err(|error| CliError::of_file(path, &error))?;
                Ok((path.display().to_string(), scenario))
            }
            (None, Some(Builtin::National)) => {
                Ok(("national".to_owned(), ewc_scenario::national()))
            }
            (None, None) => Err(CliError::usage("give a scenario file, or --builtin")),
        }
    }
}

fn definition(scenario: &Scenario) -> v1::DefineNetworkRequest {
    v1::DefineNetworkRequest {
        nodes: scenario
            .nodes
            .iter()
            .map(convert::network_node_to_wire)
            .collect(),
        links: scenario
            .links
            .iter()
            .map(convert::link_definition_to_wire)
            .collect(),
        regions: scenario
            .regions
            .iter()
            .map(convert::region_definition_to_wire)
            .collect(),
    }
}

/// What a scenario holds and `DefineNetwork` does not take.
fn left_out(scenario: &Scenario) -> Option<String> {
    match scenario.sites.len() {
        0 if scenario.policy == Policy::default() => None,
        0 => Some("the policy".to_owned()),
        1 => Some("1 site (its agent declares it) and the policy".to_owned()),
        many => Some(format!(
            "{many} sites (their agents declare them) and the policy"
        )),
    }
}

fn table(view: &DefinitionView, lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Item.text(lang), Align::Left),
        (Word::Count.text(lang), Align::Right),
    ]);
    for (item, names) in [
        (Word::Nodes, &view.nodes),
        (Word::Links, &view.links),
        (Word::DemandRegions, &view.regions),
    ] {
        table.row([item.text(lang).to_owned(), names.len().to_string()]);
    }
    table.render()
}
