//! How things stand.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How everything stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// Version of the daemon.
    pub version: String,
    /// When the daemon began.
    pub started_unix_ms: u64,
    /// The card.
    pub device: DeviceStatus,
    /// What the card runs.
    pub configuration: ConfigurationStatus,
    /// Clusters in the order of the configuration.
    pub clusters: Vec<ClusterStatus>,
    /// Router pools in the order of the configuration.
    pub pools: Vec<PoolStatus>,
}

/// The card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeviceStatus {
    /// As on the command line: `sim`, `vfio:ADDRESS` or `socket:PATH`.
    pub name: String,
    /// Whether it answers.
    pub state: DeviceState,
    /// Since when.
    pub since_unix_ms: u64,
    /// Why it does not, with what mends it; empty if it does.
    pub why: String,
    /// How often it was lost since the daemon began.
    pub losses: u64,
    /// Network ports and their links; empty before the card was first reached.
    pub links: Vec<LinkStatus>,
    /// Live flows in the card's table.
    pub live_flows: u64,
}

/// Whether the card answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceState {
    /// It is being identified and its tables are read.
    Attaching,
    /// It answers and runs the configuration.
    Attached,
    /// It does not answer; it is tried again and again.
    Lost,
}

/// A network port's link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkStatus {
    /// Number of the network port.
    pub port: u8,
    /// Its name in the configuration, or its number.
    pub name: String,
    /// Whether the link is up.
    pub up: bool,
}

/// What the card runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigurationStatus {
    /// The file it came from, if it came from one.
    pub file: Option<String>,
    /// Digest of what the card was programmed with, 16 hexadecimal digits.
    pub digest: String,
    /// How often the card's tables were written, twice that: an odd number means in the middle.
    pub generation: u32,
    /// When it was applied.
    pub applied_unix_ms: u64,
    /// It is taken back unless it is confirmed.
    pub unconfirmed: Option<Unconfirmed>,
    /// Administrative states differ from those in the text: `flowswitch save` writes them.
    pub unsaved: bool,
}

/// A configuration that is taken back by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unconfirmed {
    /// ms left to confirm it.
    pub left_ms: u64,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClusterStatus {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// No server of it is operational and ready: what happens now is what `all_down` says.
    pub all_down: bool,
    /// What `all_down` says: `keep`, `drop` or `sorry`.
    pub all_down_action: String,
    /// Its servers in the order of the configuration.
    pub servers: Vec<ServerStatus>,
}

/// What the operator wants of a server or router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Administrative {
    /// It takes its share.
    #[default]
    Ready,
    /// It keeps its flows and takes no new ones while another can.
    Drain,
    /// It takes nothing.
    Maintenance,
}

/// How a server or router is found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operational {
    /// No check has come to a result; it counts as up.
    #[default]
    Unknown,
    /// All checks pass.
    Up,
    /// A check fails, or the link is down.
    Down,
}

/// A server of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServerStatus {
    /// Its name.
    pub name: String,
    /// Its number on the card.
    pub number: u16,
    /// Its Ethernet address.
    pub mac: String,
    /// What it has beside the cluster's addresses.
    pub addresses: Vec<String>,
    /// Its port, by name or number.
    pub port: String,
    /// Whether that port's link is up.
    pub link: bool,
    /// It serves only when no other does.
    pub sorry: bool,
    /// Weight in the configuration, 0 to 255.
    pub weight: u8,
    /// Weight now: less during a slow start, or as its agent says.
    pub weight_now: u8,
    /// What the operator wants.
    pub administrative: Administrative,
    /// How it is found to be.
    pub operational: Operational,
    /// Since when the operational state holds.
    pub since_unix_ms: u64,
    /// The card may give it frames.
    pub active: bool,
    /// Flows that it has.
    pub live_flows: u64,
    /// Its checks.
    pub checks: Vec<CheckStatus>,
    /// In a sentence, why it is as it is.
    pub why: String,
}

/// A check of one server or router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckStatus {
    /// Its kind, as in the configuration.
    pub kind: String,
    /// The address that is probed; empty for kinds without one.
    pub target: String,
    /// What it has come to.
    pub result: Operational,
    /// Results of the same kind in a row: passed (positive) or failed (negative).
    pub streak: i64,
    /// Probes that passed.
    pub passed: u64,
    /// Probes that failed.
    pub failed: u64,
    /// How long the last probe took, in us.
    pub last_us: u64,
    /// What the last probe found.
    pub message: String,
}

/// Routers that stand in for each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolStatus {
    /// Its name.
    pub name: String,
    /// Its routers in the order of the configuration.
    pub routers: Vec<RouterStatus>,
}

/// A router of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouterStatus {
    /// Its name.
    pub name: String,
    /// Its number on the card, from 1,024.
    pub number: u16,
    /// Its Ethernet address.
    pub mac: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// Its port, by name or number.
    pub port: String,
    /// Whether that port's link is up.
    pub link: bool,
    /// What the operator wants.
    pub administrative: Administrative,
    /// How it is found to be.
    pub operational: Operational,
    /// Since when the operational state holds.
    pub since_unix_ms: u64,
    /// The card may give it frames.
    pub active: bool,
    /// Servers that the card tells this router's MAC.
    pub assigned_servers: u32,
    /// Its checks.
    pub checks: Vec<CheckStatus>,
    /// In a sentence, why it is as it is.
    pub why: String,
}

/// Sets an administrative state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAdministrative {
    /// The state.
    pub state: Administrative,
}

impl Administrative {
    /// All states and their words.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("ready", Self::Ready),
        ("drain", Self::Drain),
        ("maintenance", Self::Maintenance),
    ];
}

impl fmt::Display for Administrative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, state)| state == self);
        f.pad(word.map_or("", |(word, _)| word))
    }
}

/// A word that is no administrative state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state; use ready, drain or maintenance")]
pub struct NoState(String);

impl FromStr for Administrative {
    type Err = NoState;

    fn from_str(text: &str) -> Result<Self, NoState> {
        let word = Self::WORDS.iter().find(|(word, _)| *word == text);
        word.map(|(_, state)| *state)
            .ok_or_else(|| NoState(text.to_owned()))
    }
}

impl fmt::Display for Operational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}
