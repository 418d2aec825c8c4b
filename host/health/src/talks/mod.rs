//! The talks, one for each kind of check that has one.

mod agent;
mod authorities;
mod chunked;
mod dns;
mod http;
mod https;
#[cfg(test)]
mod peer;
mod text;

use std::net::IpAddr;

use crate::check::Kind;
use crate::talk::{Talk, Transport, Verdict};

/// How a talk is carried, and itself; or why it cannot begin: then the probe has failed.
type Opened = std::result::Result<(Transport, Box<dyn Talk>), String>;

/// Begins the talk of a check with `address`. `random` is fresh for each probe. None: a kind without talk.
pub(crate) fn open(kind: &Kind, address: IpAddr, random: u64) -> Option<Opened> {
    match kind {
        Kind::Tcp { port } => Some(Ok((Transport::Tcp(*port), Box::new(Connected)))),
        Kind::Http(check) => {
            let talk = http::Http::new(check, address, 80);
            Some(Ok((Transport::Tcp(check.port), Box::new(talk))))
        }
        Kind::Https(check, tls) => {
            let talk = https::Https::new(check, tls, address);
            Some(talk.map(|talk| (Transport::Tcp(check.port), Box::new(talk) as _)))
        }
        Kind::Dns(check) => {
            let talk = dns::Dns::new(check, random);
            Some(talk.map(|talk| (Transport::Udp(check.port), Box::new(talk) as _)))
        }
        Kind::Agent { port, send } => {
            let talk = agent::AgentTalk::new(send);
            Some(Ok((Transport::Tcp(*port), Box::new(talk))))
        }
        Kind::Arp | Kind::Icmp | Kind::Exec(_) | Kind::Passive => None,
    }
}

/// Nothing is said: that the connection opened is enough.
struct Connected;

impl Talk for Connected {
    fn step(&mut self, _received: &[u8], _closed: bool, _send: &mut Vec<u8>) -> Option<Verdict> {
        Some(Verdict::pass("connected"))
    }
}
