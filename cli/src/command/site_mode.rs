//! `ewc cordon`, `ewc uncordon` and `ewc drain`.

use clap::Args;
use ewc_proto::v1;
use ewc_proto::v1::SiteMode;

use super::sites;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::view::SiteView;

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

/// Place nothing new at a site, and place elsewhere what has not started there
#[derive(Debug, Args)]
pub struct DrainArgs {
    /// The site
    site: String,
}

pub(super) async fn cordon(args: CordonArgs, session: &Session) -> Result<Exit, CliError> {
    set(args.site, SiteMode::Cordoned, session).await
}

pub(super) async fn uncordon(args: UncordonArgs, session: &Session) -> Result<Exit, CliError> {
    set(args.site, SiteMode::Open, session).await
}

pub(super) async fn drain(args: DrainArgs, session: &Session) -> Result<Exit, CliError> {
    set(args.site, SiteMode::Draining, session).await
}

async fn set(site: String, mode: SiteMode, session: &Session) -> Result<Exit, CliError> {
    let request = v1::SetSiteModeRequest {
        site,
        mode: mode.into(),
    };
    let site = session.client.set_site_mode(request).await?;
    session.show(&SiteView::from(&site), || {
        sites::table(std::slice::from_ref(&site), session.lang)
    })?;
    Ok(Exit::Done)
}
