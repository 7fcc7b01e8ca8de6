//! Addresses of schedulers, and which of them may be spoken to without encryption.

use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity, Uri};

use crate::args::ConnectArgs;
use crate::error::CliError;

/// How schedulers are spoken to.
#[derive(Debug, Clone)]
pub struct Security {
    insecure: bool,
    tls: Option<ClientTlsConfig>,
    own_certificate: bool,
}

impl Security {
    /// Reads the certificates that the flags name.
    pub fn new(args: &ConnectArgs) -> Result<Security, CliError> {
        Ok(Security {
            insecure: args.insecure,
            tls: tls_config(args)?,
            own_certificate: args.cert.is_some(),
        })
    }

    /// A way to the scheduler at `url`, if the rules allow it.
    pub fn endpoint(&self, url: &str, connect_timeout: Duration) -> Result<Endpoint, CliError> {
        let uri: Uri = url
            .parse()
            .map_err(|error| CliError::usage(format!("{url:?} is not an address: {error}")))?;
        let endpoint = match (uri.scheme_str(), &self.tls) {
            (Some("http"), _) => {
                self.allow_plaintext(&uri, url)?;
                Endpoint::from(uri)
            }
            (Some("https"), Some(tls)) => {
                Endpoint::from(uri)
                    .tls_config(tls.clone())
                    .map_err(|error| {
                        CliError::usage(format!("cannot use the certificates: {error}"))
                    })?
            }
            (Some("https"), None) => {
                return Err(
                    CliError::usage(format!("{url} needs a certificate authority"))
                        .hint("name its file with --ca"),
                );
            }
            _ => {
                return Err(CliError::usage(format!("{url:?} is not an address"))
                    .hint("write e.g. http://127.0.0.1:7300 or https://scheduler.example:7300"));
            }
        };
        Ok(endpoint
            .connect_timeout(connect_timeout)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10)))
    }

    /// What may be wrong when somebody listens at `url` and the connection fails all the same.
    pub fn likely_mistake(&self, url: &str) -> &'static str {
        match (url.starts_with("https:"), self.own_certificate) {
            (false, _) => {
                "the scheduler may speak TLS: use https:// and --ca, --cert and --key-file"
            }
            (true, false) => {
                "the scheduler may ask for a certificate (--cert and --key-file), have one that \
                 --ca did not sign, or speak plain http"
            }
            (true, true) => {
                "--ca must have signed the scheduler's certificate, and the scheduler's authority \
                 the one of --cert"
            }
        }
    }

    fn allow_plaintext(&self, uri: &Uri, url: &str) -> Result<(), CliError> {
        if self.insecure || is_loopback(uri.host().unwrap_or("")) {
            return Ok(());
        }
        Err(
            CliError::usage(format!("{url} is not encrypted and not on this machine"))
                .hint("use https with --ca, --cert and --key-file, or allow it with --insecure"),
        )
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

fn tls_config(args: &ConnectArgs) -> Result<Option<ClientTlsConfig>, CliError> {
    let Some(ca) = &args.ca else {
        return Ok(None);
    };
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read_file(ca)?));
    if let (Some(cert), Some(key)) = (&args.cert, &args.key_file) {
        tls = tls.identity(Identity::from_pem(read_file(cert)?, read_file(key)?));
    }
    Ok(Some(tls))
}

fn read_file(path: &std::path::Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path)
        .map_err(|error| CliError::usage(format!("cannot read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn check(insecure: bool, url: &str) -> Result<(), Kind> {
        let security = Security {
            insecure,
            tls: None,
            own_certificate: false,
        };
        let endpoint = security.endpoint(url, Duration::from_secs(1));
        endpoint.map(|_| ()).map_err(|error| error.kind)
    }

    #[test]
    fn plaintext_stays_on_this_machine_unless_allowed() {
        for url in [
            "http://127.0.0.1:7300",
            "http://localhost:7300",
            "http://[::1]:7300",
        ] {
            assert_eq!(check(false, url), Ok(()), "{url}");
        }
        for url in [
            "http://10.0.0.1:7300",
            "http://scheduler:7300",
            "http://localhost.evil:1",
        ] {
            assert_eq!(check(false, url), Err(Kind::Usage), "{url}");
            assert_eq!(check(true, url), Ok(()), "{url}");
        }
    }

    #[test]
    fn encryption_needs_an_authority_and_a_known_scheme() {
        for url in [
            "https://scheduler:7300",
            "ftp://scheduler",
            "scheduler:7300",
            "",
            "http://",
        ] {
            assert_eq!(check(true, url), Err(Kind::Usage), "{url}");
        }
    }
}
