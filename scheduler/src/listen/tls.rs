//! Mutual TLS: PEM files to configurations, read again when they change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use crate::config::TlsFiles;

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Certificate, key and authority do not go together.
    #[error("{certificate}: {problem}")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The server's side of TLS. Every client must show a certificate of the authority.
pub struct ServerTls {
    files: TlsFiles,
    /// Written once in months, read at every handshake, held for a copy of an `Arc`.
    current: RwLock<(Arc<ServerConfig>, Stamps)>,
}

/// When the files were changed and how long they are.
type Stamps = [Option<(SystemTime, u64)>; 3];

impl ServerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// One of them cannot be read or used.
    pub fn open(files: &TlsFiles) -> Result<ServerTls, TlsError> {
        // Stamps first: a change while the files are read is then seen as one later.
        let stamps = stamps(files);
        let config = Arc::new(server_config(files)?);
        Ok(ServerTls {
            files: files.clone(),
            current: RwLock::new((config, stamps)),
        })
    }

    /// What the next handshake uses.
    pub fn current(&self) -> Arc<ServerConfig> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.0)
    }

    /// Reads the files again if they changed; true if so. Connections that stand are not touched,
    /// and sessions of the old configuration cannot be resumed.
    ///
    /// # Errors
    /// They cannot be used, perhaps because they are half written. The old ones stay in use, and
    /// the next call tries again.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        let now = stamps(&self.files);
        let unchanged = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            current.1 == now
        };
        if unchanged {
            return Ok(false);
        }
        let config = Arc::new(server_config(&self.files)?);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = (config, now);
        Ok(true)
    }
}

/// The client's side of TLS, for channels to other members. Reads the files at every call, so a
/// new channel uses new certificates.
///
/// # Errors
/// A file cannot be read.
pub fn client_tls(files: &TlsFiles) -> Result<ClientTlsConfig, TlsError> {
    let identity = Identity::from_pem(read(&files.certificate)?, read(&files.key)?);
    let authority = Certificate::from_pem(read(&files.ca)?);
    Ok(ClientTlsConfig::new()
        .ca_certificate(authority)
        .identity(identity))
}

fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(
        Arc::new(authorities(&files.ca)?),
        Arc::clone(&provider),
    );
    let verifier = verifier
        .build()
        .map_err(|error| content(&files.ca, error))?;
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?);
    let key = key.map_err(|error| content(&files.key, error))?;
    with_provider(provider)
        .and_then(|builder| {
            let builder = builder.with_client_cert_verifier(verifier);
            builder.with_single_cert(chain, key)
        })
        .map(|mut config| {
            config.alpn_protocols = vec![b"h2".to_vec()];
            config
        })
        .map_err(|error| TlsError::Unusable {
            certificate: files.certificate.clone(),
            problem: error.to_string(),
        })
}

type Builder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

fn with_provider(provider: Arc<CryptoProvider>) -> Result<Builder, rustls::Error> {
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    ServerConfig::builder_with_provider(provider).with_protocol_versions(&versions)
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|error| content(path, error))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| content(path, error))?;
    if certificates.is_empty() {
        return Err(content(path, "holds no certificate"));
    }
    Ok(certificates)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

fn content(path: &Path, problem: impl ToString) -> TlsError {
    TlsError::Content {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

fn stamps(files: &TlsFiles) -> Stamps {
    [&files.ca, &files.certificate, &files.key].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}
