//! Mutual TLS: both sides must be known.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::fake::{Fake, Script};
use crate::{code, ewc, stderr};

/// An authority of its own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Certificate and key for `localhost`, as PEM.
fn identity(authority: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn both_sides_must_be_known() {
    let authority = authority();
    let (certificate, key) = identity(&authority);
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(&certificate, &key))
        .client_ca_root(Certificate::from_pem(authority.pem()));
    let fake = Fake::start_tls(Script::default(), tls).await;

    let directory = tempfile::tempdir().unwrap();
    let ca = write(directory.path(), "ca.pem", &authority.pem());
    let (certificate, key) = identity(&authority);
    let own = write(directory.path(), "own.pem", &certificate);
    let own_key = write(directory.path(), "own.key", &key);
    let other_ca = write(directory.path(), "other.pem", &self::authority().pem());

    let sites = ["sites", "--timeout", "2s", "--endpoint", &fake.url];
    let known = ["--cert", &own, "--key-file", &own_key];
    for (ca, identity, expected, said) in [
        (&ca, &known[..], 0, ""),
        // Without a certificate, the scheduler hangs up.
        (&ca, &[], 5, "hint: the scheduler may ask for a certificate"),
        // A scheduler that an unknown authority vouches for is not spoken to.
        (&other_ca, &known, 5, "hint: --ca must have signed"),
    ] {
        let output = ewc(&[&sites, &["--ca", ca][..], identity].concat()).await;
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        assert!(!stderr(&output).contains("transport error"));
    }

    let plain = fake.url.replace("https", "http");
    let output = ewc(&["sites", "--timeout", "2s", "--endpoint", &plain]).await;
    assert_eq!(code(&output), 5);
    let said = stderr(&output);
    assert!(said.contains("hint: the scheduler may speak TLS"), "{said}");
    assert!(!said.contains("transport error"), "{said}");
}

#[tokio::test]
async fn https_to_a_plaintext_port_says_what_may_be_wrong() {
    let fake = Fake::start(Script::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let ca = write(directory.path(), "ca.pem", &authority().pem());
    let url = fake.url.replace("http", "https");
    let output = ewc(&["sites", "--timeout", "2s", "--endpoint", &url, "--ca", &ca]).await;
    assert_eq!(code(&output), 5);
    let said = stderr(&output);
    assert!(said.contains("or speak plain http"), "{said}");
}
