//! Who speaks: decided once for every connection, from its certificate or its address.
//!
//! A certificate names its holder in URI entries of the subject alternative name:
//! `ewc://tenant/<name>`, `ewc://site/<name>` or `ewc://scheduler/<id>`. One with any entry of
//! `ewc://` may do what its entries say and nothing else; one without is an operator's.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use tonic::{Request, Status};
use x509_parser::extensions::GeneralName;

/// The tenant of callers that belong to none and name none.
pub const DEFAULT_TENANT: &str = "default";

const SCHEME: &str = "ewc://";

/// The other end of a connection; an extension of each of its requests.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Who it is.
    pub caller: Caller,
}

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Someone on this machine, without TLS: may do everything.
    Local,
    /// The holder of a certificate that our authority signed.
    Certificate {
        /// URI entries of its subject alternative name.
        names: Arc<[String]>,
    },
    /// Someone elsewhere, without TLS, which `insecure` allows: may do everything.
    Anonymous,
    /// A request that came over none of our connections: may do nothing.
    Unknown,
}

/// Who sent the request.
pub fn caller<T>(request: &Request<T>) -> Caller {
    let peer = request.extensions().get::<Peer>();
    peer.map_or(Caller::Unknown, |peer| peer.caller.clone())
}

impl Caller {
    pub(super) fn of_address(address: SocketAddr) -> Caller {
        if address.ip().to_canonical().is_loopback() {
            Caller::Local
        } else {
            Caller::Anonymous
        }
    }

    /// The holder of a verified chain, whose first certificate is its own.
    pub(super) fn of_certificates(chain: &[CertificateDer<'_>]) -> io::Result<Caller> {
        let own = chain.first().ok_or(io::ErrorKind::PermissionDenied)?;
        let names = uri_names(own)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unreadable certificate"))?;
        Ok(Caller::Certificate {
            names: names.into(),
        })
    }

    /// The tenant to act for; `requested` may be empty.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` when the caller may not act for it.
    pub fn tenant(&self, requested: &str) -> Result<String, Status> {
        if self.is_unrestricted() {
            let name = if requested.is_empty() {
                DEFAULT_TENANT
            } else {
                requested
            };
            return Ok(name.to_owned());
        }
        let mut own = self.entries("tenant");
        let found = own.find(|name| requested.is_empty() || *name == requested);
        found.map(str::to_owned).ok_or_else(|| {
            Status::permission_denied(format!("{self} may not act for tenant \"{requested}\""))
        })
    }

    /// True when the caller may see and change what belongs to a tenant.
    pub fn may_act_for(&self, tenant: &str) -> bool {
        self.is_unrestricted() || self.entries("tenant").any(|name| name == tenant)
    }

    /// Checks that the caller may change the network itself: sites, links, images.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` when it may not.
    pub fn may_administer(&self) -> Result<(), Status> {
        match self.is_unrestricted() {
            true => Ok(()),
            false => {
                let message = format!("{self} may not change the network");
                Err(Status::permission_denied(message))
            }
        }
    }

    /// Checks that the caller is the agent of a site.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` when it is not.
    pub fn may_speak_for_site(&self, site: &str) -> Result<(), Status> {
        if self.is_unrestricted() || self.entries("site").any(|name| name == site) {
            return Ok(());
        }
        let message = format!("{self} may not speak for site \"{site}\"");
        Err(Status::permission_denied(message))
    }

    /// Checks that the caller is the member of that raft id.
    ///
    /// # Errors
    /// `PERMISSION_DENIED` when it is not.
    pub fn may_speak_for_member(&self, id: u64) -> Result<(), Status> {
        let wanted = id.to_string();
        if self.is_unrestricted() || self.entries("scheduler").any(|name| name == wanted) {
            return Ok(());
        }
        let message = format!("{self} may not speak for scheduler {id}");
        Err(Status::permission_denied(message))
    }

    /// True for callers without entries that restrict them.
    fn is_unrestricted(&self) -> bool {
        match self {
            Caller::Local | Caller::Anonymous => true,
            Caller::Unknown => false,
            Caller::Certificate { names } => !names.iter().any(|name| has_scheme(name)),
        }
    }

    fn entries<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let names = match self {
            Caller::Certificate { names } => &names[..],
            Caller::Local | Caller::Anonymous | Caller::Unknown => &[],
        };
        names.iter().filter_map(move |name| {
            let (of, entry) = name.strip_prefix(SCHEME)?.split_once('/')?;
            (of == kind && !entry.is_empty()).then_some(entry)
        })
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Local => f.write_str("local"),
            Caller::Anonymous => f.write_str("anonymous"),
            Caller::Unknown => f.write_str("unknown"),
            Caller::Certificate { names } if names.is_empty() => f.write_str("certificate"),
            Caller::Certificate { names } => f.write_str(&names.join(" ")),
        }
    }
}

/// In any case of letters: an entry that is misspelt must take rights away, not give them.
fn has_scheme(name: &str) -> bool {
    let scheme = name.get(..SCHEME.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// `None` if the certificate or the extension cannot be read: then nobody knows what it forbids.
fn uri_names(certificate: &[u8]) -> Option<Vec<String>> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let extension = certificate.subject_alternative_name().ok()?;
    let names = extension.map(|extension| extension.value.general_names.as_slice());
    let mut uris = Vec::new();
    for name in names.unwrap_or_default() {
        match name {
            GeneralName::URI(uri) => uris.push((*uri).to_owned()),
            GeneralName::Invalid(..) => return None,
            _ => {}
        }
    }
    Some(uris)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(names: &[&str]) -> Caller {
        Caller::Certificate {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn tenants() {
        let rendering = certificate(&["https://x", "ewc://tenant/rendering"]);
        let two = certificate(&["ewc://tenant/a", "ewc://tenant/b"]);
        let cases = [
            (Caller::Local, "", Some("default")),
            (Caller::Local, "a", Some("a")),
            (Caller::Anonymous, "a", Some("a")),
            (Caller::Unknown, "", None),
            (certificate(&[]), "", Some("default")),
            (certificate(&["https://x"]), "a", Some("a")),
            (rendering.clone(), "", Some("rendering")),
            (rendering.clone(), "rendering", Some("rendering")),
            (rendering, "default", None),
            (two.clone(), "b", Some("b")),
            (two, "", Some("a")),
            (certificate(&["ewc://site/s"]), "", None),
            (certificate(&["ewc://tenant/"]), "", None),
            (certificate(&["EWC://tenant/a"]), "b", None),
        ];
        for (caller, requested, expected) in cases {
            let tenant = caller.tenant(requested).ok();
            assert_eq!(tenant.as_deref(), expected, "{caller} as \"{requested}\"");
        }
    }

    #[test]
    fn sites_and_members() {
        let site = certificate(&["ewc://site/guian"]);
        assert!(site.may_speak_for_site("guian").is_ok());
        let denied = site.may_speak_for_site("zhangjiakou").unwrap_err();
        assert_eq!(denied.code(), tonic::Code::PermissionDenied);
        assert!(site.may_speak_for_member(1).is_err() && site.may_administer().is_err());
        let member = certificate(&["ewc://scheduler/2"]);
        assert!(member.may_speak_for_member(2).is_ok() && !member.may_act_for("film"));
        assert!(member.may_speak_for_member(1).is_err());
        assert!(member.may_speak_for_site("guian").is_err());
        for all in [Caller::Local, Caller::Anonymous, certificate(&[])] {
            assert!(all.may_administer().is_ok() && all.may_speak_for_site("guian").is_ok());
        }
        assert!(Caller::Unknown.may_administer().is_err());
        assert!(Caller::Unknown.may_speak_for_site("guian").is_err());
    }

    #[test]
    fn addresses() {
        let of = |address: &str| Caller::of_address(address.parse().unwrap());
        assert_eq!(of("127.8.0.1:1"), Caller::Local);
        assert_eq!(of("[::1]:1"), Caller::Local);
        assert_eq!(of("[::ffff:127.0.0.1]:1"), Caller::Local);
        assert_eq!(of("10.0.0.1:1"), Caller::Anonymous);
        assert_eq!(caller(&Request::new(())), Caller::Unknown);
    }
}
