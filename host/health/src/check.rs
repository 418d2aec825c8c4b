//! What is checked, and how often.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// One check of a target. A target with several is up if all pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is done.
    pub kind: Kind,
    /// The address that is asked, if it is not the target's (a server's own beside the shared one).
    pub address: Option<IpAddr>,
    /// Time between the beginnings of two probes while nothing changes, 1 ms to a day.
    pub interval: Duration,
    /// The same while the state is changing (a result that differs from the state has come): at most `interval`.
    pub fast_interval: Duration,
    /// How long a probe may take, at most `interval`.
    pub timeout: Duration,
    /// The interval varies by so many per cent up and down, 0 to 50, so that probes do not gather.
    pub jitter_percent: u8,
    /// Probes in a row that must pass until it counts as up, 1 to 255.
    pub rise: u8,
    /// Probes in a row that must fail until it counts as down, 1 to 255.
    pub fall: u8,
}

/// Kinds of checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It answers ARP (IPv4) or neighbour solicitation (IPv6) for the address.
    Arp,
    /// It answers an echo request.
    Icmp,
    /// It accepts a connection to the port.
    Tcp {
        /// The port.
        port: u16,
    },
    /// It answers a request well.
    Http(HttpCheck),
    /// The same over TLS.
    Https(HttpCheck, Tls),
    /// It answers a question over UDP.
    Dns(DnsCheck),
    /// A program of this host ends with status 0.
    Exec(ExecCheck),
    /// It accepts a connection and says how it is, in a line of HAProxy's agent-check grammar.
    Agent {
        /// The port.
        port: u16,
        /// Sent before its line is read; may be empty.
        send: String,
    },
    /// Nothing is sent: it is down while its link is.
    Passive,
}

impl Kind {
    /// Its name, as in the configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arp => "arp",
            Self::Icmp => "icmp",
            Self::Tcp { .. } => "tcp",
            Self::Http(_) => "http",
            Self::Https(..) => "https",
            Self::Dns(_) => "dns",
            Self::Exec(_) => "exec",
            Self::Agent { .. } => "agent",
            Self::Passive => "passive",
        }
    }
}

/// A request and what makes its answer good.
#[derive(Clone, Debug)]
pub struct HttpCheck {
    /// The port.
    pub port: u16,
    /// `GET` or `HEAD`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The `Host` header; the address if absent.
    pub host: Option<String>,
    /// Status codes that are good, as inclusive ranges within 100 to 599.
    pub status: Vec<(u16, u16)>,
    /// What must be found in the first 64 KiB of the body.
    pub body: Option<regex::bytes::Regex>,
}

impl PartialEq for HttpCheck {
    fn eq(&self, other: &Self) -> bool {
        let pattern = |check: &Self| check.body.as_ref().map(|body| body.as_str().to_owned());
        (
            self.port,
            &self.method,
            &self.path,
            &self.host,
            &self.status,
        ) == (
            other.port,
            &other.method,
            &other.path,
            &other.host,
            &other.status,
        ) && pattern(self) == pattern(other)
    }
}

impl Eq for HttpCheck {}

/// How a TLS server is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The name sent as SNI and looked for in the certificate; the `Host` header, else the address, if absent.
    pub server_name: Option<String>,
    /// Whose word is taken for its certificate.
    pub verify: Verify,
}

/// Whose word is taken for a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Anybody's: it is not looked at.
    None,
    /// The authorities that this host trusts.
    System,
    /// The authorities in a file (PEM).
    File(PathBuf),
}

/// A question to a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsCheck {
    /// The port, 53 as a rule.
    pub port: u16,
    /// The name asked for.
    pub name: String,
    /// `A`, `AAAA`, `NS`, `SOA`, `TXT`.
    pub record: String,
    /// An answer must hold this address, if given; else any answer with code 0 is good.
    pub expect: Option<IpAddr>,
}

/// A program of this host. It is killed when its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecCheck {
    /// The program, by its whole path; no shell is involved. In its environment are `FLOWSWITCH_TARGET`, `FLOWSWITCH_ADDRESS`,
    /// `FLOWSWITCH_MAC` and nothing else.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}
