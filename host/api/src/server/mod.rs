//! The daemon's side: what its clients ask, handed to the thread that owns the card.
//!
//! [`bind`] makes the socket, [`serve`] answers at it, [`serve_metrics`] answers Prometheus. None of them touches the card: all goes
//! through a [`Switch`](messages::Switch).

mod answer;
mod body;
mod connection;
mod counters;
mod events;
mod handlers;
pub mod messages;
mod metrics;
mod openapi;
mod router;
mod socket;

pub use connection::Limits;
pub use metrics::serve_metrics;
pub use openapi::{VERSION, description};
pub use router::{serve, serve_with};
pub use socket::{BindError, bind};
