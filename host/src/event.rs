//! What can happen to a simulated card between frames: `1.5ms=link-down:3`.

use std::collections::BTreeMap;

use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Card, CardError};

use crate::config::{Config, State, suggestion};
use crate::duration;
use crate::image::{self, Plan, PlanError, PlannedMember};
use crate::input::LONGEST_NS;

/// Something that happens at a simulated time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Simulated time in ns.
    pub at_ns: u64,
    /// What happens.
    pub kind: EventKind,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Something happens to the card.
    Action(Action),
    /// A server of the configuration is set anew.
    Setting {
        /// Its name.
        server: String,
        /// Its new setting.
        setting: Setting,
    },
}

/// A new setting of a server, in all its clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It takes no new flows while another server can.
    Drain,
    /// It takes its share, and is up.
    Ready,
    /// Its share of the load, 0 to 255.
    Weight(u8),
}

/// What happens to a card.
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
    /// All flows of a server are forgotten.
    Flush {
        /// Server number.
        server: u16,
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
            Self::Flush { server } => card.flush_server(server).map(|_| ()),
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

const KINDS: [&str; 10] = [
    "link-down",
    "link-up",
    "server-down",
    "server-up",
    "server-drain",
    "server-ready",
    "server-weight",
    "server-flush",
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
        let unknown = |kind: &str| {
            error(
                format!("unknown event \"{kind}\""),
                &suggestion(kind, &KINDS),
            )
        };
        let (kind, name) = event.split_once(':').ok_or_else(|| {
            if KINDS.contains(&event) {
                error(format!("\"{event}\" does not say what it happens to"), form)
            } else {
                unknown(event)
            }
        })?;
        let up = kind.ends_with("-up");
        let suggested = |name: &str, members: &[PlannedMember]| {
            let known: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            suggestion(name, &known)
        };
        let server = |name: &str| {
            let missing = || {
                error(
                    format!("there is no server \"{name}\""),
                    &suggested(name, &plan.servers),
                )
            };
            plan.server(name).ok_or_else(missing)
        };
        let action = EventKind::Action;
        let kind = match kind {
            "link-down" | "link-up" => {
                let missing = || {
                    let message = format!("there is no port \"{name}\"");
                    error(message, &config.port_remedy(name))
                };
                let port = config.port(name).ok_or_else(missing)?;
                action(Action::Link { port, up })
            }
            "server-down" | "server-up" => action(Action::Member {
                member: server(name)?,
                up,
            }),
            "server-flush" => action(Action::Flush {
                server: server(name)?,
            }),
            "server-drain" | "server-ready" => {
                server(name)?;
                let drain = kind == "server-drain";
                EventKind::Setting {
                    server: name.to_owned(),
                    setting: if drain {
                        Setting::Drain
                    } else {
                        Setting::Ready
                    },
                }
            }
            "server-weight" => {
                let wrong = || {
                    let message = format!("\"{name}\" is not NAME:WEIGHT");
                    error(
                        message,
                        "write a server and a number from 0 to 255, as in \"s210:5\"",
                    )
                };
                let (name, weight) = name.split_once(':').ok_or_else(wrong)?;
                server(name)?;
                let digits = weight.bytes().all(|byte| byte.is_ascii_digit());
                let weight = digits
                    .then(|| weight.parse().ok())
                    .flatten()
                    .ok_or_else(wrong)?;
                EventKind::Setting {
                    server: name.to_owned(),
                    setting: Setting::Weight(weight),
                }
            }
            "router-down" | "router-up" => {
                let missing = || {
                    error(
                        format!("there is no router \"{name}\""),
                        &suggested(name, &plan.routers),
                    )
                };
                action(Action::Member {
                    member: plan.router(name).ok_or_else(missing)?,
                    up,
                })
            }
            _ => return Err(unknown(kind)),
        };
        Ok(Self { at_ns, kind })
    }
}

/// What an event does to a card.
#[derive(Clone, Debug)]
pub enum Change {
    /// Something that concerns one part of it.
    Action(Action),
    /// It is programmed anew.
    Image(Box<Image>),
}

/// Events in the order of their times, each with what it does after those before it.
///
/// # Errors
/// As [`image::plan`].
pub fn changes(mut events: Vec<Event>, config: &Config) -> Result<Vec<(u64, Change)>, PlanError> {
    events.sort_by_key(|event| event.at_ns);
    let mut config = config.clone();
    // Members that an event marked up or down: an image of the configuration alone would undo it.
    let mut marked: BTreeMap<u16, bool> = BTreeMap::new();
    let mut changes = Vec::new();
    for event in events {
        let change = match event.kind {
            EventKind::Action(action) => {
                if let Action::Member { member, up } = action {
                    marked.insert(member, up);
                }
                Change::Action(action)
            }
            EventKind::Setting { server, setting } => {
                set(&mut config, &server, setting);
                let mut plan = image::plan(&config)?;
                if let Some(number) = plan.server(&server).filter(|_| setting == Setting::Ready) {
                    marked.remove(&number);
                }
                for (member, up) in &marked {
                    if let Some(member) = plan.image.members.get_mut(member) {
                        member.up = *up;
                    }
                }
                Change::Image(Box::new(plan.image))
            }
        };
        changes.push((event.at_ns, change));
    }
    Ok(changes)
}

fn set(config: &mut Config, name: &str, setting: Setting) {
    let clusters = config.clusters.iter_mut();
    let servers = clusters.flat_map(|cluster| &mut cluster.servers);
    for server in servers.filter(|server| server.name.value == name) {
        match setting {
            Setting::Drain => server.state = State::Drain,
            Setting::Ready => server.state = State::Ready,
            Setting::Weight(weight) => server.weight = weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIG2: &str = include_str!("../examples/fig2.toml");

    fn read(texts: &[&str]) -> Result<Vec<(u64, Change)>, String> {
        let config = Config::parse("fig2.toml", FIG2).expect("a valid file");
        let plan = image::plan(&config).expect("it fits");
        let events: Result<Vec<Event>, EventError> = texts
            .iter()
            .map(|text| Event::parse(text, &config, &plan))
            .collect();
        let events = events.map_err(|error| format!("{} / {}", error.message, error.remedy))?;
        Ok(changes(events, &config).expect("it fits"))
    }

    fn image(change: &Change) -> &Image {
        match change {
            Change::Image(image) => image,
            Change::Action(action) => panic!("{action:?}"),
        }
    }

    #[test]
    fn settings_add_up_in_the_order_of_time() {
        let changes = read(&[
            "3us=server-weight:s220:0",
            "1us=server-down:s230",
            "2us=server-drain:s210",
            "4us=server-flush:s210",
            "5us=server-ready:s210",
            "6us=server-ready:s230",
        ]);
        let changes = changes.expect("events");
        let times: Vec<u64> = changes.iter().map(|(at_ns, _)| *at_ns).collect();
        assert_eq!(times, [1_000, 2_000, 3_000, 4_000, 5_000, 6_000]);
        let state = |place: usize| {
            let image: &Image = image(&changes[place].1);
            [0, 1, 2].map(|server| {
                let member = &image.members[&server];
                (member.up, member.drains())
            })
        };
        let (ready, drained, down) = ((true, false), (true, true), (false, false));
        assert_eq!(state(1), [drained, ready, down]);
        assert_eq!(state(2), [drained, drained, down]);
        assert!(matches!(
            changes[3].1,
            Change::Action(Action::Flush { server: 0 })
        ));
        assert_eq!(state(4), [ready, drained, down]);
        assert_eq!(state(5), [ready, drained, ready]);
        // A weight of 0 gives the buckets to the others.
        let buckets = &image(&changes[2].1).buckets;
        assert!(buckets[..1024].iter().all(|bucket| bucket.first != Some(1)));
    }

    #[test]
    fn what_is_no_setting() {
        let error = |text: String| read(&[&text]).expect_err("no event");
        assert!(error("1us=server-drain:s211".into()).contains("no server \"s211\""));
        for text in ["s210", "s210:256", "s210:+1", "s210:"] {
            let error = error(format!("1us=server-weight:{text}"));
            assert!(error.contains("0 to 255"), "{error}");
        }
        assert!(error("1us=server-dran:s210".into()).contains("server-drain"));
        assert!(error("1us=server-dran".into()).contains("did you mean `server-drain`?"));
        assert!(error("1us=server-drain".into()).contains("what it happens to"));
        assert!(error("1us=link-down:r26".into()).contains("did you mean `r260`? Or use a number"));
        let far = error("1us=link-down:99".into());
        assert!(!far.contains("did you mean"), "{far}");
    }
}
