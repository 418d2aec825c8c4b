//! What comes from the daemon while the screen is shown.
//!
//! A slow daemon must not hold up the keys, so it is asked from threads. Queues are short; a thread waits while the screen is busy.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use flowswitch_api::client::{Client, ClientError};
use flowswitch_api::{Administrative, Event, Statistics, Status};

use super::state::News;
use crate::cli::failure::Failure;
use crate::cli::member_state::Kind;
use crate::cli::plain::{plain, plain_document};

/// Wishes and news under way at most.
const QUEUE: usize = 64;
/// Until the events are asked for again after they ended.
const AGAIN: Duration = Duration::from_secs(1);

/// A state that was asked for.
pub(super) type Order = (Kind, String, Administrative);

/// The daemon as the screen sees it. The threads end with the process.
pub(super) struct Feed {
    pub(super) news: Receiver<News>,
    pub(super) orders: Sender<Order>,
}

impl Feed {
    /// Asks how everything stands at every `interval`.
    pub(super) fn start(client: &Client, interval: Duration) -> Self {
        let (news, read) = bounded(QUEUE);
        let (orders, ordered) = bounded(QUEUE);
        let (asker, listener) = (client.clone(), client.clone());
        let events = news.clone();
        std::thread::spawn(move || ask(&asker, interval, &ordered, &news));
        std::thread::spawn(move || listen(&listener, &events));
        Self { news: read, orders }
    }
}

/// Status and counters, made plain.
pub(super) fn reading(client: &Client) -> Result<News, ClientError> {
    let status: Status = client.status()?;
    // The counters are in the card: without it the status still tells.
    let statistics = client.statistics().ok();
    let plain = || -> Result<News, Failure> {
        let statistics = statistics.as_ref().map(plain_document::<Statistics>);
        Ok(News::Reading(
            Box::new(plain_document(&status)?),
            statistics.transpose()?.map(Box::new),
        ))
    };
    plain().map_err(|_| ClientError::NotAnAnswer {
        why: "it cannot be shown".to_owned(),
    })
}

fn ask(client: &Client, interval: Duration, orders: &Receiver<Order>, news: &Sender<News>) {
    let mut next = Instant::now();
    loop {
        let order = match orders.recv_deadline(next) {
            Ok(order) => Some(order),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some((kind, name, state)) = order {
            let done = match kind {
                Kind::Server => client.set_server(&name, state),
                Kind::Router => client.set_router(&name, state),
            };
            let text = match done {
                Ok(_) => format!("{}: {state}", plain(&name)),
                Err(error) => plain(&format!("{error}; {}", error.remedy())),
            };
            if news.send(News::Done(text)).is_err() {
                return;
            }
        } else {
            next = Instant::now() + interval;
        }
        let read = reading(client);
        let read = read.unwrap_or_else(|error| News::Trouble(plain(&error.to_string())));
        if news.send(read).is_err() {
            return;
        }
    }
}

fn listen(client: &Client, news: &Sender<News>) {
    loop {
        if let Ok(events) = client.events() {
            for event in events.map_while(Result::ok) {
                if news.send(News::Event(line(&event))).is_err() {
                    return;
                }
            }
        }
        std::thread::sleep(AGAIN);
    }
}

/// An event as a line: the members of its document, without those that each has.
pub(super) fn line(event: &Event) -> String {
    let mut words = Vec::new();
    if let Ok(serde_json::Value::Object(members)) = serde_json::to_value(event) {
        for (name, value) in members {
            match (name.as_str(), value) {
                ("format" | "sequence" | "unix_ms", _) => {}
                ("event", serde_json::Value::String(kind)) => words.push(format!("{kind}:")),
                (_, serde_json::Value::String(text)) => words.push(text),
                (name, value) => words.push(format!("{name} {value}")),
            }
        }
    }
    plain(&words.join(" "))
}
