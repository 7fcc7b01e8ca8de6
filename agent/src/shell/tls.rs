//! Certificates from the configuration, for both directions.

use anyhow::Context as _;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::config::TlsConfig;

/// What dialling and listening need.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    pub client: ClientTlsConfig,
    pub server: ServerTlsConfig,
}

pub(super) fn load(config: &TlsConfig) -> anyhow::Result<Tls> {
    let read = |path: &std::path::Path| {
        std::fs::read(path).with_context(|| format!("tls: cannot read {}", path.display()))
    };
    let ca = Certificate::from_pem(read(&config.ca)?);
    let identity = Identity::from_pem(read(&config.certificate)?, read(&config.key)?);
    Ok(Tls {
        client: ClientTlsConfig::new()
            .ca_certificate(ca.clone())
            .identity(identity.clone()),
        server: ServerTlsConfig::new().client_ca_root(ca).identity(identity),
    })
}
