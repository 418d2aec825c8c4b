//! The golden model of the Flowswitch card.
//!
//! It is written from `docs/src/card/verdicts.md`, `docs/src/card/flows.md` and the standards that page leans on (IEEE 802.1Q, RFC 791,
//! RFC 826, RFC 4302, RFC 4861, RFC 8200), and shares no code with the register-transfer description or with the driver's encoders, so
//! that a fault in one shows against the other.
//!
//! [`Model`] knows no clock: frames are looked up in the order they are given, and every copy a verdict asks for
//! counts as sent unless the caller says that it was lost. [`TimedCard`] adds clocks: which key is looked up first,
//! which queue is full.
#![deny(missing_docs)]

mod announcer;
mod balance;
mod build;
mod counters;
mod describe;
mod discovery;
mod fdb;
mod flow_rules;
mod flows;
mod fragments;
mod hash;
mod keyed_hash;
mod leeway;
mod logical_port;
mod mac;
mod model;
mod neighbours;
mod outcome;
mod parse;
mod placing;
mod server_flows;
mod setup;
mod tables;
mod timing;
mod verdict;
mod window;

pub use counters::{Counters, MemberCounters, PortCounters, Traffic};
pub use describe::describe;
pub use discovery::{Discovery, DiscoveryKind};
pub use flows::{FLOWS, Flow, FlowCounters, FlowKey, FlowPart, FlowState};
pub use hash::h3;
pub use leeway::{Leeway, Leeways, Occasions};
pub use mac::Mac;
pub use model::{LearningMode, Model, ModelError};
pub use outcome::{
    DropReason, FlowEvent, FrameCopy, HostReason, LearningRequest, Loss, Observed, Outcome,
    Preview, Verdict, View,
};
pub use parse::{Fields, Fragment, Ip, Quote, Segment, parse};
pub use setup::{
    Bucket, BucketRange, ClientBits, Cluster, FIRST_ROUTER, LogicalPort, Member, Pool, PortSetup,
    Service, Setup, SetupError, Vip,
};
pub use timing::{Departure, Stop, TimedCard};
pub use window::WINDOW_BYTES;
