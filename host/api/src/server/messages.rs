//! What the thread that owns the card is asked for.

use crate::{
    Administrative, ApiError, Applied, ApplyRequest, Checked, ConfigurationText, Differences,
    Event, FlowList, FlowQuery, Statistics, Status, Trace, TraceRequest,
};
use tokio::sync::{broadcast, oneshot};

use super::counters::Counters;

/// Where an answer goes. Whoever asked may have gone meanwhile.
pub type Reply<T> = oneshot::Sender<Result<T, ApiError>>;

/// Requests that wait at most; more are refused with 503.
pub const QUEUE: usize = 256;
/// Events kept for readers that are slow; older ones are lost to them.
pub const EVENTS: usize = 4_096;

/// A request. They are carried out in order, one at a time.
#[derive(Debug)]
pub enum Command {
    /// How everything stands.
    Status(Reply<Status>),
    /// The counters, read from the card now.
    Statistics(Reply<Statistics>),
    /// The running configuration, administrative states as they are now.
    Configuration(Reply<ConfigurationText>),
    /// Whether a configuration is valid for this card.
    Check(ConfigurationText, Reply<Checked>),
    /// In what a configuration differs from the running one.
    Diff(ConfigurationText, Reply<Differences>),
    /// Runs a configuration.
    Apply(ApplyRequest, Reply<Applied>),
    /// Keeps what was applied with a time-out.
    Confirm(Reply<Applied>),
    /// Takes it back at once.
    Undo(Reply<Applied>),
    /// Reads the configuration file again and runs it (SIGHUP).
    Reload(Reply<Applied>),
    /// Sets the administrative state of a server.
    SetServer(String, Administrative, Reply<Status>),
    /// The same of a router.
    SetRouter(String, Administrative, Reply<Status>),
    /// Flows of the card's table.
    Flows(FlowQuery, Reply<FlowList>),
    /// What the card would do with a frame.
    Trace(TraceRequest, Reply<Trace>),
    /// Ends the daemon; forwarding goes on.
    Stop,
}

/// The way to the thread that owns the card. A send wakes it out of its wait for the card.
#[derive(Clone)]
pub struct Switch {
    commands: crossbeam_channel::Sender<Command>,
    waker: std::sync::Arc<dyn Fn() + Send + Sync>,
    events: broadcast::Sender<Event>,
    counters: Counters,
}

impl Switch {
    /// A way that ends at `commands`; `waker` ends the wait of the thread for the card.
    pub fn new(
        commands: crossbeam_channel::Sender<Command>,
        waker: std::sync::Arc<dyn Fn() + Send + Sync>,
        events: broadcast::Sender<Event>,
    ) -> Self {
        Self {
            commands,
            waker,
            events,
            counters: Counters::default(),
        }
    }

    /// Sends a request and waits for its answer: `switch.ask(Command::Status).await`.
    ///
    /// # Errors
    /// What the thread answers; 503 if its queue is full or it has ended.
    pub async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply))?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Sends a request without waiting.
    ///
    /// # Errors
    /// 503 if the queue is full or the thread has ended.
    pub fn send(&self, command: Command) -> Result<(), ApiError> {
        use crossbeam_channel::TrySendError;
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                TrySendError::Full(_) => ApiError::new(
                    503,
                    "too many requests wait for the card",
                    "try again in a moment, or ask less often",
                ),
                TrySendError::Disconnected(_) => ended(),
            })?;
        (self.waker)();
        Ok(())
    }

    /// What the API counts of itself.
    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Events from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

fn ended() -> ApiError {
    ApiError::new(
        503,
        "the daemon is ending",
        "start it again: systemctl start flowswitch",
    )
}
