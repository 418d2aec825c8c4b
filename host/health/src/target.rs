//! Who is checked, who asks, and what comes of it.

use std::net::IpAddr;
use std::time::Duration;

use crate::check::Check;

/// Number of a target, chosen by the caller; the same number with another setup is the same target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub u32);

/// The one who asks: an address and a MAC of its own (`[host]` of the configuration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its MAC.
    pub mac: [u8; 6],
    /// Its addresses, both families; probes of a family need one.
    pub addresses: Vec<IpAddr>,
}

/// A server or a router.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its number.
    pub id: TargetId,
    /// Its name, for messages and programs.
    pub name: String,
    /// Its MAC.
    pub mac: [u8; 6],
    /// The network port that it is on.
    pub port: u8,
    /// The VLAN that frames to it are tagged with, if any.
    pub vlan: Option<u16>,
    /// The address that checks ask, unless they name their own; the shared one for servers.
    pub address: IpAddr,
    /// Its checks; none: it is what its link is.
    pub checks: Vec<Check>,
    /// After it came up its weight grows for so long.
    pub slow_start: Duration,
}

/// What checks have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Result {
    /// Nothing yet.
    #[default]
    Unknown,
    /// All pass.
    Up,
    /// One fails.
    Down,
}

/// What an agent says beside up and down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Its weight, in per cent of the configured one, 0 to 256.
    pub weight_percent: Option<u16>,
    /// It wants to be drained, or in maintenance, until it says `ready`.
    pub wish: Option<AgentWish>,
}

/// What an agent wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentWish {
    /// No new flows.
    Drain,
    /// Nothing.
    Maintenance,
}

/// A target's state changed, or what its agent says did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub id: TargetId,
    /// Its state now.
    pub result: Result,
    /// What its agent says now.
    pub agent: Agent,
    /// In a sentence, why.
    pub why: String,
}

/// How a target stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its state.
    pub result: Result,
    /// Since when, in ns of the caller's clock.
    pub since_ns: u64,
    /// Per cent of its weight that it is to have now (slow start and agent), 0 to 256.
    pub weight_percent: u16,
    /// In a sentence, why.
    pub why: String,
    /// Its checks in the order of the setup.
    pub checks: Vec<CheckReport>,
}

/// How a check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Its kind, as in the configuration.
    pub kind: &'static str,
    /// What it has come to.
    pub result: Result,
    /// Results of one kind in a row: passed (positive) or failed (negative).
    pub streak: i64,
    /// Probes that passed.
    pub passed: u64,
    /// Probes that failed.
    pub failed: u64,
    /// How long the last one took, in us.
    pub last_us: u64,
    /// What the last one found.
    pub message: String,
}
