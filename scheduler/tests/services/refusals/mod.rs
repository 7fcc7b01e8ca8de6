//! Bad input: each row is a request with one thing wrong, the code it gets, and the words its
//! message must hold: the field, so that the sender knows where to look. Nothing is stored.

mod job_rows;
mod jobs;
mod networks;
mod reads;

use ewc_proto::v1;
use tonic::{Code, Status};

use crate::server::Clients;

/// Nobody reads more.
const MESSAGE_BYTES_MAX: usize = 600;

/// What a request must be answered with.
pub struct Expected {
    pub name: &'static str,
    pub code: Code,
    pub needle: &'static str,
}

impl Expected {
    /// What is wrong with the answer, if anything.
    fn check<T: std::fmt::Debug>(&self, answer: Result<T, Status>) -> Option<String> {
        let Expected { name, code, needle } = self;
        let status = match answer {
            Ok(taken) => return Some(format!("{name}: taken: {taken:?}")),
            Err(status) => status,
        };
        let message = status.message();
        let right =
            status.code() == *code && message.contains(needle) && message.len() < MESSAGE_BYTES_MAX;
        let wanted = || format!("{name}: wanted {code:?} and \"{needle}\", got {status:?}");
        (!right).then(wanted)
    }
}

/// All rows are tried before any is complained of.
fn none_wrong(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Everything that could have been stored, as text.
async fn stored(clients: &Clients) -> String {
    let Clients {
        mut jobs,
        mut networks,
        ..
    } = clients.clone();
    let listed = jobs
        .list(v1::ListJobsRequest::default())
        .await
        .unwrap()
        .into_inner();
    let keys: Vec<&String> = listed.jobs.iter().map(|job| &job.idempotency_key).collect();
    let mut sites = networks
        .list_sites(v1::ListSitesRequest {})
        .await
        .unwrap()
        .into_inner()
        .sites;
    for site in &mut sites {
        (site.last_report_ms, site.connected) = (0, false);
    }
    let links = networks
        .list_links(v1::ListLinksRequest {})
        .await
        .unwrap()
        .into_inner();
    let regions = networks
        .list_regions(v1::ListRegionsRequest {})
        .await
        .unwrap()
        .into_inner();
    let datasets = v1::ListDatasetsRequest::default();
    let datasets = networks.list_datasets(datasets).await.unwrap().into_inner();
    let images = networks
        .list_images(v1::ListImagesRequest {})
        .await
        .unwrap()
        .into_inner();
    format!("{keys:?} {sites:?} {links:?} {regions:?} {datasets:?} {images:?}")
}
