//! Counting requests: method, code and time of each, whoever serves it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::service::Routes;
use tonic::{Code, Status};

use crate::metrics::Metrics;

/// The method of requests for something that we do not serve: their paths are the client's to
/// choose, and must not fill the registry.
const UNKNOWN_METHOD: &str = "unknown";

/// The same routes, each request counted when its answer has ended.
pub fn observed(routes: Routes, metrics: Arc<Metrics>) -> Observed {
    let routes = routes.prepare();
    Observed { routes, metrics }
}

/// Routes and who counts.
#[derive(Clone)]
pub struct Observed {
    routes: Routes,
    metrics: Arc<Metrics>,
}

impl<B> Service<Request<B>> for Observed
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<ObservedBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let metrics = Arc::clone(&self.metrics);
        let method = request.uri().path().to_owned();
        let answer = self.routes.call(request);
        Box::pin(async move {
            // Begins with the first poll, at which an unknown method is answered: one that is
            // dropped before is never counted under the client's path.
            let mut observation = Observation::begin(metrics, method);
            let response = answer.await?;
            if let Some(status) = Status::from_header_map(response.headers()) {
                observation.end(status.code());
            }
            Ok(response.map(|body| ObservedBody { body, observation }))
        })
    }
}

/// One request. Counted once: by its status, or as cancelled when it is dropped without one.
struct Observation {
    metrics: Arc<Metrics>,
    method: String,
    begun: Instant,
    is_open: bool,
}

impl Observation {
    fn begin(metrics: Arc<Metrics>, method: String) -> Observation {
        Observation {
            metrics,
            method,
            begun: Instant::now(),
            is_open: true,
        }
    }

    fn end(&mut self, code: Code) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let method = match code {
            Code::Unimplemented => UNKNOWN_METHOD,
            _ => &self.method,
        };
        self.metrics.observe_rpc(method, code, self.begun.elapsed());
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// An answer's body, whose trailers hold the status.
pub struct ObservedBody {
    body: tonic::body::Body,
    observation: Observation,
}

impl Body for ObservedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    self.observation.end(status.code());
                }
            }
            Poll::Ready(Some(Err(status))) => self.observation.end(status.code()),
            Poll::Ready(None) => self.observation.end(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
