//! `ewc datasets remove` and `ewc images remove`.

use clap::Args;
use ewc_proto::v1;

use crate::error::CliError;
use crate::format::or_dash;
use crate::lang::{Lang, Word};
use crate::table::{Align, Table};
use crate::view::RemovedView;

/// What goes.
#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Names of what is to go
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,

    /// Remove only the replica at this site, and keep the name; may be repeated
    #[arg(long = "site", value_name = "SITE")]
    sites: Vec<String>,
}

impl RemoveArgs {
    /// Removes one after the other; the first refusal ends it, and says what is gone by then.
    pub(super) async fn each(
        self,
        remove: impl AsyncFn(v1::RemoveRequest) -> Result<v1::RemoveResponse, CliError>,
    ) -> Result<Vec<RemovedView>, CliError> {
        let mut removed: Vec<RemovedView> = Vec::new();
        for name in self.names {
            let request = v1::RemoveRequest {
                name: name.clone(),
                sites: self.sites.clone(),
            };
            match remove(request).await {
                Ok(answer) => removed.push(RemovedView {
                    name,
                    sites: answer.sites,
                }),
                Err(error) if removed.is_empty() => return Err(error),
                Err(error) => {
                    let names: Vec<&str> = removed.iter().map(|gone| gone.name.as_str()).collect();
                    return Err(error.also_hint(format!("already removed: {}", names.join(", "))));
                }
            }
        }
        Ok(removed)
    }
}

/// What went, and which sites drop their bytes.
pub(super) fn table(removed: &[RemovedView], what: Word, lang: Lang) -> String {
    let mut table = Table::new(&[
        (what.text(lang), Align::Left),
        (Word::DroppedAt.text(lang), Align::Left),
    ]);
    for gone in removed {
        table.row([gone.name.clone(), or_dash(&gone.sites.join(", "))]);
    }
    table.render()
}
