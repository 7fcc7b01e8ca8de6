//! The services of `ewc.v1` as methods of [`Client`].

use ewc_proto::v1;
use ewc_proto::v1::job_service_client::JobServiceClient;
use ewc_proto::v1::network_service_client::NetworkServiceClient;
use tonic::Streaming;
use tonic::transport::Channel;

use super::{Client, Effect};
use crate::error::CliError;

/// Largest answer; a page of a thousand jobs with their scripts may be large.
const ANSWER_BYTES_MAX: usize = 256 << 20;

fn jobs(channel: Channel) -> JobServiceClient<Channel> {
    JobServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX)
}

fn network(channel: Channel) -> NetworkServiceClient<Channel> {
    NetworkServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX)
}

macro_rules! calls {
    ($($service:ident . $name:ident: $effect:ident $Request:ty => $Answer:ty;)*) => {
        impl Client {
            $(
                #[doc = concat!("Calls `", stringify!($name), "`.")]
                pub async fn $name(&self, request: $Request) -> Result<$Answer, CliError> {
                    self.call(Effect::$effect, &request, |channel, request| async move {
                        $service(channel).$name(request).await
                    })
                    .await
                }
            )*
        }
    };
}

impl Client {
    /// Calls `plan` with a hold: asked twice, it holds two places.
    pub async fn hold(&self, request: v1::PlanRequest) -> Result<v1::PlanResponse, CliError> {
        self.call(Effect::Write, &request, |channel, request| async move {
            jobs(channel).plan(request).await
        })
        .await
    }
}

calls! {
    jobs.submit: Write v1::SubmitRequest => v1::SubmitResponse;
    jobs.submit_batch: Write v1::SubmitBatchRequest => v1::SubmitBatchResponse;
    jobs.plan: Read v1::PlanRequest => v1::PlanResponse;
    jobs.get: Read v1::GetJobRequest => v1::Job;
    jobs.list: Read v1::ListJobsRequest => v1::ListJobsResponse;
    jobs.watch: Read v1::WatchJobRequest => Streaming<v1::Job>;
    jobs.cancel: Write v1::CancelJobRequest => v1::Job;
    jobs.logs: Read v1::LogsRequest => Streaming<v1::LogChunk>;
    jobs.explain: Read v1::ExplainRequest => v1::Explanation;
    network.list_sites: Read v1::ListSitesRequest => v1::ListSitesResponse;
    network.list_links: Read v1::ListLinksRequest => v1::ListLinksResponse;
    network.list_regions: Read v1::ListRegionsRequest => v1::ListRegionsResponse;
    network.list_datasets: Read v1::ListDatasetsRequest => v1::ListDatasetsResponse;
    network.propose_replicas: Read v1::ProposeReplicasRequest => v1::ProposeReplicasResponse;
    network.list_images: Read v1::ListImagesRequest => v1::ListImagesResponse;
    network.define_network: Write v1::DefineNetworkRequest => v1::DefineNetworkResponse;
    network.register_dataset: Write v1::RegisterDatasetRequest => v1::Dataset;
    network.lower_grade: Write v1::LowerGradeRequest => v1::Dataset;
    network.register_image: Write v1::RegisterImageRequest => v1::Image;
    network.remove_dataset: Write v1::RemoveRequest => v1::RemoveResponse;
    network.remove_image: Write v1::RemoveRequest => v1::RemoveResponse;
    network.set_site_mode: Write v1::SetSiteModeRequest => v1::Site;
    network.list_tenants: Read v1::ListTenantsRequest => v1::ListTenantsResponse;
    network.get_policy: Read v1::GetPolicyRequest => v1::Policy;
    network.set_policy: Write v1::SetPolicyRequest => v1::Policy;
    network.overview: Read v1::OverviewRequest => v1::OverviewResponse;
    network.preview_drain: Read v1::PreviewDrainRequest => v1::PreviewDrainResponse;
    network.prices: Read v1::PricesRequest => v1::PricesResponse;
    network.members: Read v1::MembersRequest => v1::MembersResponse;
}
