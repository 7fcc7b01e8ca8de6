//! `ewc policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ewc_core::model::Policy;
use ewc_proto::{convert, v1};
use ewc_scenario::network::{load_policy, policy_text};
use ewc_scenario::{profile, profile_names};

use crate::error::{CliError, Exit, Kind};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::{PolicyView, ProfileView};

/// Show or change the policy: prices, limits, tenants and steering
#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Show the policy in force, as a policy file
    ///
    /// What is shown can be edited and set again. Only operators may see it: it names all tenants.
    Show,
    /// Put another policy in force
    ///
    /// It counts from the next round of planning on. What is placed stays where it is. The change
    /// is refused when somebody else has changed the policy since it was read.
    Set(SetArgs),
    /// List the ready policies that follow official documents
    List,
}

#[derive(Debug, Args)]
struct SetArgs {
    /// Policy file (.toml, .yaml or .yml); fields that it leaves out get their defaults
    #[arg(required_unless_present = "profile", conflicts_with = "profile")]
    file: Option<PathBuf>,

    /// Take the steering of a ready policy instead, and leave everything else as it is
    ///
    /// May be given several times: the rules of all of them hold. `ewc policy list` names them.
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,

    /// Version that is replaced; by default the one in force now
    #[arg(long, value_name = "VERSION")]
    replaces: Option<u64>,
}

pub(super) async fn run(args: PolicyArgs, session: &Session) -> Result<Exit, CliError> {
    match args.command {
        PolicyCommand::Show => {
            let policy = session.client.get_policy(v1::GetPolicyRequest {}).await?;
            show(&policy, session)
        }
        PolicyCommand::Set(args) => set(args, session).await,
        PolicyCommand::List => list(session),
    }
}

fn show(wire: &v1::Policy, session: &Session) -> Result<Exit, CliError> {
    let policy = known(wire)?;
    session.show(&PolicyView::from(wire), || {
        let version = Word::Version.text(session.lang);
        format!("# {version} {}\n{}", policy.version, policy_text(&policy))
    })?;
    Ok(Exit::Done)
}

/// A policy that this program can read.
fn known(wire: &v1::Policy) -> Result<Policy, CliError> {
    convert::policy_from_wire(wire.clone()).map_err(|error| {
        let message = format!("the scheduler's policy cannot be read: {error}");
        CliError::new(Kind::Refused, message).hint("is this program older than the scheduler?")
    })
}

async fn set(args: SetArgs, session: &Session) -> Result<Exit, CliError> {
    // A bad file is told before anybody is asked.
    let file = args
        .file
        .as_ref()
        .map(|path| load_policy(path).map_err(|error| CliError::of_file(path, &error)));
    let (file, profiles) = (file.transpose()?, profiles(&args.profile)?);
    let found = session.client.get_policy(v1::GetPolicyRequest {}).await?;
    let policy = match file {
        Some(policy) => policy,
        None => steered(known(&found)?, &profiles),
    };
    let request = v1::SetPolicyRequest {
        policy: Some(convert::policy_to_wire(&policy)),
        replaces: args.replaces.unwrap_or(found.version),
    };
    show(&session.client.set_policy(request).await?, session)
}

fn profiles(names: &[String]) -> Result<Vec<Policy>, CliError> {
    let find = |name: &String| {
        profile(name).ok_or_else(|| {
            let known: Vec<&str> = profile_names().collect();
            CliError::usage(format!("no ready policy is named {name:?}"))
                .hint(format!("write one of {}", known.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

/// The policy with the steering of others in place of its own.
fn steered(policy: Policy, profiles: &[Policy]) -> Policy {
    let joined = |part: fn(&Policy) -> &str, between: &str| {
        let parts: Vec<&str> = profiles.iter().map(part).collect();
        parts.join(between)
    };
    Policy {
        name: joined(|profile| &profile.name, " + "),
        source: joined(|profile| &profile.source, "; "),
        steering: profiles
            .iter()
            .flat_map(|profile| profile.steering.clone())
            .collect(),
        ..policy
    }
}

fn list(session: &Session) -> Result<Exit, CliError> {
    let views: Vec<ProfileView> = profile_names()
        .filter_map(|name| profile(name).map(|policy| ProfileView::new(name, &policy)))
        .collect();
    session.show(&views, || table(&views, session.lang))?;
    Ok(Exit::Done)
}

fn table(profiles: &[ProfileView], lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Name.text(lang), Align::Left),
        (Word::SteeringRules.text(lang), Align::Right),
        (Word::Source.text(lang), Align::Left),
    ]);
    for profile in profiles {
        table.row([
            profile.name.to_owned(),
            profile.steering_rules.to_string(),
            profile.source.clone(),
        ]);
    }
    table.render()
}
