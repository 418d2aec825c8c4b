//! Events, to the log and to whoever listens.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flowswitch_api::{DeviceState, Event, EventKind, FORMAT, Operational};
use tokio::sync::broadcast;
use tracing::{info, warn};

/// Events of the same name are told once in so long.
const PAUSE: Duration = Duration::from_secs(1);

/// ms since 1970.
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Where events go.
pub struct Publisher {
    listeners: broadcast::Sender<Event>,
    sequence: u64,
    /// When each was last told, and how many were not since.
    told: BTreeMap<String, (Option<Instant>, u64)>,
}

impl Publisher {
    /// Tells all who listen.
    pub fn new(listeners: broadcast::Sender<Event>) -> Self {
        Self {
            listeners,
            sequence: 0,
            told: BTreeMap::new(),
        }
    }

    /// Tells of an event.
    pub fn tell(&mut self, kind: EventKind) {
        log(&kind);
        self.sequence += 1;
        // Nobody needs to listen.
        let _ = self.listeners.send(Event {
            format: FORMAT,
            sequence: self.sequence,
            unix_ms: unix_ms(),
            kind,
        });
    }

    /// Tells of an event of the card, at most once a second of each name.
    pub fn tell_card(&mut self, name: &str) {
        if self.is_due(&format!("card {name}"), 1).is_some() {
            self.tell(EventKind::Card {
                name: name.to_owned(),
            });
        }
    }

    /// Counts what was refused, and tells of it at most once a second.
    pub fn refuse(&mut self, what: &str, count: u64) {
        if let Some(count) = self.is_due(what, count) {
            self.tell(EventKind::Refused {
                what: what.to_owned(),
                count,
            });
        }
    }

    /// How many have come since it was last told, if it is to be told now.
    fn is_due(&mut self, name: &str, count: u64) -> Option<u64> {
        let now = Instant::now();
        let (last, waiting) = self.told.entry(name.to_owned()).or_default();
        *waiting = waiting.saturating_add(count);
        if *waiting == 0 || last.is_some_and(|last| now.duration_since(last) < PAUSE) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(waiting))
    }
}

fn log(kind: &EventKind) {
    match kind {
        EventKind::Device { state, why } => match state {
            DeviceState::Lost => warn!(why, "the card is lost"),
            DeviceState::Attaching => info!("the card is being identified"),
            DeviceState::Attached => info!(why, "the card is attached"),
        },
        EventKind::Link { port, up: true } => info!(port, "link is up"),
        EventKind::Link { port, up: false } => warn!(port, "link is down"),
        EventKind::Server {
            cluster,
            server,
            operational,
            why,
        } => match operational {
            Operational::Down => warn!(cluster, server, why, "server is down"),
            _ => info!(cluster, server, why, "server is {operational}"),
        },
        EventKind::Router {
            router,
            operational,
            why,
        } => match operational {
            Operational::Down => warn!(router, why, "router is down"),
            _ => info!(router, why, "router is {operational}"),
        },
        EventKind::Administrative { name, state } => info!(name, "is set to {state}"),
        EventKind::Cluster {
            cluster,
            all_down,
            action,
        } => match all_down {
            true => warn!(cluster, action, "all servers are down"),
            false => info!(cluster, "a server is up again"),
        },
        EventKind::Rebuilt {
            name,
            buckets,
            took_us,
        } => info!(name, buckets, took_us, "buckets have other members"),
        EventKind::Configuration {
            action,
            writes,
            generation,
        } => info!(writes, generation, "configuration {action}"),
        EventKind::Card { name } => warn!(name, "the card reports"),
        EventKind::Refused { what, count } => warn!(count, "refused: {what}"),
    }
}
