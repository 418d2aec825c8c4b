//! What the card would do with a frame, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks what the card would do with a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceRequest {
    /// The frame without FCS, hexadecimal, 60 to 9,600 bytes.
    pub frame: String,
    /// Network port by which it comes, by name or number.
    pub port: String,
}

/// What the card would do with a frame, by its own tables as they were read for this answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trace {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// The row of the verdict table.
    pub row: u8,
    /// The verdict: `forward`, `flood`, `answer`, `host` or `drop`.
    pub verdict: String,
    /// Why it is dropped, or comes to the host; absent else.
    pub reason: Option<String>,
    /// The server or router that gets it, by name.
    pub member: Option<String>,
    /// Logical ports by which it leaves, by name or number.
    pub egress: Vec<String>,
    /// Its Ethernet destination when it leaves.
    pub destination_mac: Option<String>,
    /// Its Ethernet source when it leaves, if that changes.
    pub source_mac: Option<String>,
    /// What was looked up, in the order of the pipeline.
    pub looks: Vec<Look>,
}

/// One look-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Look {
    /// The table, or what was read from the frame.
    pub table: String,
    /// Index of the entry; absent if there is none.
    pub index: Option<u32>,
    /// What was found there.
    pub found: String,
}
