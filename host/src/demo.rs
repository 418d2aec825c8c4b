//! The cluster of Fig. 2 under load: a few thousand flows from three routers, replies from five servers, all that these
//! ask and claim about addresses, tables changed under the flows, and a server and a router lost on the way.

mod account;
mod address_account;
mod flow;
mod following;
mod neighbour;
mod plot;
mod question;
mod resolution;
mod script;
mod text;

pub use account::{Account, Change, Loss, Round, RouterLoss};
pub use address_account::{AddressAccount, Storm};
pub(crate) use flow::ip_header;
pub use following::Following;
pub use plot::draw;
pub use script::{DemoError, Outcome, ROUND_NS, ROUNDS, run};
pub use text::describe;

/// The demo's configuration: that of Fig. 2, with services for all protocols of its traffic.
pub const CONFIG: &str = include_str!("../examples/fig2.toml");

/// The name that messages give to [`CONFIG`].
pub const CONFIG_NAME: &str = "fig2.toml";
