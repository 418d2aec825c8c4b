//! Flows of the card's table.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which flows are wanted; what is not named is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FlowQuery {
    /// Those of this server, by name.
    pub server: Option<String>,
    /// Those in this state: `unconfirmed`, `established`, `closing`, `reset` or `opened` (by a server).
    pub state: Option<String>,
    /// At most so many, 1 to 10,000; 100 if absent.
    pub limit: Option<u32>,
    /// Where to begin: [`FlowList::next`] of the list before.
    pub from: Option<u32>,
}

/// Flows, in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowList {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// Live flows in the table.
    pub live: u64,
    /// The flows.
    pub flows: Vec<Flow>,
    /// Where to go on; absent at the end of the table. A walk ends after 10,000 entries, wanted or not: there may be
    /// more behind fewer than asked for, or none.
    pub next: Option<u32>,
}

/// A flow. The card keeps a fingerprint, not the addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Flow {
    /// Index in the table.
    pub index: u32,
    /// Its server, by name; its number if no server has that.
    pub server: String,
    /// Its state.
    pub state: String,
    /// Ticks of 2^30 ns until it is forgotten if no frame of it comes, 0 if its age has passed; absent if the card
    /// does not tell its time.
    pub left_ticks: Option<u32>,
    /// The fingerprint of its key, hexadecimal.
    pub fingerprint: String,
}
