//! The rules on identity, members and exposure: settings in, a [`Config`] or every broken rule
//! out. Amounts are checked next door.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::transport::Uri;

use super::amounts::{check_times, limits, policy, time_scale_permille};
use super::settings::{Settings, TlsSettings};
use super::{Config, Member, Problems, TlsFiles, cluster_id};

impl Settings {
    /// Checks every rule.
    ///
    /// # Errors
    /// Every broken rule, each with its field.
    pub fn check(&self) -> Result<Config, Problems> {
        let mut problems = Problems(Vec::new());
        let listen = address(&mut problems, "listen", &self.listen);
        let http_listen = address(&mut problems, "http_listen", &self.http_listen);
        let tls = tls_files(&mut problems, &self.tls);
        let (cluster, member) = self.identity(&mut problems);
        let (advertise, members) = self.members(&mut problems, member, listen);
        let config = Config {
            cluster_id: cluster_id(&cluster),
            cluster,
            member,
            data_dir: self.data_dir(&mut problems),
            listen,
            advertise,
            http_listen,
            members,
            tls,
            insecure: self.insecure,
            time_scale_permille: time_scale_permille(&mut problems, self.time_scale),
            accept_clock_gap: self.accept_clock_gap,
            heartbeat: Duration::from_millis(self.heartbeat_ms),
            election: Duration::from_millis(self.election_ms),
            lease: Duration::from_millis(self.lease_ms),
            round: Duration::from_millis(self.round_ms),
            policy: policy(&mut problems, &self.policy),
            limits: limits(&mut problems, &self.limits),
        };
        check_times(&mut problems, self);
        self.check_exposure(&mut problems, &config);
        if problems.0.is_empty() {
            Ok(config)
        } else {
            Err(problems)
        }
    }

    /// A default name and number are only safe where no other member can have them too.
    fn identity(&self, problems: &mut Problems) -> (String, u64) {
        let alone = self.members.len() <= 1;
        if !alone && self.cluster.is_none() {
            problems.add(
                "cluster",
                "missing: members are given, so name their cluster",
            );
        }
        if !alone && self.member.is_none() {
            problems.add("member", "missing: say which of the members this one is");
        }
        let cluster = self.cluster.clone().unwrap_or_else(|| "ewc".to_owned());
        if cluster.is_empty() || cluster.len() > 64 {
            problems.add("cluster", "must have 1 to 64 bytes");
        }
        let member = self.member.unwrap_or(1);
        if member == 0 {
            problems.add("member", "0 is not an id; ids start at 1");
        }
        (cluster, member)
    }

    fn data_dir(&self, problems: &mut Problems) -> PathBuf {
        let given = self.data_dir.clone().unwrap_or_default();
        if given.as_os_str().is_empty() {
            problems.add("data_dir", "missing: say where the log may be kept");
        }
        given
    }

    /// This member's URL and all members in order of identity.
    fn members(
        &self,
        problems: &mut Problems,
        own: u64,
        listen: SocketAddr,
    ) -> (String, Vec<Member>) {
        let mut members = Vec::new();
        for (position, given) in self.members.iter().enumerate() {
            let field = format!("members[{position}].url");
            let url = self.url(problems, &field, &given.url);
            members.push(Member { id: given.id, url });
        }
        members.sort_by_key(|member| member.id);
        self.check_members(problems, own, &members);
        let listed = members.iter().find(|member| member.id == own);
        let advertise = self.own_url(problems, listed, listen);
        if members.is_empty() {
            let url = advertise.clone();
            members.push(Member { id: own, url });
        }
        (advertise, members)
    }

    fn check_members(&self, problems: &mut Problems, own: u64, members: &[Member]) {
        if !matches!(members.len(), 0 | 1 | 3 | 5) {
            let number = members.len();
            problems.add(
                "members",
                format!("{number} given, but a cluster has 1, 3 or 5 of them"),
            );
        }
        let ids: BTreeSet<u64> = members.iter().map(|member| member.id).collect();
        let urls: BTreeSet<&str> = members.iter().map(|member| member.url.as_str()).collect();
        if ids.len() < members.len() {
            problems.add("members", "two members have the same id");
        }
        if urls.len() < members.len() {
            problems.add("members", "two members have the same url");
        }
        if ids.contains(&0) {
            problems.add("members", "0 is not an id; ids start at 1");
        }
        if !members.is_empty() && !ids.contains(&own) {
            problems.add("members", format!("this member, {own}, is not among them"));
        }
    }

    fn own_url(
        &self,
        problems: &mut Problems,
        listed: Option<&Member>,
        listen: SocketAddr,
    ) -> String {
        let given = self.advertise.as_deref();
        let given = given.map(|url| self.url(problems, "advertise", url));
        match (given, listed) {
            (Some(url), Some(listed)) => {
                if url != listed.url {
                    let problem = format!("{url} differs from this member's url {}", listed.url);
                    problems.add("advertise", problem);
                }
                url
            }
            (Some(url), None) => url,
            (None, Some(listed)) => listed.url.clone(),
            (None, None) => self.url_of(problems, listen),
        }
    }

    fn url_of(&self, problems: &mut Problems, listen: SocketAddr) -> String {
        if listen.ip().is_unspecified() || listen.port() == 0 {
            let problem = format!("missing: nobody can dial {listen}, so say what to dial");
            problems.add("advertise", problem);
        }
        format!("{}://{listen}", self.scheme())
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_empty() { "http" } else { "https" }
    }

    /// The URL without a trailing slash, so that equal ones compare equal.
    fn url(&self, problems: &mut Problems, field: &str, text: &str) -> String {
        let scheme = self.scheme();
        match text.parse::<Uri>() {
            Ok(uri) if !is_bare(&uri) => problems.add(
                field,
                format!("\"{text}\" must be of the form {scheme}://host:port"),
            ),
            Ok(uri) if uri.scheme_str() != Some(scheme) => {
                let state = if scheme == "http" { "not " } else { "" };
                let problem = format!("{text} must begin with {scheme}, as tls is {state}set");
                problems.add(field, problem);
            }
            Ok(_) => {}
            Err(error) => problems.add(field, format!("\"{text}\" is not a URL: {error}")),
        }
        text.trim_end_matches('/').to_owned()
    }

    /// Off loopback, mutual TLS is the rule and its absence a decision that is spelled out.
    fn check_exposure(&self, problems: &mut Problems, config: &Config) {
        if self.insecure && !self.tls.is_empty() {
            problems.add("insecure", "contradicts tls; remove one of them");
        }
        if self.insecure || !self.tls.is_empty() {
            return;
        }
        let rule = "is not on loopback: set tls.ca, tls.certificate and tls.key, or accept the \
                    risk with insecure = true";
        for (field, address) in [
            ("listen", config.listen),
            ("http_listen", config.http_listen),
        ] {
            if !address.ip().is_loopback() {
                problems.add(field, format!("{address} {rule}"));
            }
        }
        for Member { id, url } in &config.members {
            if !on_loopback(url) {
                problems.add("members", format!("{url} of member {id} {rule}"));
            }
        }
    }
}

/// True for `scheme://host:port` with nothing behind it.
fn is_bare(uri: &Uri) -> bool {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let user = uri.authority().is_some_and(|it| it.as_str().contains('@'));
    uri.scheme().is_some()
        && uri.port_u16().is_some_and(|port| port != 0)
        && uri.host().is_some_and(|host| !host.is_empty())
        && matches!(path, "" | "/")
        && !user
}

fn on_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    let Some(host) = uri.as_ref().and_then(Uri::host) else {
        // What is no URL was named already.
        return true;
    };
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The address, or any loopback address beside the problem.
fn address(problems: &mut Problems, field: &str, text: &str) -> SocketAddr {
    let parsed = problems.parsed(field, text, "an address such as 127.0.0.1:7300");
    parsed.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 1)))
}

fn tls_files(problems: &mut Problems, tls: &TlsSettings) -> Option<TlsFiles> {
    if tls.is_empty() {
        return None;
    }
    let mut file = |field: &str, path: &Option<PathBuf>| {
        let path = path.clone().unwrap_or_default();
        check_file(problems, field, &path);
        path
    };
    Some(TlsFiles {
        ca: file("tls.ca", &tls.ca),
        certificate: file("tls.certificate", &tls.certificate),
        key: file("tls.key", &tls.key),
    })
}

fn check_file(problems: &mut Problems, field: &str, path: &Path) {
    if path.as_os_str().is_empty() {
        problems.add(field, "missing: tls needs ca, certificate and key");
    } else if let Err(error) = std::fs::File::open(path) {
        problems.add(field, format!("{}: {error}", path.display()));
    }
}
