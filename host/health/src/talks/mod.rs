//! The talks, one for each kind of check that has one.

use std::net::IpAddr;

use crate::check::Kind;
use crate::talk::{Talk, Transport, Verdict};

/// A talk, ready to be carried.
pub(crate) type Opened = (Transport, Box<dyn Talk>);

/// Begins the talk of a check with `address`. `random` is fresh for each probe. None: a kind without talk.
///
/// # Errors
/// Why it cannot begin; the probe has failed.
pub(crate) fn open(kind: &Kind, _address: IpAddr, _random: u64) -> Option<Result<Opened, String>> {
    match kind {
        Kind::Tcp { port } => Some(Ok((Transport::Tcp(*port), Box::new(Connected)))),
        Kind::Http(_) | Kind::Https(..) | Kind::Dns(_) | Kind::Agent { .. } => {
            Some(Err(format!("{} checks are not built yet", kind.name())))
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
