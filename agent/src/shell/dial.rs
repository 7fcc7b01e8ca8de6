//! How others are reached: URLs of schedulers, addresses of other sites' data movers.

use std::time::Duration;

use tonic::Status;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Opens connections, with certificates where they are configured.
#[derive(Clone, Debug, Default)]
pub struct Dialer {
    tls: Option<ClientTlsConfig>,
}

impl Dialer {
    /// Plaintext without `tls`.
    #[must_use]
    pub fn new(tls: Option<ClientTlsConfig>) -> Self {
        Self { tls }
    }

    /// Connects to a URL or to `host:port`.
    ///
    /// # Errors
    /// `Unavailable` when nobody answers, `InvalidArgument` when the address is none.
    pub async fn connect(&self, address: &str) -> Result<Channel, Status> {
        let endpoint = self.endpoint(address)?;
        endpoint.connect().await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            Status::unavailable(format!("{address}: {}", cause.unwrap_or_default()))
        })
    }

    fn endpoint(&self, address: &str) -> Result<Endpoint, Status> {
        let invalid = |error| Status::invalid_argument(format!("{address}: {error}"));
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = if address.contains("://") {
            address.to_owned()
        } else {
            format!("{scheme}://{address}")
        };
        let endpoint = Endpoint::from_shared(url)
            .map_err(invalid)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .tcp_nodelay(true);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.clone()).map_err(invalid),
            None => Ok(endpoint),
        }
    }
}
