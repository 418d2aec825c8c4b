//! What can happen to a simulated card between frames: `1.5ms=link-down:3`.

use flowswitch_sim::card::{Card, CardError};

use crate::config::{Config, suggestion};
use crate::duration;
use crate::image::Plan;
use crate::input::LONGEST_NS;

/// Something that happens at a simulated time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Simulated time in ns.
    pub at_ns: u64,
    /// What happens.
    pub action: Action,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A port's link goes down or comes up.
    Link {
        /// Network port.
        port: u8,
        /// The link's new state.
        up: bool,
    },
    /// A server or router is marked up or down.
    Member {
        /// Member number.
        member: u16,
        /// Its new state.
        up: bool,
    },
}

impl Action {
    /// Makes it happen.
    ///
    /// # Errors
    /// What the card reports.
    pub fn apply(self, card: &mut dyn Card) -> Result<(), CardError> {
        match self {
            Self::Link { port, up } => card.set_link(port, up),
            Self::Member { member, up } => card.set_member_up(member, up),
        }
    }
}

/// Why a text is no event, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EventError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

const KINDS: [&str; 6] = [
    "link-down",
    "link-up",
    "server-down",
    "server-up",
    "router-down",
    "router-up",
];

impl Event {
    /// Reads `TIME=EVENT`, with the ports and names of a configuration.
    ///
    /// # Errors
    /// When it is no time, no event, or names nothing that the configuration has.
    pub fn parse(text: &str, config: &Config, plan: &Plan) -> Result<Self, EventError> {
        let error = |message: String, remedy: &str| EventError {
            message,
            remedy: remedy.to_owned(),
        };
        let form = "write TIME=EVENT, as in \"1.5ms=link-down:3\" or \"20us=server-down:NAME\"";
        let (time, event) = text
            .split_once('=')
            .ok_or_else(|| error(format!("\"{text}\" is not TIME=EVENT"), form))?;
        let at_ns = duration::parse_ns(time)
            .ok_or_else(|| error(format!("\"{time}\" is not a time"), duration::REMEDY))?;
        if at_ns > LONGEST_NS {
            return Err(error(
                format!("\"{time}\" is too late"),
                "use a time within 366 days",
            ));
        }
        let (kind, name) = event
            .split_once(':')
            .ok_or_else(|| error(format!("\"{event}\" does not say what it happens to"), form))?;
        let up = kind.ends_with("-up");
        let names = |members: &[crate::image::PlannedMember]| {
            let known: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            suggestion(name, &known)
        };
        let action = match kind {
            "link-down" | "link-up" => {
                let last = config.switch.ports - 1;
                let remedy =
                    format!("use a number from 0 to {last} or a port's name in the configuration");
                let port = config.port(name);
                let port =
                    port.ok_or_else(|| error(format!("there is no port \"{name}\""), &remedy))?;
                Action::Link { port, up }
            }
            "server-down" | "server-up" => {
                let missing = || {
                    error(
                        format!("there is no server \"{name}\""),
                        &names(&plan.servers),
                    )
                };
                Action::Member {
                    member: plan.server(name).ok_or_else(missing)?,
                    up,
                }
            }
            "router-down" | "router-up" => {
                let missing = || {
                    error(
                        format!("there is no router \"{name}\""),
                        &names(&plan.routers),
                    )
                };
                Action::Member {
                    member: plan.router(name).ok_or_else(missing)?,
                    up,
                }
            }
            _ => {
                return Err(error(
                    format!("unknown event \"{kind}\""),
                    &suggestion(kind, &KINDS),
                ));
            }
        };
        Ok(Self { at_ns, action })
    }
}
